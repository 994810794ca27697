/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/down.h"

#include "bpf/reserve.h"
#include "bridge/find.h"
#include "bridge/log.h"
#include "bridge/loop_probe.h"
#include "bridge/routers.h"
#include "bridge/names.h"
#include "bridge/port_bounce.h"
#include "bridge/shortcut_ports.h"
#include "bridge/veth.h"
#include "daemon/control.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether a bridge has ports other than `own`; `name` gets the name of one. */
static bool has_ports(struct netdev *nd, int bridge, int own, char *name, size_t size)
{
	struct netdev_link *links;
	size_t count;
	bool found = false;

	if (netdev_links(nd, &links, &count) < 0)
		return true;
	for (size_t i = 0; i < count && !found; i++)
		if (links[i].master == bridge && links[i].ifindex != own) {
			snprintf(name, size, "%s", links[i].name);
			found = true;
		}
	free(links);
	return found;
}

static int undo_bridge(struct netdev *nd, const struct journal *journal, int own)
{
	struct netdev_link bridge;
	char port[IFNAMSIZ] = "";

	if (!journal->bridge[0] || netdev_link_by_name(nd, journal->bridge, &bridge) < 0)
		return 0;
	if (journal->made_bridge && has_ports(nd, bridge.ifindex, own, port, sizeof(port))) {
		bridge_log("%s is kept because it still has ports (%s); remove them, then `ip link del %s`",
			   journal->bridge, port, journal->bridge);
		return 0;
	}
	if (journal->made_bridge)
		return netdev_link_delete(nd, bridge.ifindex) == 0;
	return journal->made_up && netdev_set_flags(nd, bridge.ifindex, 0, IFF_UP) == 0;
}

/*
 * Undoes the changes of a journal. Returns how many there were. The uplink veth is deleted last: it holds the journal,
 * so that the next attempt can complete an interrupted one.
 */
static int undo_changes(struct netdev *nd, const struct journal *journal, const struct netdev_link *veth)
{
	struct netdev_link uplink;
	struct journal bouncing = *journal;
	int done = 0;

	port_bounce_end(nd, &bouncing);
	if (netdev_link_by_name(nd, journal->uplink, &uplink) == 0) {
		if (journal->made_allmulti && netdev_set_flags(nd, uplink.ifindex, 0, IFF_ALLMULTI) == 0)
			done++;
		if (journal->made_qdisc)
			attach_remove_qdisc(uplink.ifindex);
	}
	done += undo_bridge(nd, journal, veth->peer);
	return done + (veth->ifindex && netdev_link_delete(nd, veth->ifindex) == 0);
}

/*
 * Whether the error of a search for programs means that there are none: the kernel has no eBPF, or the search is not
 * permitted and there is no veth or one of the user-space engine (marked by IFF_NOARP).
 */
static bool cannot_have_programs(int ret, const struct netdev_link *veth)
{
	return ret == -ENOSYS || (ret == -EPERM && (!veth || (veth->flags & IFF_NOARP)));
}

/*
 * Removes the kernel parts of an uplink. Without a journal `place` has no veth; the uplink may have vanished (ifindex 0).
 * Returns their number, or a negative errno.
 */
static int remove_programs(struct netdev *nd, const struct bridge_place *place)
{
	const struct netdev_link *veth = place->veth.ifindex ? &place->veth : NULL;
	struct kernel_part part;
	int done = 0;

	/* There are several after an interrupted replacement; the bound is for programs that cannot be removed. */
	for (int i = 0; i < 4; i++) {
		int ret = kernel_part_find(&part, place->uplink.ifindex, place->veth.peer);
		if (ret == -ENOENT || cannot_have_programs(ret, veth))
			break;
		if (ret < 0)
			return ret;
		done++;
		shortcut_ports_detach(nd, &part);
		ret = kernel_part_down(&part, place->uplink.ifindex, false);
		kernel_part_close(&part);
		if (ret < 0)
			return ret;
	}
	if (place->uplink.ifindex)
		reserved_remove(place->uplink.ifindex);
	return done;
}

int bridge_take_down(struct netdev *nd, const char *uplink)
{
	struct bridge_place place = {0};
	int done = 0, ret = bridge_find(nd, uplink, &place);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	/* It may have been renamed since `up`. */
	if (place.uplink.ifindex)
		memcpy(place.journal.uplink, place.uplink.name, sizeof(place.journal.uplink));
	if (netdev_link_by_name(nd, ret == 0 ? place.journal.uplink : uplink, &place.uplink) == 0) {
		int orphans = bridge_veth_delete_orphans(nd, place.uplink.ifindex);
		done += orphans > 0 ? orphans : 0;
	} else {
		memset(&place.uplink, 0, sizeof(place.uplink));
	}
	if (!place.uplink.ifindex && !place.veth.ifindex)
		return done;
	ret = remove_programs(nd, &place);
	if (ret < 0)
		return ret;
	done += ret;
	return place.veth.ifindex ? done + undo_changes(nd, &place.journal, &place.veth) : done;
}

/* ---- the bridge of this process ---- */

/* Stops the user-space engine, if there is one, and closes the store, which belongs to it. */
static void stop_user_engine(struct bridge *bridge)
{
	if (!bridge->user_engine)
		return;
	store_close(bridge->store);
	bridge->store = NULL;
	user_engine_stop(bridge->user_engine);
	bridge->user_engine = NULL;
}

void bridge_restore(struct bridge *bridge)
{
	if (bridge->user_engine) {
		stop_user_engine(bridge);
	} else {
		shortcut_ports_leave(bridge);
		kernel_part_down(&bridge->part, bridge->uplink.ifindex, false);
	}
	/* It may have been renamed, or may not be there. */
	if (bridge->uplink.name[0])
		snprintf(bridge->journal.uplink, sizeof(bridge->journal.uplink), "%s", bridge->uplink.name);
	undo_changes(bridge->nd, &bridge->journal, &bridge->veth);
}

void bridge_leave(struct bridge *bridge)
{
	stop_user_engine(bridge);
}

void bridge_close(struct bridge *bridge)
{
	stop_user_engine(bridge);
	store_close(bridge->store);
	bridge_names_free(bridge->names);
	traffic_free(bridge->traffic);
	kernel_part_close(&bridge->part);
	netdev_close(bridge->nd);
	network_list_free(&bridge->networks);
	free(bridge->station_entries);
	firewall_files_close(&bridge->firewall_files);
	loop_probe_close(bridge);
	routers_close(bridge);
	if (bridge->packet_fd >= 0)
		close(bridge->packet_fd);
	if (bridge->wire_fd >= 0)
		close(bridge->wire_fd);
	if (bridge->conf)
		control_unlock(RUNTIME_FOLDER, bridge->conf->uplink, bridge->control_fd);
}

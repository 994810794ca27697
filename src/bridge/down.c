/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bridge_find_veth(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal)
{
	struct netdev_link *links;
	size_t count;
	int ret = netdev_links(nd, &links, &count);

	if (ret < 0)
		return ret;
	ret = -ENOENT;
	for (size_t i = 0; i < count && ret < 0; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(journal, links[i].alias) &&
		    !strcmp(journal->uplink, uplink)) {
			*veth = links[i];
			ret = 0;
		}
	free(links);
	return ret;
}

void bridge_veth_mac(uint8_t mac[6], int uplink)
{
	/* locally administered, "vif", and the uplink's number */
	const uint8_t veth_mac[6] = {0x02, 0x76, 0x69, 0x66, (uint8_t)(uplink >> 8), (uint8_t)uplink};

	memcpy(mac, veth_mac, 6);
}

int bridge_remove_orphan_veths(struct netdev *nd, int uplink)
{
	struct netdev_link *links;
	size_t count;
	uint8_t mac[6];
	int removed = 0, ret = netdev_links(nd, &links, &count);

	if (ret < 0)
		return ret;
	bridge_veth_mac(mac, uplink);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(links[i].kind, "veth") && !links[i].alias[0] && !memcmp(links[i].mac, mac, 6) &&
		    netdev_link_delete(nd, links[i].ifindex) == 0)
			removed++;
	free(links);
	return removed;
}

/* Whether a bridge has ports but `own`; the name of one of them. */
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
		bridge_log("%s stays, because it has ports (%s); without them `ip link del %s` removes it",
			   journal->bridge, port, journal->bridge);
		return 0;
	}
	if (journal->made_bridge)
		return netdev_link_delete(nd, bridge.ifindex) == 0;
	return journal->made_up && netdev_set_flags(nd, bridge.ifindex, 0, IFF_UP) == 0;
}

/*
 * Puts back what a journal tells.  The uplink veth goes last: it bears the journal, so whatever ends this half-way, the
 * next one finds what is left to do.
 */
static int undo_changes(struct netdev *nd, const struct journal *journal, const struct netdev_link *veth)
{
	struct netdev_link uplink;
	struct journal bouncing = *journal;
	int done = 0;

	bridge_bounce_end(nd, &bouncing);
	if (netdev_link_by_name(nd, journal->uplink, &uplink) == 0) {
		if (journal->made_allmulti && netdev_set_flags(nd, uplink.ifindex, 0, IFF_ALLMULTI) == 0)
			done++;
		if (journal->made_qdisc)
			attach_remove_qdisc(uplink.ifindex);
	}
	done += undo_bridge(nd, journal, veth->peer);
	return done + (veth->ifindex && netdev_link_delete(nd, veth->ifindex) == 0);
}

/* Where the uplink has got another name since, its journal is found by the program on the uplink veth's port. */
static bool find_journal_by_program(struct netdev *nd, const struct kernel_part *part, struct netdev_link *veth,
				    struct journal *journal)
{
	struct netdev_link port;

	return netdev_link_by_index(nd, (int)part->config.veth_port, &port) == 0 &&
	       netdev_link_by_index(nd, port.peer, veth) == 0 && journal_parse(journal, veth->alias);
}

/*
 * Whether the answer to a look for programs means that there are none: a kernel without eBPF has none, and where the
 * veth bears the mark of the user-space engine (no ARP), or there is no veth, there are none that could be looked for.
 */
static bool cannot_have_programs(int ret, const struct netdev_link *veth)
{
	return ret == -ENOSYS || (ret == -EPERM && (!veth || (veth->flags & IFF_NOARP)));
}

/* What a bridge has left behind, as it is found piece by piece. */
struct bridge_leftovers {
	struct netdev *nd;
	struct netdev_link veth;
	struct journal journal;
	bool have_journal; /* and veth */
};

/* Takes the programs off the uplink.  Returns how often there were some, or a negative errno. */
static int remove_programs(struct bridge_leftovers *leftovers, const struct netdev_link *uplink)
{
	struct kernel_part part;
	int done = 0;

	/* Several, where an attempt to replace one was killed half-way; the bound is for programs that will not go. */
	for (int i = 0; i < 4; i++) {
		int ret = kernel_part_find(&part, uplink->ifindex);
		if (ret == -ENOENT || cannot_have_programs(ret, leftovers->have_journal ? &leftovers->veth : NULL))
			break;
		if (ret < 0)
			return ret;
		done++;
		if (!leftovers->have_journal &&
		    find_journal_by_program(leftovers->nd, &part, &leftovers->veth, &leftovers->journal)) {
			leftovers->have_journal = true;
			memcpy(leftovers->journal.uplink, uplink->name, sizeof(leftovers->journal.uplink));
		}
		bridge_shortcut_detach(leftovers->nd, &part);
		ret = kernel_part_down(&part, uplink->ifindex, false);
		kernel_part_close(&part);
		if (ret < 0)
			return ret;
	}
	return done;
}

int bridge_take_down(struct netdev *nd, const char *uplink)
{
	struct bridge_leftovers leftovers = {.nd = nd};
	struct netdev_link link;
	int done = 0, ret = bridge_find_veth(nd, uplink, &leftovers.veth, &leftovers.journal);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	leftovers.have_journal = ret == 0;
	if (netdev_link_by_name(nd, uplink, &link) == 0) {
		int orphans = bridge_remove_orphan_veths(nd, link.ifindex);
		done += orphans > 0 ? orphans : 0;
		ret = remove_programs(&leftovers, &link);
		if (ret < 0)
			return ret;
		done += ret;
	}
	if (leftovers.have_journal)
		done += undo_changes(nd, &leftovers.journal, &leftovers.veth);
	return done;
}

/* ---- what this process brought up ---- */

/* The store goes with its engine. */
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
	stop_user_engine(bridge);
	bridge_shortcut_detach(bridge->nd, &bridge->part);
	kernel_part_down(&bridge->part, bridge->uplink.ifindex, false);
	undo_changes(bridge->nd, &bridge->journal, &bridge->veth);
}

void bridge_close(struct bridge *bridge)
{
	stop_user_engine(bridge);
	store_close(bridge->store);
	kernel_part_close(&bridge->part);
	netdev_close(bridge->nd);
	if (bridge->packet_fd >= 0)
		close(bridge->packet_fd);
	if (bridge->control_fd >= 0)
		close(bridge->control_fd);
}

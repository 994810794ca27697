/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/resume.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/policy/identity.h"
#include "bridge/station_fdb.h"
#include "bridge/veth.h"

#include <stdlib.h>
#include <string.h>

void bridge_forget_stations(struct bridge *bridge)
{
	struct store_item *items = NULL;
	size_t count = 0;

	if (bridge->store->ops->list(bridge->store, &items, &count) == 0)
		for (size_t i = 0; i < count; i++)
			if (items[i].binding.kind == MN_STATION)
				bridge->store->ops->del(bridge->store, &items[i].key);
	free(items);
}

/* Whether this process can go on after a loss of `name`; otherwise it says why not. */
static bool can_wait(const struct bridge *bridge, const char *name)
{
	if (!bridge->conf->wait)
		bridge_log("cannot go on: %s was deleted or moved to another network namespace", name);
	else if (bridge->user_engine)
		bridge_log("%s is gone, so the user-space engine ends; after a restart it waits for the interface",
			   name);
	else
		return true;
	return false;
}

/* ---- the uplink ---- */

static void note_lost_uplink(struct bridge *bridge)
{
	bridge->uplink_gone = true;
	bridge->uplink.carrier = false;
	bridge_log("%s is gone; waiting for it to come back", bridge->uplink.name);
	bridge_forget_stations(bridge);
	station_fdb_sync(bridge, NULL, 0);
}

/* The journal has the changes to the new interface before they are made. */
static void plan_uplink(struct bridge *bridge, const struct netdev_link *link)
{
	struct journal *journal = &bridge->journal;

	journal->made_allmulti = !(link->flags & IFF_ALLMULTI);
	journal->made_qdisc = bridge->part.method == ATTACH_CLSACT && !attach_has_qdisc(link->ifindex);
	bridge_veth_write_journal(bridge);
}

static bool resume_uplink(struct bridge *bridge, const struct netdev_link *link)
{
	struct mn_config config = bridge->config;
	int ret;

	plan_uplink(bridge, link);
	config.uplink = (uint32_t)link->ifindex;
	config.mtu = (uint32_t)link->mtu;
	mac_copy(config.uplink_mac, link->mac);
	ret = kernel_part_move_uplink(&bridge->part, &config);
	if (ret < 0) {
		bridge_log("cannot attach the eBPF programs to %s: %s; trying again", link->name, strerror(-ret));
		return false;
	}
	bridge->config = config;
	bridge->uplink = *link;
	bridge->uplink_gone = false;
	bridge_log("%s is back%s%s", bridge->conf->uplink, strcmp(link->name, bridge->conf->uplink) ? ", as " : "",
		   strcmp(link->name, bridge->conf->uplink) ? link->name : "");
	return true;
}

static enum bridge_links follow_uplink(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	const struct netdev_link *link = netdev_link_in(snapshot->links, snapshot->n_links, bridge->uplink.ifindex);
	const struct identity identity = {
		.name = bridge->conf->uplink,
		.mac = mac_is_zero(bridge->conf->uplink_mac) ? NULL : bridge->conf->uplink_mac,
		.last_card = identity_card(&bridge->uplink),
		.last_kind = bridge->uplink.kind,
	};

	if (link && !bridge->uplink_gone) {
		bridge->uplink = *link;
		return BRIDGE_LINKS_PRESENT;
	}
	if (!bridge->uplink_gone) {
		if (!can_wait(bridge, bridge->uplink.name))
			return BRIDGE_LINKS_LOST;
		note_lost_uplink(bridge);
	}
	link = identity_find_uplink(snapshot->links, snapshot->n_links, &identity);
	return link && resume_uplink(bridge, link) ? BRIDGE_LINKS_PRESENT : BRIDGE_LINKS_MISSING;
}

/* ---- the bridge ---- */

static void resume_bridge(struct bridge *bridge, const struct netdev_link *link)
{
	if (!(link->flags & IFF_UP)) {
		bridge->journal.made_up = true;
		bridge_veth_write_journal(bridge);
		netdev_set_flags(bridge->nd, link->ifindex, IFF_UP, IFF_UP);
	}
	bridge->bridge = *link;
	bridge->bridge_gone = false;
	station_fdb_clear(bridge);
	bridge_log("%s is back", link->name);
}

static enum bridge_links follow_bridge(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	const struct netdev_link *link = netdev_link_in(snapshot->links, snapshot->n_links, bridge->bridge.ifindex);

	if (link && !bridge->bridge_gone) {
		bridge->bridge = *link;
		return BRIDGE_LINKS_PRESENT;
	}
	if (!bridge->bridge_gone) {
		if (!can_wait(bridge, bridge->bridge.name))
			return BRIDGE_LINKS_LOST;
		/* Nobody else makes it again, and this process may no longer set its sysctls. */
		if (bridge->journal.made_bridge) {
			bridge_log("%s, which vifi had created, was deleted; restart vifi to create it again",
				   bridge->bridge.name);
			return BRIDGE_LINKS_LOST;
		}
		bridge->bridge_gone = true;
		bridge_log("%s is gone; waiting for it to come back", bridge->bridge.name);
	}
	link = identity_find_bridge(snapshot->links, snapshot->n_links, bridge->conf->bridge);
	if (!link)
		return BRIDGE_LINKS_MISSING;
	resume_bridge(bridge, link);
	return BRIDGE_LINKS_PRESENT;
}

/* ---- all ---- */

enum bridge_links bridge_follow_links(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct netdev_link *const own[] = {&bridge->veth, &bridge->port};
	enum bridge_links uplink, master;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct netdev_link *current = netdev_link_in(snapshot->links, snapshot->n_links, own[i]->ifindex);

		if (!current) {
			bridge_log("cannot go on: %s was deleted or moved to another network namespace", own[i]->name);
			return BRIDGE_LINKS_LOST;
		}
		*own[i] = *current;
	}
	uplink = follow_uplink(bridge, snapshot);
	master = follow_bridge(bridge, snapshot);
	return uplink > master ? uplink : master;
}

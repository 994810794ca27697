/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/shortcut.h"

static const char *const texts[SHORTCUTS][2] = {
#define X(id, name, why) {name, why},
	SHORTCUT_LIST(X)
#undef X
};

const char *shortcut_name(enum shortcut s)
{
	return (unsigned)s < SHORTCUTS ? texts[s][0] : "unknown";
}

const char *shortcut_why(enum shortcut s)
{
	return (unsigned)s < SHORTCUTS ? texts[s][1] : "";
}

/* The bridge keeps two isolated ports apart, and nothing from a locked one that it does not know. */
static bool plain(const struct netdev_link *l, const struct netdev_link *own)
{
	return l->port.forwarding && l->port.learning && !l->port.locked && !(l->port.isolated && own->port.isolated);
}

enum shortcut shortcut_judge(const struct netdev_link *links, size_t count, int bridge, int port, enum wall wall)
{
	const struct netdev_link *br = netdev_link_in(links, count, bridge), *own = netdev_link_in(links, count, port);

	if (!br || !own)
		return SHORTCUT_NO_BRIDGE;
	if (br->promiscuity)
		return SHORTCUT_WATCHED;
	if (br->bridge.vlan_filtering)
		return SHORTCUT_VLAN_FILTER;
	if (br->bridge.stp)
		return SHORTCUT_STP;
	for (size_t i = 0; i < count; i++)
		/* One that is down or without a carrier does not forward, and nothing comes from it. */
		if (links[i].master == bridge && links[i].carrier && !(plain(&links[i], own)))
			return SHORTCUT_PORT;
	switch (wall) {
	case WALL_NONE:
		return SHORTCUT_OPEN;
	case WALL_NFT:
		return SHORTCUT_NFT;
	case WALL_EBTABLES:
		return SHORTCUT_EBTABLES;
	case WALL_BR_NETFILTER:
		return SHORTCUT_BR_NETFILTER;
	case WALL_UNKNOWN:
		break;
	}
	return SHORTCUT_UNKNOWN;
}

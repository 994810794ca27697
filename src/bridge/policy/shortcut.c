/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/shortcut.h"

static const char *const texts[SHORTCUTS][2] = {
#define X(id, name, why) {name, why},
	SHORTCUT_LIST(X)
#undef X
};

const char *shortcut_name(enum shortcut shortcut)
{
	return (unsigned)shortcut < SHORTCUTS ? texts[shortcut][0] : "unknown";
}

const char *shortcut_reason(enum shortcut shortcut)
{
	return (unsigned)shortcut < SHORTCUTS ? texts[shortcut][1] : "";
}

/* The bridge does not forward between two isolated ports, nor from an unknown source on a locked port. */
static bool port_allows_shortcut(const struct netdev_link *link, const struct netdev_link *own)
{
	return link->port.forwarding && link->port.learning && !link->port.locked &&
	       !(link->port.isolated && own->port.isolated);
}

enum shortcut shortcut_judge(const struct netdev_link *links, size_t count, int bridge, int port,
			     enum firewall firewall)
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
		/* A port without a carrier neither sends nor receives. */
		if (links[i].master == bridge && links[i].carrier && !port_allows_shortcut(&links[i], own))
			return SHORTCUT_PORT;
	switch (firewall) {
	case FIREWALL_NONE:
		return SHORTCUT_OPEN;
	case FIREWALL_NFT:
		return SHORTCUT_NFT;
	case FIREWALL_EBTABLES:
		return SHORTCUT_EBTABLES;
	case FIREWALL_BR_NETFILTER:
		return SHORTCUT_BR_NETFILTER;
	case FIREWALL_UNKNOWN:
		break;
	}
	return SHORTCUT_UNKNOWN;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewalls that look at the frames of a bridge, and would not see one that passes it by: nftables chains of the bridge
 * family, and those at the ingress or egress of its ports; ebtables; iptables by br_netfilter.
 */
#ifndef VIFI_NETDEV_FIREWALL_PROBE_H
#define VIFI_NETDEV_FIREWALL_PROBE_H

#include "netdev/rtnl.h"

enum wall {
	WALL_NONE,
	WALL_NFT,          /* an nftables chain */
	WALL_EBTABLES,     /* the module of one of ebtables' own tables is loaded */
	WALL_BR_NETFILTER, /* br_netfilter is on, and there are rules for IP that it applies to bridged packets */
	WALL_UNKNOWN,      /* nobody can tell */
};

/* Is there one around the bridge (ifindex), among these links? */
enum wall wall_around(const struct netdev_link *links, size_t count, int bridge);

/* A descriptor that becomes readable when nftables' rules change; negative: none. wall_bell_drain() empties it. */
int wall_bell_open(void);
void wall_bell_drain(int fd);

#endif

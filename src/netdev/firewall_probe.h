/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewalls that look at the frames of a bridge, and would not see one that passes it by: nftables chains of the bridge
 * family, and those at the ingress or egress of its ports; ebtables; iptables by br_netfilter.
 */
#ifndef VIFI_NETDEV_FIREWALL_PROBE_H
#define VIFI_NETDEV_FIREWALL_PROBE_H

#include "netdev/rtnl.h"

enum firewall {
	FIREWALL_NONE,
	FIREWALL_NFT,          /* an nftables chain */
	FIREWALL_EBTABLES,     /* the module of one of ebtables' own tables is loaded */
	FIREWALL_BR_NETFILTER, /* br_netfilter is on, and there are rules for IP that it applies to bridged packets */
	FIREWALL_UNKNOWN,      /* nobody can tell */
};

/* Is there one around the bridge (ifindex), among these links? */
enum firewall firewall_probe(const struct netdev_link *links, size_t count, int bridge);

/* A descriptor that becomes readable when nftables' rules change; negative: none. firewall_watch_drain() empties it. */
int firewall_watch_open(void);
void firewall_watch_drain(int fd);

#endif

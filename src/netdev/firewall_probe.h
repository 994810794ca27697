/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewalls that filter the frames of a bridge, and would miss frames that take the shortcut past it: nftables chains of
 * the bridge family, and those at the ingress or egress of its ports; ebtables; iptables by br_netfilter.
 */
#ifndef VIFI_NETDEV_FIREWALL_PROBE_H
#define VIFI_NETDEV_FIREWALL_PROBE_H

#include "netdev/rtnl.h"

enum firewall {
	FIREWALL_NONE,
	FIREWALL_NFT,          /* an nftables chain */
	FIREWALL_EBTABLES,     /* a module with one of the ebtables tables is loaded */
	FIREWALL_BR_NETFILTER, /* br_netfilter is on, and there are IP rules that it applies to bridged packets */
	FIREWALL_UNKNOWN,      /* the kernel did not answer */
};

/* Looks for a firewall on the bridge (ifindex) and its ports, among these links. */
enum firewall firewall_probe(const struct netdev_link *links, size_t count, int bridge);

/*
 * Opens a descriptor that becomes readable when nftables rules change; negative if the kernel has no nftables.
 * firewall_watch_drain() discards the reports (netlink_watch_drain).
 */
int firewall_watch_open(void);
void firewall_watch_drain(int fd);

#endif

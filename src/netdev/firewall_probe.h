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

/* The lists of iptables tables, which only root can open. */
struct firewall_files {
	int iptables[2]; /* of IPv4 and IPv6; -1: ip_tables or ip6_tables was not loaded */
};

void firewall_files_open(struct firewall_files *files);
void firewall_files_close(struct firewall_files *files);

/* Looks for a firewall on the bridge (ifindex) and its ports, among these links. */
enum firewall firewall_probe(const struct netdev_link *links, size_t count, int bridge,
			     const struct firewall_files *files);

/*
 * Opens a descriptor that becomes readable when nftables rules change; negative if the kernel has no nftables.
 * firewall_watch_drain() discards the reports (netlink_watch_drain).
 */
int firewall_watch_open(void);
void firewall_watch_drain(int fd);

#endif

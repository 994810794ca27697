/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stops frames at an interface beside firewalls: filters of traffic control that drop, and VLANs of bridge ports. */
#ifndef VIFI_NETDEV_LINK_FILTERS_H
#define VIFI_NETDEV_LINK_FILTERS_H

#include <stdbool.h>
#include <stdint.h>

struct netdev;

/* A filter with the action "drop". */
struct netdev_tc_drop {
	char kind[16];
	bool egress;
	uint32_t preference;
	uint64_t packets; /* that it has dropped */
};

/* Finds the one that has dropped most at the ingress and egress of clsact. Returns 0, -ENOENT, or another negative errno. */
int netdev_tc_drop_find(struct netdev *nd, int ifindex, struct netdev_tc_drop *found);

/* How many packets the root queueing discipline of an interface has dropped. Returns 0 or a negative errno. */
int netdev_qdisc_drops(struct netdev *nd, int ifindex, uint64_t *drops);

/*
 * Reads the VLANs of a bridge port: its PVID (0: none), and bit v of `vlans`, which has 4096 bits, for each VLAN. Returns 0 or
 * a negative errno.
 */
int netdev_port_vlans(struct netdev *nd, int ifindex, uint16_t *pvid, uint64_t vlans[64]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stops frames at an interface beside firewalls: filters of traffic control that drop, and VLANs of bridge ports. */
#ifndef VIFI_NETDEV_LINK_FILTERS_H
#define VIFI_NETDEV_LINK_FILTERS_H

#include <stdbool.h>
#include <stdint.h>

struct netdev;

enum netdev_tc_action { NETDEV_TC_DROPS, NETDEV_TC_REDIRECTS, NETDEV_TC_LIMITS };

/* A filter whose action takes frames away: "drop", "mirred redirect", or "police". */
struct netdev_tc_drop {
	char kind[16];
	bool egress;
	enum netdev_tc_action action;
	uint32_t preference;
	uint64_t packets; /* that it has taken away */
};

/* Finds the one that has dropped most at the ingress and egress of clsact. Returns 0, -ENOENT, or another negative errno. */
int netdev_tc_drop_find(struct netdev *nd, int ifindex, struct netdev_tc_drop *found);

/* How many packets the root queueing discipline of an interface has dropped. Returns 0 or a negative errno. */
int netdev_qdisc_drops(struct netdev *nd, int ifindex, uint64_t *drops);

/* The VLANs of a bridge port; bit v of an array of 4096 bits stands for VLAN v. */
struct netdev_port_vlans {
	uint16_t pvid; /* of frames without a tag; 0: none */
	uint64_t vlans[64];
	uint64_t untagged[64]; /* of which frames leave without a tag */
};

static inline bool netdev_has_vlan(const uint64_t vlans[64], uint16_t id)
{
	return id && (vlans[id / 64] >> (id & 63) & 1);
}

/* Return 0 or a negative errno. The second makes the port a member of a range of VLANs, whose frames leave with their tags. */
int netdev_port_vlans_read(struct netdev *nd, int ifindex, struct netdev_port_vlans *vlans);
int netdev_port_vlans_add(struct netdev *nd, int ifindex, uint16_t first, uint16_t last);

#endif

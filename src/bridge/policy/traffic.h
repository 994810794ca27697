/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests sent and received per second lately, and the counters of bindings that are gone.
 *
 * The data path counts in the binding of each address. These counters end with the binding, so that the sum over the addresses of
 * a guest falls when a lease ends or a privacy address changes. This file compares one look at the table with the next: it adds
 * up the differences, and the last counters of bindings that have vanished. The traffic between the last look at a binding and
 * its end is lost. No clock and no I/O: times are arguments, ns.
 */
#ifndef VIFI_BRIDGE_POLICY_TRAFFIC_H
#define VIFI_BRIDGE_POLICY_TRAFFIC_H

#include "macnat/store.h"

#define TRAFFIC_INTERVAL_NS  (4 * MN_NS_PER_SEC) /* a look that follows earlier is ignored */
#define TRAFFIC_STALE_NS     (15 * MN_NS_PER_SEC)
#define TRAFFIC_BINDINGS_MAX 65536 /* of guests; with more there are no rates */

struct traffic_counts {
	uint64_t out_packets, out_bytes, in_packets, in_bytes;
};

struct traffic_guest {
	uint8_t mac[6];
	uint32_t port;                /* ifindex */
	struct traffic_counts lately; /* between the last two looks */
	struct traffic_counts ended;  /* of bindings that are gone, while the guest has others */
};

struct traffic;

/* NULL: no memory. The other functions accept NULL, which knows nothing. */
struct traffic *traffic_new(void);
void traffic_free(struct traffic *traffic);

/* Looks at the table. Without memory the present look replaces nothing. */
void traffic_look(struct traffic *traffic, const struct store_item *items, size_t count, uint64_t now);

/* The time between the last two looks, ns; 0: there were less than two, or the last one is older than TRAFFIC_STALE_NS. */
uint64_t traffic_interval(const struct traffic *traffic, uint64_t now);

/* All guests with counters, by MAC address and port; borrowed until the next look. */
const struct traffic_guest *traffic_guests(const struct traffic *traffic, size_t *count);

#endif

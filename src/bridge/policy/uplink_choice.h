/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interface is the uplink when the operator names none. */
#ifndef VIFI_BRIDGE_POLICY_UPLINK_CHOICE_H
#define VIFI_BRIDGE_POLICY_UPLINK_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A link of this host. `rank` compares default routes: the lowest is the one in use; UINT64_MAX: it has none. */
struct uplink_candidate {
	char name[16];
	uint8_t permanent_mac[6]; /* zero: it has none */
	bool usable; /* an Ethernet or Wi-Fi interface, neither a bridge nor a port of one, and none of vifi's own */
	bool wifi;   /* a Wi-Fi client */
	uint64_t rank;
};

/* The rank of a default route. IPv4 comes first, because its metrics and those of IPv6 have nothing in common. */
uint64_t uplink_route_rank(bool ip6, uint32_t metric);

/*
 * The usable interface of the best default route. `prefer_wifi` takes a Wi-Fi client before any other interface, also one
 * without a default route. NULL: there is none.
 */
const struct uplink_candidate *uplink_choose(const struct uplink_candidate *list, size_t count, bool prefer_wifi);

#endif

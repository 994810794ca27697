/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a guest's address belong to the network at which the uplink is now? After the uplink has come into another network
 * guests may still have addresses of the previous one, which reach nobody.
 */
#ifndef VIFI_BRIDGE_POLICY_ON_LINK_H
#define VIFI_BRIDGE_POLICY_ON_LINK_H

#include "macnat/store.h"

/* Networks that this host reaches by the uplink or the bridge. */
struct on_link {
	struct on_link_network {
		uint8_t family; /* MN_IP4 or MN_IP6 */
		uint8_t length; /* bits */
		uint8_t addr[16];
	} * items;
	size_t count, room;
};

enum on_link_verdict {
	ON_LINK_UNKNOWN, /* the host has no network of this kind there, or the question makes no sense: a link-local address, a pin */
	ON_LINK_YES,
	ON_LINK_NO,
};

/*
 * Adds the network of an address or a route of this host. Leaves out default routes, single addresses, link-local networks and
 * multicast, and one that is there already. Returns false when memory runs out.
 */
bool on_link_add(struct on_link *list, uint8_t family, const uint8_t *addr, unsigned length);

/* Of IPv6, unique local (RFC 4193) and global networks are told apart: the host may have one of them only. */
enum on_link_verdict on_link_check(const struct on_link *list, const struct mn_key *key,
				   const struct mn_binding *binding);

void on_link_free(struct on_link *list);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The networks of this host's routing table that decide whether a guest may claim an address (doc/trust.md).
 *
 * An address is refused when the longest matching network is reached elsewhere than by the uplink or the bridge. Routes
 * by the uplink or the bridge are in the table as well: with 10.0.0.0/8 routed into a tunnel and 10.0.1.0/24 on the
 * uplink, guests may have addresses of the latter.
 *
 * Left out are default routes, also where a tunnel writes them as a few huge networks (0.0.0.0/1, 2000::/3), link-local
 * networks, which each link has, and multicast. No I/O: the input and the result are lists.
 */
#ifndef VIFI_BRIDGE_POLICY_NETWORKS_H
#define VIFI_BRIDGE_POLICY_NETWORKS_H

#include "macnat/store.h"

struct network_list {
	struct store_network *items;
	size_t count, room;
};

/* Adds the network of a route, unless it is one of those left out. Returns false when memory runs out. */
bool network_list_add(struct network_list *list, const struct store_network *network);

/*
 * Orders the list and makes each network unique. A network that has a route by the uplink or the bridge counts as
 * reached there. At most MN_ROUTED_MAX remain; returns the number of networks that did not fit.
 */
size_t network_list_finish(struct network_list *list);

/*
 * Must a guest give up the address, because a route elsewhere has appeared since its claim? Not while the list has no
 * network of the family that the uplink or the bridge reaches: the uplink's addresses may be back in a moment.
 */
bool network_list_displaces(const struct network_list *list, const struct mn_key *key);

bool network_list_equal(const struct network_list *left, const struct network_list *right);
void network_list_free(struct network_list *list);

#endif

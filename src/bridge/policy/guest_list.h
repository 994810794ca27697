/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: the bindings of the table by their owner. A guest is a MAC address at a port. Its addresses are in the order in which a
 * person wants to see them: IPv4 before IPv6, those that work before those of another network, link-local ones last.
 */
#ifndef VIFI_BRIDGE_POLICY_GUEST_LIST_H
#define VIFI_BRIDGE_POLICY_GUEST_LIST_H

#include "bridge/policy/on_link.h"

struct guest {
	uint8_t mac[6];
	uint32_t port;                                         /* ifindex; UINT32_MAX: not heard since a restart */
	uint64_t created, last_seen;                           /* ns: of the oldest binding; of its last frame */
	uint64_t out_packets, out_bytes, in_packets, in_bytes; /* of all its bindings */
	size_t first, count;                                   /* its addresses, in `addresses` of the list */
};

struct guest_list {
	struct guest *guests; /* by port (ifindex) and MAC address */
	size_t count;
	const struct store_item **addresses; /* IP addresses, networks, ethertypes and PPPoE sessions */
};

/*
 * Makes the list of `items`, which are borrowed. This host, which sends from the bridge itself (port 0), does not count
 * as a guest. A binding whose port is unknown belongs to the guest with its MAC address, if there is one. Returns 0 or
 * -ENOMEM; the caller frees the list.
 */
int guest_list_make(struct guest_list *list, const struct store_item *items, size_t count,
		    const struct on_link *networks);
void guest_list_free(struct guest_list *list);

#endif

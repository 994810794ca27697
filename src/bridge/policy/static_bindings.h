/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The standing bindings: what no guest may claim (rule 2), derived from the addresses and routes of this host.
 *
 *   HOST       each address of the uplink, at W
 *   GATEWAY    each gateway of a default route through the uplink, and its MAC address where this host knows it
 *   BROADCAST  the directed broadcast address of each IPv4 subnet of the uplink (rule 21)
 *   pins       what the operator pinned, and each address of the bridge itself, at the bridge's MAC address
 *
 * A pin goes before a GATEWAY: a guest that really is the gateway may be pinned.  HOST goes before everything.
 * No I/O: in go lists, out comes a list; a second function tells what to put and what to take away.
 */
#ifndef VIFI_BRIDGE_POLICY_STATIC_BINDINGS_H
#define VIFI_BRIDGE_POLICY_STATIC_BINDINGS_H

#include "macnat/model.h"

#include <stdbool.h>
#include <stddef.h>

struct static_binding {
	struct mn_key key;
	uint8_t mac[6];
	uint8_t kind;  /* enum mn_kind */
	uint8_t flags; /* MN_F_PIN | MN_F_CONFIG, or 0 */
};

struct static_binding_list {
	struct static_binding *items;
	size_t count, room;
};

/* One address of an interface, as static_binding_add_host() and standing_pin() take it. */
struct static_address {
	uint8_t addr[16];
	uint8_t family; /* MN_IP4, MN_IP6 */
	uint8_t prefix_length;
	bool has_broadcast;
	uint8_t broadcast[4];
};

/* Each adds to the list; what has the same key and comes later is left out, so the order of calls is the order above. */
bool static_binding_add(struct static_binding_list *list, const struct mn_key *key, const uint8_t mac[6], uint8_t kind,
			uint8_t flags);
bool static_binding_add_host(struct static_binding_list *list, const struct static_address *address,
			     const uint8_t mac[6]);
/* The directed broadcast address of an IPv4 address's subnet, and the subnet's own (all-zeros) address. */
bool static_binding_add_broadcast(struct static_binding_list *list, const struct static_address *address);
void static_binding_list_free(struct static_binding_list *list);

/* Returns the entry of a key, or NULL. */
const struct static_binding *static_binding_find(const struct static_binding_list *list, const struct mn_key *key);

/* Whether a binding in the table is what an entry wants: same owner, kind and pin. */
bool static_binding_matches(const struct static_binding *entry, const struct mn_binding *binding);

/* Whether a binding in the table is one that standing_* put there, so that it goes when no entry wants it any more. */
bool static_binding_is_own(const struct mn_binding *binding);

/* The binding that an entry puts into the table at `now` (ns); `old`, when not NULL, gives its counters. */
struct mn_binding static_binding_make(const struct static_binding *entry, const struct mn_binding *old, uint32_t port,
				      uint64_t now);

#endif

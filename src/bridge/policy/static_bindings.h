/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Static bindings: keys that no guest may claim (rule 2), derived from the configuration and from the addresses and
 * routes of this host. In order of precedence:
 *
 *   HOST       each address of the uplink, at the uplink's MAC address
 *   pins       the configured pins of addresses and networks, and each address of the bridge, at the bridge's MAC address
 *   HOST       each address of another interface, without a MAC address
 *   GATEWAY    each next hop of a route through the uplink
 *   BROADCAST  the directed broadcast address of each IPv4 subnet of the uplink (rule 21)
 *
 * A pin precedes GATEWAY, so that a guest that is a router of this host can be pinned. No MAC address is static: the
 * neighbour table is hearsay (doc/trust.md), and a gateway that has spoken is protected as a station. No I/O: the input
 * and the result are lists.
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

/* One address of an interface. */
struct static_address {
	uint8_t addr[16];
	uint8_t family; /* MN_IP4, MN_IP6 */
	uint8_t prefix_length;
	bool tentative; /* duplicate address detection is running or has failed */
	bool has_broadcast;
	uint8_t broadcast[4];
	uint16_t vlan; /* of a VLAN interface of the uplink or of the bridge; 0: none */
};

/*
 * These functions append to the list. The first entry of a key wins, so they are called in the order of precedence.
 * They return false when memory runs out.
 */
bool static_binding_add(struct static_binding_list *list, const struct mn_key *key, const uint8_t mac[6], uint8_t kind,
			uint8_t flags);
/*
 * An address of the uplink (HOST), of another interface (HOST, mac NULL) or of the bridge (a pin). A tentative address is left out: it is not yet assigned
 * (RFC 4862, 5.4), and the guest that owns it must be able to defend it; after a failed detection it never is. Loopback
 * addresses and the link-local ones of another interface are left out, too: they mean another machine on this link.
 */
bool static_binding_add_host(struct static_binding_list *list, const struct static_address *address,
			     const uint8_t mac[6]);
bool static_binding_add_bridge(struct static_binding_list *list, const struct static_address *address,
			       const uint8_t mac[6]);
/*
 * The directed broadcast address of the subnet of an IPv4 address, and the broadcast address that the interface has
 * set.
 */
bool static_binding_add_broadcast(struct static_binding_list *list, const struct static_address *address);
void static_binding_list_free(struct static_binding_list *list);

/* Returns the entry of a key, or NULL. */
const struct static_binding *static_binding_find(const struct static_binding_list *list, const struct mn_key *key);

/* Whether a binding in the table agrees with an entry: same owner, kind and pin. */
bool static_binding_matches(const struct static_binding *entry, const struct mn_binding *binding);

/*
 * Whether an entry gives way to a binding in the table: a next hop to a pin, also one that `vifi bridge pin` has added, since a
 * guest may be a router of this host; the MAC address of the bridge to a guest that has had it for longer. A bridge takes the
 * lowest address of its ports, and a port may have been given that of its guest.
 */
bool static_binding_yields(const struct static_binding *entry, const struct mn_binding *binding);

/*
 * Whether a binding in the table is a static one, to be deleted when the list has no entry for it. The rules add short-
 * lived keys of this host themselves.
 */
bool static_binding_is_own(const struct mn_key *key, const struct mn_binding *binding);

/*
 * The binding for an entry at `now` (ns). It takes over the counters of `old`, unless that is NULL or has another
 * owner.
 */
struct mn_binding static_binding_make(const struct static_binding *entry, const struct mn_binding *old, uint32_t port,
				      uint64_t now);

#endif

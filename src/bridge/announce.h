/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Announcements of the guests' addresses to the network: gratuitous ARP, unsolicited NA. They leave by the uplink, so that
 * neighbours forget an earlier place of the address: another uplink MAC address, or another host (rules 25 and 35).
 *
 * A new address is announced after the wire had time to contradict it (rule 29): soon if the guest has claimed it by ARP or
 * ND, which the neighbours heard, too, and later if it has only used it. Each port has a budget.
 *
 * The guests hear each other's claims themselves, except those that a contest has decided.
 */
#ifndef VIFI_BRIDGE_ANNOUNCE_H
#define VIFI_BRIDGE_ANNOUNCE_H

#include "bridge/bridge.h"

struct bridge_announcements;

enum announce_cause {
	ANNOUNCE_TAKEN, /* from its last owner, which was silent: the neighbour entry of this host is corrected, too */
	ANNOUNCE_CLAIMED, /* by ARP or ND */
	ANNOUNCE_USED,    /* in a data frame, or given by a DHCP server */
};

/* NULL: out of memory. */
struct bridge_announcements *bridge_announcements_new(struct bridge *bridge);
void bridge_announcements_free(struct bridge_announcements *announcements); /* NULL is fine */

/* Queues an announcement of each guest's address. */
void bridge_announce_all(struct bridge_announcements *announcements);

/* Queues the announcement of one new address, which was claimed on a port. Repeated calls queue it once. */
void bridge_announce_address(struct bridge_announcements *announcements, const struct mn_key *key, uint32_t port,
			     enum announce_cause cause);

/*
 * Tells the guests the owner of an address, because their neighbour tables may have another one: after a contest, since the
 * bridge kept the claims of the new owner from them, and after a refused claim that reached them. Sends nothing if no live
 * guest has the address.
 */
void bridge_tell_guests(const struct bridge *bridge, const struct mn_key *key);

/*
 * Tells the guests and this host that a station has the IP address: they have heard the claim of the guest that has lost it, and
 * the station has answered vifi alone. Another key has no effect.
 */
void bridge_tell_of_station(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6]);

/* Sends at most one announcement that is due. Returns the ms until the next call; 0: none is queued. */
unsigned bridge_announce_step(struct bridge_announcements *announcements);

#endif

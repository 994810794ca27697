/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that guests have lost, until the network is asked for them (bridge/search.h), and the siblings in whose names it is
 * asked.
 *
 * A guest can have as many addresses as the cap permits, forged ones included. Here each port has a share of the list, the ports
 * take turns, and so do the ports of the siblings: a guest's addresses delay the questions for another guest, and in the name of
 * another, by one question each (doc/trust.md, "Who pays"). No clock, no I/O.
 */
#ifndef VIFI_BRIDGE_POLICY_LOST_ADDRESSES_H
#define VIFI_BRIDGE_POLICY_LOST_ADDRESSES_H

#include "macnat/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOST_ADDRESSES_MAX = 512,
	LOST_ADDRESSES_PORT_MAX = 64, /* of one port */
};

struct lost_address {
	struct mn_key key; /* an IP address */
	uint32_t port;     /* where its guest was */
};

struct lost_addresses {
	struct lost_address list[LOST_ADDRESSES_MAX]; /* in the order of the losses */
	size_t count;
	uint32_t last_port; /* whose turn was the last */
};

/* Notes an address, unless it is there already or its port has used its share; a key that is no IP address has no effect. */
void lost_addresses_add(struct lost_addresses *lost, const struct mn_key *key, uint32_t port);

/* Takes the oldest address of the port whose turn it is. Returns false if there is none. */
bool lost_addresses_take(struct lost_addresses *lost, struct lost_address *address);

/*
 * Keeps those items that are guests' addresses which may know the address `lost` and were seen less than `silence_ns` ago.
 * Returns their number.
 */
size_t lost_addresses_siblings(const struct mn_key *lost, struct store_item *items, size_t count, uint64_t silence_ns,
			       uint64_t now);

/* {0} at the start */
struct sibling_turn {
	size_t round, next, asked;
};

/* The next of those siblings: one of each port, then a second one of each, and so on. NULL: there is none. */
const struct store_item *lost_addresses_next(const struct store_item *siblings, size_t count,
					     struct sibling_turn *turn);

#endif

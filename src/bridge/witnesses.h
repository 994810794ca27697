/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witnesses of a contest (policy/witness.h): other IP addresses of the owner, of the
 * same family, because a guest may hear the questions of one family only. The data path clears MN_F_PROBING of the binding
 * of such an address when its guest answers for it by an ARP reply or a neighbour advertisement; any other frame proves nothing. A
 * station is asked by ARP for an address that this host's neighbour table has; its reply to this host clears the flag of the
 * binding of its MAC address.
 *
 * Behind one MAC address may be several machines, one slower than the others. If the owner of an address comes back
 * after its contest, no witness speaks against its MAC address for some minutes.
 */
#ifndef VIFI_BRIDGE_WITNESSES_H
#define VIFI_BRIDGE_WITNESSES_H

#include "bridge/bridge.h"
#include "bridge/policy/witness.h"

enum { WITNESSES_MAX = 3, WITNESS_ENDS_MAX = 32 };

struct bridge_witness {
	struct witness state;
	bool searched;
	uint8_t mac[6]; /* of the owner, */
	uint32_t port;  /* its port, */
	uint8_t kind;   /* and enum mn_kind */
	struct {
		struct mn_key address, flagged; /* that it is asked for; of the binding with the flag */
	} list[WITNESSES_MAX];
	size_t count;
};

/* Contests that a witness has ended. Zero: none. */
struct bridge_witness_ends {
	struct bridge_witness_end {
		struct mn_key key;
		uint8_t mac[6]; /* of the owner */
		uint64_t time;  /* ns; 0: free */
		bool returned;  /* the owner had the address all the same */
	} list[WITNESS_ENDS_MAX];
};

/*
 * Finds witnesses for the owner of a contested address, for a guest in the table: those that were seen last. None if a witness
 * has been wrong about this owner.
 */
void bridge_witness_find(const struct bridge *bridge, struct bridge_witness *witness,
			 const struct bridge_witness_ends *ends, const struct mn_key *key,
			 const struct mn_binding *owner, const struct store_item *items, size_t count);

/* Asks the owner for the witnesses, if there are any. */
void bridge_witness_ask(const struct bridge *bridge, const struct bridge_witness *witness);

/* Has the owner answered the last question for one of the witnesses? */
bool bridge_witness_has_answered(const struct bridge *bridge, const struct bridge_witness *witness);

/* A witness has ended the contest of `key` with this owner. */
void bridge_witness_note_end(struct bridge_witness_ends *ends, const struct mn_key *key,
			     const struct mn_binding *owner);

/* The guest or station `mac` has taken `key`. */
void bridge_witness_note_taken(struct bridge_witness_ends *ends, const struct mn_key *key, const uint8_t mac[6]);

#endif

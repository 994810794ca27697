/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the transmit and the receive path keep for one peer: a station at the access point, the access point at a
 * station. The state machines of mlme/ own it, and set its fields; the two paths (tx.h, rx.h) do the rest.
 */
#ifndef VIFI_SOFTMAC_PEER_H
#define VIFI_SOFTMAC_PEER_H

#include "softmac/defrag.h"
#include "softmac/key.h"

/* The keys of a network's group, as one end holds them. All zero bytes: none. */
struct group_keys {
	struct key gtk[4], igtk[2]; /* by id; IGTK: id - 4 */
	uint8_t gtk_id, igtk_id;    /* those that we send with: access point only */
	uint16_t next_seq;          /* sequence number of group frames and of management frames to the group */
};

/* Sets a group key; when `send`, it is the one that we send with from now on. As key_set(). */
int group_keys_set(struct group_keys *group, struct crypto *crypto, enum cipher cipher, const uint8_t *material,
		   size_t len, struct key_params params, bool transmit);
void group_keys_wipe(struct group_keys *group);

/*
 * New pairwise keys cannot be installed at both ends at once, and the message that says so may be lost (12.7.6.5). So
 * while keys are renewed there are two that open what comes, with the packet numbers of each; but we send with one:
 *
 *	at the access point   `next`, from before message 3 is sent until message 4 came and it is installed
 *	at the station        the one before, until something comes under the new one: then the other end has that, too
 */
struct alternate_key {
	struct key key;
	bool is_next;
	uint64_t until_ns; /* the one before: no longer than that */
};

struct peer {
	/* set by the owner, by peer_init() and then freely */
	uint8_t own_addr[6], addr[6], bssid[6];
	bool is_ap;      /* we are the access point of the two */
	bool qos;        /* both do QoS: data frames have a TID */
	bool mfp;        /* management frame protection was agreed to */
	bool rsn;        /* the link is a protected one: beside EAPOL nothing is sent or taken in the clear */
	bool authorised; /* the port is open (IEEE 802.1X): else EAPOL between the two only */
	uint16_t fragment_body_max; /* longest body of an MPDU, even; 0: never fragment */
	struct group_keys *group;   /* borrowed; a station's own, or the one of the whole network */

	/* the paths' own */
	struct key pairwise;
	struct alternate_key *alternate; /* NULL: there is none */
	uint16_t next_seq[17];           /* next sequence number: by TID, and without one */
	uint16_t last_seq_control[17];   /* last sequence control received, for duplicates; PEER_SEQ_CONTROL_NONE */
	struct defrag defrag;            /* fragments that wait for the others */
};

#define PEER_SEQ_CONTROL_NONE 0xffff

/* All state that an association begins with: no keys, nothing seen. Wipes what was. */
void peer_init(struct peer *peer, bool is_ap, const uint8_t own_addr[6], const uint8_t addr[6], const uint8_t bssid[6],
	       struct group_keys *group);

/* Wipes keys and fragments. */
void peer_wipe(struct peer *peer);

/*
 * Sets the pairwise key and purges fragments, which belong to the old one (FragAttacks). As key_set(): -EALREADY for
 * the key that is installed, which stays as it is, packet numbers and all. One that was expected takes its counters
 * along. What came before it opens nothing any more.
 */
int peer_set_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		 struct key_params params);

/* The same, but the key that was installed still opens what comes; see struct alternate_key. */
int peer_rekey(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	       struct key_params params, uint64_t until_ns);

/* A key that opens what comes, before peer_set_key() installs it. As key_set(). */
int peer_set_next_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		      struct key_params params);

/* Gives up the other key, and the fragments that it opened. */
void peer_forget_alternate(struct peer *peer);

#endif

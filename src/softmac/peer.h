/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the transmit and receive path for one peer: a station at the access point, the access point at a station.
 * The state machines of mlme/ own it and set its fields; the paths (softmac/tx.h, softmac/rx.h) use them.
 */
#ifndef VIFI_SOFTMAC_PEER_H
#define VIFI_SOFTMAC_PEER_H

#include "softmac/defrag.h"
#include "softmac/key.h"
#include "wire/ieee80211.h"

/* The group keys of a network at one end. A zero struct has none. */
struct group_keys {
	struct key gtk[4], igtk[2], bigtk[2]; /* by id; IGTK: id - 4, BIGTK: id - 6 */
	uint8_t gtk_id, igtk_id, bigtk_id;    /* of the transmit keys; access point only */
	uint16_t next_seq;                    /* next sequence number of group frames */
};

/* Sets a group key, and with `transmit` makes it the transmit key. Returns as key_set(). */
int group_keys_set(struct group_keys *group, struct crypto *crypto, enum cipher cipher, const uint8_t *material,
		   size_t len, struct key_params params, bool transmit);
void group_keys_wipe(struct group_keys *group);

/*
 * The two ends cannot install a new pairwise key at the same time, and the message that confirms it can be lost (12.7.6.5).
 * So during a rekey a peer accepts frames under two keys, each with its own packet numbers, but sends with one:
 *
 *	access point   the next key, from before message 3 until message 4 installs it
 *	station        the previous key, until a frame arrives under the new one, which proves that the AP has it, too
 */
struct alternate_key {
	struct key key;
	bool is_next;
	uint64_t until_ns; /* of the previous key: its end */
};

struct peer {
	/* set by peer_init() and the owner */
	uint8_t own_addr[6], addr[6], bssid[6];
	bool is_ap;                 /* we are the access point */
	bool qos;                   /* both ends do QoS: data frames have a TID */
	bool mfp;                   /* management frame protection is negotiated */
	bool rsn;                   /* the link must be protected: only EAPOL passes in the clear */
	bool authorised;            /* the port is open (IEEE 802.1X); else only EAPOL between the two ends passes */
	bool four_address;          /* data frames have four addresses: the station is a bridge */
	uint16_t fragment_body_max; /* longest body of an MPDU, even; 0: never fragment */
	struct group_keys *group;   /* borrowed; of the station, or of the network of the access point */

	/* private to the paths */
	struct key pairwise;
	struct alternate_key *alternate; /* NULL: none */
	uint16_t next_seq[17];           /* next sequence number by TID; 16: no TID */
	uint16_t last_seq_control[17];   /* last received one by TID, to detect duplicates; PEER_SEQ_CONTROL_NONE */
	struct defrag defrag;
};

#define PEER_SEQ_CONTROL_NONE 0xffff

/* May a frame of the peer install the key of its next one, or open the port for it? */
static inline bool peer_in_handshake(const struct peer *peer)
{
	return peer->rsn && (!peer->authorised || !peer->pairwise.set || peer->alternate);
}

/* Is the frame a retry of the one with this sequence control? */
static inline bool peer_is_retry(const uint8_t *hdr, uint16_t last_seq_control)
{
	return (le16(hdr) & FC_RETRY) && le16(hdr + DOT11_OFF_SEQ) == last_seq_control;
}

/* Wipes the peer and starts a new association, without keys. */
void peer_init(struct peer *peer, bool is_ap, const uint8_t own_addr[6], const uint8_t addr[6], const uint8_t bssid[6],
	       struct group_keys *group);

/* Wipes keys and fragments. */
void peer_wipe(struct peer *peer);

/*
 * Installs the pairwise key and discards fragments of the old one (FragAttacks). The next key of peer_set_next_key() keeps
 * its counters. The old key no longer opens frames. Returns as key_set(); -EALREADY leaves the installed key unchanged.
 */
int peer_set_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		 struct key_params params);

/* Installs the pairwise key and accepts frames under the old one until `until_ns` (struct alternate_key). */
int peer_rekey(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	       struct key_params params, uint64_t until_ns);

/* Accepts frames under a key before peer_set_key() installs it. Returns as key_set(). */
int peer_set_next_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		      struct key_params params);

/* Wipes the alternate key and discards the fragments that it opened. */
void peer_forget_alternate(struct peer *peer);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key of any cipher, for the transmit and receive paths:
 *
 *	sending    frame_reserve() with the room of key_overhead()
 *	           key_seal_msdu()   once for each MSDU       (TKIP: Michael)
 *	           frag_split()      if the MSDU exceeds an MPDU
 *	           key_seal()        for each MPDU
 *	receiving  key_open()        for each MPDU; returns its packet number
 *	           key_open_msdu()   once for each MSDU, with the packet number of its last MPDU
 *
 * A key cannot be set to zeroes, nor again to its present value, which would reset its packet numbers (the key
 * reinstallation attacks of 2017).
 */
#ifndef VIFI_SOFTMAC_KEY_H
#define VIFI_SOFTMAC_KEY_H

#include "softmac/aes.h"
#include "softmac/bip.h"
#include "softmac/tkip.h"
#include "softmac/wep.h"
#include "wire/suite.h"

struct key {
	enum cipher cipher;
	bool set;
	uint8_t material[KEY_MAX];
	union {
		struct wep_key wep;
		struct tkip_key tkip;
		struct aes_key aes;
		struct bip_key bip;
	};
};

/* The parameters of a key. */
struct key_params {
	uint8_t id;         /* 0 to 3; 4 to 7 for BIP */
	bool authenticator; /* our role: TKIP has a Michael key for each direction */
	uint64_t rsc;       /* the first accepted packet number is rsc + 1 */
};

/*
 * Replaces the key. Returns 0; -EALREADY for the present key, which remains unchanged; -EINVAL for a wrong length or id,
 * or for zeroes; -ENOTSUP if libcrypto lacks RC4; -ENOMEM. After the last three no key is set.
 */
int key_set(struct key *key, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	    struct key_params params);

/* Wipes and frees a key. A zero struct is valid. */
void key_wipe(struct key *key);

/* Returns the headroom and tailroom that the cipher needs, Michael included. */
void key_overhead(enum cipher cipher, size_t *head, size_t *tail);

/* Return DROP_NO_KEY if no key is set. On failure the contents of the frame are undefined. */
enum drop key_seal_msdu(struct key *key, struct frame *frame);
enum drop key_seal(struct key *key, struct frame *frame);
enum drop key_open(struct key *key, struct frame *frame, uint64_t *pn);
enum drop key_open_msdu(struct key *key, struct frame *frame, uint64_t pn);

/* The `count` MPDUs before `pn` were fragments of an MSDU that key_open_msdu() has accepted. */
void key_accept_fragments(struct key *key, uint64_t pn, unsigned count);

/*
 * Process many frames at once, each with its key, in parallel. The results, including packet numbers and replay, equal
 * those of key_seal() or key_open() in order. Keys and ciphers may be mixed; all keys belong to one struct crypto. Writes
 * drops[i], and to pns[i] the packet number, 0 for a dropped frame.
 */
void key_seal_batch(struct key **keys, struct frame **frames, enum drop *drops, size_t count);
void key_open_batch(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t count);

/* Resets the replay counters, for captures, in which frames repeat in any order. */
void key_reset_replay(struct key *key);

/*
 * Sets the id that received frames must have. That of a pairwise key is 0, or with extended key ids (9.4.2.24.4) the one
 * in message 3; an observer without message 3 takes it from a frame. No effect on BIP.
 */
void key_set_id(struct key *key, uint8_t id);

/* Returns the number of frames that the key can still send; UINT64_MAX for WEP, which has no packet numbers. */
uint64_t key_pn_remaining(const struct key *key);

#define KEY_PN_RESERVE (UINT64_C(1) << 32)

/* Are so few left that a new key is needed? They suffice for the handshake. */
static inline bool key_pn_is_low(const struct key *key)
{
	return key_pn_remaining(key) < KEY_PN_RESERVE;
}

#endif

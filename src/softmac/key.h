/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key of whatever cipher: what the transmit and receive paths call.
 *
 *	out: frame_reserve(f, head, tail) as key_overhead() says
 *	      key_seal_msdu()   once for an MSDU          (TKIP: Michael)
 *	      frag_split()      where it is longer than an MPDU may be
 *	      key_seal()        for each MPDU
 *	in: key_open()        for each MPDU; gives its packet number
 *	      key_open_msdu()   once, with the number of the last one
 *
 * Two things cannot be done to a key: being set to zeroes, and being set again to what it is, which would start its
 * packet numbers anew (the key reinstallation attacks of 2017).
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

/* What goes with a key besides its bytes. */
struct key_params {
	uint8_t id;         /* 0 to 3; 4 or 5 for BIP */
	bool authenticator; /* which end we are: TKIP has a Michael key for each direction */
	uint64_t rsc;       /* receive only what is above */
};

/*
 * Sets the key, and wipes the one that was there. Returns 0; -EALREADY when it is the one that was there, which then
 * stays as it is; -EINVAL for a wrong length or id, or only zeroes; -ENOTSUP when libcrypto lacks RC4; -ENOMEM.
 * After the last three there is no key.
 */
int key_set(struct key *key, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	    struct key_params params);

/* Wipes it; one that was never set, all zero bytes, is taken. */
void key_wipe(struct key *key);

/* How much room the cipher needs before the MAC header and behind the body, Michael included. */
void key_overhead(enum cipher cipher, size_t *head, size_t *tail);

/* Each returns NOT_DROPPED or the reason; without a key DROP_NO_KEY. A frame that was dropped is worth nothing. */
enum drop key_seal_msdu(struct key *key, struct frame *frame);
enum drop key_seal(struct key *key, struct frame *frame);
enum drop key_open(struct key *key, struct frame *frame, uint64_t *pn);
enum drop key_open_msdu(struct key *key, struct frame *frame, uint64_t pn);

/*
 * Many frames at once, each with its key: the ciphers work on them side by side. What comes of each is what key_seal()
 * or key_open() would have made of them one after the other, packet numbers and replay included; drops[i] says it.
 * Keys and ciphers may be mixed; all keys are of one struct crypto. `pns` are the packet numbers, 0 of a dropped frame.
 */
void key_seal_batch(struct key **keys, struct frame **frames, enum drop *drops, size_t count);
void key_open_batch(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t count);

/* Forgets what was received: for who reads captures, where frames come twice, and in any order. */
void key_reset_replay(struct key *key);

/*
 * From now on it opens frames that name this id. Of a pairwise key that is 0, or with extended key ids (9.4.2.25.4)
 * what message 3 said; who did not see that one goes by the frame. BIP has none of it.
 */
void key_set_id(struct key *key, uint8_t id);

/* How many frames it can still send; UINT64_MAX for WEP, which does not count. */
uint64_t key_pn_remaining(const struct key *key);

#endif

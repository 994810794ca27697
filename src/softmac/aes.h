/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CCMP (IEEE 802.11-2016 12.5.3) and GCMP (12.5.5), with keys of 128 and 256 bits.  The two differ in the mode of AES,
 * in the nonce and in the length of the MIC, so they share this file:
 *
 *	MAC header │ PN0 PN1 0 id PN2 PN3 PN4 PN5 │ body, encrypted │ MIC of 8 (CCMP-128) or 16 bytes
 */
#ifndef VIFI_SOFTMAC_AES_H
#define VIFI_SOFTMAC_AES_H

#include "base/frame.h"
#include "crypto/aead.h"
#include "softmac/replay.h"

struct aes_key {
	struct aead *aead;
	enum aead_kind kind;
	struct pn pn;
	struct replay replay;
	uint8_t id, mic_len;
};

/*
 * Sets a key of 16 or 32 bytes.  Sending starts with packet number 1, receiving above `rsc`.  Returns 0, -EINVAL for
 * another length or an id above 3, -ENOMEM.
 */
int aes_set_key(struct aes_key *k, struct crypto *c, enum aead_kind kind, const uint8_t *tk, size_t len, uint8_t id,
		uint64_t rsc);

/* Wipes it.  A key that was never set, all zero bytes, is taken. */
void aes_delete_key(struct aes_key *k);

/* Protects an MPDU.  Returns NOT_DROPPED or why not; a frame that was dropped is worth nothing any more. */
enum drop aes_seal(struct aes_key *k, struct frame *f);

/*
 * Opens an MPDU: cipher header, replay, MIC, and only then the replay counter moves.  Clears the Protected bit.  Writes
 * the packet number: those of an MSDU's fragments must follow one another.
 */
enum drop aes_open(struct aes_key *k, struct frame *f, uint64_t *pn);

#endif

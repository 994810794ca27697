/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CCMP (IEEE 802.11-2016 12.5.3) and GCMP (12.5.5), with keys of 128 and 256 bits. The two differ in the mode of AES,
 * in the nonce and in the length of the MIC, so they share this file:
 *
 *	MAC header │ PN0 PN1 0 id PN2 PN3 PN4 PN5 │ body, encrypted │ MIC of 8 (CCMP-128) or 16 bytes
 */
#ifndef VIFI_SOFTMAC_AES_H
#define VIFI_SOFTMAC_AES_H

#include "base/frame.h"
#include "crypto/aead.h"
#include "softmac/mpdu.h"
#include "softmac/replay.h"

#define AES_NONCE_MAX 13

struct aes_key {
	struct aead *aead;
	enum aead_kind kind;
	struct pn pn;
	struct replay replay;
	uint8_t id, mic_len;
};

/*
 * Sets a key of 16 or 32 bytes. Sending starts with packet number 1, receiving above `rsc`. Returns 0, -EINVAL for
 * another length or an id above 3, -ENOMEM.
 */
int aes_set_key(struct aes_key *aes_key, struct crypto *crypto, enum aead_kind kind, const uint8_t *tk, size_t len,
		uint8_t id, uint64_t rsc);

/* Wipes it. A key that was never set, all zero bytes, is taken. */
void aes_delete_key(struct aes_key *aes_key);

/* What the cipher needs to know of one frame, as long as it is at work: see struct aead_job. */
struct aes_context {
	struct mpdu mpdu;
	uint64_t pn; /* the packet number: those of an MSDU's fragments must follow one another */
	uint8_t aad[MPDU_AAD_MAX], nonce[AES_NONCE_MAX];
};

/*
 * Protects an MPDU: *_begin() does all but the cipher and says what that has to do; then comes aead_seal_batch(), for
 * many frames at once; then *_end(). Each returns NOT_DROPPED or why not; a frame that was dropped is worth nothing any
 * more, and goes no further.
 */
enum drop aes_seal_begin(struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job);
enum drop aes_seal_end(const struct aead_job *job);

/*
 * Opens an MPDU in the same way: cipher header and replay; aead_open_batch(); then replay again, MIC, and only now the
 * replay counter moves. *_end() must be called in the order in which the frames came. It clears the Protected bit.
 */
enum drop aes_open_begin(const struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job);
enum drop aes_open_end(struct aes_key *aes_key, struct frame *frame, const struct aes_context *context,
		       const struct aead_job *job);

#endif

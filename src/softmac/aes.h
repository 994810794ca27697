/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CCMP (IEEE 802.11-2020, 12.5.3) and GCMP (12.5.5), with keys of 128 and 256 bits. They differ only in the mode of AES,
 * the nonce and the length of the MIC:
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
 * Sets a key of 16 or 32 bytes. The first packet number sent is 1, the first accepted one rsc + 1. Returns 0, -EINVAL for
 * another length or an id above 3, or -ENOMEM.
 */
int aes_set_key(struct aes_key *aes_key, struct crypto *crypto, enum aead_kind kind, const uint8_t *tk, size_t len,
		uint8_t id, uint64_t rsc);

/* Wipes and frees a key. A zero struct is valid. */
void aes_delete_key(struct aes_key *aes_key);

/* The memory that the struct aead_job of one frame points to. */
struct aes_context {
	struct mpdu mpdu;
	uint64_t pn; /* packet number */
	uint8_t aad[MPDU_AAD_MAX], nonce[AES_NONCE_MAX];
};

/*
 * Protect an MPDU: aes_seal_begin() prepares the job, aead_seal_batch() runs it, for many frames at once, and
 * aes_seal_end() returns the result. On failure the contents of the frame are undefined.
 */
enum drop aes_seal_begin(struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job);
enum drop aes_seal_end(const struct aead_job *job);

/*
 * Open an MPDU: aes_open_begin() checks cipher header and packet number and prepares the job, aead_open_batch() runs it.
 * aes_open_end() checks the packet number again and the MIC, advances the replay counter, and removes the cipher's
 * fields and the Protected bit. Call it in the order of reception.
 */
enum drop aes_open_begin(const struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job);
enum drop aes_open_end(struct aes_key *aes_key, struct frame *frame, const struct aes_context *context,
		       const struct aead_job *job);

#endif

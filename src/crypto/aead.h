/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-CCM (RFC 3610) and AES-GCM (NIST SP 800-38D) as IEEE 802.11-2016 12.5.3 and 12.5.5 use them: one key for many
 * frames, each with a nonce of its own. The key schedule is made once. GCM over additional data alone is GMAC.
 * CCM takes its additional data in one piece (a limit of libcrypto's).
 *
 * Many frames are sealed or opened fastest in a batch: see crypto/multibuffer.h, which is at work where the machine has what
 * it needs; everywhere else the same comes of libcrypto, frame by frame. A frame that comes alone is done by whichever
 * of the two is faster for it.
 */
#ifndef VIFI_CRYPTO_AEAD_H
#define VIFI_CRYPTO_AEAD_H

#include "crypto/crypto.h"

enum aead_kind {
	AEAD_CCM, /* nonce of 13 bytes: the length field has 2 */
	AEAD_GCM, /* nonce of 12 bytes */
};

struct aead;

/*
 * Returns a key of 16 or 32 bytes whose tags have `tag_len` bytes (CCM: 8 or 16; GCM: 16), or NULL: a length that does
 * not fit, or no memory. The key material is copied; aead_free() wipes it.
 */
struct aead *aead_new(struct crypto *crypto, enum aead_kind kind, const uint8_t *key, size_t key_len, size_t tag_len);

/* NULL is taken. */
void aead_free(struct aead *aead);

/*
 * Encrypts `len` bytes in place and writes the tag over them and `count` pieces of additional data. Never twice with
 * one nonce. Returns 0 or -ENOMEM.
 */
int aead_seal(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, uint8_t *tag);

/* Decrypts `len` bytes in place. Returns 0; or -EBADMSG: the tag is wrong, and the bytes have become worthless. */
int aead_open(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, const uint8_t *tag);

/* One frame of a batch. */
struct aead_job {
	struct aead *aead;
	const uint8_t *nonce;
	struct piece aad;
	uint8_t *bytes; /* in place */
	size_t len;
	uint8_t *tag;             /* sealing writes it, opening compares with it */
	int error;                /* written: as of aead_seal() or aead_open() */
	uint8_t computed_tag[16]; /* written: what opening found */
};

/* Any number of frames, of whatever keys of one struct crypto. */
void aead_seal_batch(struct aead_job *jobs, size_t count);
void aead_open_batch(struct aead_job *jobs, size_t count);

#endif

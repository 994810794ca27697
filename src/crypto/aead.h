/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-CCM (RFC 3610) and AES-GCM (NIST SP 800-38D) as IEEE 802.11-2020, 12.5.3 and 12.5.5 use them: one key for many
 * frames, each with its own nonce. The key schedule is made once. GCM over additional data alone is GMAC. CCM takes its
 * additional data in one piece, a limit of libcrypto.
 *
 * Batches are fastest: they use crypto/multibuffer.h where it is available and faster, else libcrypto frame by frame.
 */
#ifndef VIFI_CRYPTO_AEAD_H
#define VIFI_CRYPTO_AEAD_H

#include "crypto/aead_job.h"
#include "crypto/crypto.h"

struct aead;

/*
 * Returns a key of 16 or 32 bytes with tags of `tag_len` bytes (CCM: 8 or 16; GCM: 16), or NULL for an invalid length
 * or without memory. The key material is copied; aead_free() wipes it.
 */
struct aead *aead_new(struct crypto *crypto, enum aead_kind kind, const uint8_t *key, size_t key_len, size_t tag_len);

/* NULL is valid. */
void aead_free(struct aead *aead);

/*
 * Encrypts `len` bytes in place and writes the tag over `count` pieces of additional data and the bytes. The nonce must
 * be new. Returns 0 or -ENOMEM.
 */
int aead_seal(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, uint8_t *tag);

/* Decrypts `len` bytes in place. Returns 0, or -EBADMSG for a wrong tag; the bytes are then undefined. */
int aead_open(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, const uint8_t *tag);

/* Process any number of jobs, with keys of one struct crypto. Each job has its own result. */
void aead_seal_batch(struct aead_job *jobs, size_t count);
void aead_open_batch(struct aead_job *jobs, size_t count);

#endif

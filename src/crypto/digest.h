/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyed digests: the EAPOL-Key MIC, BIP-CMAC, and the core of the key derivation functions. */
#ifndef VIFI_CRYPTO_DIGEST_H
#define VIFI_CRYPTO_DIGEST_H

#include "crypto/piece.h"

#include <stdint.h>

struct crypto;

enum digest {
	DIGEST_HMAC_MD5,    /* RFC 2104, 16 bytes; EAPOL-Key descriptor version 1 */
	DIGEST_HMAC_SHA1,   /* 20 bytes; the first 16 are the MIC of descriptor version 2 */
	DIGEST_HMAC_SHA256, /* RFC 4231, 32 bytes */
	DIGEST_HMAC_SHA384, /* 48 bytes */
	DIGEST_HMAC_SHA512, /* 64 bytes */
	DIGEST_CMAC_128,    /* RFC 4493, 16 bytes, key of 16; descriptor version 3 and BIP */
	DIGEST_CMAC_256,    /* 16 bytes, key of 32 */
	DIGEST_COUNT
};

#define DIGEST_MAX 64

/*
 * Writes the first `len` bytes of the digest of the concatenated pieces. Returns 0, -EINVAL for a `len` beyond the
 * digest or an invalid key length, or -ENOMEM.
 */
int digest(struct crypto *crypto, enum digest algorithm, const void *key, size_t key_len, const struct piece *pieces,
	   size_t count, uint8_t *out, size_t len);

/* The hash alone of an HMAC with SHA-2 (FIPS 180-4), digest_len() bytes. Returns 0, -EINVAL or -ENOMEM. */
int digest_hash(struct crypto *crypto, enum digest hmac, const void *bytes, size_t len, uint8_t *out);

/* SHA-256 (FIPS 180-4), without a key. Returns 0 or -ENOMEM. */
int digest_sha256(struct crypto *crypto, const void *bytes, size_t len, uint8_t out[32]);

/* Returns the length of the whole digest in bytes. */
size_t digest_len(enum digest algorithm);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key derivation: PBKDF2, PRF and KDF of IEEE 802.11-2020, 12.7.1 and J.4. */
#ifndef VIFI_CRYPTO_KDF_H
#define VIFI_CRYPTO_KDF_H

#include "crypto/crypto.h"
#include "crypto/digest.h"

#define PMK_LEN        32 /* of a passphrase, and of most AKMs */
#define PMK_MAX        64
#define PASSPHRASE_MIN 8
#define PASSPHRASE_MAX 63
#define SSID_MAX       32

/*
 * Derives the PMK from a passphrase and an SSID: PBKDF2 with HMAC-SHA1, 4096 rounds (J.4.1). It takes about a
 * millisecond, so cache the result for each SSID and passphrase. Returns 0, -EINVAL for an invalid length, or -ENOMEM.
 */
int kdf_pmk(struct crypto *crypto, const char *passphrase, size_t passphrase_len, const uint8_t *ssid, size_t ssid_len,
	    uint8_t pmk[PMK_LEN]);

/* PRF of 12.7.1.2 with HMAC-SHA1, for WPA and for AKMs 1 and 2. `len` is in bytes. Returns 0, -EINVAL or -ENOMEM. */
int kdf_prf(struct crypto *crypto, struct piece key, const char *label, struct piece context, uint8_t *out, size_t len);

/* KDF-Hash-Length of 12.7.1.6.2 for all other AKMs; `hash` is HMAC-SHA256, -384 or -512. `len` is in bytes. */
int kdf(struct crypto *crypto, enum digest hash, struct piece key, const char *label, struct piece context,
	uint8_t *out, size_t len);

/* The same for a length in bits; the bits of the last byte beyond it are undefined. */
int kdf_bits(struct crypto *crypto, enum digest hash, struct piece key, const char *label, struct piece context,
	     uint8_t *out, size_t bit_count);

/*
 * HKDF-Expand (RFC 5869, 2.3). HKDF-Extract is digest() with the salt as key. `len` is in bytes. Returns 0, -EINVAL or
 * -ENOMEM.
 */
int kdf_expand(struct crypto *crypto, enum digest hash, struct piece key, const char *info, uint8_t *out, size_t len);

#define KDF_MAX 256 /* bytes of output; more is -EINVAL, and no AKM needs more */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How keys come from keys: PBKDF2, PRF and KDF of IEEE 802.11-2016 12.7.1 and J.4. */
#ifndef VIFI_CRYPTO_KDF_H
#define VIFI_CRYPTO_KDF_H

#include "crypto/crypto.h"
#include "crypto/digest.h"

#define PMK_LEN        32
#define PASSPHRASE_MIN 8
#define PASSPHRASE_MAX 63
#define SSID_MAX       32

/*
 * The PMK of a passphrase and an SSID: PBKDF2 with HMAC-SHA1, 4096 rounds (J.4.1). It takes about a millisecond: once
 * for each SSID and passphrase, not for each station. Returns 0; -EINVAL for lengths outside of the standard's;
 * -ENOMEM.
 */
int kdf_pmk(struct crypto *crypto, const char *passphrase, size_t passphrase_len, const uint8_t *ssid, size_t ssid_len,
	    uint8_t pmk[PMK_LEN]);

/* PRF-len of 12.7.1.2, HMAC-SHA1: for WPA, and WPA2 with AKMs 1 and 2. `len` in bytes, at most KDF_MAX. */
int kdf_prf(struct crypto *crypto, struct piece key, const char *label, struct piece context, uint8_t *out, size_t len);

/* KDF-Hash-len of 12.7.1.7.2, `hash` HMAC-SHA256 or HMAC-SHA384: for all later AKMs. `len` in bytes. */
int kdf(struct crypto *crypto, enum digest hash, struct piece key, const char *label, struct piece context,
	uint8_t *out, size_t len);

#define KDF_MAX 256 /* bytes; the longest that any AKM asks for is below it. More is -EINVAL */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RC4 for WEP, TKIP and EAPOL-Key descriptor version 1 (IEEE 802.11-2020, 12.3, 12.5.2 and 12.7.2). */
#ifndef VIFI_CRYPTO_RC4_H
#define VIFI_CRYPTO_RC4_H

#include "crypto/crypto.h"

#define RC4_KEY_MAX 64

/*
 * Encrypts or decrypts `len` bytes in place with the key stream from its byte `skip` (at most 256) on. Returns 0,
 * -ENOTSUP without libcrypto's legacy provider, -EINVAL for an empty key or one above RC4_KEY_MAX bytes, or -ENOMEM.
 */
int rc4(struct crypto *crypto, const uint8_t *key, size_t key_len, size_t skip, uint8_t *bytes, size_t len);

#endif

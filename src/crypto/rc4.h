/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RC4, for WEP, TKIP and EAPOL-Key descriptor version 1 (IEEE 802.11-2016 12.5.2, 12.7.2). */
#ifndef VIFI_CRYPTO_RC4_H
#define VIFI_CRYPTO_RC4_H

#include "crypto/crypto.h"

#define RC4_KEY_MAX 64

/*
 * En- or decrypts `len` bytes in place, after throwing away `skip` bytes of key stream (at most 256). Returns 0;
 * -ENOTSUP without libcrypto's legacy provider; -EINVAL for a key of no or more than RC4_KEY_MAX bytes; -ENOMEM.
 */
int rc4(struct crypto *crypto, const uint8_t *key, size_t key_len, size_t skip, uint8_t *bytes, size_t len);

#endif

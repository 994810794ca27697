/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AES key wrap (RFC 3394), for the key data of EAPOL-Key frames (IEEE 802.11-2020, 12.7.2). */
#ifndef VIFI_CRYPTO_KEYWRAP_H
#define VIFI_CRYPTO_KEYWRAP_H

#include "crypto/crypto.h"

#define KEYWRAP_OVERHEAD 8 /* bytes that wrapping adds */

/*
 * Wraps `len` bytes (at least 16, a multiple of 8) into len + KEYWRAP_OVERHEAD bytes at `out`, which must not overlap.
 * `kek` has 16, 24 or 32 bytes. Returns 0, -EINVAL or -ENOMEM.
 */
int keywrap(struct crypto *crypto, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len, uint8_t *out);

/* Unwraps `len` bytes. Returns 0, -EINVAL, or -EBADMSG for a wrong KEK or damaged bytes. */
int keyunwrap(struct crypto *crypto, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len,
	      uint8_t *out);

#endif

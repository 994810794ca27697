/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-SIV (RFC 5297): authenticated encryption without a nonce. Two messages with the same contents look the same; what must
 * not repeat is part of the contents. The additional data are strings of their own, not one concatenated string.
 */
#ifndef VIFI_CRYPTO_SIV_H
#define VIFI_CRYPTO_SIV_H

#include "crypto/crypto.h"
#include "crypto/piece.h"

#define SIV_KEY_LEN  32 /* AES-SIV-CMAC-256: two keys of AES-128 */
#define SIV_OVERHEAD 16 /* bytes before the ciphertext */

/* Writes the synthetic IV and `len` encrypted bytes to `out`, which must not overlap. Returns 0 or -ENOMEM. */
int siv_seal(struct crypto *crypto, const uint8_t key[SIV_KEY_LEN], const struct piece *strings, size_t count,
	     const uint8_t *bytes, size_t len, uint8_t *out);

/*
 * Decrypts `len` bytes, which begin with the IV, into len - SIV_OVERHEAD bytes at `out`. Returns 0, -EBADMSG if they are not
 * authentic (`out` is wiped then), or -ENOMEM.
 */
int siv_open(struct crypto *crypto, const uint8_t key[SIV_KEY_LEN], const struct piece *strings, size_t count,
	     const uint8_t *sealed, size_t len, uint8_t *out);

#endif

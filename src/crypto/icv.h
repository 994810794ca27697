/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ICV of WEP and TKIP: the CRC-32 of IEEE 802.3, which is no cryptographic protection (IEEE 802.11-2020, 12.3). */
#ifndef VIFI_CRYPTO_ICV_H
#define VIFI_CRYPTO_ICV_H

#include "crypto/crypto.h"

#define ICV_LEN 4

/* Writes the CRC of `len` bytes in the byte order of a frame. */
void icv(struct crypto *crypto, const uint8_t *bytes, size_t len, uint8_t out[ICV_LEN]);

#endif

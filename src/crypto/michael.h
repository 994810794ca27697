/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Michael, the MIC of TKIP (IEEE 802.11-2016 12.5.2.3): 64 bits over the destination, the source, the priority and the
 * payload of an MSDU. libcrypto does not have it. It holds off an attacker for about 2^29 tries, whence the
 * countermeasures. No step of it depends on the key or the data in its time.
 */
#ifndef VIFI_CRYPTO_MICHAEL_H
#define VIFI_CRYPTO_MICHAEL_H

#include "crypto/crypto.h"

#define MICHAEL_LEN 8 /* of the key, and of the MIC */

/* Writes the MIC of the pieces, one after the other. */
void michael(const uint8_t key[MICHAEL_LEN], const struct piece *pieces, size_t count, uint8_t mic[MICHAEL_LEN]);

#endif

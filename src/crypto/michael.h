/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Michael, the MIC of TKIP (IEEE 802.11-2020, 12.5.2.3): 64 bits over destination, source, priority and payload of an
 * MSDU. It resists about 2^29 attempts, hence the countermeasures. It runs in constant time for a given length.
 */
#ifndef VIFI_CRYPTO_MICHAEL_H
#define VIFI_CRYPTO_MICHAEL_H

#include "crypto/crypto.h"

#define MICHAEL_LEN 8 /* bytes of the key and of the MIC */

/* Writes the MIC of the concatenated pieces. */
void michael(const uint8_t key[MICHAEL_LEN], const struct piece *pieces, size_t count, uint8_t mic[MICHAEL_LEN]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BIP (IEEE 802.11-2020, 12.5.4): group management frames, and beacons, stay in the clear; an element at their end, the
 * MME, authenticates them.
 *
 *	MAC header │ body │ 76, length, key id (2), IPN (6), MIC of 8 (BIP-CMAC-128) or 16 bytes
 */
#ifndef VIFI_SOFTMAC_BIP_H
#define VIFI_SOFTMAC_BIP_H

#include "base/frame.h"
#include "crypto/aead.h"
#include "softmac/replay.h"

enum bip_kind { BIP_CMAC, BIP_GMAC };

struct bip_key {
	struct crypto *crypto;
	struct aead *gmac; /* NULL for CMAC */
	uint8_t igtk[32], len;
	uint8_t id, mic_len;
	struct pn tx_ipn;
	uint64_t rx_ipn;
};

/*
 * Sets an IGTK of 16 or 32 bytes with an id of 4 or 5, or a BIGTK, 6 or 7; the first accepted packet number is ipn + 1. `crypto` must outlive
 * the key. Returns 0, -EINVAL or -ENOMEM.
 */
int bip_set_key(struct bip_key *bip_key, struct crypto *crypto, enum bip_kind kind, const uint8_t *igtk, size_t len,
		uint8_t id, uint64_t ipn);
void bip_delete_key(struct bip_key *bip_key);

/* Appends the MME to a management frame. */
enum drop bip_seal(struct bip_key *bip_key, struct frame *frame);

/* Checks MME, packet number and MIC, advances the counter, and removes the MME. */
enum drop bip_open(struct bip_key *bip_key, struct frame *frame);

#endif

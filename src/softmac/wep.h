/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WEP (IEEE 802.11-2020, 12.3): RC4 with a public part of the key, and a CRC. It is broken; vifi has it for captures and
 * for networks whose configuration allows legacy protection.
 *
 *	MAC header │ IV0 IV1 IV2 id │ body │ ICV, 4 bytes, encrypted with the body
 *
 * WEP has no packet numbers and so no replay protection. The IV of 24 bits is a counter that wraps.
 */
#ifndef VIFI_SOFTMAC_WEP_H
#define VIFI_SOFTMAC_WEP_H

#include "base/drop.h"
#include "base/frame.h"
#include "crypto/crypto.h"

#define WEP_40_LEN  5
#define WEP_104_LEN 13

struct wep_key {
	struct crypto *crypto;
	uint8_t seed[3 + WEP_104_LEN]; /* the IV of the frame, then the key */
	uint8_t len, id;
	uint32_t last_iv; /* the last IV sent */
};

/* Sets a key of WEP_40_LEN or WEP_104_LEN bytes. Returns 0, -EINVAL, or -ENOTSUP if libcrypto lacks RC4. */
int wep_set_key(struct wep_key *wep_key, struct crypto *crypto, const uint8_t *key, size_t len, uint8_t id);

enum drop wep_seal(struct wep_key *wep_key, struct frame *frame);
enum drop wep_open(struct wep_key *wep_key, struct frame *frame);

#endif

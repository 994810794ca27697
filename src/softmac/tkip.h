/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TKIP (IEEE 802.11-2016 12.5.2): WEP's RC4 with a key for each frame, and Michael over the whole MSDU.
 *
 *	MSDU:  MAC header │ body │ Michael, 8 bytes           tkip_seal_msdu(), once, before fragmentation
 *	MPDU:  MAC header │ TSC1 WEPSeed TSC0 id TSC2 … TSC5 │ (a part of) body and Michael │ ICV, 4 bytes, all
 *encrypted
 *
 * Michael's 8 bytes and the ICV's 4 are two different things: a frame needs room for both. On the way in an MPDU is
 * opened by tkip_open(), which checks ICV and packet number (TSC) and says what the latter was; when the MSDU is whole,
 * tkip_open_msdu() checks Michael and then moves the replay counter. Two wrong Michael codes within 60 s call for
 * countermeasures, so a wrong ICV, which is mere damage, must never pass for one: hence that order.
 */
#ifndef VIFI_SOFTMAC_TKIP_H
#define VIFI_SOFTMAC_TKIP_H

#include "base/frame.h"
#include "crypto/crypto.h"
#include "crypto/michael.h"
#include "softmac/replay.h"
#include "softmac/tkip_mix.h"

#define TKIP_KEY_LEN 32 /* temporal key, then Michael's key of the authenticator, then the supplicant's (12.7.1.3) */

/* Phase 1 of the last transmitter and number. */
struct tkip_phase1_cache {
	uint8_t ta[6];
	uint32_t tsc_high;
	uint16_t ttak[5];
	bool valid;
};

struct tkip_key {
	struct crypto *crypto;
	uint8_t tk[TKIP_TK_LEN], michael_tx[MICHAEL_LEN], michael_rx[MICHAEL_LEN];
	struct tkip_phase1_cache tx_phase1, rx_phase1;
	struct pn tsc;
	struct replay replay;
	uint8_t id;
};

/*
 * Sets a key of TKIP_KEY_LEN bytes; `authenticator` says which end we are. `crypto` must outlive it. Returns 0, -EINVAL,
 * or -ENOTSUP: libcrypto has no RC4.
 */
int tkip_set_key(struct tkip_key *tkip_key, struct crypto *crypto, const uint8_t *key, size_t len, uint8_t id,
		 bool authenticator, uint64_t rsc);
void tkip_delete_key(struct tkip_key *tkip_key);

/* Puts Michael behind a data MSDU that carries its MAC header. */
enum drop tkip_seal_msdu(struct tkip_key *tkip_key, struct frame *frame);

/* Protects one MPDU of it. TKIP protects data only. */
enum drop tkip_seal(struct tkip_key *tkip_key, struct frame *frame);

/* Opens an MPDU: cipher header, TSC, ICV. Writes its TSC. No counter moves yet. */
enum drop tkip_open(struct tkip_key *tkip_key, struct frame *frame, uint64_t *tsc);

/* Checks Michael and takes it off; `tsc` is that of the last MPDU, up to which the replay counter then moves. */
enum drop tkip_open_msdu(struct tkip_key *tkip_key, struct frame *frame, uint64_t tsc);

#endif

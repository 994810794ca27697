/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TKIP (IEEE 802.11-2020, 12.5.2): the RC4 of WEP with a key for each frame, and Michael over the whole MSDU.
 *
 *	MSDU:  MAC header │ body │ Michael (8)                tkip_seal_msdu(), before fragmentation
 *	MPDU:  MAC header │ TSC1 WEPSeed TSC0 id TSC2 … TSC5 │ part of body and Michael, ICV (4), encrypted
 *
 * tkip_open() checks ICV and packet number (TSC) of an MPDU; tkip_open_msdu() checks Michael over the whole MSDU and then
 * advances the replay counter. Two wrong Michael MICs within 60 s start countermeasures, so a transmission error, which
 * the ICV detects, must not count as one: hence the order. Nor may a captured frame that a forger without the key sends
 * again under another TID, which Michael covers and the ICV does not: each TSC is accepted once, whatever its TID.
 */
#ifndef VIFI_SOFTMAC_TKIP_H
#define VIFI_SOFTMAC_TKIP_H

#include "base/frame.h"
#include "crypto/crypto.h"
#include "crypto/michael.h"
#include "softmac/replay.h"
#include "softmac/tkip_mix.h"

#define TKIP_KEY_LEN 32 /* temporal key, then Michael's key of the authenticator, then the supplicant's (12.7.1.3) */

/* The result of phase 1 for the last transmitter and packet number. */
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
	struct pn_window accepted;
	uint8_t id;
};

/*
 * Sets a key of TKIP_KEY_LEN bytes; `authenticator` is our role. `crypto` must outlive the key. Returns 0, -EINVAL, or
 * -ENOTSUP if libcrypto lacks RC4.
 */
int tkip_set_key(struct tkip_key *tkip_key, struct crypto *crypto, const uint8_t *key, size_t len, uint8_t id,
		 bool authenticator, uint64_t rsc);

/* Appends Michael to a data MSDU with its MAC header. */
enum drop tkip_seal_msdu(struct tkip_key *tkip_key, struct frame *frame);

/* Protects an MPDU. TKIP protects only data. */
enum drop tkip_seal(struct tkip_key *tkip_key, struct frame *frame);

/* Opens an MPDU: checks cipher header, TSC and ICV, and writes the TSC. The replay counter does not advance yet. */
enum drop tkip_open(struct tkip_key *tkip_key, struct frame *frame, uint64_t *tsc);

/* Checks and removes Michael, then advances the replay counter to `tsc`, that of the last MPDU. */
enum drop tkip_open_msdu(struct tkip_key *tkip_key, struct frame *frame, uint64_t tsc);

/* The `count` MPDUs before `tsc` were fragments of an MSDU that tkip_open_msdu() has accepted: they are used, too. */
void tkip_accept_fragments(struct tkip_key *tkip_key, uint64_t tsc, unsigned count);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world_internal.h"

#include "base/mac.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "air/medium/airtime.h"
#include "softmac/mpdu.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <stdlib.h>
#include <string.h>

enum { BEACON = 0x80, PROBE_RESPONSE = 0x50, KIND = FC_TYPE | FC_SUBTYPE, TIMESTAMP = 8 };

/* The medium writes the time of each transmission into beacons and probe responses (9.4.1.10), as radios do. */
static bool has_timestamp(const struct frame *frame)
{
	uint16_t kind = le16(frame->data) & KIND;

	return (kind == BEACON || kind == PROBE_RESPONSE) && frame->len >= DOT11_HDR_MIN + TIMESTAMP;
}

/* A clock goes as the world's does: all that differs is when it was zero. */
static void check_clock(struct sniffer *sniffer, struct violations *wrong, const struct frame *frame)
{
	uint64_t rate = frame->meta.rate_kbps, began = frame->meta.time_ns,
		 key = mac_to_u64(frame->data + DOT11_OFF_ADDR2);
	const uint8_t *bytes = frame->data + DOT11_HDR_MIN;
	uint64_t *zero = u64_map_get(&sniffer->clocks, key), zero_now;

	began -= airtime_ppdu(frame->len, (uint32_t)rate, frame->meta.freq_mhz);
	if (!mac_is_group(frame->data + DOT11_OFF_ADDR1))
		began -= airtime_ack((uint32_t)rate, frame->meta.freq_mhz);
	zero_now = began - ((uint64_t)le32(bytes + 4) << 32 | le32(bytes)) * 1000;
	if (!zero) {
		zero = require(malloc(sizeof *zero));
		*zero = zero_now;
		if (u64_map_put(&sniffer->clocks, key, zero))
			abort();
	}
	/* Both ends are whole microseconds. */
	wrong->mistimed += zero_now - *zero + 2000 > 4000;
}

void sniffer_forget_clock(struct sniffer *sniffer, const uint8_t *bssid)
{
	free(u64_map_remove(&sniffer->clocks, mac_to_u64(bssid)));
}

/*
 * CCMP and GCMP have PN0, PN1 and a zero in the first bytes; TKIP has TSC1, a byte made of it, and TSC0: 1 in the first
 * frame of a key, which tells the two apart.
 */
static uint64_t pn_of(struct pn_window *pn_window, const struct frame *frame, const struct mpdu *mpdu)
{
	const uint8_t *bytes = frame->data + mpdu->hdr_len;

	pn_window->tkip |= bytes[2] != 0;
	return (uint64_t)le32(bytes + 4) << 16 | (pn_window->tkip ? (uint64_t)bytes[0] << 8 | bytes[2] : le16(bytes));
}

static bool pn_used_before(struct pn_window *pn_window, uint64_t pn)
{
	const uint64_t span = 64 * 64;

	if (pn > pn_window->highest) {
		for (uint64_t word = pn_window->highest + 1; word <= pn && word <= pn_window->highest + span; word++)
			pn_window->seen[word / 64 % 64] &= ~(UINT64_C(1) << word % 64);
		pn_window->highest = pn;
	} else if (pn_window->highest - pn >= span || pn_window->seen[pn / 64 % 64] >> pn % 64 & 1) {
		return true;
	}
	pn_window->seen[pn / 64 % 64] |= UINT64_C(1) << pn % 64;
	return false;
}

static struct pn_window *window_of(struct sniffer *sniffer, uint64_t key)
{
	struct pn_window *pn_window = u64_map_get(&sniffer->windows, key);

	if (!pn_window) {
		pn_window = require(calloc(1, sizeof *pn_window));
		if (u64_map_put(&sniffer->windows, key, pn_window))
			abort();
	}
	return pn_window;
}

static void check_pn(struct sniffer *sniffer, struct violations *wrong, uint64_t key, const struct frame *sealed)
{
	struct pn_window *pn_window = window_of(sniffer, key);
	struct mpdu mpdu;

	if (mpdu_parse(&mpdu, sealed))
		return;
	wrong->repeated += pn_used_before(pn_window, pn_of(pn_window, sealed, &mpdu));
}

/* The same frame sent again by the radio: all as before, but the Retry bit, and the time where it has one. */
static bool is_retry_of(const struct frame *before, const struct frame *frame)
{
	size_t body = has_timestamp(frame) ? DOT11_HDR_MIN + TIMESTAMP : DOT11_HDR_MIN;

	return before && before->len == frame->len && frame->len >= body && before->data[0] == frame->data[0] &&
	       (before->data[1] | 8) == (frame->data[1] | 8) &&
	       !memcmp(before->data + 2, frame->data + 2, DOT11_HDR_MIN - 2) &&
	       !memcmp(before->data + body, frame->data + body, frame->len - body);
}

/* Returns true for a frame that was heard before. */
static bool is_retransmission(struct sniffer *sniffer, struct violations *wrong, const struct frame *frame)
{
	/* A radio that has moved on may still have something to send where it was. */
	uint64_t from = mac_to_u64(frame->data + DOT11_OFF_ADDR2) ^ (uint64_t)frame->meta.freq_mhz << 48;
	struct frame *before = u64_map_get(&sniffer->last_frames, from);
	bool retry = frame->data[1] & 8;

	if (retry && is_retry_of(before, frame))
		return true;
	wrong->forged += retry;
	frame_free(before);
	before = frame_clone(frame);
	if (!before || u64_map_put(&sniffer->last_frames, from, before))
		abort();
	return false;
}

/* ---- management frames to a group: nothing is encrypted, an element at the end proves who sent them (12.5.4) ---- */

enum { MME_FIXED = 10 };

/* What the code must be, computed here from the frame's bytes. */
static void compute_bip_mic(struct sniffer *sniffer, const struct observed_igtk *observed_igtk,
			    const struct frame *frame, size_t code_len, uint8_t code[16])
{
	static const uint8_t zero[16];
	size_t body = frame->len - DOT11_HDR_MIN - code_len;
	uint8_t aad[20], nonce[12];
	const uint8_t *ipn = frame->data + frame->len - code_len - 6;
	struct piece pieces[] = {{aad, sizeof aad}, {frame->data + DOT11_HDR_MIN, body}, {zero, code_len}};

	/* Frame Control without Retry, Power Management, More Data; the three addresses. */
	aad[0] = frame->data[0];
	aad[1] = frame->data[1] & 0xc7;
	memcpy(aad + 2, frame->data + DOT11_OFF_ADDR1, 18);
	if (observed_igtk->cipher == CIPHER_BIP_CMAC_128 || observed_igtk->cipher == CIPHER_BIP_CMAC_256) {
		if (digest(sniffer->crypto, observed_igtk->len == 16 ? DIGEST_CMAC_128 : DIGEST_CMAC_256,
			   observed_igtk->bytes, observed_igtk->len, pieces, 3, code, code_len))
			abort();
		return;
	}
	memcpy(nonce, frame->data + DOT11_OFF_ADDR2, 6);
	for (int i = 0; i < 6; i++)
		nonce[6 + i] = ipn[5 - i];

	struct aead *gmac = require(aead_new(sniffer->crypto, AEAD_GCM, observed_igtk->bytes, observed_igtk->len, 16));

	if (aead_seal(gmac, nonce, pieces, 3, NULL, 0, code))
		abort();
	aead_free(gmac);
}

/* Which key made the code?  And is its number a new one?  Of a key that nobody was told there is nothing to say. */
static void check_group_mgmt(struct sniffer *sniffer, struct violations *wrong, const struct frame *frame)
{
	static const size_t code_lens[] = {8, 16};
	uint8_t code[16];

	for (size_t code_len = 0; code_len < 2; code_len++) {
		size_t len = code_lens[code_len], behind = DOT11_HDR_MIN + MME_FIXED + len;
		const uint8_t *element = frame->data + frame->len - MME_FIXED - len;
		bool right = false, known = false;

		if (frame->len < behind || element[0] != EID_MME || element[1] != MME_FIXED - 2 + len)
			continue;
		for (size_t i = 0; i < sniffer->count && !right; i++) {
			const struct observed_igtk *observed_igtk =
				observer_igtk(sniffer->observers[i], frame->data + DOT11_OFF_ADDR2, le16(element + 2));
			uint64_t key;

			if (!observed_igtk || (observed_igtk->cipher == CIPHER_BIP_CMAC_128) != (len == 8))
				continue;
			known = true;
			compute_bip_mic(sniffer, observed_igtk, frame, len, code);
			right = !memcmp(code, element + MME_FIXED, len);
			/* A key is as good as its own name; what learned the others counts from 1. */
			key = UINT64_C(1) << 63 | le32(observed_igtk->bytes) |
			      (uint64_t)le32(observed_igtk->bytes + 4) << 32;
			if (right)
				wrong->repeated += pn_used_before(
					window_of(sniffer, key), le32(element + 4) | (uint64_t)le16(element + 8) << 32);
		}
		wrong->unopened += known && !right;
		frame_free(sniffer->last_group_mgmt);
		sniffer->last_group_mgmt = require(frame_clone(frame));
		return;
	}
}

static void check_plaintext(struct violations *wrong, const struct frame *frame, const struct mpdu *mpdu)
{
	if (dot11_is_data(mpdu->fc) && !(mpdu->fc & FC_NULL) && frame->len >= mpdu->hdr_len + 8u &&
	    be16(frame->data + mpdu->hdr_len + 6) != ETHERTYPE_EAPOL)
		wrong->clear++;
}

void sniffer_receive(struct sniffer *sniffer, struct violations *wrong, struct frame *frame)
{
	struct observed_frame seen = {.bytes = frame->data, .len = frame->len};
	struct mpdu mpdu;

	sniffer->frame_count++;
	if (has_timestamp(frame))
		check_clock(sniffer, wrong, frame);
	if ((le16(frame->data) & KIND) == BEACON || mpdu_parse(&mpdu, frame) ||
	    is_retransmission(sniffer, wrong, frame)) {
		frame_free(frame);
		return;
	}
	for (size_t i = 0; i < sniffer->count && !seen.opened; i++) {
		frame_free(seen.frame);
		seen.frame = frame_from(frame->data, frame->len, 0, 0);
		if (!seen.frame)
			abort();
		observer_process(sniffer->observers[i], &seen, 1);
		if (seen.opened)
			check_pn(sniffer, wrong, seen.key_id * WORLD_PMKS + i, frame);
	}
	if (!(mpdu.fc & FC_PROTECTED) && sniffer->count)
		check_plaintext(wrong, frame, &mpdu);
	if (dot11_is_management(mpdu.fc) && mac_is_group(frame->data + DOT11_OFF_ADDR1))
		check_group_mgmt(sniffer, wrong, frame);
	wrong->unopened += (mpdu.fc & FC_PROTECTED) && !seen.opened;
	frame_free(seen.frame);
	if (seen.opened && dot11_is_data(mpdu.fc) && (mpdu.fc & FC_FROM_DS) &&
	    !mac_is_group(frame->data + DOT11_OFF_ADDR1)) {
		frame_free(sniffer->last_downlink);
		sniffer->last_downlink = frame;
		return;
	}
	frame_free(frame);
}

static void free_frame(void *frame)
{
	frame_free(frame);
}

void sniffer_free(struct sniffer *sniffer)
{
	for (size_t i = 0; i < sniffer->count; i++)
		observer_free(sniffer->observers[i]);
	frame_free(sniffer->last_group_mgmt);
	frame_free(sniffer->last_downlink);
	u64_map_free(&sniffer->clocks, free);
	u64_map_free(&sniffer->windows, free);
	u64_map_free(&sniffer->last_frames, free_frame);
}

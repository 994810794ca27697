/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sniffer: it decrypts all transmissions with the passphrases and checks what a receiver cannot see. */
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

/* The transmitter writes the time of transmission into beacons and probe responses (9.4.1.10, 11.1.3.2). */
static bool has_timestamp(const struct frame *frame)
{
	uint16_t kind = le16(frame->data) & KIND;

	return (kind == BEACON || kind == PROBE_RESPONSE) && frame->len >= DOT11_HDR_MIN + TIMESTAMP;
}

/* A TSF timer runs at the rate of the virtual time, so the time at which it was 0 is constant. */
static void check_clock(struct sniffer *sniffer, struct violations *violations, const struct frame *frame)
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
		zero = require_memory(malloc(sizeof(*zero)));
		*zero = zero_now;
		if (u64_map_put(&sniffer->clocks, key, zero))
			abort();
	}
	/* Both times are rounded to microseconds. */
	violations->wrong_timestamp += zero_now - *zero + 2000 > 4000;
}

void sniffer_forget_clock(struct sniffer *sniffer, const uint8_t *bssid)
{
	free(u64_map_remove(&sniffer->clocks, mac_to_u64(bssid)));
}

/*
 * The header of CCMP and GCMP starts with PN0, PN1 and 0, that of TKIP with TSC1, the WEP seed and TSC0. TSC0 is 1 in the
 * first frame under a key, which distinguishes the two.
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
		pn_window = require_memory(calloc(1, sizeof(*pn_window)));
		if (u64_map_put(&sniffer->windows, key, pn_window))
			abort();
	}
	return pn_window;
}

static void check_pn(struct sniffer *sniffer, struct violations *violations, uint64_t key, const struct frame *frame)
{
	struct pn_window *pn_window = window_of(sniffer, key);
	struct mpdu mpdu;

	if (mpdu_parse(&mpdu, frame))
		return;
	violations->pn_reuse += pn_used_before(pn_window, pn_of(pn_window, frame, &mpdu));
}

/* A retry differs from an earlier transmission in the Retry and More Data bits and the timestamp only. */
static bool is_retry_of(const struct frame *before, const struct frame *frame)
{
	size_t body = has_timestamp(frame) ? DOT11_HDR_MIN + TIMESTAMP : DOT11_HDR_MIN;

	return before && before->len == frame->len && frame->len >= body && before->data[0] == frame->data[0] &&
	       (before->data[1] | 0x28) == (frame->data[1] | 0x28) &&
	       !memcmp(before->data + 2, frame->data + 2, DOT11_HDR_MIN - 2) &&
	       !memcmp(before->data + body, frame->data + body, frame->len - body);
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

enum { SENT_FRAMES = 4 };

/* The last frames of a transmitter to a receiver. */
struct sent {
	struct frame *frames[SENT_FRAMES];
	unsigned next;
};

static void free_sent(void *value)
{
	struct sent *sent = value;

	for (int i = 0; sent && i < SENT_FRAMES; i++)
		frame_free(sent->frames[i]);
	free(sent);
}

static struct sent *sent_of(struct sniffer *sniffer, uint64_t key)
{
	struct sent *sent = u64_map_get(&sniffer->last_frames, key);

	if (!sent) {
		sent = require_memory(calloc(1, sizeof(*sent)));
		if (u64_map_put(&sniffer->last_frames, key, sent))
			abort();
	}
	return sent;
}

static bool is_retransmission(struct sniffer *sniffer, struct violations *violations, const struct frame *frame)
{
	/*
	 * By channel: after a channel change the medium may still transmit queued frames on the previous channel. By receiver
	 * and type: an access point repeats a frame that a dozing station did not acknowledge after frames for others, and after
	 * the frames for that station that had left its queue by then, such as the other fragments of an MSDU.
	 */
	uint64_t from = mix(mac_to_u64(frame->data + DOT11_OFF_ADDR2) ^ (uint64_t)frame->meta.freq_mhz << 48) ^
			mix(mac_to_u64(frame->data + DOT11_OFF_ADDR1) ^ (uint64_t)frame->data[0] << 56);
	struct sent *sent = sent_of(sniffer, from);
	bool retry = frame->data[1] & 8;

	for (int i = 0; retry && i < SENT_FRAMES; i++)
		if (is_retry_of(sent->frames[i], frame))
			return true;
	violations->altered_retry += retry;
	frame_free(sent->frames[sent->next]);
	sent->frames[sent->next] = require_memory(frame_clone(frame));
	sent->next = (sent->next + 1) % SENT_FRAMES;
	return false;
}

/* ---- group addressed management frames: not encrypted, but with a MIC in their last element (BIP, 12.5.4) ---- */

enum { MME_FIXED = 10 };

/* Independent of softmac/bip.c. */
static void compute_bip_mic(struct sniffer *sniffer, const struct observed_igtk *igtk, const struct frame *frame,
			    size_t mic_len, uint8_t mic[16])
{
	static const uint8_t zero[16];
	size_t body = frame->len - DOT11_HDR_MIN - mic_len;
	uint8_t aad[20], nonce[12];
	const uint8_t *ipn = frame->data + frame->len - mic_len - 6;
	struct piece pieces[] = {{aad, sizeof(aad)}, {frame->data + DOT11_HDR_MIN, body}, {zero, mic_len}};
	struct aead *gmac;

	/* The AAD: Frame Control without Retry, Power Management and More Data; the three addresses. */
	aad[0] = frame->data[0];
	aad[1] = frame->data[1] & 0xc7;
	memcpy(aad + 2, frame->data + DOT11_OFF_ADDR1, 18);
	if (igtk->cipher == CIPHER_BIP_CMAC_128 || igtk->cipher == CIPHER_BIP_CMAC_256) {
		if (digest(sniffer->crypto, igtk->len == 16 ? DIGEST_CMAC_128 : DIGEST_CMAC_256, igtk->bytes, igtk->len,
			   pieces, 3, mic, mic_len))
			abort();
		return;
	}
	memcpy(nonce, frame->data + DOT11_OFF_ADDR2, 6);
	for (int i = 0; i < 6; i++)
		nonce[6 + i] = ipn[5 - i];
	gmac = require_memory(aead_new(sniffer->crypto, AEAD_GCM, igtk->bytes, igtk->len, 16));
	if (aead_seal(gmac, nonce, pieces, 3, NULL, 0, mic))
		abort();
	aead_free(gmac);
}

/* An IGTK has no id among the observed keys: its first bytes identify its packet number window. */
static uint64_t igtk_window_key(const struct observed_igtk *igtk)
{
	return UINT64_C(1) << 63 | le32(igtk->bytes) | (uint64_t)le32(igtk->bytes + 4) << 32;
}

/* Verifies the MIC and the packet number of a management MIC element, if the observers know an IGTK with its key id. */
static void check_mme(struct sniffer *sniffer, struct violations *violations, const struct frame *frame,
		      const uint8_t *mme, size_t mic_len)
{
	uint64_t ipn = le32(mme + 4) | (uint64_t)le16(mme + 8) << 32;
	bool verified = false, known = false;
	uint8_t mic[16];

	for (size_t i = 0; i < sniffer->count && !verified; i++) {
		const struct observed_igtk *igtk =
			observer_igtk(sniffer->observers[i], frame->data + DOT11_OFF_ADDR2, le16(mme + 2));

		if (!igtk || (igtk->cipher == CIPHER_BIP_CMAC_128) != (mic_len == 8))
			continue;
		known = true;
		compute_bip_mic(sniffer, igtk, frame, mic_len, mic);
		verified = !memcmp(mic, mme + MME_FIXED, mic_len);
		if (verified)
			violations->pn_reuse += pn_used_before(window_of(sniffer, igtk_window_key(igtk)), ipn);
	}
	violations->undecryptable += known && !verified;
}

static void check_group_mgmt(struct sniffer *sniffer, struct violations *violations, const struct frame *frame)
{
	static const size_t mic_lens[] = {8, 16};

	for (size_t i = 0; i < 2; i++) {
		size_t mme_len = MME_FIXED + mic_lens[i];
		const uint8_t *mme = frame->data + frame->len - mme_len;

		if (frame->len < DOT11_HDR_MIN + mme_len || mme[0] != EID_MME || mme[1] != mme_len - 2)
			continue;
		check_mme(sniffer, violations, frame, mme, mic_lens[i]);
		frame_free(sniffer->last_group_mgmt);
		sniffer->last_group_mgmt = require_memory(frame_clone(frame));
		return;
	}
}

static void check_plaintext(struct violations *violations, const struct frame *frame, const struct mpdu *mpdu)
{
	if (dot11_is_data(mpdu->fc) && !(mpdu->fc & FC_NULL) && frame->len >= mpdu->hdr_len + 8u &&
	    be16(frame->data + mpdu->hdr_len + 6) != ETHERTYPE_EAPOL)
		violations->plaintext++;
}

void sniffer_receive(struct sniffer *sniffer, struct violations *violations, struct frame *frame)
{
	struct observed_frame seen = {.bytes = frame->data, .len = frame->len};
	struct mpdu mpdu;

	sniffer->frame_count++;
	if (has_timestamp(frame))
		check_clock(sniffer, violations, frame);
	if ((le16(frame->data) & KIND) == (FC_MANAGEMENT | MGMT_REASSOC_REQUEST) && !(le16(frame->data) & FC_RETRY)) {
		frame_free(sniffer->last_reassociation);
		sniffer->last_reassociation = require_memory(frame_clone(frame));
	}
	if ((le16(frame->data) & KIND) == BEACON || mpdu_parse(&mpdu, frame) ||
	    is_retransmission(sniffer, violations, frame)) {
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
			check_pn(sniffer, violations, seen.key_id * WORLD_PMKS + i, frame);
	}
	if (!(mpdu.fc & FC_PROTECTED) && sniffer->count)
		check_plaintext(violations, frame, &mpdu);
	if (dot11_is_management(mpdu.fc) && mac_is_group(frame->data + DOT11_OFF_ADDR1))
		check_group_mgmt(sniffer, violations, frame);
	violations->undecryptable += (mpdu.fc & FC_PROTECTED) && !seen.opened;
	frame_free(seen.frame);
	if (seen.opened && dot11_is_data(mpdu.fc) && (mpdu.fc & FC_FROM_DS) &&
	    !mac_is_group(frame->data + DOT11_OFF_ADDR1)) {
		frame_free(sniffer->last_downlink);
		sniffer->last_downlink = frame;
		return;
	}
	frame_free(frame);
}

void sniffer_free(struct sniffer *sniffer)
{
	for (size_t i = 0; i < sniffer->count; i++)
		observer_free(sniffer->observers[i]);
	frame_free(sniffer->last_reassociation);
	frame_free(sniffer->last_group_mgmt);
	frame_free(sniffer->last_downlink);
	u64_map_free(&sniffer->clocks, free);
	u64_map_free(&sniffer->windows, free);
	u64_map_free(&sniffer->last_frames, free_sent);
}

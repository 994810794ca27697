/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inside.h"

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
static bool is_timed(const struct frame *f)
{
	uint16_t kind = le16(f->data) & KIND;

	return (kind == BEACON || kind == PROBE_RESPONSE) && f->len >= DOT11_HDR_MIN + TIMESTAMP;
}

/* A clock goes as the world's does: all that differs is when it was zero. */
static void check_clock(struct watch *h, struct wrongs *wrong, const struct frame *f)
{
	uint64_t rate = f->meta.rate_kbps, began = f->meta.time_ns, key = mac_word(f->data + DOT11_ADDR2);
	const uint8_t *p = f->data + DOT11_HDR_MIN;
	uint64_t *zero = map_get(&h->clocks, key), zero_now;

	began -= airtime_ppdu(f->len, (uint32_t)rate, f->meta.freq_mhz);
	if (!mac_is_group(f->data + DOT11_ADDR1))
		began -= airtime_ack((uint32_t)rate, f->meta.freq_mhz);
	zero_now = began - ((uint64_t)le32(p + 4) << 32 | le32(p)) * 1000;
	if (!zero) {
		zero = must(malloc(sizeof *zero));
		*zero = zero_now;
		if (map_put(&h->clocks, key, zero))
			abort();
	}
	/* Both ends are whole microseconds. */
	wrong->mistimed += zero_now - *zero + 2000 > 4000;
}

void watch_forget_clock(struct watch *h, const uint8_t *bssid)
{
	free(map_take(&h->clocks, mac_word(bssid)));
}

/*
 * CCMP and GCMP have PN0, PN1 and a zero in the first bytes; TKIP has TSC1, a byte made of it, and TSC0: 1 in the first
 * frame of a key, which tells the two apart.
 */
static uint64_t pn_of(struct pn_window *w, const struct frame *f, const struct mpdu *m)
{
	const uint8_t *p = f->data + m->hdr;

	w->tkip |= p[2] != 0;
	return (uint64_t)le32(p + 4) << 16 | (w->tkip ? (uint64_t)p[0] << 8 | p[2] : le16(p));
}

static bool used_before(struct pn_window *w, uint64_t pn)
{
	const uint64_t span = 64 * 64;

	if (pn > w->highest) {
		for (uint64_t n = w->highest + 1; n <= pn && n <= w->highest + span; n++)
			w->seen[n / 64 % 64] &= ~(UINT64_C(1) << n % 64);
		w->highest = pn;
	} else if (w->highest - pn >= span || w->seen[pn / 64 % 64] >> pn % 64 & 1) {
		return true;
	}
	w->seen[pn / 64 % 64] |= UINT64_C(1) << pn % 64;
	return false;
}

static struct pn_window *window_of(struct watch *h, uint64_t key)
{
	struct pn_window *w = map_get(&h->windows, key);

	if (!w) {
		w = must(calloc(1, sizeof *w));
		if (map_put(&h->windows, key, w))
			abort();
	}
	return w;
}

static void check_number(struct watch *h, struct wrongs *wrong, uint64_t key, const struct frame *sealed)
{
	struct pn_window *w = window_of(h, key);
	struct mpdu m;

	if (mpdu_parse(&m, sealed))
		return;
	wrong->repeated += used_before(w, pn_of(w, sealed, &m));
}

/* The same frame sent again by the radio: all as before, but the Retry bit, and the time where it has one. */
static bool is_retry_of(const struct frame *before, const struct frame *f)
{
	size_t body = is_timed(f) ? DOT11_HDR_MIN + TIMESTAMP : DOT11_HDR_MIN;

	return before && before->len == f->len && f->len >= body && before->data[0] == f->data[0] &&
	       (before->data[1] | 8) == (f->data[1] | 8) && !memcmp(before->data + 2, f->data + 2, DOT11_HDR_MIN - 2) &&
	       !memcmp(before->data + body, f->data + body, f->len - body);
}

/* Returns true for a frame that was heard before. */
static bool repeated(struct watch *h, struct wrongs *wrong, const struct frame *f)
{
	/* A radio that has moved on may still have something to send where it was. */
	uint64_t from = mac_word(f->data + DOT11_ADDR2) ^ (uint64_t)f->meta.freq_mhz << 48;
	struct frame *before = map_get(&h->last, from);
	bool retry = f->data[1] & 8;

	if (retry && is_retry_of(before, f))
		return true;
	wrong->forged += retry;
	frame_free(before);
	before = frame_clone(f);
	if (!before || map_put(&h->last, from, before))
		abort();
	return false;
}

/* ---- management frames to a group: nothing is encrypted, an element at the end proves who sent them (12.5.4) ---- */

enum { MME_FIXED = 10 };

/* What the code must be, computed here from the frame's bytes. */
static void bip_code(struct watch *h, const struct observed_igtk *k, const struct frame *f, size_t code_len,
		     uint8_t code[16])
{
	static const uint8_t zero[16];
	size_t body = f->len - DOT11_HDR_MIN - code_len;
	uint8_t aad[20], nonce[12];
	const uint8_t *ipn = f->data + f->len - code_len - 6;
	struct piece p[] = {{aad, sizeof aad}, {f->data + DOT11_HDR_MIN, body}, {zero, code_len}};

	/* Frame Control without Retry, Power Management, More Data; the three addresses. */
	aad[0] = f->data[0];
	aad[1] = f->data[1] & 0xc7;
	memcpy(aad + 2, f->data + DOT11_ADDR1, 18);
	if (k->cipher == CIPHER_BIP_CMAC_128 || k->cipher == CIPHER_BIP_CMAC_256) {
		if (digest(h->crypto, k->len == 16 ? DIGEST_CMAC_128 : DIGEST_CMAC_256, k->bytes, k->len, p, 3, code,
			   code_len))
			abort();
		return;
	}
	memcpy(nonce, f->data + DOT11_ADDR2, 6);
	for (int i = 0; i < 6; i++)
		nonce[6 + i] = ipn[5 - i];

	struct aead *gmac = must(aead_new(h->crypto, AEAD_GCM, k->bytes, k->len, 16));

	if (aead_seal(gmac, nonce, p, 3, NULL, 0, code))
		abort();
	aead_free(gmac);
}

/* Which key made the code?  And is its number a new one?  Of a key that nobody was told there is nothing to say. */
static void check_group(struct watch *h, struct wrongs *wrong, const struct frame *f)
{
	static const size_t code_lens[] = {8, 16};
	uint8_t code[16];

	for (size_t n = 0; n < 2; n++) {
		size_t len = code_lens[n], behind = DOT11_HDR_MIN + MME_FIXED + len;
		const uint8_t *e = f->data + f->len - MME_FIXED - len;
		bool right = false, known = false;

		if (f->len < behind || e[0] != EID_MME || e[1] != MME_FIXED - 2 + len)
			continue;
		for (size_t i = 0; i < h->count && !right; i++) {
			const struct observed_igtk *k =
				observer_igtk(h->observers[i], f->data + DOT11_ADDR2, le16(e + 2));
			uint64_t key;

			if (!k || (k->cipher == CIPHER_BIP_CMAC_128) != (len == 8))
				continue;
			known = true;
			bip_code(h, k, f, len, code);
			right = !memcmp(code, e + MME_FIXED, len);
			/* A key is as good as its own name; what learned the others counts from 1. */
			key = UINT64_C(1) << 63 | le32(k->bytes) | (uint64_t)le32(k->bytes + 4) << 32;
			if (right)
				wrong->repeated +=
					used_before(window_of(h, key), le32(e + 4) | (uint64_t)le16(e + 8) << 32);
		}
		wrong->unopened += known && !right;
		frame_free(h->group);
		h->group = must(frame_clone(f));
		return;
	}
}

static void check_clear(struct wrongs *wrong, const struct frame *f, const struct mpdu *m)
{
	if (dot11_is_data(m->fc) && !(m->fc & FC_NULL) && f->len >= m->hdr + 8u &&
	    be16(f->data + m->hdr + 6) != ETHERTYPE_EAPOL)
		wrong->clear++;
}

void watch_hear(struct watch *h, struct wrongs *wrong, struct frame *f)
{
	struct observed seen = {.bytes = f->data, .len = f->len};
	struct mpdu m;

	h->heard++;
	if (is_timed(f))
		check_clock(h, wrong, f);
	if ((le16(f->data) & KIND) == BEACON || mpdu_parse(&m, f) || repeated(h, wrong, f)) {
		frame_free(f);
		return;
	}
	for (size_t i = 0; i < h->count && !seen.opened; i++) {
		frame_free(seen.frame);
		seen.frame = frame_from(f->data, f->len, 0, 0);
		if (!seen.frame)
			abort();
		observer_see_all(h->observers[i], &seen, 1);
		if (seen.opened)
			check_number(h, wrong, seen.key * WORLD_PMKS + i, f);
	}
	if (!(m.fc & FC_PROTECTED) && h->count)
		check_clear(wrong, f, &m);
	if (dot11_is_management(m.fc) && mac_is_group(f->data + DOT11_ADDR1))
		check_group(h, wrong, f);
	wrong->unopened += (m.fc & FC_PROTECTED) && !seen.opened;
	frame_free(seen.frame);
	if (seen.opened && dot11_is_data(m.fc) && (m.fc & FC_FROM_DS) && !mac_is_group(f->data + DOT11_ADDR1)) {
		frame_free(h->down);
		h->down = f;
		return;
	}
	frame_free(f);
}

void watch_free(struct watch *h)
{
	for (size_t i = 0; i < h->count; i++)
		observer_free(h->observers[i]);
	for (size_t i = 0; i < h->windows.room; i++)
		free(h->windows.row[i].value);
	for (size_t i = 0; i < h->last.room; i++)
		frame_free(h->last.row[i].value);
	for (size_t i = 0; i < h->clocks.room; i++)
		free(h->clocks.row[i].value);
	frame_free(h->group);
	frame_free(h->down);
	map_free(&h->clocks);
	map_free(&h->windows);
	map_free(&h->last);
}

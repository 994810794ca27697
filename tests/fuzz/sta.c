/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station on a hostile air.  The input is a list of events: a byte that says what, a byte that says how long, and as
 * many bytes: a frame of its access point, a frame of anybody, a frame of its host, the fate of what it sent, time.
 *
 * Whatever comes: it wants to be woken some day, sends nothing but its own address, and frames with a body only under a
 * key where the network is protected.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "mlme/sta.h"
#include "wire/be.h"
#include "wire/ieee80211.h"

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, ap[6] = {2, 0, 0, 0, 0, 2};

static void check_sent(const struct frame *f, bool open)
{
	uint16_t fc = le16(f->data);
	size_t hdr = dot11_hdr_len(fc);

	must(f->len >= DOT11_HDR_MIN && mac_equal(f->data + DOT11_ADDR2, own));
	if (!dot11_is_data(fc) || (fc & (FC_NULL | FC_PROTECTED)) || open)
		return;
	must(f->len >= hdr + 8 && be16(f->data + hdr + 6) == 0x888e);
}

static void carry_out(struct actions *out, uint32_t *cookie, uint64_t now, bool open)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct action *a = &out->list[i];

		must(a->kind != ACTION_DOZE || a->until_ns > now);
		must(a->kind != ACTION_DROP || (a->drop > NOT_DROPPED && a->drop < DROP_COUNT));
		if (a->kind != ACTION_TRANSMIT)
			continue;
		check_sent(a->frame, open);
		*cookie = a->cookie ? a->cookie : *cookie;
	}
	actions_clear(out);
}

static struct frame *frame_of(const uint8_t *bytes, size_t len, uint8_t what)
{
	struct frame *f = frame_from(bytes, len, 0, 0);
	uint8_t *p = f ? frame_own(f) : NULL;

	must(p);
	f->meta.freq_mhz = 2437;
	f->meta.signal_dbm = -50;
	if ((what & 3) == 0 && len >= DOT11_HDR_MIN) {
		mac_copy(p + DOT11_ADDR1, own);
		mac_copy(p + DOT11_ADDR2, ap);
		mac_copy(p + DOT11_ADDR3, ap);
	}
	if ((what & 3) == 2 && len >= 14 && what & 4)
		mac_copy(p + 6, own);
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *c; /* one for all inputs */
	struct sta_network networks[2] = {
		{.ssid = "x", .ssid_len = 1, .any_bssid = true, .rsn = true, .akms = 3, .wep = CIPHERS, .pmf = 1},
		{.ssid = "o", .ssid_len = 1, .any_bssid = true, .open = true, .wep = CIPHERS}};
	struct sta_setup setup = {
		.networks = networks, .network_count = 2, .freqs = {2437, 2412}, .wmm = true, .listen_interval = 3};
	uint8_t seed[RANDOM_SEED] = {1};
	struct actions out = {0};
	uint64_t now = 1000000000;
	uint32_t cookie = 0;
	struct sta_view v;
	struct sta *s;

	c = c ? c : crypto_new();
	networks[0].pairwise = networks[0].group = UINT32_MAX;
	setup.power_save = size && data[0] & 0x80;
	mac_copy(setup.addr, own);
	s = sta_new(c, &setup, seed);
	must(c && s);
	sta_start(s, now, &out);
	carry_out(&out, &cookie, now, false);
	while (size >= 2) {
		uint8_t what = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		struct frame *f = (what & 3) < 3 ? frame_of(data + 2, len, what) : NULL;
		unsigned ticks = 0;
		bool open;

		sta_view(s, &v);
		open = v.network == 1;
		if ((what & 3) < 2)
			sta_receive(s, &f, 1, now, &out);
		else if ((what & 3) == 2)
			sta_send(s, &f, 1, now, &out);
		else if (what & 4)
			sta_status(s, cookie, what & 8, now, &out);
		else
			now = what & 8 ? now + 1000000 : sta_wake(s);
		for (; sta_wake(s) <= now; sta_tick(s, now, &out))
			must(++ticks < 100);
		must(sta_wake(s) != UINT64_MAX);
		sta_view(s, &v);
		carry_out(&out, &cookie, now, open || v.network == 1);
		data += 2 + len;
		size -= 2 + len;
	}
	sta_stop(s, now, &out);
	actions_free(&out);
	sta_free(s);
	return 0;
}

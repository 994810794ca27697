/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station under arbitrary events. The input is a sequence of records: an event byte, a length byte and that many bytes.
 * Events are a frame of the access point, a frame of another sender, a frame of the host, a TX status, and elapsed time.
 *
 * Invariants: a deadline is set; the station sends with its own address only, and in a protected network no cleartext
 * data except EAPOL.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "softmac/sta/soft_sta.h"
#include "wire/be.h"
#include "wire/ieee80211.h"

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, ap[6] = {2, 0, 0, 0, 0, 2};

static void check_sent(const struct frame *frame, bool open)
{
	uint16_t fc = le16(frame->data);
	size_t hdr = dot11_hdr_len(fc);

	must(frame->len >= DOT11_HDR_MIN && mac_equal(frame->data + DOT11_OFF_ADDR2, own));
	if (!dot11_is_data(fc) || (fc & (FC_NULL | FC_PROTECTED)) || open)
		return;
	must(frame->len >= hdr + 8 && be16(frame->data + hdr + 6) == 0x888e);
}

static void apply_actions(struct actions *out, uint32_t *cookie, uint64_t now, bool open)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct action *action = &out->list[i];

		must(action->kind != ACTION_DOZE || action->until_ns > now);
		must(action->kind != ACTION_DROP || (action->drop > NOT_DROPPED && action->drop < DROP_COUNT));
		if (action->kind != ACTION_TRANSMIT)
			continue;
		check_sent(action->frame, open);
		*cookie = action->cookie ? action->cookie : *cookie;
	}
	actions_clear(out);
}

static struct frame *make_frame(const uint8_t *bytes, size_t len, uint8_t what)
{
	struct frame *frame = frame_from(bytes, len, 0, 0);
	uint8_t *data = frame ? frame_make_writable(frame) : NULL;

	must(data);
	frame->meta.freq_mhz = 2437;
	frame->meta.signal_dbm = -50;
	if ((what & 3) == 0 && len >= DOT11_HDR_MIN) {
		mac_copy(data + DOT11_OFF_ADDR1, own);
		mac_copy(data + DOT11_OFF_ADDR2, ap);
		mac_copy(data + DOT11_OFF_ADDR3, ap);
	}
	if ((what & 3) == 2 && len >= 14 && what & 4)
		mac_copy(data + 6, own);
	return frame;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */
	struct sta_network networks[2] = {
		{.ssid = "x", .ssid_len = 1, .any_bssid = true, .rsn = true, .akms = 3, .wep = CIPHER_NONE, .pmf = 1},
		{.ssid = "o", .ssid_len = 1, .any_bssid = true, .open = true, .wep = CIPHER_NONE}};
	struct sta_setup setup = {
		.networks = networks, .network_count = 2, .freqs = {2437, 2412}, .wmm = true, .listen_interval = 3};
	uint8_t seed[RANDOM_SEED_LEN] = {1};
	struct actions out = {0};
	uint64_t now = 1000000000;
	uint32_t cookie = 0;
	struct sta_info info;
	struct soft_sta *sta;

	crypto = crypto ? crypto : crypto_new();
	networks[0].pairwise = networks[0].group = UINT32_MAX;
	setup.power_save = size && data[0] & 0x80;
	mac_copy(setup.addr, own);
	sta = soft_sta_new(crypto, &setup, seed);
	must(crypto && sta);
	soft_sta_start(sta, now, &out);
	apply_actions(&out, &cookie, now, false);
	while (size >= 2) {
		uint8_t what = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		struct frame *frame = (what & 3) < 3 ? make_frame(data + 2, len, what) : NULL;
		unsigned ticks = 0;
		bool open;

		soft_sta_info(sta, &info);
		open = info.network == 1;
		if ((what & 3) < 2)
			soft_sta_receive(sta, &frame, 1, now, &out);
		else if ((what & 3) == 2)
			soft_sta_send(sta, &frame, 1, now, &out);
		else if (what & 4)
			soft_sta_tx_status(sta, cookie, what & 8, now, &out);
		else
			now = what & 8 ? now + 1000000 : soft_sta_deadline(sta);
		for (; soft_sta_deadline(sta) <= now; soft_sta_tick(sta, now, &out))
			must(++ticks < 100);
		must(soft_sta_deadline(sta) != UINT64_MAX);
		soft_sta_info(sta, &info);
		apply_actions(&out, &cookie, now, open || info.network == 1);
		data += 2 + len;
		size -= 2 + len;
	}
	soft_sta_stop(sta, now, &out);
	actions_free(&out);
	soft_sta_free(sta);
	return 0;
}

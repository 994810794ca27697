/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point with an open and a protected BSS under arbitrary events. The input is a sequence of records: an event
 * byte, a length (2 bytes, big-endian) and that many bytes. All its actions must satisfy check_actions().
 */
#include "fuzz.h"

#include "base/mac.h"
#include "softmac/ap/soft_ap.h"
#include "wire/ieee80211.h"

static const uint8_t bssids[2][6] = {{2, 0, 0, 0, 1, 0}, {2, 0, 0, 0, 1, 1}}, station[6] = {2, 0, 0, 0, 0, 1};

struct fuzz_ap {
	struct soft_ap *ap;
	struct actions out;
	uint64_t now;
	uint32_t cookie; /* the last one */
	uint16_t freq_mhz;
};

static struct soft_ap *make_ap(struct crypto *crypto)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {1};
	static const struct ap_psk psk = {.pmk = {1}};
	struct ap_setup setup = {
		.freq_mhz = 2412, .dsss_rates = true, .beacon_tu = 100, .dtim_period = 2, .bss_count = 2};
	static const uint8_t elements[] = {EID_HT_CAPABILITIES, 2, 2, 0, EID_HT_OPERATION, 4, 1, 5, 0, 0};

	setup.phy.width_mhz = 40;
	setup.phy.center_mhz = 2422;
	memcpy(setup.phy.elements, elements, sizeof(elements));
	setup.phy.elements_len = sizeof(elements);

	for (int i = 0; i < 2; i++) {
		struct ap_bss_setup *bss_setup = &setup.bss[i];

		memcpy(bss_setup->bssid, bssids[i], 6);
		memcpy(bss_setup->ssid, "test", 4);
		bss_setup->ssid_len = 4;
		bss_setup->wep = CIPHER_NONE;
		bss_setup->wmm = true;
		bss_setup->max_inactivity_s = 5;
	}
	setup.bss[1].rsn = true;
	setup.bss[1].akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
	setup.bss[1].rsn_pairwise = 1u << CIPHER_CCMP_128;
	setup.bss[1].group = CIPHER_CCMP_128;
	setup.bss[1].pmf = 1;
	setup.bss[1].group_mgmt = CIPHER_BIP_CMAC_128;
	setup.bss[1].psks = &psk;
	setup.bss[1].psk_count = 1;
	setup.bss[1].group_rekey_s = 3;
	return soft_ap_new(crypto, &setup, seed);
}

static void check_actions(struct fuzz_ap *loop)
{
	struct ap_station_info info;
	size_t stations = 0;

	for (size_t i = 0; i < loop->out.count; i++) {
		const struct action *action = &loop->out.list[i];
		const uint8_t *bytes = action->frame ? action->frame->data : NULL;
		uint16_t fc = bytes ? le16(bytes) : 0;

		if (action->kind == ACTION_TUNE)
			loop->freq_mhz = action->freq;
		if (action->kind != ACTION_TRANSMIT)
			continue;
		loop->cookie = action->cookie ? action->cookie : loop->cookie;
		must(action->frame->len >= 24 && action->freq == loop->freq_mhz);
		must(mac_equal(bytes + DOT11_OFF_ADDR2, bssids[0]) || mac_equal(bytes + DOT11_OFF_ADDR2, bssids[1]));
		/* No handshake can succeed: in the protected BSS all data is EAPOL. */
		must(!dot11_is_data(fc) || (fc & (FC_PROTECTED | FC_NULL)) || bytes[DOT11_OFF_ADDR2 + 5] == 0 ||
		     memmem(bytes, action->frame->len, "\x88\x8e", 2));
	}
	actions_clear(&loop->out);
	for (; soft_ap_station_info(loop->ap, stations, &info); stations++)
		must(info.aid && (info.bss == 0 || !info.authorised));
	must(stations < 100000);
}

static void switch_channel(struct fuzz_ap *loop, unsigned count, bool block_tx)
{
	const struct ap_channel_move move = {
		.freq_mhz = loop->freq_mhz == 2412 ? 2437 : 2412, .count = (uint8_t)count, .block_tx = block_tx};
	struct error error;

	soft_ap_switch_channel(loop->ap, &move, loop->now, &loop->out, &error);
}

/*
 * Event byte: bits 0 and 1: event; bit 2: in the protected BSS; bit 3: with the addresses of a station and the BSS; bit 4:
 * instead of a TX status a move to another channel.
 */
static void apply_input(struct fuzz_ap *loop, uint8_t event, const uint8_t *bytes, size_t len)
{
	unsigned bss = event >> 2 & 1;
	struct frame *frame = frame_from(bytes, len, 0, 0);

	must(frame);
	switch (event & 3) {
	case 0:
		if ((event & 8) && len >= 24) {
			uint8_t *data = frame_make_writable(frame);

			memcpy(data + 4, bssids[bss], 6);
			memcpy(data + 10, station, 6);
			if (!dot11_is_data(le16(data)))
				memcpy(data + 16, bssids[bss], 6);
		}
		soft_ap_receive(loop->ap, &frame, 1, loop->now, &loop->out);
		break;
	case 1:
		if ((event & 8) && len >= 6)
			memcpy(frame_make_writable(frame), station, 6);
		soft_ap_send(loop->ap, bss, &frame, 1, loop->now, &loop->out);
		break;
	case 2:
		frame_free(frame);
		loop->now += len * UINT64_C(100000000);
		for (int i = 0; i < 10000 && soft_ap_deadline(loop->ap) <= loop->now; i++) {
			must(i < 9999);
			soft_ap_tick(loop->ap, loop->now, &loop->out);
		}
		break;
	case 3:
		frame_free(frame);
		if (event & 0x10)
			switch_channel(loop, len & 7, event & 8);
		else
			soft_ap_tx_status(loop->ap, loop->cookie, event & 8, loop->now, &loop->out);
		break;
	}
	check_actions(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto; /* expensive to create, and without state of a run */
	struct fuzz_ap loop = {.now = 1};

	if (!crypto)
		crypto = crypto_new();
	must(crypto);
	loop.ap = make_ap(crypto);
	must(loop.ap);
	soft_ap_start(loop.ap, loop.now, &loop.out);
	check_actions(&loop);
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2];

		len = len < size - 3 ? len : size - 3;
		apply_input(&loop, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	soft_ap_stop(loop.ap, loop.now, &loop.out);
	check_actions(&loop);
	soft_ap_free(loop.ap);
	actions_free(&loop.out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point with an open and a protected network, to which anything happens: records of a byte that says what, a
 * length (2, big-endian) and so many bytes.  What it then sends is held to the rules.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "wire/ieee80211.h"

static const uint8_t bssids[2][6] = {{2, 0, 0, 0, 1, 0}, {2, 0, 0, 0, 1, 1}}, station[6] = {2, 0, 0, 0, 0, 1};

struct run {
	struct ap *ap;
	struct actions out;
	uint64_t now;
	uint32_t cookie; /* the last one */
};

static struct ap *make(struct crypto *c)
{
	static const uint8_t seed[RANDOM_SEED] = {1};
	static const struct ap_psk psk = {.pmk = {1}};
	struct ap_setup s = {.freq_mhz = 2412, .b_rates = true, .beacon_tu = 100, .dtim_period = 2, .bss_count = 2};

	for (int i = 0; i < 2; i++) {
		struct ap_bss_setup *b = &s.bss[i];

		memcpy(b->bssid, bssids[i], 6);
		memcpy(b->ssid, "test", 4);
		b->ssid_len = 4;
		b->wep = CIPHERS;
		b->wmm = true;
		b->max_inactivity_s = 5;
	}
	s.bss[1].rsn = true;
	s.bss[1].akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
	s.bss[1].rsn_pairwise = 1u << CIPHER_CCMP_128;
	s.bss[1].group = CIPHER_CCMP_128;
	s.bss[1].pmf = 1;
	s.bss[1].group_mgmt = CIPHER_BIP_CMAC_128;
	s.bss[1].psks = &psk;
	s.bss[1].psk_count = 1;
	s.bss[1].group_rekey_s = 3;
	return ap_new(c, &s, seed);
}

static void look_at(struct run *r)
{
	struct ap_station s;
	size_t stations = 0;

	for (size_t i = 0; i < r->out.count; i++) {
		const struct action *x = &r->out.list[i];
		const uint8_t *p = x->frame ? x->frame->data : NULL;
		uint16_t fc = p ? le16(p) : 0;

		if (x->kind != ACTION_TRANSMIT)
			continue;
		r->cookie = x->cookie ? x->cookie : r->cookie;
		must(x->frame->len >= 24 && x->freq == 2412);
		must(mac_equal(p + DOT11_ADDR2, bssids[0]) || mac_equal(p + DOT11_ADDR2, bssids[1]));
		/* Nobody can do the handshake: in the protected network there is nothing but that. */
		must(!dot11_is_data(fc) || (fc & (FC_PROTECTED | FC_NULL)) || p[DOT11_ADDR2 + 5] == 0 ||
		     memmem(p, x->frame->len, "\x88\x8e", 2));
	}
	actions_clear(&r->out);
	for (; ap_station(r->ap, stations, &s); stations++)
		must(s.aid && (s.bss == 0 || !s.authorised));
	must(stations < 100000);
}

/* Bits 0 and 1: what; bit 2: of the protected network; bit 3: with the addresses of the link. */
static void happen(struct run *r, uint8_t how, const uint8_t *bytes, size_t len)
{
	unsigned bss = how >> 2 & 1;
	struct frame *f = frame_from(bytes, len, 0, 0);

	must(f);
	switch (how & 3) {
	case 0:
		if ((how & 8) && len >= 24) {
			uint8_t *p = frame_own(f);

			memcpy(p + 4, bssids[bss], 6);
			memcpy(p + 10, station, 6);
			if (!dot11_is_data(le16(p)))
				memcpy(p + 16, bssids[bss], 6);
		}
		ap_receive(r->ap, &f, 1, r->now, &r->out);
		break;
	case 1:
		if ((how & 8) && len >= 6)
			memcpy(frame_own(f), station, 6);
		ap_send(r->ap, bss, &f, 1, r->now, &r->out);
		break;
	case 2:
		frame_free(f);
		r->now += len * UINT64_C(100000000);
		for (int i = 0; i < 10000 && ap_wake(r->ap) <= r->now; i++) {
			must(i < 9999);
			ap_tick(r->ap, r->now, &r->out);
		}
		break;
	case 3:
		frame_free(f);
		ap_status(r->ap, r->cookie, how & 8, r->now, &r->out);
		break;
	}
	look_at(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *c; /* costly to make; it keeps nothing of a run */
	struct run r = {.now = 1};

	if (!c)
		c = crypto_new();
	must(c);
	r.ap = make(c);
	must(r.ap);
	ap_start(r.ap, r.now, &r.out);
	look_at(&r);
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2];

		len = len < size - 3 ? len : size - 3;
		happen(&r, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	ap_stop(r.ap, r.now, &r.out);
	look_at(&r);
	ap_free(r.ap);
	actions_free(&r.out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network of the access point: what its beacons and probe responses say (IEEE 802.11-2016 9.3.3.3, 9.3.3.11), and
 * when.  Each network has a TSF of its own, so that the target beacon transmission times of all of them, which are
 * the multiples of the beacon interval (11.1.3.2), are spread over the interval.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EID_ERP 42

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- setup ---- */

static bool is_group_cipher(enum cipher c)
{
	return c >= CIPHER_TKIP && c <= CIPHER_GCMP_256;
}

static bool is_possible(const struct ap_bss_setup *s)
{
	bool protected = s->rsn || s->wpa, wep = s->wep == CIPHER_WEP_40 || s->wep == CIPHER_WEP_104;

	if (!s->ssid_len || s->ssid_len > SSID_MAX || s->hidden > 2 || mac_is_group(s->bssid) ||
	    mac_is_zero(s->bssid) || (s->wep != CIPHERS && !wep) || (protected && wep))
		return false;
	if (!protected)
		return !s->pmf;
	if (!is_group_cipher(s->group) || !s->akms || !s->psk_count || (s->rsn && !s->rsn_pairwise) ||
	    (s->wpa && !s->wpa_pairwise))
		return false;
	return !s->pmf || (s->rsn && s->group_mgmt >= CIPHER_BIP_CMAC_128 && s->group_mgmt < CIPHERS);
}

static void make_elements(struct ap_bss *b)
{
	const struct ap_bss_setup *s = &b->setup;
	struct rsn_element e = {.group = s->group, .management = s->pmf ? s->group_mgmt : CIPHERS};

	if (s->rsn) {
		e.pairwise = s->rsn_pairwise;
		e.akms = s->akms;
		/* Sixteen replay counters: one for each TID. */
		e.capabilities = (s->wmm ? 0x000c : 0) | (s->pmf ? RSN_MFPC : 0) | (s->pmf == 2 ? RSN_MFPR : 0);
		b->rsn_len = rsn_write(&e, b->rsn);
	}
	if (s->wpa) {
		e = (struct rsn_element){.wpa = true,
					 .group = s->group,
					 .pairwise = s->wpa_pairwise,
					 .akms = 1u << AKM_PSK,
					 .management = CIPHERS};
		b->wpa_len = rsn_write(&e, b->wpa);
	}
}

/* The passphrases that are not for one station alone. */
static int list_pmks(struct ap_bss *b)
{
	const struct ap_bss_setup *s = &b->setup;

	b->pmks = calloc(s->psk_count ? s->psk_count : 1, sizeof *b->pmks);
	b->psk_of = calloc(s->psk_count ? s->psk_count : 1, sizeof *b->psk_of);
	if (!b->pmks || !b->psk_of)
		return -ENOMEM;
	for (size_t i = 0; i < s->psk_count; i++)
		if (mac_is_zero(s->psks[i].addr)) {
			memcpy(b->pmks[b->pmk_count], s->psks[i].pmk, PMK_LEN);
			b->psk_of[b->pmk_count++] = i;
		}
	return 0;
}

int ap_bss_init(struct ap *a, struct ap_bss *b, const struct ap_bss_setup *setup)
{
	int e;

	if (!is_possible(setup))
		return -EINVAL;
	b->ap = a;
	b->setup = *setup;
	b->protected = setup->rsn || setup->wpa;
	if (!b->setup.max_stations || b->setup.max_stations > TIM_AID_MAX)
		b->setup.max_stations = TIM_AID_MAX;
	make_elements(b);
	e = list_pmks(b);
	if (!e)
		e = ap_keys_bss(a, b);
	if (e)
		ap_bss_wipe(b);
	return e;
}

void ap_bss_wipe(struct ap_bss *b)
{
	if (b->pmks)
		crypto_wipe(b->pmks, b->pmk_count * sizeof *b->pmks);
	free(b->pmks);
	free(b->psk_of);
	group_keys_wipe(&b->keys);
	ps_clear(&b->group_waits, &b->ap->ps);
	crypto_wipe(b, sizeof *b);
}

void ap_bss_start(struct ap_bss *b)
{
	struct ap *a = b->ap;
	uint64_t interval = a->setup.beacon_tu * AP_TU_NS;
	struct frame *f;

	b->beacon_ns = a->now_ns + b->index * interval / a->setup.bss_count;
	b->tsf_zero_ns = b->beacon_ns - interval; /* may lie before the clock's own zero, and wrap: differences count */
	b->tim.dtim_count = 0;
	b->tim.dtim_period = a->setup.dtim_period;
	if (b->setup.group_rekey_s && b->protected)
		b->group_rekey_ns = a->now_ns + b->setup.group_rekey_s * AP_SECOND;
	/* Those whom an access point of this name knew before this one was there should come again. */
	f = ap_reason_frame(b, broadcast, MGMT_DEAUTH, REASON_CLASS_3);
	ap_send_management(a, b, NULL, f, 0);
	ap_note(a, b, NOTE_ENABLED, b->setup.bssid, 0);
}

/* To all at once, for those whom their own goodbye did not reach: under BIP where that was agreed to. */
void ap_bss_goodbye(struct ap_bss *b)
{
	struct frame *f = ap_reason_frame(b, broadcast, MGMT_DEAUTH, REASON_LEAVING);
	enum drop d = f ? tx_management_group(&b->ap->tx, &b->keys, b->setup.pmf, f) : DROP_NO_MEMORY;

	if (d)
		ap_drop(b->ap, d, broadcast);
}

/* ---- elements ---- */

static const uint8_t rates_b[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36, 48, 72, 96, 108};
static const uint8_t rates_ofdm[] = {0x80 | 12, 18, 0x80 | 24, 36, 0x80 | 48, 72, 96, 108};

static struct span rates_of(const struct ap *a)
{
	if (a->setup.b_rates && a->setup.freq_mhz < 2500)
		return (struct span){rates_b, sizeof rates_b};
	return (struct span){rates_ofdm, sizeof rates_ofdm};
}

bool ap_bss_put_rates(const struct ap *a, struct frame *f)
{
	struct span s = rates_of(a);
	size_t first = s.len < 8 ? s.len : 8;

	return !mgmt_put_element(f, EID_RATES, s.bytes, first) &&
	       (s.len == first || !mgmt_put_element(f, EID_EXT_RATES, s.bytes + first, s.len - first));
}

static bool has_rate(struct span s, uint8_t rate)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.bytes[i] & 0x7f) == rate)
			return true;
	return false;
}

/* Who joins must have all rates that are marked as basic (11.3.5.3). */
bool ap_bss_has_basic_rates(const struct ap *a, const struct mgmt *m)
{
	struct span s = rates_of(a);

	for (size_t i = 0; i < s.len; i++)
		if ((s.bytes[i] & 0x80) && !has_rate(m->rates, s.bytes[i] & 0x7f) &&
		    !has_rate(m->ext_rates, s.bytes[i] & 0x7f))
			return false;
	return true;
}

/* The WMM parameter element with the default parameters of the access categories (WMM 1.2, 2.2.2). */
bool ap_bss_put_wmm(struct frame *f)
{
	static const uint8_t body[24] = {0x00, 0x50, 0xf2, 2,    1,    1,    0,    0,    0x03, 0xa4, 0x00, 0x00,
					 0x27, 0xa4, 0x00, 0x00, 0x42, 0x43, 0x5e, 0x00, 0x62, 0x32, 0x2f, 0x00};

	return !mgmt_put_element(f, EID_VENDOR, body, sizeof body);
}

uint16_t ap_bss_capability(const struct ap_bss *b)
{
	bool privacy = b->protected || b->setup.wep != CIPHERS;

	return CAPABILITY_ESS | (privacy ? CAPABILITY_PRIVACY : 0) |
	       (b->ap->setup.freq_mhz < 2500 ? CAPABILITY_SHORT_SLOT : 0);
}

static bool put_ssid(const struct ap_bss *b, struct frame *f, bool beacon)
{
	static const uint8_t zeroes[SSID_MAX];
	const struct ap_bss_setup *s = &b->setup;

	if (beacon && s->hidden)
		return !mgmt_put_element(f, EID_SSID, zeroes, s->hidden == 2 ? s->ssid_len : 0);
	return !mgmt_put_element(f, EID_SSID, s->ssid, s->ssid_len);
}

static bool put_tim(const struct ap_bss *b, struct frame *f)
{
	uint8_t body[TIM_MAX];

	return !mgmt_put_element(f, EID_TIM, body, tim_write(&b->tim, body));
}

/* Country, and the channel that we are on with the power that is allowed everywhere, 20 dBm; an even length. */
static bool put_country(const struct ap *a, struct frame *f)
{
	uint8_t body[6] = {(uint8_t)a->setup.country[0],
			   (uint8_t)a->setup.country[1],
			   ' ',
			   (uint8_t)freq_channel(a->setup.freq_mhz),
			   1,
			   20};

	return !a->setup.country[0] || !mgmt_put_element(f, EID_COUNTRY, body, sizeof body);
}

/* A beacon or a probe response; NULL: no memory. */
static struct frame *describe(const struct ap_bss *b, enum mgmt_subtype subtype, const uint8_t *to)
{
	const struct ap *a = b->ap;
	bool beacon = subtype == MGMT_BEACON, ok;
	struct frame *f = mgmt_new(subtype, to, b->setup.bssid, b->setup.bssid);
	uint64_t tsf = (a->now_ns - b->tsf_zero_ns) / 1000;
	struct span rates = rates_of(a);
	uint8_t fixed[12], channel = (uint8_t)freq_channel(a->setup.freq_mhz), erp = 0;

	put_le32(fixed, (uint32_t)tsf);
	put_le32(fixed + 4, (uint32_t)(tsf >> 32));
	put_le16(fixed + 8, a->setup.beacon_tu);
	put_le16(fixed + 10, ap_bss_capability(b));
	ok = f && !mgmt_put(f, fixed, sizeof fixed) && put_ssid(b, f, beacon) &&
	     !mgmt_put_element(f, EID_RATES, rates.bytes, 8) && !mgmt_put_element(f, EID_DS, &channel, 1) &&
	     (!beacon || put_tim(b, f)) && put_country(a, f) &&
	     (a->setup.freq_mhz > 2500 || !mgmt_put_element(f, EID_ERP, &erp, 1)) &&
	     (rates.len == 8 || !mgmt_put_element(f, EID_EXT_RATES, rates.bytes + 8, rates.len - 8)) &&
	     (!b->rsn_len || !mgmt_put(f, b->rsn, b->rsn_len)) && (!b->wpa_len || !mgmt_put(f, b->wpa, b->wpa_len)) &&
	     (!b->setup.wmm || ap_bss_put_wmm(f));
	if (ok)
		return f;
	frame_free(f);
	return NULL;
}

/* ---- events ---- */

void ap_bss_beacon(struct ap_bss *b)
{
	struct ap *a = b->ap;
	uint64_t interval = a->setup.beacon_tu * AP_TU_NS;

	b->tim.group = b->group_waits.count;
	ap_send_management(a, b, NULL, describe(b, MGMT_BEACON, broadcast), 0);
	if (!b->tim.dtim_count)
		ap_power_dtim(a, b);
	tim_step(&b->tim);
	/* Who is late leaves beacons out, but keeps the times. */
	b->beacon_ns += ((a->now_ns - b->beacon_ns) / interval + 1) * interval;
}

void ap_bss_probe(struct ap_bss *b, const struct mgmt *m)
{
	const struct ap_bss_setup *s = &b->setup;
	bool any = !m->ssid.len;

	/* Directed, to everybody; or whoever asks leaves it open, which a hidden network does not answer (11.1.4.3.4). */
	if (!m->ssid.bytes ||
	    (any ? s->hidden != 0 : m->ssid.len != s->ssid_len || memcmp(m->ssid.bytes, s->ssid, s->ssid_len) != 0))
		return;
	if (m->channel && m->channel != freq_channel(b->ap->setup.freq_mhz))
		return;
	ap_send_management(b->ap, b, NULL, describe(b, MGMT_PROBE_RESPONSE, m->sa), 0);
}

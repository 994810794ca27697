/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BSS: the content of its beacons and probe responses (IEEE 802.11-2016, 9.3.3.3 and 9.3.3.11), and its life.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RATES_MAX 8 /* of the Supported Rates element; further rates are in the Extended Supported Rates element */

static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- setup ---- */

static bool is_group_cipher(enum cipher cipher)
{
	return cipher >= CIPHER_TKIP && cipher <= CIPHER_GCMP_256;
}

static bool is_valid_setup(const struct ap_bss_setup *setup)
{
	bool protected = setup->rsn || setup->wpa, wep = setup->wep == CIPHER_WEP_40 || setup->wep == CIPHER_WEP_104;

	if (!setup->ssid_len || setup->ssid_len > SSID_MAX || setup->hidden > 2 || mac_is_group(setup->bssid) ||
	    mac_is_zero(setup->bssid) || (setup->wep != CIPHER_NONE && !wep) || (protected && wep))
		return false;
	if (!protected)
		return !setup->pmf;
	if (!is_group_cipher(setup->group) || !setup->akms || !setup->psk_count ||
	    (setup->rsn && !setup->rsn_pairwise) || (setup->wpa && !setup->wpa_pairwise))
		return false;
	return !setup->pmf ||
	       (setup->rsn && setup->group_mgmt >= CIPHER_BIP_CMAC_128 && setup->group_mgmt != CIPHER_NONE);
}

static void build_elements(struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;
	struct rsn_element rsne = {.group = setup->group,
				   .group_management = setup->pmf ? setup->group_mgmt : CIPHER_NONE};

	if (setup->rsn) {
		rsne.pairwise = setup->rsn_pairwise;
		rsne.akms = setup->akms;
		/* With WMM 16 PTKSA replay counters: one for each TID. */
		rsne.capabilities =
			(setup->wmm ? 0x000c : 0) | (setup->pmf ? RSN_MFPC : 0) | (setup->pmf == 2 ? RSN_MFPR : 0);
		bss->rsn_len = rsn_element_write(&rsne, bss->rsn);
	}
	if (setup->wpa) {
		rsne = (struct rsn_element){.wpa = true,
					    .group = setup->group,
					    .pairwise = setup->wpa_pairwise,
					    .akms = 1u << AKM_PSK,
					    .group_management = CIPHER_NONE};
		bss->wpa_len = rsn_element_write(&rsne, bss->wpa);
	}
}

/* Lists the PMKs that every station may use. */
static int list_shared_pmks(struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;

	bss->pmks = calloc(setup->psk_count ? setup->psk_count : 1, sizeof(*bss->pmks));
	bss->psk_index = calloc(setup->psk_count ? setup->psk_count : 1, sizeof(*bss->psk_index));
	if (!bss->pmks || !bss->psk_index)
		return -ENOMEM;
	for (size_t i = 0; i < setup->psk_count; i++)
		if (mac_is_zero(setup->psks[i].addr)) {
			memcpy(bss->pmks[bss->pmk_count], setup->psks[i].pmk, PMK_LEN);
			bss->psk_index[bss->pmk_count++] = i;
		}
	return 0;
}

int ap_bss_init(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	int err;

	if (!is_valid_setup(setup))
		return -EINVAL;
	bss->ap = ap;
	bss->setup = *setup;
	bss->protected = setup->rsn || setup->wpa;
	bss->group_rekey_ns = bss->group_switch_ns = NEVER;
	if (!bss->setup.max_stations || bss->setup.max_stations > AID_MAX)
		bss->setup.max_stations = AID_MAX;
	build_elements(bss);
	err = list_shared_pmks(bss);
	if (!err)
		err = ap_group_init(ap, bss);
	if (err)
		ap_bss_wipe(bss);
	return err;
}

void ap_bss_wipe(struct ap_bss *bss)
{
	if (bss->pmks)
		crypto_wipe(bss->pmks, bss->pmk_count * sizeof(*bss->pmks));
	free(bss->pmks);
	free(bss->psk_index);
	crypto_wipe(bss, sizeof(*bss));
}

/* ---- elements ---- */

static const uint8_t rates_dsss_ofdm[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36, 48, 72, 96, 108};
static const uint8_t rates_ofdm[] = {0x80 | 12, 18, 0x80 | 24, 36, 0x80 | 48, 72, 96, 108};

static struct span supported_rates(const struct ap *ap)
{
	if (ap->setup.dsss_rates && freq_is_2ghz(ap->setup.freq_mhz))
		return (struct span){rates_dsss_ofdm, sizeof(rates_dsss_ofdm)};
	return (struct span){rates_ofdm, sizeof(rates_ofdm)};
}

static void write_rates(const struct ap *ap, struct frame_writer *writer)
{
	write_element(writer, EID_RATES, supported_rates(ap).bytes, RATES_MAX);
}

static void write_ext_rates(const struct ap *ap, struct frame_writer *writer)
{
	struct span rates = supported_rates(ap);

	if (rates.len > RATES_MAX)
		write_element(writer, EID_EXT_RATES, rates.bytes + RATES_MAX, rates.len - RATES_MAX);
}

void ap_bss_write_rates(const struct ap *ap, struct frame_writer *writer)
{
	write_rates(ap, writer);
	write_ext_rates(ap, writer);
}

static bool has_rate(struct span rates, uint8_t rate)
{
	for (size_t i = 0; i < rates.len; i++)
		if ((rates.bytes[i] & 0x7f) == rate)
			return true;
	return false;
}

/* A station must support all basic rates (11.3.5.3). */
bool ap_bss_has_basic_rates(const struct ap *ap, const struct mgmt *mgmt)
{
	struct span rates = supported_rates(ap);

	for (size_t i = 0; i < rates.len; i++)
		if ((rates.bytes[i] & 0x80) && !has_rate(mgmt->rates, rates.bytes[i] & 0x7f) &&
		    !has_rate(mgmt->ext_rates, rates.bytes[i] & 0x7f))
			return false;
	return true;
}

/* The WMM parameter element, by default with the default parameters of the access categories (WMM 1.2, 2.2.2). */
void ap_bss_write_wmm(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t body[24] = {OUI_MICROSOFT, 2,    1,    1,    0,    0,    0x03, 0xa4, 0x00, 0x00, 0x27,
			    0xa4,          0x00, 0x00, 0x42, 0x43, 0x5e, 0x00, 0x62, 0x32, 0x2f, 0x00};

	for (unsigned i = 0; ap->setup.own_wmm && i < 4; i++) {
		const struct ap_wmm_category *category = &ap->setup.wmm[i];
		uint8_t *record = body + 8 + 4 * i;

		record[0] = (uint8_t)(i << 5 | category->mandatory_admission << 4 | (category->aifs & 15));
		record[1] = (uint8_t)(category->ecw_max << 4 | (category->ecw_min & 15));
		put_le16(record + 2, category->txop_32us);
	}
	write_element(writer, EID_VENDOR, body, sizeof(body));
}

/* 802.11n needs QoS, and no TKIP or WEP, whose integrity codes are too slow for it (12.9.2.1). */
static bool has_phy(const struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;

	if (!bss->ap->setup.phy.width_mhz || !setup->wmm || setup->wep != CIPHER_NONE)
		return false;
	return !bss->protected || ((setup->wpa_pairwise | setup->rsn_pairwise) & ~(1u << CIPHER_TKIP));
}

void ap_bss_write_phy(const struct ap_bss *bss, struct frame_writer *writer)
{
	const struct ap_phy *phy = &bss->ap->setup.phy;

	if (has_phy(bss))
		write_bytes(writer, phy->elements, phy->elements_len);
}

uint16_t ap_bss_capability(const struct ap_bss *bss)
{
	bool privacy = bss->protected || bss->setup.wep != CIPHER_NONE;

	return CAPABILITY_ESS | (privacy ? CAPABILITY_PRIVACY : 0) |
	       (freq_is_2ghz(bss->ap->setup.freq_mhz) ? CAPABILITY_SHORT_SLOT : 0);
}

static void write_ssid(const struct ap_bss *bss, struct frame_writer *writer, bool beacon)
{
	static const uint8_t zeroes[SSID_MAX];
	const struct ap_bss_setup *setup = &bss->setup;

	if (beacon && setup->hidden)
		write_element(writer, EID_SSID, zeroes, setup->hidden == 2 ? setup->ssid_len : 0);
	else
		write_element(writer, EID_SSID, setup->ssid, setup->ssid_len);
}

/* Country, and one channel with the power that is allowed everywhere, 20 dBm. The length must be even. */
static void write_country(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t body[6] = {(uint8_t)ap->setup.country[0],
			   (uint8_t)ap->setup.country[1],
			   ' ',
			   (uint8_t)freq_to_channel(ap->setup.freq_mhz),
			   1,
			   20};

	if (ap->setup.country[0])
		write_element(writer, EID_COUNTRY, body, sizeof(body));
}

/*
 * A beacon or a probe response; NULL: no memory. The plane fills in the timestamp, and the TIM of a beacon, which belongs
 * at *tim_offset.
 */
static struct frame *new_beacon(const struct ap_bss *bss, enum mgmt_subtype subtype, const uint8_t *to,
				size_t *tim_offset)
{
	const struct ap *ap = bss->ap;
	bool beacon = subtype == MGMT_BEACON;
	struct frame_writer writer = mgmt_begin(subtype, to, bss->setup.bssid, bss->setup.bssid);
	uint8_t channel = (uint8_t)freq_to_channel(ap->setup.freq_mhz), erp = 0;

	write_le64(&writer, 0);
	write_le16(&writer, ap->setup.beacon_tu);
	write_le16(&writer, ap_bss_capability(bss));
	write_ssid(bss, &writer, beacon);
	write_rates(ap, &writer);
	if (freq_is_2ghz(ap->setup.freq_mhz))
		write_element(&writer, EID_DS, &channel, 1);
	*tim_offset = writer.frame ? writer.frame->len : 0;
	write_country(ap, &writer);
	if (freq_is_2ghz(ap->setup.freq_mhz))
		write_element(&writer, EID_ERP, &erp, 1);
	write_ext_rates(ap, &writer);
	write_bytes(&writer, bss->rsn, bss->rsn_len);
	ap_bss_write_phy(bss, &writer);
	write_bytes(&writer, bss->wpa, bss->wpa_len);
	if (bss->setup.wmm)
		ap_bss_write_wmm(ap, &writer);
	return frame_writer_end(&writer);
}

/* ---- life ---- */

static void act_start(struct ap_bss *bss)
{
	struct ap *ap = bss->ap;
	const struct ap_bss_setup *setup = &bss->setup;
	size_t tim_offset;
	struct frame *beacon = new_beacon(bss, MGMT_BEACON, broadcast, &tim_offset);
	struct plane_action *action = ap_act_frame(ap, PLANE_BSS_START, bss, NULL, beacon);

	if (!action)
		return;
	action->bss_setup =
		(struct plane_bss_setup){.ssid_len = setup->ssid_len,
					 .hidden = setup->hidden,
					 .channel = {.freq_mhz = ap->setup.freq_mhz,
						     .width_mhz = has_phy(bss) ? ap->setup.phy.width_mhz : 0,
						     .center_mhz = ap->setup.phy.center_mhz},
					 .beacon_tu = ap->setup.beacon_tu,
					 .dtim_period = ap->setup.dtim_period,
					 .number = bss->index,
					 .count = ap->setup.bss_count,
					 .tim_offset = tim_offset,
					 .rsn = bss->protected,
					 .pmf = setup->pmf,
					 .isolate = setup->isolate,
					 .fragment_threshold = ap->setup.fragment_threshold};
	mac_copy(action->bss_setup.bssid, setup->bssid);
	memcpy(action->bss_setup.ssid, setup->ssid, setup->ssid_len);
}

static void deauth_all(struct ap_bss *bss, uint16_t reason)
{
	ap_send_management(bss->ap, bss, ap_new_reason_frame(bss, broadcast, MGMT_DEAUTH, reason),
			   (struct plane_management){0});
}

void ap_bss_start(struct ap_bss *bss)
{
	struct ap *ap = bss->ap;

	act_start(bss);
	if (bss->setup.group_rekey_s && bss->protected)
		bss->group_rekey_ns = ap->now_ns + bss->setup.group_rekey_s * SECOND;
	/* Stations of a previous instance of this BSS must associate again. There is no group key yet that they know. */
	deauth_all(bss, REASON_CLASS_3);
	if (ap_group_start(ap, bss))
		ap_drop(ap, DROP_CIPHER_FAILED, bss->setup.bssid);
	ap_note(ap, bss, NOTE_ENABLED, bss->setup.bssid, 0);
}

/* For stations that missed their own deauthentication. Protected by BIP where PMF is on. */
void ap_bss_deauth_all(struct ap_bss *bss)
{
	deauth_all(bss, REASON_LEAVING);
}

/* ---- events ---- */

void ap_bss_receive_probe(struct ap_bss *bss, const struct mgmt *mgmt)
{
	const struct ap_bss_setup *setup = &bss->setup;
	bool wildcard = !mgmt->ssid.len;
	size_t ignored;

	/* A hidden BSS does not answer the wildcard SSID (11.1.4.3.4). */
	if (!mgmt->ssid.bytes ||
	    (wildcard ? setup->hidden != 0 : !span_equals(mgmt->ssid, setup->ssid, setup->ssid_len)))
		return;
	if (mgmt->channel && mgmt->channel != freq_to_channel(bss->ap->setup.freq_mhz))
		return;
	ap_answer(bss->ap, AP_ANSWER_PROBE, bss, new_beacon(bss, MGMT_PROBE_RESPONSE, mgmt->sa, &ignored));
}

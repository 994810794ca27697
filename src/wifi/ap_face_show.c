/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hostapd's clients ask for: lines NAME=VALUE. */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"
#include "conf/hostapd_rates.h"
#include "ctrl/command.h"
#include "daemon/clock.h"
#include "nl80211/driver_flags.h"
#include "wire/mgmt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *state_name(const struct ap_radio *radio)
{
	static const char *const pauses[] = {
		[AP_RADIO_SEARCHING] = "HT_SCAN", [AP_RADIO_CHOOSING] = "ACS", [AP_RADIO_LISTENING] = "DFS"};

	if (radio->pause > AP_RADIO_NO_PAUSE && radio->pause < AP_RADIO_PAUSE_ENDS)
		return pauses[radio->pause];
	switch (radio->state) {
	case AP_RADIO_AWAITS_CARD:
		return "DISABLED";
	case AP_RADIO_OFF:
		return radio->was_enabled ? "DISABLED" : "UNINITIALIZED";
	case AP_RADIO_STARTING:
		return "UNINITIALIZED";
	case AP_RADIO_ON:
		return "ENABLED";
	}
	return "UNINITIALIZED";
}

static unsigned count_stations(const struct ap_face *face, unsigned bss)
{
	struct ap_station_info info;
	unsigned count = 0;

	for (size_t i = 0; wifi_ap_station(face->radio->wifi, i, &info); i++)
		count += info.bss == bss;
	return count;
}

static const char *phy_name(const struct ap_face *face)
{
	return face->radio->wifi->driver ? driver_wiphy(face->radio->wifi->driver)->name : "air";
}

static const uint8_t *find_phy_element(const struct ap_phy *phy, uint8_t id, size_t len)
{
	struct span rest = {phy ? phy->elements : NULL, phy ? phy->elements_len : 0};
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == id && element.body.len >= len)
			return element.body.bytes;
	return NULL;
}

/* PREFIX_oper_chwidth and so on: below 80 MHz the numbers of the file. */
static void put_width(struct ctrl_reply *reply, const char *prefix, const struct plane_channel *channel,
		      unsigned center)
{
	if (channel->width_mhz >= 80)
		center = freq_to_center_channel(channel->center_mhz);
	ctrl_put(reply, "%s_oper_chwidth=%d\n%s_oper_centr_freq_seg0_idx=%u\n%s_oper_centr_freq_seg1_idx=0\n", prefix,
		 channel->width_mhz == 160 ? 2 : channel->width_mhz == 80, prefix, center, prefix);
}

static void put_own_rates(const struct hostapd_radio *radio, uint16_t freq_mhz, struct ctrl_reply *reply)
{
	uint8_t rates[RATES_COUNT];
	size_t count = hostapd_announced_rates(radio, freq_mhz, rates);

	ctrl_put(reply, "supported_rates=");
	for (size_t i = 0; i < count; i++)
		ctrl_put(reply, "%s%02x", i ? " " : "", rates[i] & ~RATE_BASIC);
	ctrl_put(reply, "\n");
}

/* The channel and the elements are those that run, also after a move; the file has the rest. */
static void put_radio(const struct ap_face *face, const struct hostapd_conf *conf, struct ctrl_reply *reply)
{
	const struct hostapd_phy *file = &conf->radio.phy;
	struct plane_channel channel = wifi_ap_channel(face->radio->wifi);
	const struct ap_phy *phy = wifi_ap_present_phy(face->radio->wifi);
	const uint8_t *ht = find_phy_element(phy, EID_HT_CAPABILITIES, 2),
		      *vht = find_phy_element(phy, EID_VHT_CAPABILITIES, 4);
	bool he =
		phy &&
		element_find_extension((struct span){phy->elements, phy->elements_len}, EID_EXT_HE_CAPABILITIES).bytes;

	if (!ht && !he)
		channel.width_mhz = 0;
	ctrl_put(reply, "hw_mode=%s\n", freq_is_2ghz(channel.freq_mhz) ? "g" : "a");
	if (conf->radio.country[0])
		ctrl_put(reply, "country_code=%.2s\ncountry3=0x%02x\n", conf->radio.country,
			 conf->radio.environment ? conf->radio.environment : AP_ANY_ENVIRONMENT);
	ctrl_put(reply, "cac_time_seconds=0\ncac_time_left_seconds=N/A\nchannel=%u\nsecondary_channel=%d\n",
		 freq_to_channel(channel.freq_mhz), ctrl_channel_secondary(&channel));
	ctrl_put(reply, "ieee80211n=%d\nieee80211ac=%d\nieee80211ax=%d\nieee80211be=0\n", ht != NULL, vht != NULL, he);
	ctrl_put(reply, "beacon_int=%u\ndtim_period=%u\n", conf->radio.beacon_int, conf->radio.dtim_period);
	if (ht)
		ctrl_put(reply, "ht_caps_info=%04x\n", le16(ht));
	if (vht) {
		put_width(reply, "vht", &channel, file->vht_center);
		ctrl_put(reply, "vht_caps_info=%08x\n", le32(vht));
	}
	if (he) {
		put_width(reply, "he", &channel, file->he_center);
		if (file->he.bss_color)
			ctrl_put(reply, "he_bss_color=%u\n", file->he.bss_color);
	}
	put_own_rates(&conf->radio, channel.freq_mhz, reply);
	ctrl_put(reply, "max_txpower=20\n");
}

static void put_protection(struct ap_protection_info info, struct ctrl_reply *reply)
{
	ctrl_put(reply,
		 "num_sta_non_erp=%u\nnum_sta_no_short_slot_time=%u\nnum_sta_no_short_preamble=%u\nolbc=%d\n"
		 "num_sta_ht_no_gf=%u\nnum_sta_no_ht=%u\nnum_sta_ht_20_mhz=%u\nnum_sta_ht40_intolerant=%u\n"
		 "olbc_ht=%d\nht_op_mode=0x%x\n",
		 info.non_erp, info.long_slot, info.long_preamble, info.overlap, info.no_greenfield, info.no_ht,
		 info.ht_20, info.intolerant_40, info.overlap_ht, info.ht_operation);
}

static void put_network(unsigned i, const uint8_t bssid[6], struct span ssid, unsigned stations,
			struct ctrl_reply *reply)
{
	char mac[MAC_TEXT_SIZE];

	ctrl_put(reply, "bssid[%u]=%s\nssid[%u]=", i, mac_format(mac, bssid), i);
	ctrl_put_escaped(reply, ssid.bytes, ssid.len);
	ctrl_put(reply, "\nnum_sta[%u]=%u\n", i, stations);
}

/* A network that is off still has the address and the name that it had on the air. */
static void put_networks(const struct ap_face *face, struct ctrl_reply *reply)
{
	const struct ap_radio *radio = face->radio;
	const struct ap_setup *setup = wifi_ap_setup(radio->wifi);

	for (unsigned i = 0; i < hostapd_edit_count(radio->edit); i++) {
		const char *interface = hostapd_edit_interface(radio->edit, i);
		unsigned number = wifi_network_number(radio->wifi, interface);
		const struct ap_face *own = ap_radio_face(radio, interface);

		ctrl_put(reply, "bss[%u]=%s\n", i, interface);
		if (setup && number < setup->bss_count)
			put_network(i, setup->bss[number].bssid,
				    (struct span){setup->bss[number].ssid, setup->bss[number].ssid_len},
				    count_stations(face, number), reply);
		else if (!setup && own && !mac_is_zero(own->bssid))
			put_network(i, own->bssid, (struct span){own->ssid, own->ssid_len}, 0, reply);
	}
}

void ap_face_show_status(const struct ap_face *face, struct ctrl_reply *reply)
{
	const struct ap_radio *radio = face->radio;
	const struct ap_setup *setup = wifi_ap_setup(radio->wifi);

	ctrl_put(reply, "state=%s\nphy=%s\nfreq=%u\n", state_name(radio), phy_name(face),
		 wifi_ap_channel(radio->wifi).freq_mhz);
	put_protection(wifi_ap_protection(radio->wifi), reply);
	if (setup && radio->config)
		put_radio(face, &radio->config->conf, reply);
	put_networks(face, reply);
}

/* TRACK_STA_LIST: a station per line, with the seconds since it was heard, and its signal. */
void ap_face_show_sightings(const struct ap_face *face, struct ctrl_reply *reply)
{
	struct ap_sighting sighting;
	struct ap_command command = {
		.kind = AP_COMMAND_GET_SIGHTING, .bss = ap_face_number(face), .sighting = &sighting};
	char mac[MAC_TEXT_SIZE];

	for (; wifi_ap_command(face->radio->wifi, &command); command.nth++)
		ctrl_put(reply, "%s %u %d\n", mac_format(mac, sighting.addr), sighting.age_s, sighting.signal_dbm);
}

#define FLAG_AP     (UINT64_C(1) << 6)
#define FLAG_AP_CSA (UINT64_C(1) << 31)

/* The medium has no driver: an access point, and channel switches. */
static uint64_t driver_flags(const struct ap_face *face)
{
	const struct driver *driver = face->radio->wifi->driver;

	return driver ? nl80211_driver_flags(driver_wiphy(driver)) : FLAG_AP | FLAG_AP_CSA;
}

void ap_face_show_driver_flags(const struct ap_face *face, struct ctrl_reply *reply)
{
	ctrl_put_driver_flags(reply, driver_flags(face));
}

/* The bridge that the interface is a port of now; another program may have moved it. */
static void put_bridge(const struct ap_face *face, struct ctrl_reply *reply)
{
	char path[64], bridge[300];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%.16s/brport/bridge", face->interface);
	len = readlink(path, bridge, sizeof(bridge) - 1);
	if (len <= 0)
		return;
	bridge[len] = '\0';
	ctrl_put(reply, "brname=%s\n", strrchr(bridge, '/') ? strrchr(bridge, '/') + 1 : bridge);
	if (face->radio->wifi->driver && ap_face_number(face) < WIFI_NETWORKS_MAX)
		ctrl_put(reply, "added_bridge=%d\nadded_if_into_bridge=%d\n",
			 driver_interface(face->radio->wifi->driver, ap_face_number(face))->made_bridge,
			 driver_interface(face->radio->wifi->driver, ap_face_number(face))->in_bridge);
}

/* 0: it is not the interface of a card. */
static int interface_index(const struct ap_face *face)
{
	const struct driver *driver = face->radio->wifi->driver;

	return driver && ap_face_number(face) < face->radio->wifi->count
		       ? driver_interface(driver, ap_face_number(face))->info.ifindex
		       : 0;
}

void ap_face_show_driver(const struct ap_face *face, struct ctrl_reply *reply)
{
	const struct ap_radio *radio = face->radio;
	const struct ap_bss_setup *setup = ap_face_setup(face);
	char mac[MAC_TEXT_SIZE];

	if (!radio->was_enabled) { /* it has no driver yet */
		ctrl_ok(reply, false);
		return;
	}
	ctrl_put(reply, "ifindex=%d\nifname=%s\nphyname=%s\nbeacon_set=%d\n", interface_index(face), face->interface,
		 phy_name(face), radio->state == AP_RADIO_ON);
	if (setup)
		ctrl_put(reply, "addr=%s\nfreq=%u\n", mac_format(mac, setup->bssid),
			 wifi_ap_channel(radio->wifi).freq_mhz);
	put_bridge(face, reply);
	ctrl_put(reply, "scan_state=NONE\ncapa.flags=0x%" PRIx64 "\n", driver_flags(face));
}

/* ---- the configuration ---- */

static const char *hostapd_cipher(enum cipher cipher)
{
	switch (cipher) {
	case CIPHER_CCMP_128:
		return "CCMP";
	case CIPHER_GCMP_128:
		return "GCMP";
	default:
		return cipher_name(cipher);
	}
}

static void put_ciphers(struct ctrl_reply *reply, const char *name, uint32_t set)
{
	const char *blank = "";

	ctrl_put(reply, "%s=", name);
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (set & 1u << cipher) {
			ctrl_put(reply, "%s%s", blank, hostapd_cipher(cipher));
			blank = " ";
		}
	ctrl_put(reply, "\n");
}

/* In hostapd's order: front ends read the first one. */
static void put_akms(struct ctrl_reply *reply, uint32_t set)
{
	static const enum akm order[] = {
		AKM_PSK,        AKM_8021X,        AKM_FT_PSK, AKM_FT_SAE,      AKM_FT_SAE_EXT_KEY,
		AKM_PSK_SHA256, AKM_8021X_SHA256, AKM_SAE,    AKM_SAE_EXT_KEY, AKM_OWE};
	const char *blank = "";

	static_assert(sizeof(order) / sizeof(*order) == AKM_COUNT, "each AKM has a place");
	ctrl_put(reply, "key_mgmt=");
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (set & 1u << order[i]) {
			ctrl_put(reply, "%s%s", blank, akm_info(order[i])->name);
			blank = " ";
		}
	ctrl_put(reply, "\n");
}

void ap_face_show_config(const struct ap_face *face, struct ctrl_reply *reply)
{
	const struct ap_bss_setup *bss = ap_face_setup(face);
	char mac[MAC_TEXT_SIZE];

	if (!bss) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_put(reply, "bssid=%s\nssid=", mac_format(mac, bss->bssid));
	ctrl_put_escaped(reply, bss->ssid, bss->ssid_len);
	ctrl_put(reply, "\nwps_state=disabled\n");
	if (!bss->wpa && !bss->rsn)
		return;
	if (face->radio->config)
		ctrl_put(reply, "wpa_deny_ptk0_rekey=%u\n", face->radio->config->conf.bss[face->bss].deny_ptk0_rekey);
	ctrl_put(reply, "wpa=%d\n", (bss->rsn ? 2 : 0) | (bss->wpa ? 1 : 0));
	put_akms(reply, bss->akms);
	ctrl_put(reply, "group_cipher=%s\n", hostapd_cipher(bss->group));
	if (bss->rsn)
		put_ciphers(reply, "rsn_pairwise_cipher", bss->rsn_pairwise);
	if (bss->wpa)
		put_ciphers(reply, "wpa_pairwise_cipher", bss->wpa_pairwise);
}

/* ---- stations ---- */

static void put_selector(struct ctrl_reply *reply, const char *name, const uint8_t selector[4])
{
	ctrl_put(reply, "%s=%02x-%02x-%02x-%u\n", name, selector[0], selector[1], selector[2], selector[3]);
}

static void put_security(const struct ap_station_info *info, struct ctrl_reply *reply)
{
	char mac[MAC_TEXT_SIZE];
	uint8_t selector[4];

	if (info->akm == AKM_NONE)
		return;
	ctrl_put(reply, "dot11RSNAStatsSTAAddress=%s\ndot11RSNAStatsVersion=1\n", mac_format(mac, info->addr));
	cipher_selector(info->pairwise, info->wpa, selector);
	put_selector(reply, "dot11RSNAStatsSelectedPairwiseCipher", selector);
	ctrl_put(reply, "hostapdWPAPTKState=%d\nhostapdWPAPTKGroupState=0\nwpa=%d\n", info->authorised ? 11 : 8,
		 info->wpa ? 1 : 2);
	akm_selector(info->akm, info->wpa, selector);
	put_selector(reply, "AKMSuiteSelector", selector);
	if (info->keyid[0])
		ctrl_put(reply, "keyid=%s\n", info->keyid);
	if (info->sae_group)
		ctrl_put(reply, "sae_group=%u\n", info->sae_group);
	for (size_t i = 0; info->sae_rejected[i]; i++)
		ctrl_put(reply, "%s%u%s", i ? " " : "sae_rejected_groups=", info->sae_rejected[i],
			 info->sae_rejected[i + 1] ? "" : "\n");
}

static void put_bytes(struct ctrl_reply *reply, const char *name, const uint8_t *bytes, size_t len)
{
	if (!len)
		return;
	ctrl_put(reply, "%s=", name);
	ctrl_put_hex(reply, bytes, len);
	ctrl_put(reply, "\n");
}

static void put_rates(struct ctrl_reply *reply, const struct ap_station_request *request)
{
	ctrl_put(reply, "supported_rates=");
	for (size_t i = 0; i < request->rates_len; i++)
		ctrl_put(reply, "%s%02x", i ? " " : "", request->rates[i]);
	ctrl_put(reply, "\n");
}

static void put_request(const struct ap_station_request *request, struct ctrl_reply *reply)
{
	if (request->has_power)
		ctrl_put(reply, "min_txpower=%d\nmax_txpower=%d\n", request->min_power_dbm, request->max_power_dbm);
	if (request->has_ht)
		ctrl_put(reply, "ht_caps_info=0x%04x\n", request->ht_capabilities);
	if (request->has_vht)
		ctrl_put(reply, "vht_caps_info=0x%08x\n", request->vht_capabilities);
	put_bytes(reply, "ext_capab", request->extended, request->extended_len);
	put_bytes(reply, "supp_op_classes", request->classes, request->classes_len);
}

static void put_station(const struct ap_face *face, const struct ap_station_info *info, struct ctrl_reply *reply)
{
	uint64_t now_ns = monotonic_ns();
	char mac[MAC_TEXT_SIZE];

	ctrl_put(reply, "%s\nflags=[AUTH][ASSOC]%s%s%s%s%s%s\n", mac_format(mac, info->addr),
		 info->authorised ? "[AUTHORIZED]" : "", info->qos ? "[WMM]" : "", info->mfp ? "[MFP]" : "",
		 info->request.has_ht ? "[HT]" : "", info->request.has_vht ? "[VHT]" : "",
		 info->request.has_he ? "[HE]" : "");
	ctrl_put(reply, "aid=%u\ncapability=0x%x\nlisten_interval=%u\n", info->aid, info->request.capability,
		 info->listen_interval);
	put_rates(reply, &info->request);
	ctrl_put(reply, "timeout_next=NULLFUNC POLL\n");
	put_request(&info->request, reply);
	put_security(info, reply);
	if (info->four_address && face->radio->wifi->driver)
		ctrl_put(reply, "wds_sta_ifname=%s.sta%u\n", face->interface, info->aid);
	if (info->vlan)
		ctrl_put(reply, "vlan_id=%u\n", info->vlan);
	ctrl_put(reply, "rx_packets=%" PRIu64 "\ntx_packets=%" PRIu64 "\nrx_bytes=%" PRIu64 "\ntx_bytes=%" PRIu64 "\n",
		 info->rx_frames, info->tx_frames, info->rx_bytes, info->tx_bytes);
	ctrl_put(reply, "inactive_msec=%" PRIu64 "\nsignal=%d\nconnected_time=%" PRIu64 "\n",
		 now_ns > info->heard_ns ? (now_ns - info->heard_ns) / 1000000 : 0, info->signal_dbm,
		 now_ns > info->connected_ns ? (now_ns - info->connected_ns) / 1000000000 : 0);
}

void ap_face_show_station(const struct ap_face *face, const char *args, struct ctrl_reply *reply)
{
	unsigned number = ap_face_number(face);
	struct ap_station_info info;
	uint8_t addr[6];

	if (mac_parse(addr, args)) { /* alone: no other table has lines of a station */
		wifi_ap_update_counters(face->radio->wifi);
		for (size_t i = 0; wifi_ap_station(face->radio->wifi, i, &info); i++)
			if (info.bss == number && mac_equal(info.addr, addr)) {
				put_station(face, &info, reply);
				return;
			}
	}
	ctrl_ok(reply, false);
}

/* In the order of their addresses, so that a station which leaves meanwhile changes nothing for the others. */
void ap_face_show_next_station(const struct ap_face *face, const char *text, struct ctrl_reply *reply)
{
	unsigned number = ap_face_number(face);
	struct ap_station_info info, next;
	uint8_t addr[6];
	bool found = false;

	if (text && !mac_parse(addr, text)) {
		ctrl_ok(reply, false);
		return;
	}
	wifi_ap_update_counters(face->radio->wifi);
	for (size_t i = 0; wifi_ap_station(face->radio->wifi, i, &info); i++)
		if (info.bss == number && (!text || memcmp(info.addr, addr, 6) > 0) &&
		    (!found || memcmp(info.addr, next.addr, 6) < 0)) {
			next = info;
			found = true;
		}
	if (found)
		put_station(face, &next, reply);
}

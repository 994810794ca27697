/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/report.h"

#include "wifi/ap_config.h"
#include "wifi/json.h"

static void add_protection(json_t *json, const struct ap_bss_setup *bss)
{
	json_object_set_new(json, "proto", wifi_json_proto(bss->wpa, bss->rsn));
	json_object_set_new(json, "key_mgmt", wifi_json_akms(bss->akms, !bss->wpa && !bss->rsn));
	json_object_set_new(json, "pairwise", wifi_json_ciphers(bss->wpa_pairwise | bss->rsn_pairwise));
	if (bss->wpa || bss->rsn)
		json_object_set_new(json, "group", wifi_json_ciphers(1u << bss->group));
	json_object_set_new(json, "ieee80211w", json_string(wifi_pmf_name(bss->pmf)));
}

static json_t *network_json(const struct wifi *wifi, unsigned index, const struct ap_bss_setup *bss)
{
	json_t *json =
		json_pack("{s:s, s:s, s:o, s:b, s:b, s:i, s:b, s:i}", "interface", wifi->networks[index].interface,
			  "bridge", wifi->networks[index].bridge, "bssid", wifi_json_mac(bss->bssid), "hidden",
			  bss->hidden != 0, "isolate", bss->isolate, "max_stations", (int)bss->max_stations,
			  "accepts_listed_only", bss->accept_listed_only, "denied", (int)bss->deny.count);

	wifi_json_add_ssid(json, bss->ssid, bss->ssid_len);
	add_protection(json, bss);
	return json;
}

static json_t *station_json(const struct wifi *wifi, const struct ap_station_info *info, uint64_t now_ns)
{
	json_t *json = json_pack(
		"{s:s, s:o, s:b, s:b, s:b, s:b, s:s, s:o, s:o}", "interface",
		wifi->networks[info->bss < wifi->count ? info->bss : 0].interface, "address", wifi_json_mac(info->addr),
		"authorised", info->authorised, "dozing", info->dozing, "pmf", info->mfp, "four_address",
		info->four_address, "pairwise", cipher_name(info->pairwise), "connected_s",
		wifi_report_age(info->connected_ns, now_ns), "heard_age_s", wifi_report_age(info->heard_ns, now_ns));

	json_object_set_new(json, "signal_dbm", info->signal_dbm ? json_integer(info->signal_dbm) : json_null());
	json_object_set_new(json, "vlan", json_integer(info->vlan));
	json_object_set_new(json, "rx_frames", json_integer((json_int_t)info->rx_frames));
	json_object_set_new(json, "rx_bytes", json_integer((json_int_t)info->rx_bytes));
	json_object_set_new(json, "tx_frames", json_integer((json_int_t)info->tx_frames));
	json_object_set_new(json, "tx_bytes", json_integer((json_int_t)info->tx_bytes));
	json_object_set_new(json, "tx_lost", json_integer((json_int_t)info->tx_lost));
	return json;
}

void wifi_report_ap(struct wifi *wifi, uint64_t now_ns, json_t *radio)
{
	const struct ap_setup *setup = wifi_ap_setup(wifi);
	json_t *networks = json_array(), *stations = json_array();
	struct ap_station_info info;

	wifi_ap_update_counters(wifi);
	for (unsigned i = 0; setup && i < setup->bss_count && i < wifi->count; i++)
		if (wifi->networks[i].interface[0])
			json_array_append_new(networks, network_json(wifi, i, &setup->bss[i]));
	for (size_t i = 0; wifi_ap_station(wifi, i, &info); i++)
		json_array_append_new(stations, station_json(wifi, &info, now_ns));
	json_object_set_new(radio, "freq_mhz", json_integer(wifi_ap_channel(wifi).freq_mhz));
	json_object_set_new(radio, "networks", networks);
	json_object_set_new(radio, "stations", stations);
}

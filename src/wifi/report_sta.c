/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/report.h"

#include "wifi/json.h"
#include "wifi/sta_adapter.h"
#include "wire/ie.h"
#include "wire/ieee80211.h"

#include <ctype.h>

static const char *state_name(const struct sta_info *info)
{
	static const char *const names[] = {
		[STA_STOPPED] = "stopped",
		[STA_SCANNING] = "scanning",
		[STA_AUTHENTICATING] = "authenticating",
		[STA_ASSOCIATING] = "associating",
		[STA_HANDSHAKE] = "handshake",
		[STA_CONNECTED] = "connected",
		[STA_BACKOFF] = "waiting",
		[STA_IDLE] = "idle",
	};

	return info->resting ? "resting" : names[info->state];
}

static json_t *network_json(const struct sta_network *network)
{
	json_t *json = json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:s}", "disabled", network->disabled, "scan_ssid",
				 network->scan_ssid, "proto", wifi_json_proto(network->wpa, network->rsn), "key_mgmt",
				 wifi_json_akms(network->akms, network->open), "pairwise",
				 wifi_json_ciphers(network->pairwise), "group", wifi_json_ciphers(network->group),
				 "ieee80211w", wifi_pmf_name(network->pmf));

	wifi_json_add_ssid(json, network->ssid, network->ssid_len);
	return json;
}

/* The country that its Country element names (IEEE 802.11-2020, 9.4.2.8); null: none. */
static json_t *country_json(const struct sta *sta, const uint8_t bssid[6])
{
	const struct scan_result *result = scan_results_find(sta_results(sta), bssid);
	struct span rest = {0};
	struct element element;

	if (result)
		rest = (struct span){.bytes = result->elements, .len = result->len};
	while (element_next(&rest, &element))
		if (element.id == EID_COUNTRY && element.body.len >= 3 && isupper(element.body.bytes[0]) &&
		    isupper(element.body.bytes[1]))
			return json_stringn((const char *)element.body.bytes, 2);
	return json_null();
}

static json_t *heard_json(const struct sta *sta, const struct sta_heard *heard, uint64_t now_ns)
{
	json_t *json = json_pack("{s:o, s:i, s:i, s:o, s:s, s:s, s:b, s:b, s:b}", "bssid", wifi_json_mac(heard->bssid),
				 "freq_mhz", heard->freq_mhz, "signal_dbm", heard->signal_dbm, "age_s",
				 wifi_report_age(heard->heard_ns, now_ns), "match", bss_match_name(heard->match),
				 "match_text", bss_match_text(heard->match), "worked", heard->worked, "ignored",
				 heard->ignored, "blocked", heard->blocked_until_ns > now_ns);

	wifi_json_add_ssid(json, heard->ssid, heard->ssid_len);
	json_object_set_new(json, "country", country_json(sta, heard->bssid));
	json_object_set_new(json, "network",
			    heard->network == SIZE_MAX ? json_null() : json_integer((json_int_t)heard->network));
	return json;
}

static json_t *link_json(const struct sta_info *info, uint64_t now_ns)
{
	json_t *json =
		json_pack("{s:o, s:i, s:i, s:s, s:b, s:o}", "bssid", wifi_json_mac(info->bssid), "freq_mhz",
			  info->freq_mhz, "signal_dbm", info->signal_dbm, "pairwise", cipher_name(info->pairwise),
			  "pmf", info->mfp, "connected_s", wifi_report_age(info->connected_ns, now_ns));

	wifi_json_add_ssid(json, info->ssid, info->ssid_len);
	json_object_set_new(json, "rx_frames", json_integer((json_int_t)info->rx_frames));
	json_object_set_new(json, "rx_bytes", json_integer((json_int_t)info->rx_bytes));
	json_object_set_new(json, "tx_frames", json_integer((json_int_t)info->tx_frames));
	json_object_set_new(json, "tx_bytes", json_integer((json_int_t)info->tx_bytes));
	json_object_set_new(json, "tx_lost", json_integer((json_int_t)info->tx_lost));
	return json;
}

void wifi_report_sta(struct wifi *wifi, uint64_t now_ns, json_t *radio)
{
	const struct sta_adapter *adapter = wifi->mlme;
	const struct sta *sta =
		adapter->driver_sta ? driver_sta_control(adapter->driver_sta) : soft_sta_control(adapter->sta);
	json_t *networks = json_array(), *heard = json_array();
	const struct sta_network *list;
	struct sta_heard entry;
	struct sta_info info;
	size_t count;

	if (adapter->driver_sta)
		driver_sta_info(adapter->driver_sta, &info);
	else
		soft_sta_info(adapter->sta, &info);
	list = wpas_networks(&adapter->wpas, &count);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(networks, network_json(&list[i]));
	for (size_t i = 0; sta_heard(sta, i, &entry); i++)
		if (entry.heard_ns)
			json_array_append_new(heard, heard_json(sta, &entry, now_ns));
	json_object_set_new(radio, "state", json_string(state_name(&info)));
	json_object_set_new(radio, "link", info.state == STA_CONNECTED ? link_json(&info, now_ns) : json_null());
	json_object_set_new(radio, "networks", networks);
	json_object_set_new(radio, "heard", heard);
}

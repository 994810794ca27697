/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was understood of a file, as JSON, in the words of hostapd.conf and wpa_supplicant.conf. */
#include "wifi/ap_config.h"
#include "wifi/check.h"
#include "wifi/json.h"
#include "wifi/sta_config.h"

#include "base/mac.h"

#include <string.h>

/* ---- hostapd.conf ---- */

static void add_protection(json_t *network, const struct hostapd_bss *bss)
{
	json_object_set_new(network, "wpa", json_integer(bss->wpa));
	json_object_set_new(network, "key_mgmt", wifi_json_akms(bss->akms.set, !bss->wpa));
	if (!bss->wpa)
		return;
	json_object_set_new(network, "wpa_pairwise", wifi_json_ciphers(bss->wpa_pairwise));
	json_object_set_new(network, "rsn_pairwise", wifi_json_ciphers(bss->rsn_pairwise));
	json_object_set_new(network, "group_cipher", wifi_json_ciphers(bss->group));
	json_object_set_new(network, "ieee80211w", json_string(wifi_pmf_name(bss->pmf)));
	json_object_set_new(network, "secret",
			    json_string(bss->psk.set          ? "wpa_psk"
					: bss->passphrase.set ? "wpa_passphrase"
							      : "wpa_psk_file"));
	if (bss->default_pairwise && bss->wpa & 2)
		json_object_set_new(network, "default_pairwise", json_true());
}

void wifi_ap_describe(const void *config, json_t *networks)
{
	const struct hostapd_conf *conf = &((const struct ap_config *)config)->conf;

	for (size_t i = 0; i < conf->bss_count; i++) {
		const struct hostapd_bss *bss = &conf->bss[i];
		json_t *network = json_pack("{s:s, s:s}", "interface", bss->interface, "bridge", bss->bridge);

		wifi_json_add_ssid(network, bss->ssid.bytes, bss->ssid.len);
		json_object_set_new(network, "hidden", json_boolean(bss->hidden));
		json_object_set_new(network, "freq_mhz", json_integer(conf->freq_mhz));
		json_object_set_new(network, "automatic_channel", json_boolean(conf->radio.choice.automatic));
		json_object_set_new(network, "country", json_string(conf->radio.country));
		json_object_set_new(network, "beacon_int", json_integer(conf->radio.beacon_int));
		json_object_set_new(network, "dtim_period", json_integer(conf->radio.dtim_period));
		json_object_set_new(network, "macaddr_acl", json_integer(bss->acl));
		json_object_set_new(network, "accepted_stations", json_integer((json_int_t)bss->accept.count));
		json_object_set_new(network, "denied_stations", json_integer((json_int_t)bss->deny.count));
		json_object_set_new(network, "wep", json_boolean(bss->wep[0].set));
		json_object_set_new(network, "wmm", json_boolean(bss->wmm));
		json_object_set_new(network, "ap_isolate", json_boolean(bss->ap_isolate));
		json_object_set_new(network, "max_num_sta", json_integer(bss->max_stations));
		json_object_set_new(network, "ap_max_inactivity", json_integer(bss->inactivity_s));
		json_object_set_new(network, "wpa_group_rekey", json_integer(bss->group_rekey_s));
		add_protection(network, bss);
		json_array_append_new(networks, network);
	}
}

/* ---- wpa_supplicant.conf ---- */

static json_t *freqs_json(const struct wpa_freqs *freqs)
{
	json_t *list = json_array();

	for (size_t i = 0; freqs->list[i]; i++)
		json_array_append_new(list, json_integer(freqs->list[i]));
	return list;
}

static json_t *bssids_json(const struct sta_bssids *bssids)
{
	json_t *list = json_array();

	for (size_t i = 0; i < bssids->count; i++) {
		char addr[MAC_TEXT_SIZE], mask[MAC_TEXT_SIZE];

		json_array_append_new(list, json_sprintf("%s/%s", mac_format(addr, bssids->list[i].addr),
							 mac_format(mask, bssids->list[i].mask)));
	}
	return list;
}

static void add_sta_protection(json_t *json, const struct wpa_network *network, const struct wpa_global *global)
{
	json_object_set_new(json, "key_mgmt", wifi_json_akms(network->akms.set, network->akms.none));
	json_object_set_new(json, "wep", json_boolean(network->wep[0].set));
	if (network->akms.none)
		return;
	json_object_set_new(json, "proto", wifi_json_proto(network->wpa, network->rsn));
	json_object_set_new(json, "pairwise", wifi_json_ciphers(network->pairwise));
	json_object_set_new(json, "group", wifi_json_ciphers(network->group));
	json_object_set_new(json, "ieee80211w",
			    json_string(wifi_pmf_name(network->pmf == 3 ? global->pmf : network->pmf)));
	json_object_set_new(json, "secret", json_string(network->psk.has_pmk ? "psk" : "passphrase"));
}

void wifi_sta_describe(const void *config, json_t *networks)
{
	const struct wpa_conf *conf = &((const struct sta_config *)config)->wpa;

	for (size_t i = 0; i < conf->count; i++) {
		const struct wpa_network *network = &conf->networks[i];
		json_t *json = json_pack("{s:i}", "line", (int)network->first_line);

		wifi_json_add_ssid(json, network->ssid.bytes, network->ssid.len);
		json_object_set_new(json, "bssid",
				    network->bssid.set ? wifi_json_mac(network->bssid.addr) : json_string("any"));
		json_object_set_new(json, "bssid_accept", bssids_json(&network->accept));
		json_object_set_new(json, "bssid_ignore", bssids_json(&network->ignore));
		json_object_set_new(json, "priority", json_integer(network->priority));
		json_object_set_new(json, "disabled", json_boolean(network->disabled));
		json_object_set_new(json, "scan_ssid", json_boolean(network->scan_ssid));
		json_object_set_new(json, "freq_list", freqs_json(&network->freq_list));
		json_object_set_new(json, "scan_freq", freqs_json(&network->scan_freq));
		json_object_set_new(json, "country", json_string(conf->global.country));
		add_sta_protection(json, network, &conf->global);
		json_array_append_new(networks, json);
	}
}

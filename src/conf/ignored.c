/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/ignored.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define UNSUPPORTED "vifi does not support it"
#define ENTERPRISE  "only 802.1X and RADIUS need that"
#define SETUP       "WPS and Wi-Fi Direct are not supported; stations join with the passphrase"
#define PASSPOINT   "Hotspot 2.0, GAS and network discovery are not supported; stations join without"

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* clang-format off */

/* ---- hostapd.conf ---- */

static const struct ignored_group hostapd_groups[] = {
	{"this configures hostapd's log; vifi writes its messages to standard error, or to --log-file", KEYS("logger_*")},
	{"hostapd no longer uses this key, either", KEYS("dump_file", "debug", "iapp_interface")},
	{ENTERPRISE, KEYS("eapol_version", "eapol_key_index_workaround", "rsn_preauth", "rsn_preauth_interfaces", "eap_*", "erp_*",
		"radius_*", "auth_server_*", "acct_server_*", "own_ip_addr", "use_pae_group_addr", "ca_cert", "server_cert*",
		"private_key*", "dh_file", "tls_*", "ocsp_*", "check_*", "crl_reload_interval", "pac_*", "nai_realm", "pwd_group",
		"openssl_*", "server_id", "wpa_psk_radius", "max_auth_rounds*", "fragment_size", "tnc", "dhcp_*", "fils_cache_id",
		"fils_dh_group", "fils_hlp_wait_time", "fils_realm", "disable_fils")},
	{"this configures WEP keys of 802.1X", KEYS("wep_rekey_period", "wep_key_len_*")},
	{SETUP, KEYS("wps_*", "ap_setup_locked", "uuid", "device_*", "manufacturer", "manufacturer_url", "model_*", "serial_number",
		"os_version", "config_methods", "ap_pin", "ap_settings", "pbc_in_m1", "upnp_iface", "friendly_name", "extra_cred",
		"skip_cred_build", "upc", "multi_ap_backhaul_*", "nfc_*", "manage_p2p", "allow_cross_connection", "dpp_*")},
	{PASSPOINT, KEYS("gas_*", "interworking", "internet", "asra", "esr", "uesa", "access_network_type", "venue_*", "hessid",
		"roaming_consortium", "network_auth_type", "ipaddr_type_availability", "domain_name", "anqp_*", "hs20*", "osu_*",
		"osen", "subscr_remediation_*", "oper_*", "operator_icon", "qos_map_set", "disable_dgaf", "proxy_arp", "na_mcast_to_ucast")},
	{"an R0KH is asked four times within four seconds", KEYS("rkh_*")},
	{UNSUPPORTED, KEYS("ft_rsnxe_used", "ft_auth_timeout", "nft*", "okc")},
	{"hostapd no longer has this queue; use tx_queue_data0_… to tx_queue_data3_…", KEYS("tx_queue_after_beacon_*", "tx_queue_beacon_*",
		"tx_queue_data4_*", "tx_queue_data5_*", "tx_queue_data6_*", "tx_queue_data7_*", "tx_queue_data8_*", "tx_queue_data9_*")},
	{"U-APSD is not offered; stations save power without", KEYS("uapsd_advertisement_enabled")},
	{"each group key is random, without a GMK; wpa_group_rekey is the time between two", KEYS("wpa_gmk_rekey")},
	{"no list of other access points is kept", KEYS("ap_table_max_size")},
	{"a station that acknowledges nothing is always polled, and then disconnected", KEYS("disassoc_low_ack")},
	{"vifi sends the name unchanged, and stations interpret it as UTF-8", KEYS("utf8_ssid")},
	{"80+80 MHz is not supported", KEYS("vht_oper_centr_freq_seg1_idx", "he_oper_centr_freq_seg1_idx")},
	{"the lines r0kh and r1kh must be in the file itself", KEYS("rxkh_file")},
	{"a reload compares the networks themselves", KEYS("config_id")},
	{UNSUPPORTED, KEYS(
		/* the radio */
		"ieee80211be", "ieee80211bn", "enable_background_radar", "mbssid", "mbssid_*", "require_eht", "require_uhr", "bss_require_eht",
		"disable_mcs15_rx", "dbe_*", "reg_def_cli_*", "reg_sub_cli_*", "peer_to_peer_twt", "channel_usage", "csa_ie_only", "he_*", "eht_*", "ht_vht_twt_responder", "acs_exclude_6ghz_non_psc", "airtime_*", "stationary_ap", "rssi_ignore_probe_request",
		"rssi_reject_assoc_rssi", "rssi_reject_assoc_timeout", "edmg_*", "enable_edmg", "punct_*", "unsol_bcast_probe_resp_interval",
		"fils_discovery_*", "rnr", "use_sta_nsts", "ecsa_ie_only", "disable_11*", "multi_ap_*",
		/* traffic */
		"wowlan_triggers", "broadcast_deauth", "no_probe_resp_if_max_sta", "per_sta_vif", "bridge_hairpin", "snoop_iface", "ignore_auth_resp", "bss_load_*", "chan_util_avg_period", "vendor_vht",
		"use_driver_iface_addr", "driver_params",
		/* keys */
		"spp_amsdu", "assoc_frame_encryption", "eppke_unauth", "urnm_*", "sae_pw_id_*", "no_disconnect_on_group_keyerror",
		"extended_key_id", "rsn_override_*", "rsne_override*", "peerkey", "rsn_pairwise_override", "rsn_group_mgmt",
		"assoc_sa_query_*", "ssid_protection", "owe_ptk_workaround", "pasn_*", "ap_pmksa_*", "pmksa_*", "sae_track_password",
		"sae_commit_override", "sae_reflection_attack", "sae_commit_status", "sae_pk_*", "anti_clogging_threshold",
		/* other protocols, and tests */
		"max_acceptable_idle_period", "ext_capa", "ext_capa_mask", "known_sta_identification", "imsi_privacy_key",
		"i2r_lmr_policy", "enable_dscp_policy_capa", "bridge_multicast_to_unicast",
		"rrm_link_measurement_report", "radio_measurements", "pbss", "time_advertisement", "time_zone", "wnm_*", "coloc_intf_reporting", "mbo*", "oce",
		"mka_*", "macsec_*", "ftm_*", "civic", "lci", "mld_*", "fst_*", "corrupt_gtk_rekey_mic_probability",
		"gtk_rsc_override", "igtk_rsc_override", "no_beacon_rsnxe",
		"oci_freq_override_*", "own_ie_override", "rsnxe_override_*", "skip_prune_assoc", "ignore_assoc_probability", "ignore_auth_probability", "ignore_probe_probability", "ignore_reassoc_probability")},
	{0},
};

const struct ignored_keys hostapd_ignored = {"hostapd 2.10", hostapd_groups};

const char *const hostapd_newer_keys[] = {
	/* of later versions */
	"acct_server_ca_cert", "acct_server_client_cert", "acct_server_private_key*", "acct_server_type", "auth_server_ca_cert",
	"auth_server_client_cert", "auth_server_private_key*", "auth_server_type", "bridge_hairpin", "disable_11be", "disable_11bn",
	"dpp_extra_conf_req_*", "dpp_relay_port", "eap_sim_aka_fast_reauth_limit", "eap_skip_prot_success", "eap_teap_*",
	"eap_using_authentication_frames", "eht_*", "he_6ghz_reg_pwr_type", "ht_vht_twt_responder", "ieee80211be", "mld_*",
	"multi_ap_client_disallow", "multi_ap_profile", "multi_ap_vlanid", "pmksa_*", "ap_pmksa_*", "punct_*", "radius_server_acct_log", "require_he",
	"rrm_link_measurement_report", "rsn_override_*", "rsne_override", "sae_password_file", "sae_password_psk", "sae_track_password",
	"ssid_protection", "spp_amsdu", "rxkh_file", "bridge_multicast_to_unicast", "bss_max_idle", "max_acceptable_idle_period",
	"no_disconnect_on_group_keyerror", "config_id", "enable_background_radar", "csa_ie_only", "mbssid",
	"mbssid_*", "known_sta_identification", "channel_usage", "peer_to_peer_twt", "require_eht", "require_uhr", "bss_require_eht",
	"ieee80211bn", "imsi_privacy_key", "i2r_lmr_policy", "enable_dscp_policy_capa", "assoc_frame_encryption", "eppke_unauth",
	"disable_mcs15_rx", "dbe_*", "urnm_*", "reg_def_cli_*", "reg_sub_cli_*", "sae_pw_id_*",
	/* of other builds, and of patched ones */
	"macsec_*", "mka_*", "pasn_*", "manage_p2p", "allow_cross_connection", "noscan", "ht_coex", "no_pri_sec_switch", "snoop_iface",
	"ignore_auth_resp", "rsn_pairwise_override", "rsn_group_mgmt", "disable_fils", "ft_auth_timeout", "iapp_interface", "nft*", "nfc_*", "oper_*", NULL};

/* ---- wpa_supplicant.conf ---- */

static const struct ignored_group wpa_global_groups[] = {
	{ENTERPRISE, KEYS("fast_reauth", "eapol_version", "cert_in_cb", "opensc_engine_path", "pkcs11_*", "openssl_ciphers",
		"load_dynamic_eap", "pcsc_*", "tls_*", "crl_reload_interval", "external_sim", "fils_dh_group")},
	{"WPS and Wi-Fi Direct are not supported; the station joins with the passphrase", KEYS("uuid", "auto_uuid", "device_name", "manufacturer", "model_name",
		"model_number", "serial_number", "device_type", "os_version", "config_methods", "wps_*", "sec_device_type", "p2p_*",
		"persistent_reconnect", "go_*", "pbc_in_m1", "nfc_*", "p2p_device_random_mac_addr", "ip_addr_*", "dpp_*")},
	{"Hotspot 2.0, GAS and network discovery are not supported; the station joins without", KEYS("hs20", "interworking", "hessid", "access_network_type",
		"auto_interworking", "gas_*", "osu_dir")},
	{"vifi sta decides by itself how it scans", KEYS("disable_scan_offload", "sched_scan_*", "scan_cur_freq")},
	{"scan results are kept as long as the station needs them", KEYS("bss_max_count", "bss_expiration_age",
		"bss_expiration_scan_count", "ignore_old_scan_res", "scan_res_*")},
	{"this is for access points, meshes and ad hoc networks; for an access point use `vifi ap`", KEYS("user_mpm", "max_peer_links", "mesh_*",
		"max_num_sta", "ap_isolate", "disassoc_low_ack", "wmm_ac_*", "cw_*", "dtim_period", "beacon_int", "ap_vendor_elements",
		"ap_assocresp_elements", "tx_queue_*", "wmm_*")},
	{"the control socket is that of ctrl_interface", KEYS("no_ctrl_interface")},
	{"this is for drivers other than nl80211", KEYS("driver_param")},
	{UNSUPPORTED, KEYS("country_code", "filter_rssi", "autoconnect", "ext_password_backend", "sae_pmkid_in_assoc",
		"ft_*", "fst_*", "wowlan_triggers", "tdls_*", "key_mgmt_offload", "non_pref_chan", "mbo_cell_capa",
		"initial_freq_list", "reassoc_same_bss_optim", "wds", "oce", "coloc_intf_reporting", "dot11RSNA*", "bssid_filter",
		"disassoc_imminent_rssi_threshold", "wpa_rsc_relaxation", "extended_key_id", "robust_av", "passive_scan_*", "ftm_initiator", "ftm_responder",
		"wowlan_disconnect_on_deinit")},
	{0},
};

const struct ignored_keys wpa_global_ignored = {"wpa_supplicant 2.10", wpa_global_groups};

static const struct ignored_group wpa_network_groups[] = {
	{ENTERPRISE, KEYS("eap", "identity", "anonymous_identity", "imsi_identity", "imsi_privacy_*", "machine_*", "password", "ca_cert*", "ca_path*",
		"client_cert*", "private_key*", "dh_file*", "subject_match*", "altsubject_match*", "check_cert_subject*",
		"domain_match*", "domain_suffix_match*", "phase1", "phase2", "pcsc", "pin*", "engine*", "key_id*", "cert_id*",
		"ca_cert_id*", "otp", "eapol_flags", "eap_workaround", "fragment_size", "ocsp*", "openssl_ciphers", "erp", "pac_file",
		"realm", "sim_num", "new_password", "strict_conservative_peer_mode", "wep_rekey")},
	{"key_mgmt decides the authentication: open system, SAE or FT; shared key, which discloses a WEP key, is not supported",
		KEYS("auth_alg")},
	{"this is for access points, meshes and ad hoc networks; for an access point use `vifi ap`", KEYS("beacon_int", "dtim_period", "group_rekey",
		"no_auto_peer", "mesh_*", "dot11Mesh*", "ignore_broadcast_ssid", "ht", "ht40", "vht", "fixed_freq", "frequency", "ap_max_inactivity", "psk_list")},
	{"WPS and Wi-Fi Direct are not supported; the station joins with the passphrase", KEYS("wps_disabled", "p2p_*", "go_p2p_dev_addr",
		"dpp_*")},
	{"Hotspot 2.0 is not supported; the station joins without", KEYS("roaming_consortium_*", "required_roaming_consortium",
		"update_identifier")},
	{UNSUPPORTED, KEYS("bssid_hint", "mem_only_psk", "sae_pk", "peerkey", "mixed_cell", "disable_ht40",
		"disable_eht", "disable_sgi", "disable_ldpc", "ht40_*", "vht_*", "ht_*", "he_*", "ampdu_*",
		"rx_stbc", "tx_stbc", "pbss", "fils_dh_group", "disable_max_amsdu", "max_oper_chwidth", "acs", "edmg_channel", "enable_edmg", "multi_ap_*", "owe_ptk_workaround",
		"ft_eap_pmksa_caching", "transition_disable", "background_scan_*", "bg_scan_period", "rssi_threshold", "priority_group",
		"ssid_protection", "extended_key_id", "rsn_overriding", "macsec_*", "mka_*", "raw_psk", "relative_rssi",
		"accept_external_scan_results")},
	{0},
};

const struct ignored_keys wpa_network_ignored = {"wpa_supplicant 2.10", wpa_network_groups};
/* clang-format on */

/* ---- look-up ---- */

static const struct ignored_group *find_group(const struct ignored_keys *ignored, const char *key)
{
	for (const struct ignored_group *group = ignored->groups; group->keys; group++)
		if (text_list_has(group->keys, key))
			return group;
	return NULL;
}

bool ignored_has(const struct ignored_keys *ignored, const char *key)
{
	return find_group(ignored, key);
}

void ignored_suggest(const struct ignored_keys *ignored, const char *key, struct suggestion *suggestion)
{
	for (const struct ignored_group *group = ignored->groups; group->keys; group++)
		text_suggest(suggestion, key, group->keys);
}

/*
 * Adds the key to an earlier warning with the same reason, so that a file with many keys of one kind gets one remark.
 * Returns false if there is none, or no room in it.
 */
static bool join_warning(struct text_warnings *warnings, const char *key, const char *why)
{
	static const char *const verbs[] = {" has no effect: ", " have no effect: "};
	char quoted[80];

	snprintf(quoted, sizeof(quoted), "`%.60s`", key);
	for (size_t i = 0; i < warnings->count; i++)
		for (size_t k = 0; k < 2; k++) {
			struct error joined, old = warnings->list[i];
			char *verb = strstr(old.text, verbs[k]);
			int len;

			if (!verb || strcmp(verb + strlen(verbs[k]), why) != 0)
				continue;
			*verb = '\0';
			if (strstr(old.text, quoted))
				return true;
			len = snprintf(joined.text, sizeof(joined.text), "%s, %s%s%s", old.text, quoted, verbs[1], why);
			if (len < 0 || (size_t)len >= sizeof(joined.text))
				continue;
			memcpy(warnings->list[i].text, joined.text, sizeof(joined.text));
			return true;
		}
	return false;
}

void ignored_warn(const struct ignored_keys *ignored, const char *key, bool newer, struct text_warnings *warnings,
		  const char *file, unsigned line)
{
	const struct ignored_group *group = find_group(ignored, key);

	if (newer)
		text_warn_lenient(warnings, file, line, "`%.60s` has no effect: %s; %s refuses it", key, group->why,
				  ignored->program);
	else if (!strcmp(group->why, UNSUPPORTED) || !join_warning(warnings, key, group->why))
		text_warn(warnings, file, line, "`%.60s` has no effect: %s", key, group->why);
}

void ignored_warn_newer(const struct ignored_keys *ignored, const char *key, struct text_warnings *warnings,
			const char *file, unsigned line)
{
	text_warn_lenient(warnings, file, line, "%s refuses `%.60s`, which it does not know", ignored->program, key);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_limits.h"

#include "base/mac.h"
#include "base/text.h"
#include "conf/wifi_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* tests/interop/test_file_values.py asks wpa_supplicant for each of them. */
/* clang-format off */
static const struct {
	int32_t min, max;
	const char *const *keys;
} limits[] = {
	{0, 1, KEYS("acs", "ap_isolate", "auto_interworking", "auto_uuid", "beacon_prot", "cert_in_cb", "coloc_intf_reporting", "disable_btm", "disable_ht",
		"disable_ht40", "disable_ldpc", "disable_sgi", "disable_vht", "disassoc_low_ack", "enable_edmg", "extended_key_id", "filter_ssids", "fixed_freq",
		"ft_eap_pmksa_caching", "ftm_initiator", "ftm_responder", "go_internet", "go_interworking", "hs20", "ht", "ht40_intolerant", "ignore_old_scan_res",
		"interworking", "macsec_integ_only", "macsec_policy", "macsec_replay_protect", "mesh_fwding", "mixed_cell", "multi_ap_backhaul_sta", "no_auto_peer",
		"owe_only", "owe_ptk_workaround", "p2p_add_cli_chan", "p2p_cli_probe", "p2p_ignore_shared_freq", "p2p_intra_bss", "p2p_optimize_listen_chan", "pbc_in_m1",
		"persistent_reconnect", "proactive_key_caching", "sae_pmkid_in_assoc", "scan_ssid", "vht", "wowlan_disconnect_on_deinit", "wpa_rsc_relaxation",
		"wps_cred_add_sae", "wps_disabled")},
	{0, 2, KEYS("disabled", "dpp_config_processing", "dpp_pfs", "gas_rand_mac_addr", "ieee80211w", "ignore_broadcast_ssid", "pbss", "sae_pk", "wpa_deny_ptk0_rekey",
		"wps_cred_processing")},
	{0, 3, KEYS("max_oper_chwidth", "oce", "p2p_go_freq_change_policy", "sae_pwe")},
	{0, 5, KEYS("mode")},
	{0, 15, KEYS("access_network_type", "go_access_network_type", "p2p_go_intent")},
	{0, 127, KEYS("p2p_go_ctwindow")},
	{0, 255, KEYS("go_venue_group", "go_venue_type", "max_peer_links", "mka_priority", "transition_disable")},
	{0, 65535, KEYS("fils_dh_group", "owe_group")},
	{0, 70200, KEYS("frequency")},
	{-1, 1, KEYS("disable_max_amsdu", "ht40", "tx_stbc")},
	{-1, 3, KEYS("ampdu_factor", "rx_stbc", "vht_rx_mcs_nss_*", "vht_tx_mcs_nss_*")},
	{-1, 7, KEYS("ampdu_density")},
	{-100, 0, KEYS("filter_rssi")},
	{-120, 0, KEYS("disassoc_imminent_rssi_threshold")},
	{-255, 1, KEYS("mesh_rssi_threshold")},
	{1, 3, KEYS("eapol_version", "mbo_cell_capa")},
	{1, 255, KEYS("fst_priority")},
	{1, INT32_MAX, KEYS("fst_llt")},
	{1, 65534, KEYS("macsec_port")},
	{8, 63, KEYS("p2p_passphrase_len")},
	{9, 13, KEYS("edmg_channel")},
	{16, 65535, KEYS("wps_nfc_dev_pw_id")},
};
/* clang-format on */

/* Of a block: the default, which wpa_supplicant does not compare with the limits. */
static bool is_default(const char *key, int32_t number)
{
	return (!number && text_list_has(KEYS("edmg_channel", "macsec_port"), key)) ||
	       (number == 3 && !strcmp(key, "ieee80211w"));
}

/* wpa_supplicant takes the low 32 bits of a number, and compares with no limit that is 0. */
bool wpa_limits_permit(const char *key, const char *value)
{
	int32_t number = (int32_t)strtol(value, NULL, 0);

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (text_list_has(limits[i].keys, key))
			return is_default(key, number) || ((!limits[i].min || number >= limits[i].min) &&
							   (!limits[i].max || number <= limits[i].max));
	return true;
}

bool wpa_limits_have(const char *key)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (text_list_has(limits[i].keys, key))
			return true;
	return false;
}

static bool is_hexadecimal(const char *value)
{
	size_t digits = strspn(value, "0123456789abcdefABCDEF");

	return !value[digits] && digits % 2 == 0;
}

/* As inet_aton() has it: up to four numbers, of which the last one fills the rest. */
static bool is_ip_address(const char *value)
{
	unsigned long most = 0xffffffff;
	char *end;

	for (int i = 0; i < 4; i++, most >>= 8) {
		unsigned long number = strtoul(value, &end, 0);

		if (end == value || *value < '0' || *value > '9')
			return false;
		if (!*end)
			return number <= most;
		if (*end != '.' || number > 255)
			return false;
		value = end + 1;
	}
	return false;
}

static bool is_device_type(const char *value)
{
	unsigned category, subcategory;
	char oui[9], rest;

	return sscanf(value, "%u-%8[0-9a-fA-F]-%u%c", &category, oui, &subcategory, &rest) == 3 && strlen(oui) == 8;
}

static bool is_uuid(const char *value)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	while (value[i] && (shape[i] == 'x' ? hex_digit(value[i]) >= 0 : shape[i] == value[i]))
		i++;
	return i == sizeof(shape) - 1;
}

static bool is_address(const char *value)
{
	uint8_t addr[MAC_LEN];

	return mac_parse(addr, value);
}

const char *wpa_limits_fault(const char *key, const char *value)
{
	if (!wpa_limits_permit(key, value))
		return "the number is out of range";
	if (text_list_has(KEYS("hessid", "p2p_device_persistent_mac_addr"), key) && !is_address(value))
		return "it must be a MAC address";
	if (!strcmp(key, "go_p2p_dev_addr") && *value && !is_address(value))
		return "it must be a MAC address";
	if (!strcmp(key, "bssid_hint") && *value && strcmp(value, "any") != 0 && !is_address(value))
		return "it must be any or a MAC address";
	if (!strncmp(key, "ip_addr_", 8) && !is_ip_address(value))
		return "it must be an IPv4 address";
	if (text_list_has(KEYS("ap_assocresp_elements", "ap_vendor_elements", "wps_nfc_dev_pw", "wps_nfc_dh_privkey",
			       "wps_nfc_dh_pubkey", "wps_vendor_ext_m1"),
			  key) &&
	    (!is_hexadecimal(value) || (!*value && !strcmp(key, "wps_vendor_ext_m1"))))
		return "it must be hexadecimal digits";
	if (!strcmp(key, "uuid") && !is_uuid(value))
		return "it must look like 12345678-9abc-def0-1234-56789abcdef0";
	if (!strcmp(key, "os_version") && (strlen(value) < 8 || strspn(value, "0123456789abcdefABCDEF") < 8))
		return "it must be eight hexadecimal digits";
	if (text_list_has(KEYS("device_type", "sec_device_type"), key) && !is_device_type(value))
		return "it must look like 1-0050F204-1";
	if (!strcmp(key, "fst_group_id") && !*value)
		return "it is empty";
	return NULL;
}

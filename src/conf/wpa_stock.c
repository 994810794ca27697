/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/interop/test_file_values.py asks wpa_supplicant for each kind of value. */
#include "conf/wpa_stock.h"

#include "conf/form.h"
#include "conf/wifi_text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define WORDS(...) KEYS(__VA_ARGS__)

#define WPS_DEVICE_TYPES_MAX 5 /* secondary ones */

/* How the values of some keys are read. */
struct rule {
	const char *const *keys;
	bool (*takes)(const struct rule *rule, const char *value, struct error *why);
	int32_t min, max;                  /* of a number, where 0 is no limit, or of the length of a text */
	bool has_default;                  /* the default is outside of the limits, and taken until … */
	int32_t fallback;                  /* … another value replaces it */
	const char *const *words;          /* of a list */
	bool (*matches)(const char *text); /* a form, and … */
	const char *fault;                 /* … what the value must be */
};

/* ---- numbers ---- */

bool wpa_stock_number(const char *value, int32_t *number)
{
	char *end;

	*number = (int32_t)strtoll(value, &end, 0);
	return !*end;
}

static bool takes_number(const struct rule *rule, const char *value, struct error *why)
{
	int32_t number;

	if (!wpa_stock_number(value, &number))
		return error_set(why, false, "it must be a number");
	if ((rule->has_default && number == rule->fallback) ||
	    ((!rule->min || number >= rule->min) && (!rule->max || number <= rule->max)))
		return true;
	return error_set(why, false, "it must be a number from %d to %d", rule->min, rule->max);
}

/* Digits, perhaps with a sign. Text after them has no effect, and a text without digits is 0. */
static bool takes_digits(const struct rule *rule, const char *value, struct error *why)
{
	int32_t number = (int32_t)strtoll(value, NULL, 10);

	return (number >= rule->min && number <= rule->max) ||
	       error_set(why, false, "it must be a number from %d to %d", rule->min, rule->max);
}

/* ---- texts ---- */

/* Outside of blocks: whatever follows the =. */
static bool takes_text(const struct rule *rule, const char *value, struct error *why)
{
	size_t len = strlen(value);

	if (len < (size_t)rule->min)
		return error_set(why, false, "it is empty");
	if (rule->max && len > (size_t)rule->max)
		return error_set(why, false, "it is longer than %d bytes", rule->max);
	return true;
}

/* Returns the length of "text", P"text" or pairs of hexadecimal digits in bytes, or -1. */
static int string_length(const char *value)
{
	uint8_t bytes[TEXT_LINE_MAX];
	size_t len;
	bool ok = text_parse_string(bytes, sizeof(bytes), &len, value);

	crypto_wipe(bytes, sizeof(bytes)); /* it may be a secret */
	return ok ? (int)len : -1;
}

/* In blocks. */
static bool takes_plain_string(const struct rule *rule, const char *value, struct error *why)
{
	int len = string_length(value);

	if (len < 0)
		return error_set(why, false, "it must be \"text\" in quotes, or pairs of hexadecimal digits");
	if (rule->max && len > rule->max)
		return error_set(why, false, "it is longer than %d bytes", rule->max);
	return len >= rule->min || error_set(why, false, "it is shorter than %d bytes", rule->min);
}

/* In network={ … } NULL is as if the key were absent. */
static bool takes_string(const struct rule *rule, const char *value, struct error *why)
{
	return !strcmp(value, "NULL") || takes_plain_string(rule, value, why);
}

/* Words between blanks. */
static bool takes_words(const struct rule *rule, const char *value, struct error *why)
{
	int32_t count = 0;

	for (value += strspn(value, " \t"); *value; value += strspn(value, " \t")) {
		size_t len = strcspn(value, " \t");
		const char *const *word = rule->words;

		while (*word && (strncmp(*word, value, len) != 0 || (*word)[len]))
			word++;
		if (!*word)
			return error_set(why, false, "it has no word `%.*s`", (int)(len < 40 ? len : 40), value);
		value += len;
		count++;
	}
	return count >= rule->min || error_set(why, false, "it is empty");
}

static bool takes_form(const struct rule *rule, const char *value, struct error *why)
{
	return rule->matches(value) || error_set(why, false, "it must be %s", rule->fault);
}

/* ---- forms of both ---- */

static bool is_anything(const char *value)
{
	(void)value;
	return true;
}

/* At least one pair. */
static bool is_vendor_extension(const char *value)
{
	return value[0] && value[1] && form_is_pairs(value);
}

static bool is_hex(const char *value)
{
	return form_is_hex(value, 0, SIZE_MAX);
}

/* ---- forms outside of blocks ---- */

/* Any of : . - between two pairs of digits, or none. Text after the address has no effect. */
static bool is_address_of_any_form(const char *value)
{
	for (unsigned pair = 0; pair < 6; pair++) {
		value += strspn(value, ":.-");
		if (form_count_digits(value) < 2)
			return false;
		value += 2;
	}
	return true;
}

static bool is_os_version(const char *value)
{
	return form_count_digits(value) >= 8;
}

/* CLASS:CHANNEL,CLASS:CHANNEL …; what is not a number is 0. */
static bool is_channel_list(const char *value)
{
	while (*value) {
		const char *colon = strchr(value, ':'), *comma = colon ? strchr(colon, ',') : NULL;

		if (!comma)
			return colon;
		value = comma + 1;
	}
	return true;
}

static bool is_ip4_address(const char *value)
{
	struct in_addr ip4;

	return inet_aton(value, &ip4);
}

static bool is_country(const char *value)
{
	return value[0] && value[1];
}

static bool is_config_methods(const char *value)
{
	return !strstr(value, "label") || !strstr(value, "display");
}

static bool is_percentage(const char *value)
{
	int32_t number;

	return wpa_stock_number(value, &number) && number >= 0 && number <= 100;
}

static bool is_bgscan(const char *value)
{
	return string_length(value) >= 0;
}

/* wpa_supplicant loads it at its start. */
static bool is_file(const char *value)
{
	return !access(value, R_OK);
}

/* ---- forms in blocks ---- */

/* any, "", nothing, or an address, after which text has no effect. */
static bool is_bssid(const char *value)
{
	return !*value || !strcmp(value, "\"\"") || !strcmp(value, "any") || form_is_address(value);
}

/* Is an address at the beginning of the value, perhaps with a mask, and does the word end there? */
static bool is_address_word(const char *value, bool masked)
{
	if (!form_is_address(value))
		return false;
	value += FORM_ADDRESS_LEN;
	if (masked && *value == '/')
		return form_is_address(value + 1);
	return !*value || strchr(" \t\v\f\r", *value);
}

/* Each word that follows a blank; a tabulator ends an address, and the rest of its word has no effect. */
static bool is_address_list(const char *value)
{
	while (value && *value) {
		value += strspn(value, " ");
		if (!is_address_word(value, true))
			return false;
		value = strchr(value, ' ');
	}
	return true;
}

/* Of such a list only the first one counts. */
static bool is_client_list(const char *value)
{
	return !*value || is_address_word(value + strspn(value, " "), false);
}

/* ADDRESS-KEY or P2P-ADDRESS-KEY. */
static bool is_client_key(const char *value)
{
	if (!strncmp(value, "P2P-", 4))
		value += 4;
	return form_is_address(value) && value[FORM_ADDRESS_LEN] == '-' &&
	       form_is_hex(value + FORM_ADDRESS_LEN + 1, 32, 32);
}

static bool is_psk(const char *value)
{
	const char *end = value[0] == '"' ? strrchr(value + 1, '"') : NULL;
	size_t len = end ? (size_t)(end - value - 1) : 0;

	if (!end)
		return form_is_hex(value, 32, 32);
	for (const char *at = value + 1; at < end; at++)
		if ((unsigned char)*at < 32 || *at == 127)
			return false;
	return len >= 8 && len <= 63;
}

static bool is_password(const char *value)
{
	if (!strncmp(value, "hash:", 5))
		return form_is_hex(value + 5, 16, 16);
	return !strcmp(value, "NULL") || string_length(value) >= 0;
}

static bool is_wep_key(const char *value)
{
	int len = string_length(value);

	return len >= 0 && len <= 16;
}

static bool is_cak(const char *value)
{
	return form_is_hex(value, 16, 16) || form_is_hex(value, 32, 32);
}

static bool is_ckn(const char *value)
{
	return form_is_hex(value, 1, 32);
}

/* 0 or 1, where other readers do not compare a negative number. */
static bool is_flag(const char *value)
{
	int32_t number;

	return wpa_stock_number(value, &number) && (number == 0 || number == 1);
}

/* ---- forms in cred={ … } ---- */

/* clang-format off */
static const char *const eap_methods[] = {"AKA", "AKA'", "EKE", "FAST", "GPSK", "GTC", "IKEV2", "LEAP", "MD5", "MSCHAPV2", "OTP", "PAX", "PEAP", "PSK",
	"PWD", "SAKE", "SIM", "TEAP", "TLS", "TNC", "TTLS", "WSC", NULL};
/* clang-format on */

static bool is_cred_password(const char *value)
{
	return !strncmp(value, "ext:", 4) || string_length(value) >= 0;
}

static bool is_eap_method(const char *value)
{
	return text_list_has(eap_methods, value) && strcmp(value, "TEAP") != 0;
}

/* Reads a string of at most `room` - 1 bytes up to its first zero byte. Returns false if it is none, or longer. */
static bool read_text(char *text, size_t room, const char *value)
{
	size_t len;

	memset(text, 0, room);
	return text_parse_string((uint8_t *)text, room - 1, &len, value);
}

/* Pairs of hexadecimal digits, separated by commas: at most 36 identifiers of at most 15 bytes. */
static bool is_consortiums(const char *value)
{
	char text[TEXT_LINE_MAX];
	const char *at = text;
	unsigned count = 0;

	if (!read_text(text, sizeof(text), value))
		return false;
	while (*at) {
		size_t digits = form_count_digits(at);

		if (!digits || digits % 2 || digits > 30 || ++count > 36 || (at[digits] && at[digits] != ','))
			return false;
		at += digits + (at[digits] == ',');
	}
	return true;
}

/* DOMAIN,EXACT,PRIORITY,COUNTRY, where the numbers are not checked. */
static bool is_roaming_partner(const char *value)
{
	char text[TEXT_LINE_MAX];
	const char *at = text;

	if (!read_text(text, sizeof(text), value))
		return false;
	for (unsigned commas = 0; commas < 3; commas++) {
		size_t len = strcspn(at, ",");

		if (!at[len] || (!commas && len > 127))
			return false;
		at += len + 1;
	}
	return strlen(at) <= 2;
}

/* ---- the keys ---- */

/* clang-format off */
#define NUMBERS(min_, max_, ...) {.keys = KEYS(__VA_ARGS__), .takes = takes_number, .min = min_, .max = max_}
#define DIGITS(min_, max_, ...)  {.keys = KEYS(__VA_ARGS__), .takes = takes_digits, .min = min_, .max = max_}
#define TEXTS(min_, max_, ...)   {.keys = KEYS(__VA_ARGS__), .takes = takes_text, .min = min_, .max = max_}
#define CRED_STRINGS(min_, max_, ...) {.keys = KEYS(__VA_ARGS__), .takes = takes_plain_string, .min = min_, .max = max_}
#define STRINGS(max_, ...)       {.keys = KEYS(__VA_ARGS__), .takes = takes_string, .max = max_}
#define LISTS(min_, words_, ...) {.keys = KEYS(__VA_ARGS__), .takes = takes_words, .min = min_, .words = words_}
#define FORMS(matches_, fault_, ...) {.keys = KEYS(__VA_ARGS__), .takes = takes_form, .matches = matches_, .fault = fault_}

static const struct rule global_rules[] = {
	NUMBERS(0, 0, "ap_scan", "beacon_int", "bss_expiration_age", "bss_expiration_scan_count", "bss_max_count", "disable_scan_offload",
		"dot11RSNAConfigPMKLifetime", "dot11RSNAConfigSATimeout", "dot11RSNASAERetransPeriod", "dtim_period", "external_sim", "fast_reauth",
		"gas_address3", "gas_rand_addr_lifetime", "key_mgmt_offload", "mac_addr", "max_num_sta", "mesh_max_inactivity", "okc", "p2p_6ghz_disable",
		"p2p_device_random_mac_addr", "p2p_disabled", "p2p_go_edmg", "p2p_go_he", "p2p_go_ht40", "p2p_go_max_inactivity", "p2p_go_vht", "p2p_group_idle",
		"p2p_interface_random_mac_addr", "p2p_listen_channel", "p2p_listen_reg_class", "p2p_no_group_iface", "p2p_oper_channel", "p2p_oper_reg_class",
		"p2p_search_delay", "passive_scan", "pmf", "preassoc_mac_addr", "rand_addr_lifetime", "reassoc_same_bss_optim", "scan_cur_freq",
		"scan_res_valid_for_connect", "sched_scan_interval", "sched_scan_start_delay", "tdls_external_control", "update_config", "user_mpm", "wps_priority"),
	NUMBERS(0, 1, "ap_isolate", "auto_interworking", "auto_uuid", "cert_in_cb", "coloc_intf_reporting", "disable_btm", "disassoc_low_ack", "extended_key_id",
		"filter_ssids", "ftm_initiator", "ftm_responder", "go_internet", "go_interworking", "hs20", "ignore_old_scan_res", "interworking", "mesh_fwding",
		"p2p_add_cli_chan", "p2p_cli_probe", "p2p_ignore_shared_freq", "p2p_intra_bss", "p2p_optimize_listen_chan", "pbc_in_m1", "persistent_reconnect",
		"sae_pmkid_in_assoc", "wowlan_disconnect_on_deinit", "wpa_rsc_relaxation", "wps_cred_add_sae"),
	NUMBERS(0, 2, "dpp_config_processing", "gas_rand_mac_addr", "wps_cred_processing"),
	NUMBERS(0, 3, "oce", "p2p_go_freq_change_policy", "sae_pwe"),
	NUMBERS(0, 15, "access_network_type", "go_access_network_type", "p2p_go_intent"),
	NUMBERS(0, 127, "p2p_go_ctwindow"),
	NUMBERS(0, 255, "go_venue_group", "go_venue_type", "max_peer_links"),
	NUMBERS(-100, 0, "filter_rssi"),
	NUMBERS(-120, 0, "disassoc_imminent_rssi_threshold"),
	NUMBERS(1, 3, "eapol_version", "mbo_cell_capa"),
	NUMBERS(1, 255, "fst_priority"),
	NUMBERS(1, 0x3fffffff, "fst_llt"),
	NUMBERS(8, 63, "p2p_passphrase_len"),
	NUMBERS(16, 65535, "wps_nfc_dev_pw_id"),
	DIGITS(0, 1, "wmm_ac_be_acm", "wmm_ac_bk_acm", "wmm_ac_vi_acm", "wmm_ac_vo_acm"),
	DIGITS(0, 15, "wmm_ac_be_cwmax", "wmm_ac_be_cwmin", "wmm_ac_bk_cwmax", "wmm_ac_bk_cwmin", "wmm_ac_vi_cwmax", "wmm_ac_vi_cwmin", "wmm_ac_vo_cwmax",
		"wmm_ac_vo_cwmin"),
	DIGITS(0, 65535, "wmm_ac_be_txop_limit", "wmm_ac_bk_txop_limit", "wmm_ac_vi_txop_limit", "wmm_ac_vo_txop_limit"),
	DIGITS(1, 255, "wmm_ac_be_aifs", "wmm_ac_bk_aifs", "wmm_ac_vi_aifs", "wmm_ac_vo_aifs"),
	TEXTS(0, 0, "autoscan", "ctrl_interface", "ctrl_interface_group", "dpp_mud_url", "dpp_name", "driver_param", "ext_password_backend", "load_dynamic_eap",
		"no_ctrl_interface", "non_pref_chan", "openssl_ciphers", "osu_dir", "p2p_no_go_freq", "p2p_ssid_postfix", "pcsc_pin",
		"pcsc_reader", "pkcs11_module_path", "sched_scan_plans", "wowlan_triggers"),
	TEXTS(0, 32, "device_name", "model_name", "model_number", "serial_number"),
	TEXTS(0, 64, "manufacturer"),
	TEXTS(1, 16, "fst_group_id"),
	FORMS(form_is_device_type, "a device type: 1-0050F204-1", "device_type", "sec_device_type"),
	FORMS(form_is_uuid, "a UUID: 12345678-9abc-def0-1234-56789abcdef0", "uuid"),
	FORMS(is_address_of_any_form, "a MAC address", "hessid", "p2p_device_persistent_mac_addr"),
	FORMS(is_anything, NULL, "freq_list", "initial_freq_list", "sae_groups"),
	FORMS(is_bgscan, "\"text\" in quotes, or pairs of hexadecimal digits", "bgscan"),
	FORMS(is_channel_list, "CLASS:CHANNEL,CLASS:CHANNEL …", "p2p_pref_chan"),
	FORMS(is_config_methods, "without either label or display", "config_methods"),
	FORMS(is_country, "two letters", "country"),
	FORMS(is_file, "an engine of OpenSSL", "opensc_engine_path", "pkcs11_engine_path"),
	FORMS(is_hex, "pairs of hexadecimal digits", "ap_assocresp_elements", "ap_vendor_elements", "wps_nfc_dev_pw", "wps_nfc_dh_privkey", "wps_nfc_dh_pubkey"),
	FORMS(is_ip4_address, "an IPv4 address", "ip_addr_end", "ip_addr_go", "ip_addr_mask", "ip_addr_start"),
	FORMS(is_os_version, "eight hexadecimal digits", "os_version"),
	FORMS(is_percentage, "a number from 0 to 100", "dot11RSNAConfigPMKReauthThreshold"),
	FORMS(is_vendor_extension, "pairs of hexadecimal digits", "wps_vendor_ext_m1"),
};

static const char *const ciphers[] = {"CCMP", "CCMP-256", "GCMP", "GCMP-256", "NONE", "TKIP", NULL};
static const char *const group_ciphers[] = {"CCMP", "CCMP-256", "GCMP", "GCMP-256", "GTK_NOT_USED", "TKIP", "WEP104", "WEP40", NULL};
static const char *const group_mgmt_ciphers[] = {"AES-128-CMAC", "BIP-CMAC-256", "BIP-GMAC-128", "BIP-GMAC-256", NULL};
static const char *const protos[] = {"OSEN", "RSN", "WPA", "WPA2", NULL};
static const char *const auth_algs[] = {"LEAP", "OPEN", "SHARED", NULL};
static const char *const akms[] = {"DPP", "FILS-SHA256", "FILS-SHA384", "FT-EAP", "FT-EAP-SHA384", "FT-FILS-SHA256", "FT-FILS-SHA384", "FT-PSK",
	"FT-SAE", "IEEE8021X", "NONE", "OSEN", "OWE", "SAE", "WPA-EAP", "WPA-EAP-SHA256", "WPA-EAP-SUITE-B", "WPA-EAP-SUITE-B-192", "WPA-NONE", "WPA-PSK",
	"WPA-PSK-SHA256", "WPS", NULL};

static const struct rule network_rules[] = {
	NUMBERS(0, 0, "ap_max_inactivity", "beacon_int", "bg_scan_period", "dot11MeshConfirmTimeout", "dot11MeshHoldingTimeout", "dot11MeshMaxRetries",
		"dot11MeshRetryTimeout", "dpp_netaccesskey_expiry", "dtim_period", "eap_workaround", "eapol_flags", "engine", "engine2", "erp", "fragment_size",
		"group_rekey", "machine_engine", "machine_ocsp", "macsec_replay_window", "mem_only_psk", "ocsp", "ocsp2", "priority", "sim_num",
		"update_identifier", "vht_capa", "vht_capa_mask", "vht_center_freq1", "vht_center_freq2", "wep_tx_keyidx", "wpa_ptk_rekey"),
	NUMBERS(0, 1, "acs", "beacon_prot", "disable_ht", "disable_ldpc", "disable_sgi", "disable_vht", "enable_edmg", "fixed_freq", "ft_eap_pmksa_caching",
		"ht", "ht40_intolerant", "macsec_integ_only", "macsec_policy", "macsec_replay_protect", "mesh_fwding", "mixed_cell", "multi_ap_backhaul_sta",
		"no_auto_peer", "owe_only", "owe_ptk_workaround", "proactive_key_caching", "scan_ssid", "vht", "wps_disabled"),
	NUMBERS(0, 2, "disabled", "dpp_pfs", "ignore_broadcast_ssid", "mac_addr", "pbss", "sae_pk", "wpa_deny_ptk0_rekey"),
	NUMBERS(0, 3, "max_oper_chwidth"),
	NUMBERS(0, 5, "mode"),
	NUMBERS(0, 255, "mka_priority", "transition_disable"),
	NUMBERS(0, 65535, "fils_dh_group", "owe_group"),
	NUMBERS(0, 70200, "frequency"),
	NUMBERS(-1, 1, "disable_ht40", "disable_max_amsdu", "ht40", "tx_stbc"),
	NUMBERS(-1, 3, "ampdu_factor", "rx_stbc", "vht_rx_mcs_nss_1", "vht_rx_mcs_nss_2", "vht_rx_mcs_nss_3", "vht_rx_mcs_nss_4", "vht_rx_mcs_nss_5",
		"vht_rx_mcs_nss_6", "vht_rx_mcs_nss_7", "vht_rx_mcs_nss_8", "vht_tx_mcs_nss_1", "vht_tx_mcs_nss_2", "vht_tx_mcs_nss_3", "vht_tx_mcs_nss_4",
		"vht_tx_mcs_nss_5", "vht_tx_mcs_nss_6", "vht_tx_mcs_nss_7", "vht_tx_mcs_nss_8"),
	NUMBERS(-1, 7, "ampdu_density"),
	NUMBERS(-255, 1, "mesh_rssi_threshold"),
	{.keys = KEYS("edmg_channel"), .takes = takes_number, .min = 9, .max = 13, .has_default = true, .fallback = 0},
	{.keys = KEYS("ieee80211w"), .takes = takes_number, .min = 0, .max = 2, .has_default = true, .fallback = 3},
	{.keys = KEYS("macsec_port"), .takes = takes_number, .min = 1, .max = 65534, .has_default = true, .fallback = 0},
	STRINGS(0, "altsubject_match", "altsubject_match2", "anonymous_identity", "bgscan", "ca_cert", "ca_cert2", "ca_cert_id", "ca_cert_id2", "ca_path", "ca_path2",
		"cert_id", "cert_id2", "check_cert_subject", "check_cert_subject2", "client_cert", "client_cert2", "dh_file", "dh_file2", "domain_match",
		"domain_match2", "domain_suffix_match", "domain_suffix_match2", "dpp_connector", "dpp_csign", "dpp_netaccesskey", "dpp_pp_key", "engine_id",
		"engine_id2", "ht_mcs", "id_str", "identity", "imsi_identity", "key_id", "key_id2", "machine_altsubject_match", "machine_ca_cert",
		"machine_ca_cert_id", "machine_ca_path", "machine_cert_id", "machine_check_cert_subject", "machine_client_cert", "machine_dh_file",
		"machine_domain_match", "machine_domain_suffix_match", "machine_engine_id", "machine_identity", "machine_key_id", "machine_phase2",
		"machine_pin", "machine_private_key", "machine_private_key_passwd", "machine_subject_match", "openssl_ciphers", "pac_file", "pcsc", "phase1",
		"phase2", "pin", "pin2", "private_key", "private_key2", "private_key2_passwd", "private_key_passwd", "sae_password", "sae_password_id",
		"subject_match", "subject_match2"),
	STRINGS(15, "roaming_consortium_selection"),
	STRINGS(32, "ssid"),
	LISTS(0, eap_methods, "eap"),
	LISTS(1, akms, "key_mgmt"),
	LISTS(1, auth_algs, "auth_alg"),
	LISTS(1, ciphers, "pairwise"),
	LISTS(1, group_ciphers, "group"),
	LISTS(1, group_mgmt_ciphers, "group_mgmt"),
	LISTS(1, protos, "proto"),
	FORMS(is_address_list, "MAC addresses, each perhaps with a mask, separated by blanks", "bssid_accept", "bssid_blacklist", "bssid_ignore", "bssid_whitelist"),
	FORMS(is_anything, NULL, "freq_list", "mesh_basic_rates", "peerkey", "scan_freq"),
	FORMS(is_bssid, "any or a MAC address", "bssid", "bssid_hint", "go_p2p_dev_addr"),
	FORMS(is_cak, "32 or 64 hexadecimal digits", "mka_cak"),
	FORMS(is_ckn, "1 to 32 pairs of hexadecimal digits", "mka_ckn"),
	FORMS(is_client_key, "ADDRESS-KEY, with a key of 64 hexadecimal digits", "psk_list"),
	FORMS(is_client_list, "MAC addresses, separated by blanks", "p2p_client_list"),
	FORMS(is_flag, "0 or 1", "ocv"),
	FORMS(is_password, "\"text\" in quotes, pairs of hexadecimal digits, or hash: and 32 of them", "machine_password", "password"),
	FORMS(is_psk, "8 to 63 characters in quotes, or 64 hexadecimal digits", "psk"),
	FORMS(is_wep_key, "at most 16 characters in quotes, or as many pairs of hexadecimal digits", "wep_key0", "wep_key1", "wep_key2", "wep_key3"),
};

static const struct rule cred_rules[] = {
	DIGITS(0, 255, "sp_priority"),
	CRED_STRINGS(0, 0, "ca_cert", "ca_cert_id", "cert_id", "client_cert", "domain", "domain_suffix_match", "engine_id", "imsi", "key_id", "milenage", "phase1",
		"phase2", "private_key", "private_key_passwd", "provisioning_sp", "realm", "username"),
	CRED_STRINGS(0, 32, "excluded_ssid"),
	CRED_STRINGS(3, 15, "required_roaming_consortium", "roaming_consortium"),
	FORMS(is_anything, NULL, "engine", "max_bss_load", "min_dl_bandwidth_home", "min_dl_bandwidth_roaming", "min_ul_bandwidth_home",
		"min_ul_bandwidth_roaming", "ocsp", "pcsc", "priority", "req_conn_capab", "sim_num", "temporary", "update_identifier"),
	FORMS(is_consortiums, "pairs of hexadecimal digits in quotes, separated by commas", "roaming_consortiums"),
	FORMS(is_cred_password, "\"text\" in quotes, pairs of hexadecimal digits, or ext: and a name", "password"),
	FORMS(is_eap_method, "the name of a method in capital letters", "eap"),
	FORMS(is_roaming_partner, "\"DOMAIN,EXACT,PRIORITY,COUNTRY\"", "roaming_partner"),
};
/* clang-format on */

/* ---- look-up ---- */

#define RULES_OF(list) list, sizeof(list) / sizeof(*(list))

static const struct {
	const struct rule *rules;
	size_t count;
	unsigned line_max;
} places[] = {
	[WPA_OUTSIDE] = {RULES_OF(global_rules), 511},
	[WPA_IN_NETWORK] = {RULES_OF(network_rules), 1999},
	[WPA_IN_CRED] = {RULES_OF(cred_rules), 255},
};

static_assert(sizeof(network_rules) / sizeof(*network_rules) <= 64, "wpa_stock.changed has one bit for each");

static const struct rule *find_rule(enum wpa_place place, const char *key)
{
	for (size_t i = 0; i < places[place].count; i++)
		if (text_list_has(places[place].rules[i].keys, key))
			return &places[place].rules[i];
	return NULL;
}

unsigned wpa_stock_line_max(enum wpa_place place)
{
	return places[place].line_max;
}

bool wpa_stock_knows(enum wpa_place place, const char *key)
{
	return find_rule(place, key);
}

bool wpa_stock_takes(enum wpa_place place, const char *key, const char *value, struct error *why)
{
	const struct rule *rule = find_rule(place, key);

	if (place != WPA_OUTSIDE && value[0] == '"' && !strchr(value + 1, '"'))
		return error_set(why, false, "it has no quote at its end");
	return !rule || rule->takes(rule, value, why);
}

bool wpa_stock_keeps_blanks(enum wpa_place place, const char *key)
{
	const struct rule *rule = find_rule(place, key);

	return rule && (rule->takes == takes_text || rule->matches == is_country || rule->matches == is_config_methods);
}

/* ---- lines that depend on others ---- */

void wpa_stock_begin_block(struct wpa_stock *stock)
{
	stock->changed = 0;
}

bool wpa_stock_follows(struct wpa_stock *stock, enum wpa_place place, const char *key, const char *value,
		       struct error *why)
{
	const struct rule *rule = find_rule(place, key);
	int32_t number;

	if (place == WPA_OUTSIDE && !strcmp(key, "sec_device_type"))
		return ++stock->device_types <= WPS_DEVICE_TYPES_MAX ||
		       error_set(why, false, "there are more than %d of them", WPS_DEVICE_TYPES_MAX);
	if (place != WPA_IN_NETWORK || !rule || !rule->has_default || !wpa_stock_number(value, &number))
		return true;
	if (number != rule->fallback)
		stock->changed |= UINT64_C(1) << (rule - network_rules);
	return number != rule->fallback || !(stock->changed >> (rule - network_rules) & 1) ||
	       error_set(why, false, "it must be a number from %d to %d after another one", rule->min, rule->max);
}

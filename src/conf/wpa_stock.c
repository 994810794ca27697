/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_stock.h"

#include "base/mac.h"
#include "conf/ignored.h"
#include "conf/wifi_text.h"
#include "conf/wpa_keys.h"
#include "conf/wpa_limits.h"

#include <stdlib.h>
#include <string.h>

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Keys that vifi ignores and wpa_supplicant reads as numbers. */
/* clang-format off */
static const char *const number_keys[] = {
	"access_network_type", "acs", "ampdu_*", "ap_isolate", "ap_max_inactivity", "auto_interworking", "auto_uuid",
	"beacon_int", "bg_scan_period", "bss_*", "cert_in_cb", "coloc_intf_reporting", "disable_*", "disassoc_*",
	"dot11*", "dpp_config_processing", "dpp_netaccesskey_expiry", "dpp_pfs", "dtim_period", "eap_workaround",
	"eapol_flags", "eapol_version", "edmg_channel", "enable_edmg", "engine", "engine2", "erp", "external_sim",
	"fast_reauth", "filter_rssi", "fixed_freq", "fragment_size", "frequency", "fst_llt", "fst_priority",
	"ft_eap_pmksa_caching", "extended_key_id", "fils_dh_group", "ftm_*", "gas_*", "go_access_network_type", "go_internet", "go_interworking",
	"go_venue_*", "group_rekey", "hs20", "ht", "ht40", "ht40_intolerant", "ignore_broadcast_ssid",
	"ignore_old_scan_res", "interworking", "key_mgmt_offload", "machine_engine", "machine_ocsp", "macsec_*",
	"max_num_sta", "max_oper_chwidth", "mbo_cell_capa", "max_peer_links", "mem_only_psk", "mesh_fwding", "mesh_max_inactivity",
	"mesh_rssi_threshold", "mixed_cell", "mka_priority", "no_auto_peer", "ocsp",
	"ocsp2", "oce", "owe_ptk_workaround", "p2p_6ghz_disable", "p2p_add_cli_chan", "p2p_cli_probe",
	"p2p_device_random_mac_addr", "p2p_disabled", "p2p_go_*", "p2p_group_idle", "p2p_ignore_shared_freq",
	"p2p_interface_random_mac_addr", "p2p_intra_bss", "p2p_listen_*", "p2p_no_group_iface", "p2p_oper_*",
	"p2p_optimize_listen_chan", "p2p_passphrase_len", "p2p_search_delay", "pbc_in_m1", "pbss",
	"persistent_reconnect", "reassoc_same_bss_optim", "rx_stbc", "sae_pk", "sae_pmkid_in_assoc", "scan_cur_freq",
	"scan_res_*", "sched_scan_interval", "sched_scan_start_delay", "sim_num", "tdls_external_control",
	"transition_disable", "tx_stbc", "update_identifier", "user_mpm", "vht", "vht_*",
	"wowlan_disconnect_on_deinit", "wpa_rsc_relaxation", "wps_cred_*", "wps_disabled", "wps_priority", NULL,
};
/* clang-format on */

bool wpa_stock_is_number(const char *key)
{
	return text_list_has(number_keys, key);
}

bool wpa_stock_reads_number(const char *value)
{
	char *end;

	strtol(value, &end, 0);
	return !*end;
}

/* Numbers that have a limit here have one in wpa_supplicant, but for these. */
static bool takes_number(const char *key, const char *value)
{
	if (!wpa_stock_reads_number(value))
		return false;
	if (wpa_limits_have(key))
		return wpa_limits_permit(key, value);
	return (strcmp(key, "ocv") != 0 &&
		(strtol(value, NULL, 0) < 0 ||
		 text_list_has(KEYS("ap_scan", "okc", "passive_scan", "pmf", "update_config", "preassoc_mac_addr",
				    "rand_addr_lifetime", "wpa_ptk_rekey", "wep_tx_keyidx", "priority",
				    "dot11RSNAConfigPMKLifetime"),
			       key)));
}

static const struct opt *find(const char *key)
{
	const struct opt *opt = opt_find(wpa_global_options, key);

	return opt ? opt : opt_find(wpa_network_options, key);
}

static bool wpa_stock_reads_as_number(const char *key)
{
	const struct opt *opt = find(key);

	return opt ? opt->type == OPT_NUMBER || opt->type == OPT_FLAG || !strcmp(key, "priority")
		   : wpa_stock_is_number(key);
}

bool wpa_stock_skips_blanks(const char *key)
{
	return wpa_stock_reads_as_number(key) ||
	       text_list_has(KEYS("key_mgmt", "proto", "pairwise", "group", "group_mgmt", "auth_alg", "eap",
				  "freq_list", "scan_freq", "sae_groups", "bssid_accept", "bssid_ignore",
				  "bssid_whitelist", "bssid_blacklist"),
			     key);
}

bool wpa_stock_reads_as_text(const char *key)
{
	return text_list_has(KEYS("autoscan", "config_methods", "country", "ctrl_interface", "ctrl_interface_group",
				  "device_name", "driver_param", "ext_password_backend", "manufacturer", "model_*",
				  "p2p_ssid_postfix", "serial_number"),
			     key);
}

/* Texts that it does not look into. */
static bool takes_text(const char *key, const char *value)
{
	size_t len = strlen(value), digits = strspn(value, "0123456789abcdefABCDEF");
	bool quoted = len >= 2 && value[0] == '"' && value[len - 1] == '"';
	uint8_t addr[MAC_LEN];

	if (!strcmp(key, "id_str"))
		return !value[digits] && digits % 2 == 0;
	if (!strcmp(key, "sae_password_id"))
		return quoted;
	return !strcmp(key, "bssid") && mac_parse(addr, value);
}

bool wpa_stock_takes(const char *key, const char *value)
{
	if (text_list_has(wpa_global_ignored.newer, key) || text_list_has(wpa_network_ignored.newer, key))
		return false;
	if (find(key) && wpa_stock_reads_as_number(key))
		return takes_number(key, value);
	return text_list_has(KEYS("autoscan", "sae_groups", "scan_freq", "freq_list"), key) || takes_text(key, value);
}

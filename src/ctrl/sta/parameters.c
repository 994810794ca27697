/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "conf/bgscan.h"
#include "conf/ignored.h"
#include "ctrl/command.h"
#include "ctrl/event.h"

#include <stdio.h>
#include <string.h>

/* ---- SET and GET ---- */

/*
 * The ranges of values that wpa_supplicant accepts for settings that have no effect here: what it refuses is refused, so that
 * a script learns of its mistake.
 */
static const struct range {
	const char *key;
	int64_t min, max;
} ranges[] = {
	{"dot11RSNAConfigPMKLifetime", 1, UINT32_MAX},
	{"dot11RSNAConfigPMKReauthThreshold", 1, 100},
	{"dot11RSNAConfigSATimeout", 1, UINT32_MAX},
	{"eapol_version", 1, 3},
	{"max_peer_links", 0, 255},
	{"auto_uuid", 0, 1},
	{"wps_cred_processing", 0, 2},
	{"wps_cred_add_sae", 0, 1},
	{"wps_version_number", 0, 255},
	{"wps_nfc_dev_pw_id", 16, 65535},
	{"persistent_reconnect", 0, 1},
	{"p2p_go_intent", 0, 15},
	{"p2p_intra_bss", 0, 1},
	{"p2p_go_freq_change_policy", 0, 3},
	{"p2p_passphrase_len", 8, 63},
	{"p2p_add_cli_chan", 0, 1},
	{"p2p_optimize_listen_chan", 0, 1},
	{"p2p_go_ctwindow", 0, 127},
	{"p2p_ignore_shared_freq", 0, 1},
	{"p2p_cli_probe", 0, 1},
	{"filter_rssi", -100, 0},
	{"ap_isolate", 0, 1},
	{"mesh_fwding", 0, 1},
	{"wpa_rsc_relaxation", 0, 1},
	{"dpp_connector_privacy_default", 0, 1},
	{"disassoc_low_ack", 0, 1},
	{"hs20", 0, 1},
	{"interworking", 0, 1},
	{"auto_interworking", 0, 1},
	{"access_network_type", 0, 15},
	{"go_interworking", 0, 1},
	{"go_access_network_type", 0, 15},
	{"go_internet", 0, 1},
	{"go_venue_group", 0, 255},
	{"go_venue_type", 0, 255},
	{"pbc_in_m1", 0, 1},
	{"sae_pmkid_in_assoc", 0, 1},
	{"ignore_old_scan_res", 0, 1},
	{"fst_priority", 1, 255},
	{"fst_llt", 1, UINT32_MAX},
	{"cert_in_cb", 0, 1},
	{"mbo_cell_capa", 1, 3},
	{"disassoc_imminent_rssi_threshold", -120, 0},
	{"oce", 0, 3},
	{"ftm_responder", 0, 1},
	{"ftm_initiator", 0, 1},
	{"gas_rand_mac_addr", 0, 2},
	{"dpp_config_processing", 0, 2},
	{"coloc_intf_reporting", 0, 1},
	{"disable_btm", 0, 1},
	{"no_keep_alive", 0, 1},
	{"extended_key_id", 0, 1},
	{"wowlan_disconnect_on_deinit", 0, 1},
};

/* The lengths of texts, likewise. */
static const struct text_limit {
	const char *key;
	size_t max;
} text_limits[] = {
	{"device_name", 32},  {"manufacturer", 64},  {"model_name", 32},
	{"model_number", 32}, {"serial_number", 32}, {"fst_group_id", 128},
};

/* Would wpa_supplicant refuse the value of a setting that has no effect here? */
static bool is_out_of_range(const char *key, const char *value)
{
	bool negative = value[0] == '-';
	int64_t number;
	uint32_t digits;

	for (size_t i = 0; i < sizeof(text_limits) / sizeof(*text_limits); i++)
		if (!strcmp(text_limits[i].key, key))
			return !*value || strlen(value) > text_limits[i].max;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (!strcmp(ranges[i].key, key)) {
			if (!ctrl_number(value + negative, UINT32_MAX, &digits))
				return true;
			number = negative ? -(int64_t)digits : digits;
			return number < ranges[i].min || number > ranges[i].max;
		}
	return false;
}

/* Settings of the process that are no keys of the file, and of features that there are none of: accepted, without effect. */
static const char *const run_time_keys[] = {"EAPOL::*",
					    "dot11RSNAConfigSATimeout",
					    "scan_interval",
					    "wifi_display",
					    "mac_rand_scan",
					    "roam_disabled",
					    "disassoc_imminent_rssi_threshold",
					    "deny_ptk0_rekey",
					    NULL};

/* "2G:-5": decibels for a band. */
static bool is_band_adjustment(const char *value)
{
	bool negative = strlen(value) > 3 && value[3] == '-';
	uint32_t decibels;

	return (!strncmp(value, "2G:", 3) || !strncmp(value, "5G:", 3)) &&
	       ctrl_number(value + 3 + negative, 100, &decibels);
}

/* For methods and power saving that there are none of: the value must be right, and has no effect. */
static bool check_unused(const char *key, const char *value, bool *ok)
{
	const char *blank = strchr(value, ' ');
	size_t digits = blank ? strspn(blank + 1, "0123456789abcdefABCDEF") : 0;
	uint32_t number;

	if (!strcmp(key, "blob")) /* NAME DIGITS */
		*ok = blank && digits && digits % 2 == 0 && !blank[1 + digits];
	else if (!strcmp(key, "uapsd")) /* BE,BK,VI,VO;LENGTH */
		*ok = !strcmp(value, "disable") ||
		      (strlen(value) == 9 && value[1] == ',' && value[3] == ',' && value[5] == ',' && value[7] == ';');
	else if (!strcmp(key, "relative_rssi")) /* of what a scheduled scan reports */
		*ok = !strcmp(value, "disable") || ctrl_number(value, 100, &number);
	else if (!strcmp(key, "relative_band_adjust"))
		*ok = is_band_adjustment(value);
	else if (!strcmp(key, "pno")) /* scans by the driver alone */
		*ok = !strcmp(value, "0");
	else
		return false;
	return true;
}

/* SET of these keys holds until FLUSH, and is not written to the file. Returns whether the key is one of them. */
static bool set_pmksa_terms(struct wpas *wpas, const char *key, const char *value)
{
	struct sta_pmksa_terms *terms = &wpas->pmksa_terms;
	struct sta_request request = {.kind = STA_REQUEST_PMKSA_TERMS};
	uint32_t number = 0;

	ctrl_number(value, UINT32_MAX, &number); /* is_out_of_range() has checked it */
	if (!strcmp(key, "dot11RSNAConfigPMKLifetime"))
		terms->lifetime_s = number;
	else if (!strcmp(key, "dot11RSNAConfigPMKReauthThreshold"))
		terms->renewal_percent = number;
	else
		return false;
	request.pmksa_terms = *terms;
	wpas->owner.request(wpas->owner.user, &request);
	return true;
}

/* SET no_keep_alive, which holds until the process ends. Returns whether the key is that. */
static bool set_keep_alive(struct wpas *wpas, const char *key, const char *value)
{
	const struct sta_request request = {.kind = STA_REQUEST_KEEP_ALIVE, .keep_alive = !strcmp(value, "0")};

	if (strcmp(key, "no_keep_alive") != 0)
		return false;
	wpas->owner.request(wpas->owner.user, &request);
	return true;
}

static void steer(struct wpas *wpas, bool on)
{
	const struct sta_request request = {.kind = STA_REQUEST_STEERING, .steering = on};

	wpas->owner.request(wpas->owner.user, &request);
}

/* Keys that the station is told at once. */
static void pass_on(struct wpas *wpas, const char *key, const char *value)
{
	struct sta_request request = {.kind = STA_REQUEST_AUTOSCAN};
	struct error error;

	if (!strcmp(key, "country"))
		wpas->owner.set_country(wpas->owner.user, value);
	else if (!strcmp(key, "disable_btm"))
		steer(wpas, strcmp(value, "0") == 0);
	else if (!strcmp(key, "autoscan") && autoscan_parse(&request.autoscan, value, &error))
		wpas->owner.request(wpas->owner.user, &request);
}

void wpas_set(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	char *value = ctrl_split(arguments), text[400];
	struct error error;
	bool ok;
	uint32_t power_save;

	if (!*arguments) {
		ctrl_ok(reply, false);
		return;
	}
	if (!strcmp(arguments, "ps") && !strcmp(value, "-1")) { /* as the driver has it */
		ctrl_ok(reply, true);
		return;
	}
	if (!strcmp(arguments, "ps")) {
		ctrl_ok(reply,
			ctrl_number(value, 1, &power_save) && wpas->owner.set_power_save(wpas->owner.user, power_save));
		return;
	}
	if (!strcasecmp(arguments, "lci")) {
		ctrl_ok(reply, wpas_set_lci(wpas, value));
		return;
	}
	if (wpas_is_filter(arguments)) {
		ctrl_ok(reply, wpas_set_filter(wpas, arguments, value));
		return;
	}
	if (check_unused(arguments, value, &ok)) {
		ctrl_ok(reply, ok);
		return;
	}
	if (is_out_of_range(arguments, value)) {
		snprintf(text, sizeof(text), "SET %.40s: %.100s is out of range", arguments, value);
		wpas->owner.log(wpas->owner.user, text);
		ctrl_ok(reply, false);
		return;
	}
	if (set_pmksa_terms(wpas, arguments, value) || set_keep_alive(wpas, arguments, value)) {
		ctrl_ok(reply, true);
		return;
	}
	if (text_list_has(run_time_keys, arguments)) {
		ctrl_ok(reply, *value);
		return;
	}
	if (!wpa_store_set_global(&wpas->store, arguments,
				  *value || !opt_find(wpa_global_options, arguments) ? value : NULL, &error)) {
		snprintf(text, sizeof(text), "SET %.40s: %.300s", arguments, error.text);
		wpas->owner.log(wpas->owner.user, text);
		ctrl_ok(reply, false);
		return;
	}
	pass_on(wpas, arguments, value);
	ctrl_ok(reply, !opt_find(wpa_global_options, arguments) || wpas_apply_networks(wpas));
}

/* The same as SET ap_scan and SET scan_interval, where a wrong value is refused. */
void wpas_ap_scan(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	uint32_t value;
	struct error error;

	ctrl_ok(reply,
		ctrl_number(arguments, 2, &value) && wpa_store_set_global(&wpas->store, "ap_scan", arguments, &error));
}

/* The same as SET autoscan. */
void wpas_autoscan(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct error error;
	bool ok = wpa_store_set_global(&wpas->store, "autoscan", *arguments ? arguments : NULL, &error);

	if (ok)
		pass_on(wpas, "autoscan", arguments);
	ctrl_ok(reply, ok);
}

void wpas_scan_interval(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_SCAN_INTERVAL};
	uint32_t seconds;
	bool ok = ctrl_number(arguments, UINT32_MAX, &seconds);

	if (ok)
		request.interval_ns = seconds * UINT64_C(1000000000);
	ctrl_ok(reply, ok && wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE);
}

/* "THRESHOLD=-60 HYSTERESIS=5": CTRL-EVENT-SIGNAL-CHANGE when the signal crosses it, in dBm and dB. Nothing: not any more. */
void wpas_signal_monitor(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_WATCH, .watch.hysteresis_db = 4};
	char threshold[8];
	uint32_t number;
	enum sta_answer answer;
	bool valid = true;

	if (ctrl_option(arguments, "THRESHOLD", threshold, sizeof(threshold))) {
		valid = threshold[0] == '-' && ctrl_number(threshold + 1, 120, &number);
		request.watch.weak_dbm = (int8_t)(valid ? -(int)number : 0);
	}
	if (ctrl_option_number(arguments, "HYSTERESIS", 60, &number))
		request.watch.hysteresis_db = (uint8_t)number;
	answer = valid ? wpas->owner.request(wpas->owner.user, &request) : STA_ANSWER_DONE;
	if (!valid)
		wpas->owner.log(wpas->owner.user, "SIGNAL_MONITOR: THRESHOLD is a negative number of dBm");
	else if (answer == STA_ANSWER_BUSY)
		wpas->owner.log(wpas->owner.user, "SIGNAL_MONITOR: bgscan of this network has the limit of the signal");
	else if (answer != STA_ANSWER_DONE)
		wpas->owner.log(wpas->owner.user, "SIGNAL_MONITOR needs a station on a Wi-Fi card");
	ctrl_ok(reply, valid && answer == STA_ANSWER_DONE);
}

static const char *global_default(const char *key)
{
	const struct opt *opt = opt_find(wpa_global_options, key);

	if (opt && (opt->type == OPT_NUMBER || opt->type == OPT_FLAG))
		return opt->default_value ? opt->default_value : "0";
	return !strcmp(key, "ap_scan") ? "1" : !strcmp(key, "update_config") ? "0" : NULL;
}

void wpas_get(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *value = wpa_store_get_global(&wpas->store, arguments);

	if (!value && !strcmp(arguments, "version"))
		value = "vifi";
	if (!value && !strcmp(arguments, "tls_library"))
		value = "OpenSSL";
	if (!value)
		value = global_default(arguments);
	if (value)
		ctrl_put(reply, "%s", value);
	else
		ctrl_ok(reply, false);
}

/* The keys outside of networks, with their values; "null" is one that is not set. */
void wpas_dump(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	for (size_t i = 0; i < wpas->store.count; i++)
		if (wpas->store.parts[i].line.key)
			ctrl_put(reply, "%s=%s\n", wpas->store.parts[i].line.key, wpas->store.parts[i].line.value);
	for (const struct opt *opt = wpa_global_options; opt->name; opt++)
		if (!wpa_store_get_global(&wpas->store, opt->name))
			ctrl_put(reply, "%s=%s\n", opt->name,
				 global_default(opt->name) ? global_default(opt->name) : "null");
	for (const struct ignored_group *group = wpa_global_ignored.groups; group->keys; group++)
		for (const char *const *key = group->keys; *key; key++)
			if (!strchr(*key, '*') && !wpa_store_get_global(&wpas->store, *key))
				ctrl_put(reply, "%s=null\n", *key);
}

/* ---- GET_CAPABILITY ---- */

static void put_word(struct ctrl_reply *reply, const char *word)
{
	ctrl_put(reply, "%s%s", reply->len ? " " : "", word);
}

static void put_ciphers(const struct wpas *wpas, struct ctrl_reply *reply)
{
	static const enum cipher order[] = {CIPHER_CCMP_256, CIPHER_GCMP_256, CIPHER_CCMP_128, CIPHER_GCMP_128,
					    CIPHER_TKIP};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (wpas->ciphers >> order[i] & 1)
			put_word(reply, cipher_name(order[i]));
}

static void put_group_management(const struct wpas *wpas, struct ctrl_reply *reply)
{
	static const struct {
		enum cipher cipher;
		const char *name;
	} names[] = {{CIPHER_BIP_CMAC_128, "AES-128-CMAC"},
		     {CIPHER_BIP_GMAC_128, "BIP-GMAC-128"},
		     {CIPHER_BIP_GMAC_256, "BIP-GMAC-256"},
		     {CIPHER_BIP_CMAC_256, "BIP-CMAC-256"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (wpas->ciphers >> names[i].cipher & 1)
			put_word(reply, names[i].name);
}

static void put_key_management(struct ctrl_reply *reply)
{
	put_word(reply, "NONE");
	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (akm_info(akm)->supported)
			put_word(reply, akm_info(akm)->name);
}

void wpas_get_capability(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *what = ctrl_next_word(&arguments);

	if (!what) {
		ctrl_ok(reply, false);
	} else if (!strcmp(what, "pairwise") || !strcmp(what, "group")) {
		put_ciphers(wpas, reply);
	} else if (!strcmp(what, "group_mgmt")) {
		put_group_management(wpas, reply);
	} else if (!strcmp(what, "key_mgmt")) {
		put_key_management(reply);
	} else if (!strcmp(what, "proto")) {
		put_word(reply, "RSN");
		put_word(reply, "WPA");
	} else if (!strcmp(what, "auth_alg")) {
		put_word(reply, "OPEN");
		if (akm_info(AKM_SAE)->supported)
			put_word(reply, "SAE");
	} else if (strcmp(what, "eap") != 0 &&
		   strcmp(what, "modes") != 0) { /* of these there are none: an empty reply */
		ctrl_ok(reply, false);
	}
}

/* ---- LOG_LEVEL ---- */

static const char *const levels[] = {"EXCESSIVE", "MSGDUMP", "DEBUG", "INFO", "WARNING", "ERROR"};

static void show_log_level(const struct wpas *wpas, struct ctrl_reply *reply)
{
	const char *level = wpas->log_level;
	bool timestamps;
	uint32_t debug;

	wpas->owner.log_detail(wpas->owner.user, false, &debug, &timestamps);
	if (!level)
		level = debug > 1 ? "MSGDUMP" : debug ? "DEBUG" : "INFO";
	ctrl_put(reply, "Current level: %s\nTimestamp: %d\n", level, timestamps);
}

/* "LEVEL [0|1]": the detail of the log, and whether its lines have the time */
void wpas_log_level(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *word = ctrl_next_word(&arguments), *with_time = ctrl_next_word(&arguments);
	bool timestamps;
	uint32_t debug;
	size_t level = 0;

	if (!word) {
		show_log_level(wpas, reply);
		return;
	}
	while (level < sizeof(levels) / sizeof(*levels) && strcmp(word, levels[level]) != 0)
		level++;
	if (level == sizeof(levels) / sizeof(*levels)) {
		ctrl_ok(reply, false);
		return;
	}
	wpas->log_level = levels[level];
	wpas->owner.log_detail(wpas->owner.user, false, &debug, &timestamps);
	debug = level < 2 ? 2 : level == 2;
	if (with_time)
		timestamps = !strcmp(with_time, "1");
	wpas->owner.log_detail(wpas->owner.user, true, &debug, &timestamps);
	ctrl_ok(reply, true);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_number.h"

#include "base/mac.h"
#include "conf/form.h"
#include "conf/hostapd_limits.h"
#include "conf/wifi_text.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows with a reader of their own. */
static const char *const read_by_row[] = {"ap_max_inactivity",
					  "auth_algs",
					  "channel",
					  "fragm_threshold",
					  "he_bss_color",
					  "he_mu_beamformer",
					  "he_oper_chwidth",
					  "he_su_beamformee",
					  "he_su_beamformer",
					  "ieee80211w",
					  "ocv",
					  "reassociation_deadline",
					  "rts_threshold",
					  "skip_inactivity_poll",
					  "vht_oper_chwidth",
					  "wpa_group_rekey",
					  "wpa_ptk_rekey",
					  NULL};

/* The numbers that hostapd, too, refuses to exceed. */
static const struct {
	const char *key;
	int32_t min, max;
} limited[] = {
	{"acs_num_scans", 1, 100},     {"beacon_int", 10, 65535},     {"dtim_period", 1, 255},
	{"macaddr_acl", 0, 2},         {"max_num_sta", 0, 2007},      {"min_tx_power", 0, 255},
	{"rts_threshold", -1, 65535},  {"send_probe_response", 0, 1}, {"vlan_naming", 0, 1},
	{"wpa_deny_ptk0_rekey", 0, 2},
};

/* hostapd reads these by strtol() with any base, or refuses text after the digits. */
static const char *const hexadecimal[] = {"he_basic_mcs_nss_set", NULL}, *const strict[] = {"wpa_group_update_count",
											    "wpa_pairwise_update_count",
											    NULL};

bool hostapd_is_number(const struct opt *opt)
{
	return opt->type == OPT_NUMBER || opt->type == OPT_FLAG || text_list_has(read_by_row, opt->name);
}

static bool is_hexadecimal(const char *value)
{
	return value[0] == '0' && (value[1] | 0x20) == 'x';
}

/* Returns the end of the digits with which the text begins, after a sign and blanks; the text itself if there are none. */
static const char *end_of_number(const char *value)
{
	char *end;

	strtoll(value, &end, 10);
	return end;
}

static bool reads_as_zero(const struct opt *opt, const char *value, struct error *error)
{
	if (opt->type == OPT_FLAG)
		return error_set(error, false, "%s must be 0 or 1, not `%.60s`, which hostapd reads as 0", opt->name,
				 value);
	return error_set(error, false, "%s must be a decimal number, not `%.60s`, which hostapd reads as 0", opt->name,
			 value);
}

/* Of the parameters of stations for an access category; the file as a whole must have cwmin <= cwmax. */
static bool takes_wmm(const char *field, int32_t number)
{
	if (!strcmp(field, "aifs"))
		return number >= 1 && number <= 255;
	if (!strcmp(field, "txop_limit"))
		return number >= 0 && number <= 65535;
	return number >= 0 && number <= (strcmp(field, "acm") ? 15 : 1);
}

/* Of one of our own queues. */
static bool takes_queue(const char *field, const char *value)
{
	int32_t number = hostapd_limits_number(value);

	if (!strcmp(field, "aifs"))
		return number >= 0 && number <= 255;
	return !strcmp(field, "burst") ||
	       (number >= (strcmp(field, "cwmax") ? 1 : 15) && number <= 32767 && !(number & (number + 1)));
}

/* Does hostapd take the number? */
static bool takes_number(const char *key, const char *value)
{
	int32_t number = hostapd_limits_number(value);

	if (hostapd_limits_fault(key, value))
		return false;
	for (size_t i = 0; i < sizeof(limited) / sizeof(*limited); i++)
		if (!strcmp(limited[i].key, key))
			return number >= limited[i].min && number <= limited[i].max;
	if (!strncmp(key, "wmm_ac_", 7))
		return takes_wmm(key + 10, number);
	if (!strcmp(key, "auth_algs"))
		return number != 0;
	if (!strcmp(key, "fragm_threshold"))
		return number == -1 || (number >= 256 && number <= 2346);
	if (!strcmp(key, "wep_default_key")) /* the low eight bits */
		return (uint8_t)number <= 3;
	if (text_list_has(strict, key)) { /* with 0x, too */
		char *end;
		unsigned long long count = strtoull(value, &end, 0);

		return !*end && count >= 1 && count <= UINT32_MAX;
	}
	return true;
}

/* Any number but 0 is 1, except where hostapd, too, is strict. */
static void read_flag(struct hostapd_number *number, const struct opt *opt, const char *value)
{
	int32_t flag = hostapd_limits_number(value);

	if (!takes_number(opt->name, value))
		return;
	if (flag < 0 || flag > 1)
		number->remark = "any number but 0 is 1, as for hostapd";
	strcpy(number->text, flag ? "1" : "0");
}

bool hostapd_read_number(struct hostapd_number *number, const struct opt *opt, const char *value, struct error *error)
{
	const char *end = end_of_number(value);
	size_t len = (size_t)(end - value);

	*number = (struct hostapd_number){.remark = NULL};
	if (!strcmp(opt->name, "channel") && !isdigit((unsigned char)value[0]))
		return true; /* words */
	if (is_hexadecimal(value) && text_list_has(hexadecimal, opt->name))
		return true;
	if (!len || is_hexadecimal(value))
		return reads_as_zero(opt, value, error);
	if (*end && len < sizeof(number->text)) {
		number->remark = "text after the number has no effect";
		memcpy(number->text, value, len);
	}
	if (opt->type == OPT_FLAG)
		read_flag(number, opt, value);
	if (!takes_number(opt->name, value)) {
		number->remark = "hostapd refuses this number";
		number->stock_refuses = true;
	}
	return true;
}

unsigned hostapd_refused_blanks(const struct opt *opt)
{
	static const struct {
		const char *key;
		unsigned refused;
	} rows[] = {{"acs_chan_bias", BLANK_AFTER | COMMENT_AFTER},
		    {"assocresp_elements", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"bssid", BLANK_BEFORE},
		    {"country_code", BLANK_BEFORE},
		    {"ctrl_interface_group", BLANK_AFTER | COMMENT_AFTER},
		    {"driver", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"group_cipher", COMMENT_AFTER},
		    {"group_mgmt_cipher", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"mobility_domain", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"owe_transition_bssid", BLANK_BEFORE},
		    {"r1_key_holder", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"rsn_pairwise", COMMENT_AFTER},
		    {"ssid2", BLANK_BEFORE | BLANK_AFTER},
		    {"vendor_elements", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER},
		    {"wpa_group_update_count", BLANK_AFTER | COMMENT_AFTER},
		    {"wpa_key_mgmt", COMMENT_AFTER},
		    {"wpa_pairwise", COMMENT_AFTER},
		    {"wpa_pairwise_update_count", BLANK_AFTER | COMMENT_AFTER},
		    {"wpa_psk", BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER}};
	static const char *const any_text[] = {"no_auth_if_seen_on",    "no_probe_resp_if_seen_on",
					       "owe_transition_ifname", "vlan_bridge",
					       "vlan_tagged_interface", "wds_bridge",
					       "wpa_psk_file",          NULL};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].key, opt->name))
			return rows[i].refused;
	return (opt->type == OPT_TEXT && !text_list_has(any_text, opt->name)) || opt->type == OPT_CHOICE
		       ? BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER
		       : 0;
}

/* Numbers from 0 to 64, with one blank between two. */
static bool takes_bitmap(const char *value)
{
	while (*value) {
		int32_t number = hostapd_limits_number(value);

		if (number < 0 || number > 64)
			return false;
		value += strcspn(value, " ");
		value += *value == ' ';
	}
	return true;
}

static bool takes_sae_password(const char *value)
{
	const char *mac = strstr(value, "|mac=");
	char text[MAC_TEXT_SIZE];
	uint8_t addr[MAC_LEN];

	if (!mac)
		return true;
	snprintf(text, sizeof(text), "%s", mac + 5);
	return mac_parse(addr, text);
}

bool hostapd_takes_value(const struct opt *opt, const char *value)
{
	static const char *const texts[] = {"basic_rates",        "supported_rates",
					    "chanlist",           "country3",
					    "freqlist",           "ht_capab",
					    "nas_identifier",     "owe_groups",
					    "no_auth_if_seen_on", "no_probe_resp_if_seen_on",
					    "sae_groups",         "owe_transition_ifname",
					    "vht_capab",          "transition_disable",
					    "vlan_bridge",        "vlan_tagged_interface",
					    "wds_bridge",         NULL};
	static const char *const empty[] = {"wep_key0", "wep_key1", "wep_key2", "wep_key3", NULL};

	if (hostapd_limits_fault(opt->name, value))
		return false;
	if (!strncmp(opt->name, "wmm_ac_", 7) && !strcmp(opt->name + 10, "cwmax") && !hostapd_limits_number(value))
		return false; /* below the default of cwmin */
	if (hostapd_is_number(opt))
		return takes_number(opt->name, value);
	if (!strncmp(opt->name, "tx_queue_data", 13))
		return takes_queue(opt->name + 15, value);
	if (!strcmp(opt->name, "vendor_elements") || !strcmp(opt->name, "assocresp_elements"))
		return form_is_hex(value, 0, SIZE_MAX);
	if (!strncmp(opt->name, "he_spr_srg_", 11))
		return takes_bitmap(value);
	if (!strcmp(opt->name, "beacon_rate"))
		return !hostapd_limits_fault(opt->name, value);
	if (!strcmp(opt->name, "sae_password"))
		return takes_sae_password(value);
	if (!strcmp(opt->name, "hw_mode"))
		return !strcmp(value, "ad"); /* 60 GHz */
	if (!strcmp(opt->name, "ctrl_interface_group"))
		return *value && !value[strspn(value, "0123456789")];
	return text_list_has(texts, opt->name) || (!*value && text_list_has(empty, opt->name));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_number.h"

#include "conf/wifi_text.h"

#include <ctype.h>
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

/* hostapd, too, refuses what is beyond the limits of these rows. */
static const char *const limited[] = {"acs_num_scans",
				      "auth_algs",
				      "beacon_int",
				      "dtim_period",
				      "fragm_threshold",
				      "macaddr_acl",
				      "max_num_sta",
				      "min_tx_power",
				      "rts_threshold",
				      "send_probe_response",
				      "vlan_naming",
				      "wep_default_key",
				      "wpa_deny_ptk0_rekey",
				      "wpa_group_update_count",
				      "wpa_pairwise_update_count",
				      NULL};

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
	if (*end && text_list_has(strict, opt->name))
		number->stock_refuses = true;
	if (*end && len < sizeof(number->text)) {
		number->remark = "text after the number has no effect";
		memcpy(number->text, value, len);
	}
	if (opt->type == OPT_FLAG && strtoll(value, NULL, 10) != 0 && strtoll(value, NULL, 10) != 1 &&
	    !text_list_has(limited, opt->name)) {
		number->remark = "any number but 0 is 1, as for hostapd";
		strcpy(number->text, "1");
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
	static const char *const any_text[] = {"vlan_bridge", "vlan_tagged_interface", "wds_bridge", "wpa_psk_file",
					       NULL};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].key, opt->name))
			return rows[i].refused;
	return (opt->type == OPT_TEXT && !text_list_has(any_text, opt->name)) || opt->type == OPT_CHOICE
		       ? BLANK_BEFORE | BLANK_AFTER | COMMENT_AFTER
		       : 0;
}

bool hostapd_takes_value(const struct opt *opt, const char *value)
{
	static const char *const texts[] = {
		"chanlist", "country3",   "freqlist",   "he_spr_srg_bss_colors", "he_spr_srg_partial_bssid",
		"ht_capab", "owe_groups", "sae_groups", "transition_disable",    "vht_capab",
		NULL};
	static const char *const empty[] = {"nas_identifier", "owe_transition_ifname",
					    "vlan_bridge",    "vlan_tagged_interface",
					    "wds_bridge",     "wep_key0",
					    "wep_key1",       "wep_key2",
					    "wep_key3",       NULL};
	long long number = strtoll(value, NULL, 10);

	if (!hostapd_is_number(opt))
		return text_list_has(texts, opt->name) || (!*value && text_list_has(empty, opt->name));
	if (!text_list_has(limited, opt->name))
		return true;
	return opt->type != OPT_NUMBER ? opt->type == OPT_FLAG && number == 0
				       : number >= opt->min && number <= opt->max;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_conf.h"

#include "base/mac.h"
#include "conf/hostapd_6ghz.h"
#include "conf/hostapd_number.h"
#include "conf/hostapd_rates.h"
#include "conf/ignored.h"
#include "conf/wpa_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CIPHER_BIT(c) (1u << CIPHER_##c)

/* ---- reading lines ---- */

struct hostapd_parser {
	struct hostapd_conf *conf;
	struct hostapd_target target;
	struct hostapd_stock stock;
	const char *file;
	struct error *error;
	bool cr, warned_of_cr; /* the line ends with CR */
};

static size_t key_index(const char *key)
{
	const struct opt *opt = opt_find(hostapd_conf_options, key);

	return opt ? (size_t)(opt - hostapd_conf_options) : HOSTAPD_KEYS_MAX;
}

/* Returns the line of a key, or the line at which the network begins. */
static unsigned line_of_key(const struct hostapd_bss *bss, const char *key)
{
	unsigned line = bss->key_line[key_index(key)];

	return line ? line : bss->first_line;
}

static bool key_given(const struct hostapd_bss *bss, const char *key)
{
	return bss->key_line[key_index(key)];
}

static bool unknown_key(const char *key, struct error *error)
{
	struct suggestion best = SUGGESTION_NONE;

	if (!strcmp(key, "network") || opt_find(wpa_global_options, key))
		return error_set(error, false, "`%s` is for wpa_supplicant.conf; `vifi sta` reads such a file", key);
	for (const struct opt *opt = hostapd_conf_options; opt->name; opt++)
		suggestion_consider(&best, key, opt->name);
	ignored_suggest(&hostapd_ignored, key, &best);
	if (best.word)
		return error_set(error, false, "unknown key `%.60s`; did you mean `%s`?", key, best.word);
	return error_set(error, false, "unknown key `%.60s`, which hostapd 2.10 does not know, either; remove the line",
			 key);
}

static void begin_bss(struct hostapd_parser *parser, unsigned line)
{
	struct hostapd_radio radio = parser->target.radio;

	memset(&parser->target.bss, 0, sizeof(parser->target.bss));
	opt_defaults(hostapd_conf_options, &parser->target);
	parser->target.bss.first_line = line;
	parser->target.radio = radio;
	parser->stock = (struct hostapd_stock){0};
}

/* What hostapd refuses for the sum of the lines of a network, and we do not. */
static void note_conflict(struct hostapd_parser *parser)
{
	const char *conflict = hostapd_stock_conflict(&parser->stock, &parser->target);

	if (conflict)
		text_warn_lenient(&parser->conf->warnings, parser->file, parser->target.bss.first_line, "%s", conflict);
}

/* Stores the network that was read. */
static bool end_bss(struct hostapd_parser *parser)
{
	if (parser->conf->bss_count == AP_BSS_MAX)
		return error_set(parser->error, false, "too many networks; a radio has at most %d", AP_BSS_MAX);
	note_conflict(parser);
	parser->conf->bss[parser->conf->bss_count++] = parser->target.bss;
	crypto_wipe(&parser->target.bss, sizeof(parser->target.bss));
	return true;
}

/* Blanks at the ends of these values, and #, belong to the values. */
static bool keeps_blanks(const char *key)
{
	static const char *const keys[] = {"ssid", "wpa_passphrase", "sae_password", "nas_identifier", NULL};

	return text_list_has(keys, key);
}

static bool is_quoted(const char *key)
{
	return !strcmp(key, "ssid2") || !strncmp(key, "wep_key", 7);
}

/*
 * Removes a comment and blanks. hostapd ignores text after a number, so that files have comments there; elsewhere it takes
 * them as parts of the value.
 */
static char *clean_value(struct hostapd_parser *parser, const struct opt *opt, char *value, unsigned line)
{
	char *comment = is_quoted(opt->name) ? NULL : strstr(value, " #");
	size_t len = strlen(value);
	unsigned found = *value && strchr(" \t", *value) ? BLANK_BEFORE : 0;

	if (comment)
		*comment = '\0';
	if (comment)
		found |= COMMENT_AFTER;
	else if (len && strchr(" \t", value[len - 1]))
		found |= BLANK_AFTER;
	value = text_trim(value);
	if (found & hostapd_refused_blanks(opt))
		text_warn_lenient(&parser->conf->warnings, parser->file, line,
				  "hostapd takes blanks and comments after `%s=` as a part of the value", opt->name);
	else if (found && opt->type == OPT_TEXT)
		text_warn(&parser->conf->warnings, parser->file, line,
			  "hostapd takes blanks and comments after `%s=` as a part of the value", opt->name);
	return value;
}

/* The name of a key; hostapd has two for some. */
static const char *canonical_key(const char *key, char name[64])
{
	if (strncmp(key, "wme_", 4) != 0)
		return key;
	snprintf(name, 64, "wmm_%.50s", key + 4);
	return name;
}

/* Sets a key to a value that was cleaned. */
static bool set_value(struct hostapd_parser *parser, const struct opt *opt, const char *value)
{
	struct hostapd_target *target = &parser->target;
	struct hostapd_number number = {.remark = NULL};
	bool ok;

	target->remark = NULL;
	target->stock_refuses = false;
	ok = !hostapd_is_number(opt) || hostapd_read_number(&number, opt, value, parser->error);
	ok = ok && opt_set(opt, target, number.text[0] ? number.text : value, parser->error);
	if (!ok && hostapd_takes_value(opt, value) && !text_list_has(hostapd_newer_keys, opt->name))
		parser->conf->warnings.stock_accepts = true;
	if (!target->remark)
		target->remark = number.remark;
	target->stock_refuses |= number.stock_refuses;
	return ok;
}

static bool set_option(struct hostapd_parser *parser, const struct opt *opt, char *value, unsigned line)
{
	if (!keeps_blanks(opt->name))
		value = clean_value(parser, opt, value, line);
	if (!strcmp(opt->name, "bss")) {
		if (!end_bss(parser))
			return false;
		begin_bss(parser, line);
	}
	if (parser->cr && !parser->warned_of_cr && !hostapd_is_number(opt)) {
		parser->warned_of_cr = true;
		text_warn_lenient(&parser->conf->warnings, parser->file, line,
				  "the line ends with CR, which hostapd takes as a part of the value; save the file "
				  "with line ends of Unix");
	}
	parser->target.bss.key_line[opt - hostapd_conf_options] = line;
	if (!strncmp(opt->name, "ctrl_interface", 14) && !*value)
		text_warn_lenient(&parser->conf->warnings, parser->file, line, "%s is empty: hostapd would not start",
				  opt->name);
	if (!set_value(parser, opt, value))
		return false;
	parser->conf->warnings.stock_refuses |= parser->target.stock_refuses;
	if (parser->target.remark)
		text_warn(&parser->conf->warnings, parser->file, line, "%s", parser->target.remark);
	if (text_list_has(hostapd_newer_keys, opt->name))
		ignored_warn_newer(&hostapd_ignored, opt->name, &parser->conf->warnings, parser->file, line);
	return true;
}

static bool set_key(struct hostapd_parser *parser, const char *key, char *value, unsigned line)
{
	char name[64];
	const struct opt *opt = opt_find(hostapd_conf_options, canonical_key(key, name));
	const char *fault;

	if (opt)
		return set_option(parser, opt, value, line);
	if (!ignored_has(&hostapd_ignored, key))
		return unknown_key(key, parser->error);
	ignored_warn(&hostapd_ignored, key, text_list_has(hostapd_newer_keys, key), &parser->conf->warnings,
		     parser->file, line);
	fault = hostapd_stock_take(&parser->stock, key, value);
	hostapd_stock_note_file(&parser->conf->stock_files, key, value, line);
	if (fault)
		text_warn_lenient(&parser->conf->warnings, parser->file, line,
				  "hostapd refuses this value of `%.60s`: %s", key, fault);
	return true;
}

static bool parse_line(struct hostapd_parser *parser, struct text_lines *lines)
{
	unsigned line = lines->number;
	char *text = lines->line, *equals;
	bool indented = *text == ' ' || *text == '\t';

	parser->cr = lines->cr;
	text += strspn(text, " \t");
	if (indented)
		text_warn_lenient(&parser->conf->warnings, parser->file, line,
				  "hostapd refuses blanks at the beginning of a line");
	if (*text == '#' || !*text)
		return true;
	equals = strchr(text, '=');
	if (!equals)
		return error_set(parser->error, false, "expected KEY=VALUE or a comment (#)");
	*equals = '\0';
	if (equals > text && strchr(" \t", equals[-1]))
		return error_set(
			parser->error, false,
			"blanks before `=`: hostapd takes them as a part of the key, and blanks after it as a part "
			"of the value; write `%.60s=` without them",
			text_trim(text));
	return set_key(parser, text, equals + 1, line);
}

/* ---- consistency ---- */

struct hostapd_check {
	struct hostapd_bss *bss;
	const char *file;
	struct error *error;
	struct text_warnings *warnings;
};

/* Reports an error at the line of a key, and returns false. */
static bool fail_at_key(struct hostapd_check *check, const char *key, const char *text)
{
	error_set(check->error, false, "%s", text);
	return text_error_at(check->file, line_of_key(check->bss, key), check->error);
}

/* The same for what hostapd would accept. */
static bool fail_unsupported(struct hostapd_check *check, const char *key, const char *text)
{
	check->warnings->stock_accepts = true;
	return fail_at_key(check, key, text);
}

static bool check_open(struct hostapd_check *check)
{
	const struct hostapd_bss *bss = check->bss;

	if (bss->passphrase.set || bss->psk.set || bss->psk_file[0])
		return fail_unsupported(check,
					bss->passphrase.set ? "wpa_passphrase"
					: bss->psk.set      ? "wpa_psk"
							    : "wpa_psk_file",
					"the network has a passphrase or key, but would be open without wpa=2; add "
					"wpa=2, or remove the passphrase or key");
	if (bss->pmf)
		return fail_at_key(check, "ieee80211w", "ieee80211w needs wpa=2");
	for (int i = 1; i < 4; i++)
		if (bss->wep[i].set && !bss->wep[0].set)
			return fail_at_key(check, "wep_key0", "only wep_key0 is supported, and it is missing");
	if (bss->wep[0].set && bss->wep_default)
		return fail_at_key(check, "wep_default_key", "only wep_key0 is supported: set wep_default_key=0");
	return true;
}

static bool check_sae(struct hostapd_check *check)
{
	struct hostapd_bss *bss = check->bss;
	const struct text_psk *passphrase = &bss->passphrase;

	if (!(bss->wpa & 2))
		return fail_at_key(check, "wpa_key_mgmt", "SAE needs WPA2: wpa=2");
	if (!bss->sae.count && !bss->sae.file[0] &&
	    (!passphrase->set || passphrase->has_pmk || bss->sae.not_passphrase))
		text_warn(check->warnings, check->file, line_of_key(bss, "wpa_key_mgmt"),
			  "without sae_password no station can authenticate by SAE%s",
			  bss->sae.not_passphrase ? " (sae_password_psk=1)" : "; or set wpa_passphrase");
	if (!bss->pmf && bss->sae.requires_pmf)
		return fail_at_key(check, "sae_require_mfp", "sae_require_mfp=1 needs ieee80211w=1 or 2");
	if (!bss->pmf)
		text_warn(check->warnings, check->file, line_of_key(bss, "wpa_key_mgmt"),
			  "SAE without ieee80211w is not WPA3: many stations refuse it; set ieee80211w=2, or 1 with "
			  "WPA-PSK");
	return true;
}

static bool check_ft(struct hostapd_check *check)
{
	size_t len = strlen(check->bss->ft.nas_identifier);

	if (!(check->bss->wpa & 2))
		return fail_at_key(check, "wpa_key_mgmt", "FT-PSK, FT-SAE and FT-SAE-EXT-KEY need WPA2: wpa=2");
	if (!len || len > FT_R0KH_MAX)
		return fail_at_key(check, "nas_identifier",
				   "FT-PSK, FT-SAE and FT-SAE-EXT-KEY need nas_identifier with 1 to 48 bytes");
	return true;
}

static bool check_akms(struct hostapd_check *check)
{
	struct hostapd_bss *bss = check->bss;
	struct text_akms *akms = &bss->akms;

	if (!key_given(bss, "wpa_key_mgmt"))
		akms->set = 1u << AKM_PSK;
	if (akms->unsupported_count && !akms->set) {
		check->warnings->stock_accepts = !akms->newer[0];
		error_set(check->error, false, "wpa_key_mgmt=%s is not supported; use %s", akms->unsupported,
			  strstr(akms->unsupported, "SAE") ? "SAE" : "WPA-PSK, WPA-PSK-SHA256 or SAE");
		return text_error_at(check->file, line_of_key(bss, "wpa_key_mgmt"), check->error);
	}
	if (akms->unsupported_count)
		text_warn(check->warnings, check->file, line_of_key(bss, "wpa_key_mgmt"),
			  "wpa_key_mgmt: %s%s not supported and ignored", akms->unsupported,
			  akms->unsupported_count > 1 ? " and others are" : " is");
	if (akms->newer[0])
		text_warn_lenient(check->warnings, check->file, line_of_key(bss, "wpa_key_mgmt"),
				  "wpa_key_mgmt: hostapd 2.10 does not know %s", akms->newer);
	if (akms->none || !akms->set)
		return fail_at_key(check, "wpa_key_mgmt",
				   "wpa_key_mgmt=NONE contradicts wpa; set wpa=0 for an open network");
	if (bss->wpa == 1 && !(akms->set & akm_set_wpa()))
		return fail_at_key(check, "wpa_key_mgmt", "WPA-PSK-SHA256 needs WPA2: wpa=2");
	if ((akms->set & ~akm_set_without_psk()) && !bss->passphrase.set && !bss->psk.set && !bss->psk_file[0])
		return fail_at_key(check, "wpa", "wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	if ((akms->set & 1u << AKM_OWE) && bss->wpa != 2)
		return fail_at_key(check, "wpa_key_mgmt", "OWE needs wpa=2");
	if ((akms->set & 1u << AKM_OWE) && !key_given(bss, "ieee80211w"))
		bss->pmf = 1; /* Enhanced Open demands it; stations without it remain welcome, as with hostapd */
	if ((akms->set & akm_set_ft()) && !check_ft(check))
		return false;
	return !(akms->set & akm_set_sae()) || check_sae(check);
}

/* Returns the weakest pairwise cipher: every station must be able to read group frames. */
static uint32_t weakest_cipher(uint32_t set)
{
	if (set & CIPHER_BIT(TKIP))
		return CIPHER_BIT(TKIP);
	if (set & CIPHER_BIT(CCMP_128))
		return CIPHER_BIT(CCMP_128);
	if (set & CIPHER_BIT(GCMP_128))
		return CIPHER_BIT(GCMP_128);
	return set & CIPHER_BIT(GCMP_256) ? CIPHER_BIT(GCMP_256) : CIPHER_BIT(CCMP_256);
}

static bool check_ciphers(struct hostapd_check *check)
{
	struct hostapd_bss *bss = check->bss;
	bool wpa = bss->wpa & 1, rsn = bss->wpa & 2;

	bss->default_pairwise = !bss->wpa_pairwise && !bss->rsn_pairwise;
	if (rsn && !bss->rsn_pairwise)
		bss->rsn_pairwise = bss->wpa_pairwise ? bss->wpa_pairwise : CIPHER_BIT(CCMP_128);
	if (wpa && !bss->wpa_pairwise)
		bss->wpa_pairwise = CIPHER_BIT(TKIP);
	bss->wpa_pairwise = wpa ? bss->wpa_pairwise : 0;
	bss->rsn_pairwise = rsn ? bss->rsn_pairwise : 0;
	if (bss->wpa_pairwise & ~(CIPHER_BIT(TKIP) | CIPHER_BIT(CCMP_128)))
		return fail_at_key(check, "wpa_pairwise",
				   "WPA version 1 supports only TKIP and CCMP; set others in rsn_pairwise");
	if (!bss->group)
		bss->group = weakest_cipher(bss->wpa_pairwise | bss->rsn_pairwise);
	if (wpa && (bss->group & ~(CIPHER_BIT(TKIP) | CIPHER_BIT(CCMP_128))))
		return fail_at_key(check, "group_cipher",
				   "WPA version 1 supports only TKIP and CCMP, for group frames too");
	if (bss->ocv && !bss->pmf)
		return fail_at_key(check, "ocv", "ocv needs ieee80211w=1 or 2");
	if (bss->pmf && !rsn)
		return fail_at_key(check, "ieee80211w", "ieee80211w needs wpa=2");
	if (bss->pmf == 2 && (wpa || (bss->rsn_pairwise & CIPHER_BIT(TKIP))))
		return fail_at_key(check, "ieee80211w",
				   "WPA version 1 and TKIP have no PMF: set ieee80211w=1, or wpa=2 and "
				   "rsn_pairwise=CCMP");
	if (!bss->group_mgmt)
		bss->group_mgmt = CIPHER_BIT(BIP_CMAC_128);
	if (!key_given(bss, "wpa_group_rekey"))
		bss->group_rekey_s = bss->group & CIPHER_BIT(TKIP) ? 600 : 86400;
	return true;
}

static bool check_bss(struct hostapd_check *check)
{
	const struct hostapd_bss *bss = check->bss;

	if (!bss->interface[0])
		return fail_at_key(check, "interface",
				   "the network has no interface; set interface=wlan0, or give it by -i");
	if (!bss->ssid.len)
		return fail_unsupported(check, "ssid",
					"the network has no name; set ssid=TEXT. hostapd would start one without name");
	if (bss->ieee8021x)
		return fail_unsupported(
			check, "ieee8021x",
			"802.1X is not supported; hostapd can serve this network. For a network with a passphrase "
			"set ieee8021x=0");
	if (bss->auth_algs == 2)
		return fail_unsupported(
			check, "auth_algs",
			"shared-key authentication, which discloses the WEP key, is not supported; set auth_algs=1");
	if (bss->acl == 2)
		return fail_unsupported(check, "macaddr_acl", "RADIUS is not supported; set macaddr_acl=0 or 1");
	if (bss->acl == 1 && !bss->accept_file[0])
		text_warn(check->warnings, check->file, line_of_key(bss, "macaddr_acl"),
			  "macaddr_acl=1 without accept_mac_file: no station may associate");
	if (!bss->wpa)
		return check_open(check);
	for (int i = 0; i < 4; i++)
		if (bss->wep[i].set)
			return fail_at_key(check, "wpa", "wpa and wep_key0 exclude each other");
	return check_akms(check) && check_ciphers(check);
}

static bool check_phy(struct hostapd_conf *conf, struct hostapd_check *check, bool is_5ghz)
{
	struct hostapd_phy *phy = &conf->radio.phy;

	if (phy->ht.unknown[0])
		text_warn(check->warnings, check->file, line_of_key(check->bss, "ht_capab"),
			  "ht_capab has no capability `%s`; it is ignored%s", phy->ht.unknown,
			  !strcmp(phy->ht.unknown, "HT40")   ? ": for 40 MHz write [HT40+] or [HT40-]"
			  : !strcmp(phy->ht.unknown, "HT20") ? ": 20 MHz is the default"
							     : "");
	if (phy->vht.unknown[0])
		text_warn(check->warnings, check->file, line_of_key(check->bss, "vht_capab"),
			  "vht_capab has no capability `%s`; it is ignored", phy->vht.unknown);
	if (phy->ht.either && !conf->radio.choice.automatic)
		phy->ht.secondary = hostapd_phy_secondary(is_5ghz, conf->radio.channel);
	if (!phy->n && (phy->ac || phy->ax)) {
		const char *key = phy->ax ? "ieee80211ax" : "ieee80211ac";

		text_warn(check->warnings, check->file, line_of_key(check->bss, key),
			  "%s has no effect without ieee80211n=1", key);
		phy->ac = phy->ax = false;
	}
	if (phy->ac && !is_5ghz) {
		text_warn(check->warnings, check->file, line_of_key(check->bss, "ieee80211ac"),
			  "ieee80211ac has no effect in the 2.4 GHz band");
		phy->ac = false;
	}
	if (conf->radio.ieee80211d && !conf->radio.country[0])
		return fail_at_key(check, "ieee80211d", "ieee80211d needs country_code, as in country_code=DE");
	if (conf->radio.ieee80211h && !conf->radio.country[0])
		return fail_at_key(check, "ieee80211h", "ieee80211h needs country_code, whose rules it follows");
	if (conf->radio.power_constraint_db >= 0 && !conf->radio.country[0])
		return fail_at_key(check, "local_pwr_constraint",
				   "local_pwr_constraint needs country_code, as in country_code=DE");
	if (conf->radio.power_constraint_db >= 0 && key_given(check->bss, "local_pwr_constraint") &&
	    !conf->radio.ieee80211d)
		text_warn_lenient(check->warnings, check->file, line_of_key(check->bss, "local_pwr_constraint"),
				  "hostapd refuses local_pwr_constraint without ieee80211d=1");
	if (conf->radio.spectrum_mgmt_required && (conf->radio.power_constraint_db < 0 || !conf->radio.country[0]))
		return fail_at_key(check, "spectrum_mgmt_required",
				   "spectrum_mgmt_required needs local_pwr_constraint and country_code");
	return true;
}

static bool check_6ghz(struct hostapd_conf *conf, struct hostapd_check *check)
{
	const char *key;

	conf->freq_mhz = hostapd_check_6ghz(&conf->radio, conf->bss, conf->bss_count, &key, check->error);
	return conf->freq_mhz ? check_phy(conf, check, true)
			      : text_error_at(check->file, line_of_key(check->bss, key), check->error);
}

static bool check_radio(struct hostapd_conf *conf, struct hostapd_check *check)
{
	struct hostapd_radio *radio = &conf->radio;
	bool is_5ghz = radio->hw_mode == HOSTAPD_MODE_A || (radio->hw_mode == HOSTAPD_MODE_ANY && radio->channel > 14);

	check->bss = &conf->bss[0];
	hostapd_set_choice(radio, is_5ghz);
	if (!radio->channel)
		radio->channel = hostapd_is_6ghz(radio) ? 5 : is_5ghz ? 36 : 1;
	if (hostapd_is_6ghz(radio))
		return check_6ghz(conf, check);
	conf->freq_mhz = hostapd_channel_freq(is_5ghz, radio->channel);
	if (conf->freq_mhz)
		return check_phy(conf, check, is_5ghz);
	error_set(check->error, false, "no channel %u in the %s GHz band (hw_mode=%c); channels are %s", radio->channel,
		  is_5ghz ? "5" : "2.4", "abg?"[radio->hw_mode],
		  is_5ghz ? "36 to 64, 100 to 144 and 149 to 177 in steps of 4" : "1 to 14");
	return text_error_at(check->file, line_of_key(check->bss, "channel"), check->error);
}

static bool check_rates(const struct hostapd_conf *conf, struct hostapd_check *check)
{
	const char *key = hostapd_check_rates(&conf->radio, conf->freq_mhz, check->error);

	if (key && !strcmp(key, "beacon_rate"))
		check->warnings->stock_accepts = true; /* and leaves it to the driver */
	return !key || text_error_at(check->file, line_of_key(check->bss, key), check->error);
}

static bool has_interface(const struct hostapd_conf *conf, const char *interface)
{
	for (size_t i = 0; i < conf->bss_count; i++)
		if (!strcmp(conf->bss[i].interface, interface))
			return true;
	return false;
}

static bool check_conf(struct hostapd_conf *conf, const char *file, struct error *error)
{
	struct hostapd_check check = {.file = file, .error = error, .warnings = &conf->warnings};

	for (size_t i = 0; i < conf->bss_count; i++) {
		check.bss = &conf->bss[i];
		if (!check_bss(&check))
			return false;
		for (size_t k = 0; k < i; k++)
			if (!strcmp(conf->bss[k].interface, check.bss->interface))
				return fail_at_key(&check, "bss", "two networks have the same interface");
		if (check.bss->owe_transition_ifname[0] && !has_interface(conf, check.bss->owe_transition_ifname))
			text_warn(check.warnings, file, line_of_key(check.bss, "owe_transition_ifname"),
				  "owe_transition_ifname: no network of this file has that interface; unless this vifi "
				  "ap has it, too, name the other network by owe_transition_bssid and "
				  "owe_transition_ssid");
	}
	return check_radio(conf, &check) && check_rates(conf, &check);
}

/* After a line that only vifi refuses: does hostapd refuse another one? */
static void find_stock_errors(struct hostapd_parser *parser, struct text_lines *lines)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	struct error *error = parser->error, ignored;

	parser->error = &ignored;
	while (warnings->stock_accepts && text_lines_next(lines, &ignored) == TEXT_LINE) {
		warnings->stock_accepts = false;
		warnings->stock_accepts = parse_line(parser, lines) || warnings->stock_accepts;
	}
	note_conflict(parser);
	warnings->stock_refuses |= hostapd_stock_lacks_lines(&parser->target);
	parser->error = error;
}

bool hostapd_conf_parse(struct hostapd_conf *conf, const char *text, const char *file, struct error *error)
{
	return hostapd_conf_parse_for(conf, text, file, NULL, error);
}

bool hostapd_conf_parse_for(struct hostapd_conf *conf, const char *text, const char *file, const char *interface,
			    struct error *error)
{
	struct text_lines *lines = text_lines_new(text, file, error);
	struct hostapd_parser parser = {.conf = conf, .file = file, .error = error};
	enum text_line result = TEXT_LINE;

	memset(conf, 0, sizeof(*conf));
	if (!lines)
		return false;
	parser.target.radio.power_constraint_db = -1;
	hostapd_queues_init(parser.target.radio.queues);
	opt_defaults(hostapd_conf_options, &parser.target);
	parser.target.bss.first_line = 1;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE)
		if (!parse_line(&parser, lines)) {
			text_error_at(file, lines->number, error);
			find_stock_errors(&parser, lines);
			result = TEXT_ERROR;
		}
	if (result == TEXT_END && !end_bss(&parser)) {
		text_error_at(file, lines->number, error);
		result = TEXT_ERROR;
	}
	conf->radio = parser.target.radio;
	hostapd_ft_free(&parser.target.bss.ft);
	hostapd_sae_free(&parser.target.bss.sae); /* of a network that an error has cut short */
	if (interface)
		snprintf(conf->bss[0].interface, sizeof(conf->bss[0].interface), "%s", interface);
	crypto_wipe(&parser.target, sizeof(parser.target));
	text_lines_free(lines);
	return result == TEXT_END && check_conf(conf, file, error);
}

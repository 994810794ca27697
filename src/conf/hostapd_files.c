/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that hostapd.conf names, and the setup of the access point. */
#include "conf/hostapd_conf.h"

#include "base/array.h"
#include "base/mac.h"
#include "conf/hostapd_rates.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns the first word of *rest, terminated, and advances *rest past it; NULL at the end. */
static char *next_word(char **rest)
{
	char *word;

	*rest += strspn(*rest, " \t");
	word = **rest ? *rest : NULL;
	*rest += strcspn(*rest, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

/* ---- wpa_psk_file ---- */

/* Reads a word NAME=VALUE in front of the address. Returns false with an error if it is unknown. */
static bool parse_psk_attribute(struct hostapd_psk *psk, const char *word, const struct text_lines *lines,
				struct text_warnings *warnings, struct error *error)
{
	if (!strncmp(word, "keyid=", 6)) {
		if (!word[6] || strlen(word + 6) > AP_KEYID_MAX)
			return error_set(error, false, "keyid must have 1 to %d characters", AP_KEYID_MAX);
		strcpy(psk->keyid, word + 6);
		return true;
	}
	if (!strncmp(word, "vlanid=", 7))
		return text_parse_vlan_id(&psk->vlan, word + 7, error);
	if (!strncmp(word, "wps=", 4)) {
		text_warn(warnings, lines->file, lines->number, "`%.*s` is not supported and has no effect",
			  (int)strcspn(word, "="), word);
		return true;
	}
	return error_set(error, false, "expected [keyid=NAME] ADDRESS PASSPHRASE; unknown word before the address");
}

static bool parse_psk_line(struct hostapd_psk *psk, struct text_lines *lines, struct text_warnings *warnings,
			   struct error *error)
{
	char *rest = lines->line, *word = next_word(&rest);

	for (; word && strchr(word, '='); word = next_word(&rest))
		if (!parse_psk_attribute(psk, word, lines, warnings, error))
			return false;
	if (!word || !mac_parse(psk->addr, word) || mac_is_group(psk->addr))
		return error_set(error, false,
				 "expected [keyid=NAME] ADDRESS PASSPHRASE with the address of a station, or "
				 "00:00:00:00:00:00 for any station");
	/* The rest of the line, because a passphrase may contain blanks. */
	if (strlen(rest) == 2 * PMK_LEN)
		return text_parse_pmk(&psk->psk, rest, error);
	return text_parse_passphrase(&psk->psk, rest, strlen(rest), error);
}

static bool is_blank_or_comment(const char *line)
{
	return line[0] == '#' || !line[strspn(line, " \t")];
}

bool hostapd_psks_parse(struct hostapd_psks *psks, const char *text, const char *file, struct text_warnings *warnings,
			struct error *error)
{
	/* Room for every possible key at once: growth would leave copies of keys in freed memory. */
	enum { SHORTEST_LINE = sizeof("00:00:00:00:00:00 ") + PASSPHRASE_MIN };
	size_t count_max = psks->count + strlen(text) / SHORTEST_LINE + 1;
	struct text_lines *lines = text_lines_new(text, file, error);
	enum text_line result = TEXT_LINE;

	if (!lines)
		return false;
	if (array_reserve(&psks->list, &psks->room, count_max, sizeof(*psks->list))) {
		error_set(error, 0, "%.160s: no memory", file);
		result = TEXT_ERROR;
	}
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE) {
		struct hostapd_psk *psk = &psks->list[psks->count];

		if (is_blank_or_comment(lines->line))
			continue;
		*psk = (struct hostapd_psk){0};
		if (parse_psk_line(psk, lines, warnings, error)) {
			psks->count++;
		} else {
			text_error_at(file, lines->number, error);
			result = TEXT_ERROR;
		}
	}
	text_lines_free(lines);
	return result == TEXT_END;
}

/* ---- accept_mac_file, deny_mac_file ---- */

static void addrs_remove(struct hostapd_addrs *addrs, const uint8_t addr[6])
{
	for (size_t i = 0; i < addrs->count;)
		if (mac_equal(addrs->list[i], addr)) {
			memcpy(addrs->list[i], addrs->list[--addrs->count], 6);
			addrs->vlans[i] = addrs->vlans[addrs->count];
		} else
			i++;
}

bool hostapd_addrs_add(struct hostapd_addrs *addrs, const uint8_t addr[6])
{
	if (array_reserve(&addrs->list, &addrs->room, addrs->count + 1, sizeof(*addrs->list)) ||
	    array_reserve(&addrs->vlans, &addrs->vlan_room, addrs->count + 1, sizeof(*addrs->vlans)))
		return false;
	addrs->vlans[addrs->count] = 0;
	memcpy(addrs->list[addrs->count++], addr, 6);
	return true;
}

static bool parse_addr_line(struct hostapd_addrs *addrs, struct text_lines *lines, struct error *error)
{
	char *rest = lines->line, *word = next_word(&rest);
	bool removes = word && *word == '-'; /* as in hostapd: removes an address listed before */
	uint16_t vlan = 0;
	uint8_t addr[6];

	if (!word || *word == '#')
		return true;
	if (!mac_parse(addr, word + removes)) {
		error_set(error, false, "`%.60s` is not a MAC address (02:00:00:12:34:56)", word + removes);
		return text_error_at(lines->file, lines->number, error);
	}
	word = next_word(&rest);
	if (word && *word != '#' && !text_parse_vlan_id(&vlan, word, error))
		return text_error_at(lines->file, lines->number, error);
	if (removes) {
		addrs_remove(addrs, addr);
		return true;
	}
	if (!hostapd_addrs_add(addrs, addr))
		return error_set(error, false, "%.160s: no memory", lines->file);
	addrs->vlans[addrs->count - 1] = vlan;
	return true;
}

bool hostapd_addrs_parse(struct hostapd_addrs *addrs, const char *text, const char *file, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, file, error);
	enum text_line result = TEXT_LINE;

	if (!lines)
		return false;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE)
		if (!parse_addr_line(addrs, lines, error))
			result = TEXT_ERROR;
	text_lines_free(lines);
	return result == TEXT_END;
}

/* ---- hostapd.conf and its files ---- */

/* Returns the file that `key` names, for text_file_free(); NULL with an error. */
static char *load_file_of_key(const char *key, const char *path, struct error *error)
{
	char *text = text_file_load(path, error);
	struct error cause = *error;

	if (!text)
		error_set(error, 0, "%s: %.300s; correct the path, or remove the line", key, cause.text);
	return text;
}

static bool load_addrs(struct hostapd_addrs *addrs, const char *key, const char *path, struct error *error)
{
	char *text = *path ? load_file_of_key(key, path, error) : NULL;
	bool ok = !*path || (text && hostapd_addrs_parse(addrs, text, path, error));

	text_file_free(text);
	return ok;
}

static bool load_vlans(struct hostapd_bss *bss, struct text_warnings *warnings, struct error *error)
{
	char *text = bss->vlan_file[0] ? load_file_of_key("vlan_file", bss->vlan_file, error) : NULL;
	bool ok = !bss->vlan_file[0] || (text && hostapd_vlans_parse(&bss->vlans, text, bss->vlan_file, error));

	text_file_free(text);
	if (!ok)
		return false;
	warnings->stock_accepts = !hostapd_vlans_collect(bss, error);
	return !warnings->stock_accepts;
}

static bool load_bss(struct hostapd_bss *bss, struct text_warnings *warnings, struct error *error)
{
	if (bss->wpa && bss->psk_file[0]) {
		char *text = load_file_of_key("wpa_psk_file", bss->psk_file, error);
		bool ok = text && hostapd_psks_parse(&bss->psks, text, bss->psk_file, warnings, error);

		text_file_free(text);
		if (!ok)
			return false;
		if (!bss->psks.count && !bss->passphrase.set && !bss->psk.set)
			return error_set(error, false, "%.200s: no passphrase in this file", bss->psk_file);
	}
	if (bss->wpa && bss->sae.file[0]) {
		char *text = load_file_of_key("sae_password_file", bss->sae.file, error);
		bool ok = text && hostapd_sae_parse_file(&bss->sae, text, error);

		text_file_free(text);
		if (!ok)
			return false;
	}
	return load_addrs(&bss->accept, "accept_mac_file", bss->accept_file, error) &&
	       load_addrs(&bss->deny, "deny_mac_file", bss->deny_file, error) && load_vlans(bss, warnings, error);
}

static bool are_interfaces(const char *names)
{
	char list[256], *rest = list, *name;

	strcpy(list, names);
	while ((name = next_word(&rest)))
		if (!if_nametoindex(name))
			return false;
	return true;
}

/* Are the files and interfaces there that only hostapd uses? */
static void find_stock_files(struct hostapd_conf *conf, const char *file)
{
	for (size_t i = 0; i < conf->stock_files.count; i++) {
		const char *key = conf->stock_files.list[i].key, *path = conf->stock_files.list[i].path;
		bool found = strcmp(key, "rsn_preauth_interfaces") ? access(path, R_OK) == 0 : are_interfaces(path);

		if (!found)
			text_warn_lenient(&conf->warnings, file, conf->stock_files.list[i].line,
					  "hostapd refuses this value of `%s`: %.200s is not there, or not readable",
					  key, path);
	}
}

/* Are the files there that we would have read? */
static bool has_files(const struct hostapd_bss *bss)
{
	const char *paths[] = {bss->psk_file, bss->accept_file, bss->deny_file, bss->vlan_file};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (paths[i][0] && access(paths[i], R_OK) != 0)
			return false;
	return true;
}

bool hostapd_conf_read(struct hostapd_conf *conf, const char *text, const char *file, const char *interface,
		       struct error *error)
{
	bool ok = hostapd_conf_parse_for(conf, text, file, interface, error);

	find_stock_files(conf, file);
	for (size_t i = 0; !ok && i < conf->bss_count; i++)
		conf->warnings.stock_refuses |= !has_files(&conf->bss[i]);
	for (size_t i = 0; ok && i < conf->bss_count; i++)
		ok = load_bss(&conf->bss[i], &conf->warnings, error);
	return ok;
}

bool hostapd_conf_load(struct hostapd_conf *conf, const char *path, struct error *error)
{
	char *text = text_file_load(path, error);
	bool ok;

	memset(conf, 0, sizeof(*conf));
	ok = text && hostapd_conf_read(conf, text, path, NULL, error);
	text_file_free(text);
	return ok;
}

void hostapd_conf_free(struct hostapd_conf *conf)
{
	for (size_t i = 0; i < conf->bss_count; i++) {
		struct hostapd_bss *bss = &conf->bss[i];

		if (bss->pmks)
			crypto_wipe(bss->pmks, (bss->psks.count + 1) * sizeof(*bss->pmks));
		free(bss->pmks);
		if (bss->psks.list)
			crypto_wipe(bss->psks.list, bss->psks.count * sizeof(*bss->psks.list));
		free(bss->psks.list);
		hostapd_sae_free(&bss->sae);
		hostapd_ft_free(&bss->ft);
		free(bss->accept.list);
		free(bss->accept.vlans);
		free(bss->deny.list);
		free(bss->deny.vlans);
		free(bss->vlans.list);
		free(bss->used_vlans);
	}
	text_warnings_free(&conf->warnings);
	crypto_wipe(conf, sizeof(*conf));
}

/* ---- the setup of the access point ---- */

static enum cipher single_cipher(uint32_t set)
{
	enum cipher cipher = 0;

	while (cipher < CIPHER_COUNT && set != 1u << cipher)
		cipher++;
	return cipher;
}

/* Derives the PMK of each passphrase, those of wpa_psk_file first. */
static int derive_pmks(struct hostapd_bss *bss, struct crypto *crypto, size_t *count)
{
	struct text_psk *common = bss->psk.set ? &bss->psk : &bss->passphrase;
	int ret = 0;

	free(bss->pmks);
	bss->pmks = calloc(bss->psks.count + 1, sizeof(*bss->pmks));
	if (!bss->pmks)
		return -ENOMEM;
	for (*count = 0; ret == 0 && *count < bss->psks.count; (*count)++) {
		struct hostapd_psk *psk = &bss->psks.list[*count];
		struct ap_psk *to = &bss->pmks[*count];

		memcpy(to->addr, psk->addr, sizeof(to->addr));
		memcpy(to->keyid, psk->keyid, sizeof(to->keyid));
		to->vlan = psk->vlan;
		ret = text_psk_to_pmk(&psk->psk, crypto, bss->ssid.bytes, bss->ssid.len, to->pmk);
	}
	if (ret == 0 && common->set)
		ret = text_psk_to_pmk(common, crypto, bss->ssid.bytes, bss->ssid.len, bss->pmks[(*count)++].pmk);
	crypto_wipe(bss->passphrase.passphrase, sizeof(bss->passphrase.passphrase)); /* unused next to wpa_psk */
	return ret;
}

/* Arrays and structures of the same meaning. */
static void copy_parts(const struct hostapd_bss *bss, struct ap_bss_setup *setup)
{
	if (bss->akms.set & akm_set_ft())
		setup->ft = hostapd_ft_setup(&bss->ft);
	memcpy(setup->interface, bss->interface, sizeof(setup->interface));
	memcpy(setup->no_probe_response_if_seen_on, bss->no_probe_response_if_seen_on, sizeof(setup->interface));
	memcpy(setup->no_auth_if_seen_on, bss->no_auth_if_seen_on, sizeof(setup->interface));
	memcpy(setup->bssid, bss->bssid, sizeof(setup->bssid));
	memcpy(setup->ssid, bss->ssid.bytes, sizeof(setup->ssid));
	setup->beacon_elements = bss->beacon_elements;
	setup->assoc_elements = bss->assoc_elements;
	memcpy(setup->owe_groups, bss->owe_groups, sizeof(setup->owe_groups));
	if (!mac_is_zero(bss->owe_transition.bssid))
		setup->owe_transition = bss->owe_transition;
	memcpy(setup->wep_key, bss->wep[0].key, sizeof(setup->wep_key));
	setup->ocv = bss->ocv;
	setup->max_idle = bss->max_idle;
	setup->multi_ap = bss->multi_ap;
	setup->no_tdls = bss->no_tdls;
	setup->no_tdls_switch = bss->no_tdls_switch;
}

static bool setup_bss(struct hostapd_bss *bss, struct crypto *crypto, struct ap_bss_setup *setup, struct error *error)
{
	uint32_t ciphers = bss->wpa_pairwise | bss->rsn_pairwise | bss->group;

	*setup = (struct ap_bss_setup){
		.ssid_len = bss->ssid.len,
		.hidden = bss->hidden,
		.wpa = bss->wpa & 1,
		.rsn = bss->wpa & 2,
		.akms = bss->wpa ? bss->akms.set : 0,
		.wpa_pairwise = bss->wpa_pairwise,
		.rsn_pairwise = bss->rsn_pairwise,
		.group = bss->wpa ? single_cipher(bss->group) : CIPHER_NONE,
		.group_mgmt = bss->pmf ? single_cipher(bss->group_mgmt) : CIPHER_NONE,
		.pmf = bss->pmf,
		.wep = bss->wep[0].set ? bss->wep[0].cipher : CIPHER_NONE,
		.group_rekey_s = bss->group_rekey_s,
		.ptk_rekey_s = bss->ptk_rekey_s,
		.group_rekey_strict = bss->strict_rekey,
		.pairwise_tries = bss->pairwise_tries,
		.group_tries = bss->group_tries,
		.no_key_retries = bss->no_key_retries,
		.never_replaces_ptk = bss->deny_ptk0_rekey == 2,
		.no_pmksa_caching = bss->no_pmksa_caching,
		.notes_frames = bss->notes_frames,
		.max_stations = bss->max_stations,
		.refuses_stations = !bss->max_stations,
		.no_probe_response = !bss->probe_response,
		.starts_off = bss->start_disabled,
		.accept_listed_only = bss->acl == 1,
		.accept = {(const uint8_t(*)[6])bss->accept.list, bss->accept.vlans, bss->accept.count},
		.deny = {(const uint8_t(*)[6])bss->deny.list, NULL, bss->deny.count},
		.four_address = bss->wds,
		.vlans = bss->used_vlans,
		.vlan_count = bss->used_vlan_count,
		.any_vlan = hostapd_bss_takes_any_vlan(bss),
		.isolate = bss->ap_isolate,
		.max_inactivity_s = bss->inactivity_s,
		.no_inactivity_poll = bss->no_inactivity_poll,
		.multicast_to_unicast = bss->multicast_to_unicast,
		.wmm = bss->wmm,
		.transition_disable = (uint8_t)bss->transition_disable,
		.beacon_protection = bss->beacon_protection,
		.bss_transition = bss->bss_transition,
		.neighbour_report = bss->neighbour_report,
		.beacon_report = bss->beacon_report,
	};
	copy_parts(bss, setup);
	if ((setup->wep != CIPHER_NONE || (ciphers & 1u << CIPHER_TKIP)) && !crypto_has_rc4(crypto))
		return error_set(error, false, "WEP and TKIP need RC4; install OpenSSL's legacy provider (legacy.so)");
	/* Before the passphrase is wiped. */
	if (bss->wpa && (bss->akms.set & akm_set_sae()) &&
	    !hostapd_sae_setup(&bss->sae, crypto, (struct span){bss->ssid.bytes, bss->ssid.len},
			       bss->passphrase.passphrase, bss->akms.set, &setup->sae, error))
		return false;
	if (bss->wpa && derive_pmks(bss, crypto, &setup->psk_count) != 0)
		return error_set(error, false, "cannot derive the keys of %.16s: no memory", bss->interface);
	setup->psks = bss->pmks;
	return true;
}

bool hostapd_conf_setup(struct hostapd_conf *conf, struct crypto *crypto, struct ap_setup *setup, struct error *error)
{
	*setup = (struct ap_setup){
		.freq_mhz = conf->freq_mhz,
		.dsss_rates = freq_is_2ghz(conf->freq_mhz),
		.no_ofdm = conf->radio.hw_mode == HOSTAPD_MODE_B,
		.beacon_tu = (uint16_t)conf->radio.beacon_int,
		.dtim_period = (uint8_t)conf->radio.dtim_period,
		.fragment_threshold = (uint16_t)conf->radio.fragment,
		.max_listen_interval = (uint16_t)conf->radio.max_listen_interval,
		.track_max = conf->radio.track_max < AP_TRACK_MAX ? conf->radio.track_max : AP_TRACK_MAX,
		.track_age_s = conf->radio.track_age_s,
		.bss_count = (unsigned)conf->bss_count,
	};
	memcpy(setup->country, conf->radio.country, sizeof(setup->country));
	setup->environment = conf->radio.environment;
	setup->own_wmm = true;
	setup->short_preamble = conf->radio.phy.short_preamble;
	setup->ignore_intolerance = conf->radio.phy.noscan || !conf->radio.phy.ht_coex;
	setup->required = (struct ap_required){.ht = conf->radio.phy.n && conf->radio.phy.require_ht,
					       .vht = conf->radio.phy.ac && conf->radio.phy.require_vht,
					       .he = conf->radio.phy.ax && conf->radio.phy.require_he};
	setup->rates = hostapd_rate_choice(&conf->radio);
	setup->neighbour_timeout_s = conf->radio.phy.neighbour_timeout_s;
	setup->obss_interval_s = (uint16_t)conf->radio.phy.obss_interval;
	for (unsigned i = 0; i < 4; i++) {
		const struct hostapd_wmm *wmm = &conf->radio.wmm[i];

		setup->wmm[i] = (struct ap_wmm_category){.aifs = (uint8_t)wmm->aifs,
							 .ecw_min = (uint8_t)wmm->cw_min,
							 .ecw_max = (uint8_t)wmm->cw_max,
							 .txop_32us = (uint16_t)wmm->txop,
							 .mandatory_admission = wmm->mandatory_admission};
	}
	for (size_t i = 0; i < conf->bss_count; i++) {
		if (!setup_bss(&conf->bss[i], crypto, &setup->bss[i], error))
			return false;
		for (unsigned k = 0; conf->bss[i].owe_transition_ifname[0] && k < conf->bss_count; k++)
			if (!strcmp(conf->bss[k].interface, conf->bss[i].owe_transition_ifname))
				setup->bss[i].owe_transition_bss = k + 1;
	}
	return true;
}

/* ---- the medium ---- */

bool hostapd_conf_check_air(struct hostapd_conf *conf, const char *file, struct error *error)
{
	static const char *const prefixes[] = {"ieee80211n", "ieee80211a", "ieee80211h", "ht_",         "vht_",
					       "he_",        "rts_",       "acs_",       "chanlist",    "freqlist",
					       "spectrum_",  "local_pwr_", "min_tx_",    "noscan",      "no_pri_sec",
					       "obss_",      "wds_bridge", "tx_queue_",  "beacon_rate", NULL};

	for (size_t i = 0; i < conf->bss_count; i++) {
		if (hostapd_bss_uses_vlans(&conf->bss[i])) {
			conf->warnings.stock_accepts = true;
			return error_set(error, false,
					 "%.16s: VLANs need a Wi-Fi card; remove the VLAN ids of this network to use "
					 "the medium of vifi air",
					 conf->bss[i].interface);
		}
		for (const struct opt *opt = hostapd_conf_options; opt->name; opt++) {
			unsigned line = conf->bss[i].key_line[opt - hostapd_conf_options];

			for (size_t k = 0; line && prefixes[k]; k++)
				if (!strncmp(opt->name, prefixes[k], strlen(prefixes[k])))
					text_warn(&conf->warnings, file, line,
						  "`%s` needs a card: it has no effect on the medium of vifi air",
						  opt->name);
		}
	}
	return true;
}

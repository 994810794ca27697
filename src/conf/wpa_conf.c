/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_conf.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#define CIPHER_BIT(c) (1u << CIPHER_##c)
#define GROUP_MGMT_ALL \
	(CIPHER_BIT(BIP_CMAC_128) | CIPHER_BIT(BIP_CMAC_256) | CIPHER_BIT(BIP_GMAC_128) | CIPHER_BIT(BIP_GMAC_256))

struct wpa_parser {
	struct wpa_conf *conf;
	struct wpa_network block;
	bool in_block, skip_braces; /* inside blob-base64-…={ or cred={ */
	size_t warnings_before;     /* the number of warnings before this block */
	const char *file;
	struct error *error;
};

/* ---- consistency ---- */

static size_t key_index(const char *key)
{
	return (size_t)(opt_find(wpa_network_options, key) - wpa_network_options);
}

static unsigned line_of_key(const struct wpa_network *network, const char *key)
{
	unsigned line = network->key_line[key_index(key)];

	return line ? line : network->first_line;
}

/* Reports an error at the line of a key, and returns false. */
static bool fail_at_key(struct wpa_parser *parser, const char *key, const char *text)
{
	error_set(parser->error, false, "%s", text);
	return text_error_at(parser->file, line_of_key(&parser->block, key), parser->error);
}

/* Warns that a block is skipped. This replaces the warnings about its keys. */
static bool skip_block(struct wpa_parser *parser, const char *text, const char *detail)
{
	parser->conf->warnings.count = parser->warnings_before;
	text_warn(&parser->conf->warnings, parser->file, parser->block.first_line, "this network is skipped: %s%s",
		  text, detail);
	return true;
}

/* Returns false with an error if the block is invalid; *use becomes false if it is skipped. */
static bool check_akms(struct wpa_parser *parser, bool *use)
{
	struct wpa_network *network = &parser->block;
	struct text_akms *akms = &network->akms;

	if (!network->key_line[key_index("key_mgmt")]) {
		/* wpa_supplicant's default is WPA-PSK and 802.1X; a psk means WPA-PSK. */
		if (!network->psk.set)
			return fail_at_key(parser, "key_mgmt",
					   "the network has no psk; set key_mgmt=NONE for an open network");
		akms->set = 1u << AKM_PSK;
	}
	if (!akms->set && !akms->none) {
		*use = false;
		return skip_block(parser, "no support for key_mgmt=", akms->unsupported);
	}
	if (akms->unsupported_count)
		text_warn(&parser->conf->warnings, parser->file, line_of_key(network, "key_mgmt"),
			  "key_mgmt: %s%s not supported and ignored", akms->unsupported,
			  akms->unsupported_count > 1 ? " and others are" : " is");
	if (akms->set && akms->none) {
		/* A block is for an open or for a protected network: protected, if it has a key. */
		akms->none = !network->psk.set;
		akms->set = network->psk.set ? akms->set : 0;
		text_warn(&parser->conf->warnings, parser->file, line_of_key(network, "key_mgmt"),
			  "key_mgmt: %s; a network is either open or protected",
			  akms->none ? "only NONE is used, because there is no psk"
				     : "NONE is ignored, because there is a psk");
	}
	if (akms->none && network->psk.set)
		return fail_at_key(parser, "psk", "the network has a psk, but key_mgmt=NONE is an open network");
	if (akms->set && !network->psk.set)
		return fail_at_key(parser, "key_mgmt", "the network has no psk");
	return true;
}

static bool check_ciphers(struct wpa_parser *parser)
{
	struct wpa_network *network = &parser->block;

	if (network->akms.set && !network->rsn && !(network->akms.set & akm_set_wpa()))
		return fail_at_key(parser, "key_mgmt", "WPA-PSK-SHA256 needs WPA2: proto=RSN");
	/* proto=WPA without pairwise names a legacy network, so that TKIP is permitted. */
	if (!network->pairwise)
		network->pairwise = TEXT_CIPHERS_DEFAULT | (network->wpa ? CIPHER_BIT(TKIP) : 0);
	if (!network->group)
		network->group = TEXT_CIPHERS_DEFAULT | (network->pairwise & CIPHER_BIT(TKIP));
	if (!network->group_mgmt)
		network->group_mgmt = GROUP_MGMT_ALL;
	if (network->pmf == 2 && !network->rsn)
		return fail_at_key(parser, "ieee80211w", "ieee80211w=2 needs WPA2: proto=RSN");
	if (network->pmf == 2 && !(network->pairwise & ~CIPHER_BIT(TKIP)))
		return fail_at_key(parser, "ieee80211w", "ieee80211w=2 needs a pairwise cipher other than TKIP");
	return true;
}

static bool check_wep(struct wpa_parser *parser)
{
	struct wpa_network *network = &parser->block;

	for (int i = 0; i < 4; i++) {
		if (network->wep[i].set && !network->akms.none)
			return fail_at_key(parser, "wep_key0", "wep_key0 needs key_mgmt=NONE");
		if (network->wep[i].set && !network->wep[0].set)
			return fail_at_key(parser, "wep_key0", "only wep_key0 is supported, and it is missing");
	}
	if (network->wep[0].set && network->wep_tx_key)
		return fail_at_key(parser, "wep_tx_keyidx", "only wep_key0 is supported: set wep_tx_keyidx=0");
	return true;
}

static bool check_block(struct wpa_parser *parser, bool *use)
{
	struct wpa_network *network = &parser->block;

	*use = true;
	if (network->mode) {
		*use = false;
		return skip_block(parser, "mode is not 0 (station)", "");
	}
	if (!check_akms(parser, use))
		return false;
	if (!*use)
		return true;
	if (!network->ssid.len && !network->akms.none)
		return fail_at_key(parser, "ssid", "the network has no name; set ssid=\"TEXT\"");
	if (!network->wpa && !network->rsn)
		network->rsn = true;
	return check_wep(parser) && (network->akms.none || check_ciphers(parser));
}

/* ---- reading ---- */

static bool unknown_key(const struct opt *options, const char *const *ignored, const char *key, const char *where,
			struct error *error)
{
	struct suggestion best = SUGGESTION_NONE;

	for (const struct opt *opt = options; opt->name; opt++)
		suggestion_consider(&best, key, opt->name);
	text_suggest(&best, key, ignored);
	if (best.word)
		return error_set(error, false, "unknown key `%.60s`%s; did you mean `%s`?", key, where, best.word);
	return error_set(error, false, "unknown key `%.60s`%s", key, where);
}

static bool set_global(struct wpa_parser *parser, const char *key, const char *value, unsigned line)
{
	const struct opt *opt = opt_find(wpa_global_options, key);

	if (opt)
		return opt_set(opt, &parser->conf->global, value, parser->error);
	if (opt_find(wpa_network_options, key))
		return error_set(parser->error, false, "`%.60s` belongs in a block network={ … }", key);
	if (!text_list_has(wpa_global_ignored_keys, key))
		return unknown_key(wpa_global_options, wpa_global_ignored_keys, key, "", parser->error);
	text_warn(&parser->conf->warnings, parser->file, line, "`%.60s` is not supported and has no effect", key);
	return true;
}

static bool set_network(struct wpa_parser *parser, const char *key, const char *value, unsigned line)
{
	const struct opt *opt = opt_find(wpa_network_options, key);

	if (!opt && text_list_has(wpa_network_ignored_keys, key)) {
		text_warn(&parser->conf->warnings, parser->file, line, "`%.60s` is not supported and has no effect",
			  key);
		return true;
	}
	if (!opt)
		return unknown_key(wpa_network_options, wpa_network_ignored_keys, key, " in a network", parser->error);
	parser->block.key_line[opt - wpa_network_options] = line;
	return opt_set(opt, &parser->block, value, parser->error);
}

static bool end_block(struct wpa_parser *parser)
{
	bool use;

	parser->in_block = false;
	if (!check_block(parser, &use))
		return false;
	if (use)
		parser->conf->networks[parser->conf->count++] = parser->block;
	crypto_wipe(&parser->block, sizeof(parser->block));
	return true;
}

static void begin_block(struct wpa_parser *parser, unsigned line)
{
	memset(&parser->block, 0, sizeof(parser->block));
	opt_defaults(wpa_network_options, &parser->block);
	parser->block.first_line = line;
	parser->warnings_before = parser->conf->warnings.count;
	parser->in_block = true;
}

/* Removes a comment at the end of a line. A # between the first and the last quote begins none. */
static void cut_comment(char *text)
{
	char *quote = strchr(text, '"'), *last = quote ? strrchr(text, '"') : NULL;
	char *hash = strchr(last && last != quote ? last : text, '#');

	if (hash)
		*hash = '\0';
}

/* Returns whether a line is NAME={, with optional blanks. */
static bool opens_block(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) != 0)
		return false;
	line += len + strspn(line + len, " \t");
	if (*line++ != '=')
		return false;
	return !strcmp(line + strspn(line, " \t"), "{");
}

static bool parse_line(struct wpa_parser *parser, char *text, unsigned line)
{
	char *equals, *key, *value;
	bool ok;

	text += strspn(text, " \t");
	if (*text == '#')
		return true;
	cut_comment(text);
	text = text_trim(text);
	if (!*text)
		return true;
	if (!strcmp(text, "}") && parser->in_block)
		return end_block(parser);
	if (parser->skip_braces) {
		parser->skip_braces = strcmp(text, "}") != 0;
		return true;
	}
	if (!parser->in_block && (!strncmp(text, "blob-base64-", 12) || opens_block(text, "cred"))) {
		text_warn(&parser->conf->warnings, parser->file, line, "this block is not supported and has no effect");
		parser->skip_braces = true;
		return true;
	}
	if (!parser->in_block && opens_block(text, "network")) {
		begin_block(parser, line);
		return true;
	}
	equals = strchr(text, '=');
	if (!equals) {
		error_set(parser->error, false, "expected KEY=VALUE, network={ or a comment (#)");
		return text_error_at(parser->file, line, parser->error);
	}
	*equals = '\0';
	key = text_trim(text);
	value = text_trim(equals + 1);
	ok = parser->in_block ? set_network(parser, key, value, line) : set_global(parser, key, value, line);
	return ok || text_error_at(parser->file, line, parser->error);
}

static bool check_end(struct wpa_parser *parser)
{
	if (parser->in_block || parser->skip_braces)
		return error_set(parser->error, false, "%.160s:%u: the block that begins here is not closed with }",
				 parser->file, parser->in_block ? parser->block.first_line : 1);
	if (!parser->conf->count)
		return error_set(parser->error, false, "%.160s: no usable network in this file", parser->file);
	return true;
}

/* Reserves room for all blocks at once: growth would leave copies of keys in freed memory. */
static bool reserve_networks(struct wpa_conf *conf, const char *text)
{
	size_t count_max = 1;

	while ((text = strstr(text, "network"))) {
		count_max++;
		text += strlen("network");
	}
	return array_reserve(&conf->networks, &conf->room, count_max, sizeof(*conf->networks)) == 0;
}

static bool parse_lines(struct wpa_parser *parser, struct text_lines *lines)
{
	enum text_line result;

	while ((result = text_lines_next(lines, parser->error)) == TEXT_LINE)
		if (!parse_line(parser, lines->line, lines->number))
			return false;
	return result == TEXT_END && check_end(parser);
}

bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, file, error);
	struct wpa_parser *parser = calloc(1, sizeof(*parser));
	bool ok;

	memset(conf, 0, sizeof(*conf));
	opt_defaults(wpa_global_options, &conf->global);
	ok = lines && parser && reserve_networks(conf, text);
	if (ok) {
		*parser = (struct wpa_parser){.conf = conf, .file = file, .error = error};
		ok = parse_lines(parser, lines);
		crypto_wipe(parser, sizeof(*parser));
	} else {
		error_set(error, 0, "%.160s: no memory", file);
	}
	text_lines_free(lines);
	free(parser);
	return ok;
}

bool wpa_conf_load(struct wpa_conf *conf, const char *path, struct error *error)
{
	char *text = text_file_load(path, error);
	bool ok;

	memset(conf, 0, sizeof(*conf));
	ok = text && wpa_conf_parse(conf, text, path, error);
	text_file_free(text);
	return ok;
}

void wpa_conf_free(struct wpa_conf *conf)
{
	if (conf->networks)
		crypto_wipe(conf->networks, conf->count * sizeof(*conf->networks));
	if (conf->sta_networks)
		crypto_wipe(conf->sta_networks, conf->count * sizeof(*conf->sta_networks));
	free(conf->networks);
	free(conf->sta_networks);
	text_warnings_free(&conf->warnings);
	memset(conf, 0, sizeof(*conf));
}

/* ---- the setup of the station ---- */

static const uint16_t *block_freqs(const struct wpa_network *network)
{
	return network->freq_list.list[0] ? network->freq_list.list : network->scan_freq.list;
}

static bool setup_network(struct wpa_network *network, const struct wpa_global *global, struct crypto *crypto,
			  struct sta_network *sta_network, struct error *error)
{
	*sta_network = (struct sta_network){
		.ssid_len = network->ssid.len,
		.any_bssid = !network->bssid.set,
		.scan_ssid = network->scan_ssid,
		.disabled = network->disabled,
		.priority = network->priority,
		.open = network->akms.none,
		.wpa = network->wpa && !network->akms.none,
		.rsn = network->rsn && !network->akms.none,
		.akms = network->akms.set,
		.pairwise = network->pairwise,
		.group = network->group,
		.group_mgmt = network->group_mgmt,
		.pmf = network->pmf == 3 ? global->pmf : network->pmf,
		.wep = network->wep[0].set ? network->wep[0].cipher : CIPHER_NONE,
		.ptk_rekey_s = network->ptk_rekey_s,
		.freqs_only = network->freq_list.list[0],
	};
	memcpy(sta_network->ssid, network->ssid.bytes, sizeof(sta_network->ssid));
	memcpy(sta_network->bssid, network->bssid.addr, sizeof(sta_network->bssid));
	memcpy(sta_network->wep_key, network->wep[0].key, sizeof(sta_network->wep_key));
	memcpy(sta_network->freqs, block_freqs(network), sizeof(sta_network->freqs));
	/* The global pmf does not apply to networks without RSN, which have no PMF. */
	if (network->akms.none || !network->rsn)
		sta_network->pmf = 0;
	if ((sta_network->wep != CIPHER_NONE || ((sta_network->pairwise | sta_network->group) & CIPHER_BIT(TKIP))) &&
	    !crypto_has_rc4(crypto))
		return error_set(error, false, "WEP and TKIP need RC4; install OpenSSL's legacy provider (legacy.so)");
	if (!sta_network->open &&
	    text_psk_to_pmk(&network->psk, crypto, sta_network->ssid, sta_network->ssid_len, sta_network->pmk) != 0)
		return error_set(error, false, "cannot derive the key of a network: no memory");
	crypto_wipe(network->psk.passphrase, sizeof(network->psk.passphrase)); /* of an open network, too */
	return true;
}

/* Returns whether each block lists its frequencies, so that a scan of all channels is unnecessary. */
static bool all_list_freqs(const struct wpa_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++)
		if (!conf->networks[i].disabled && !block_freqs(&conf->networks[i])[0])
			return false;
	return true;
}

bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *crypto, struct sta_setup *setup, struct error *error)
{
	static const uint16_t all_freqs[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 2442, 2447, 2452,
					     2457, 2467, 2472, 5180, 5200, 5220, 5240, 5260, 5280, 5300,
					     5320, 5500, 5520, 5540, 5560, 5580, 5600, 5620, 5640, 5660,
					     5680, 5700, 5720, 5745, 5765, 5785, 5805, 5825, 2484};

	*setup = (struct sta_setup){.passive = conf->global.passive_scan, .wmm = true, .network_count = conf->count};
	free(conf->sta_networks);
	conf->sta_networks = calloc(conf->count + 1, sizeof(*conf->sta_networks));
	if (!conf->sta_networks)
		return error_set(error, false, "no memory");
	setup->networks = conf->sta_networks;
	setup->freqs_only = conf->global.freq_list.list[0];
	if (conf->global.freq_list.list[0])
		memcpy(setup->freqs, conf->global.freq_list.list, sizeof(setup->freqs));
	else if (!all_list_freqs(conf))
		memcpy(setup->freqs, all_freqs, sizeof(all_freqs));
	for (size_t i = 0; i < conf->count; i++)
		if (!setup_network(&conf->networks[i], &conf->global, crypto, &conf->sta_networks[i], error))
			return false;
	return true;
}

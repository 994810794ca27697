/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_conf.h"

#include "base/mac.h"
#include "conf/wpa_keys.h"

#include <stdlib.h>
#include <string.h>

#define CIPHER_BIT(c) (1u << CIPHER_##c)
#define GROUP_MGMT_ALL \
	(CIPHER_BIT(BIP_CMAC_128) | CIPHER_BIT(BIP_CMAC_256) | CIPHER_BIT(BIP_GMAC_128) | CIPHER_BIT(BIP_GMAC_256))

struct wpa_parser {
	struct wpa_conf *conf;
	struct wpa_network block;
	bool in_block, skip_braces; /* blob-base64-…={ and cred={ are passed over */
	size_t warnings_before;     /* of this block: what is said of its keys goes with it */
	const char *file;
	struct error *why;
};

/* ---- what fits together ---- */

static size_t key_index(const char *key)
{
	return (size_t)(opt_find(wpa_network_options, key) - wpa_network_options);
}

static unsigned line_of_key(const struct wpa_network *network, const char *key)
{
	unsigned line = network->key_line[key_index(key)];

	return line ? line : network->first_line;
}

static bool fail_at_key(struct wpa_parser *parser, const char *key, const char *text)
{
	error_set(parser->why, false, "%s", text);
	return text_error_at(parser->file, line_of_key(&parser->block, key), parser->why);
}

/* Says why a block is not used, instead of what was to be said of its keys. */
static bool skip_block(struct wpa_parser *parser, const char *text, const char *detail)
{
	parser->conf->warnings.count = parser->warnings_before;
	text_warn(&parser->conf->warnings, parser->file, parser->block.first_line, "this network is not used: %s%s",
		  text, detail);
	return true;
}

/* Returns whether the block is fine, or skipped (then *use becomes false). */
static bool check_akms(struct wpa_parser *parser, bool *use)
{
	struct wpa_network *network = &parser->block;
	struct text_akms *akms = &network->akms;

	if (!network->key_line[key_index("key_mgmt")]) {
		/* wpa_supplicant's default is WPA-PSK and 802.1X: it is the psk that tells. */
		if (!network->psk.set)
			return fail_at_key(parser, "key_mgmt",
					   "the network has no psk; an open one says key_mgmt=NONE");
		akms->set = 1u << AKM_PSK;
	}
	if (!akms->set && !akms->none) {
		*use = false;
		return skip_block(parser, "it needs what comes with a later version, key_mgmt=", akms->unsupported);
	}
	if (akms->unsupported_count)
		text_warn(&parser->conf->warnings, parser->file, line_of_key(network, "key_mgmt"),
			  "of key_mgmt, %s%s comes with a later version", akms->unsupported,
			  akms->unsupported_count > 1 ? " (and more)" : "");
	if (akms->set && akms->none) {
		/* A block is for one kind of network: the protected one, if there is a key for it. */
		akms->none = !network->psk.set;
		akms->set = network->psk.set ? akms->set : 0;
		text_warn(&parser->conf->warnings, parser->file, line_of_key(network, "key_mgmt"),
			  "of key_mgmt, %s is used: a network is open or "
			  "protected",
			  akms->none ? "only NONE" : "NONE is left out, for there is a psk, and the rest");
	}
	if (akms->none && network->psk.set)
		return fail_at_key(parser, "psk", "there is a psk, but key_mgmt=NONE is an open network");
	if (akms->set && !network->psk.set)
		return fail_at_key(parser, "key_mgmt", "the network has no psk");
	return true;
}

static bool check_ciphers(struct wpa_parser *parser)
{
	struct wpa_network *network = &parser->block;

	if (network->akms.set && !network->rsn && !(network->akms.set & akm_set_wpa()))
		return fail_at_key(parser, "key_mgmt", "WPA-PSK-SHA256 needs WPA2: proto=RSN");
	/* proto=WPA without ciphers is a legacy network, and says so. */
	if (!network->pairwise)
		network->pairwise = TEXT_CIPHERS_DEFAULT | (network->wpa ? CIPHER_BIT(TKIP) : 0);
	if (!network->group)
		network->group = TEXT_CIPHERS_DEFAULT | (network->pairwise & CIPHER_BIT(TKIP));
	if (!network->group_mgmt)
		network->group_mgmt = GROUP_MGMT_ALL;
	if (network->pmf == 2 && !network->rsn)
		return fail_at_key(parser, "ieee80211w", "ieee80211w=2 needs WPA2: proto=RSN");
	if (network->pmf == 2 && !(network->pairwise & ~CIPHER_BIT(TKIP)))
		return fail_at_key(parser, "ieee80211w", "ieee80211w=2 does not go with TKIP");
	return true;
}

static bool check_wep(struct wpa_parser *parser)
{
	struct wpa_network *network = &parser->block;

	for (int i = 0; i < 4; i++) {
		if (network->wep[i].set && !network->akms.none)
			return fail_at_key(parser, "wep_key0",
					   "a network is WEP or WPA, not both: wep_key0 needs key_mgmt=NONE");
		if (network->wep[i].set && !network->wep[0].set)
			return fail_at_key(parser, "wep_key0",
					   "of the WEP keys only wep_key0 is used here; it is missing");
	}
	if (network->wep[0].set && network->wep_tx_key)
		return fail_at_key(parser, "wep_tx_keyidx",
				   "of the WEP keys only wep_key0 is used here: wep_tx_keyidx=0");
	return true;
}

static bool check_block(struct wpa_parser *parser, bool *use)
{
	struct wpa_network *network = &parser->block;

	*use = true;
	if (network->mode) {
		*use = false;
		return skip_block(parser, "mode is not 0, a station", "");
	}
	if (!check_akms(parser, use))
		return false;
	if (!*use)
		return true;
	if (!network->ssid.len && !network->akms.none)
		return fail_at_key(parser, "ssid", "the network has no name: ssid=\"TEXT\"");
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
		return error_set(error, false, "there is no key `%.60s`%s; did you mean `%s`?", key, where, best.word);
	return error_set(error, false, "there is no key `%.60s`%s", key, where);
}

static bool set_global(struct wpa_parser *parser, const char *key, const char *value, unsigned line)
{
	const struct opt *opt = opt_find(wpa_global_options, key);

	if (opt)
		return opt_set(opt, &parser->conf->global, value, parser->why);
	if (opt_find(wpa_network_options, key))
		return error_set(parser->why, false, "`%.60s` belongs into a block network={ … }", key);
	if (!text_list_has(wpa_global_ignored_keys, key))
		return unknown_key(wpa_global_options, wpa_global_ignored_keys, key, "", parser->why);
	text_warn(&parser->conf->warnings, parser->file, line, "`%.60s` is known, and not used here", key);
	return true;
}

static bool set_network(struct wpa_parser *parser, const char *key, const char *value, unsigned line)
{
	const struct opt *opt = opt_find(wpa_network_options, key);

	if (!opt && text_list_has(wpa_network_ignored_keys, key)) {
		text_warn(&parser->conf->warnings, parser->file, line, "`%.60s` is known, and not used here", key);
		return true;
	}
	if (!opt)
		return unknown_key(wpa_network_options, wpa_network_ignored_keys, key, " in a network", parser->why);
	parser->block.key_line[opt - wpa_network_options] = line;
	return opt_set(opt, &parser->block, value, parser->why);
}

static bool add_network(struct wpa_conf *conf, const struct wpa_network *network)
{
	if (conf->count == conf->room) {
		size_t room = conf->room ? 2 * conf->room : 8;
		struct wpa_network *grown = calloc(room, sizeof *grown);

		if (!grown)
			return false;
		if (conf->count) {
			memcpy(grown, conf->networks, conf->count * sizeof *grown);
			crypto_wipe(conf->networks, conf->count * sizeof *grown);
		}
		free(conf->networks);
		conf->networks = grown;
		conf->room = room;
	}
	conf->networks[conf->count++] = *network;
	return true;
}

static bool end_block(struct wpa_parser *parser)
{
	bool use;

	parser->in_block = false;
	/* It says itself where the mistake is. */
	if (!check_block(parser, &use))
		return false;
	if (use && !add_network(parser->conf, &parser->block))
		return error_set(parser->why, false, "%.160s: no memory", parser->file);
	crypto_wipe(&parser->block, sizeof parser->block);
	return true;
}

static void begin_block(struct wpa_parser *parser, unsigned line)
{
	memset(&parser->block, 0, sizeof parser->block);
	opt_defaults(wpa_network_options, &parser->block);
	parser->block.first_line = line;
	parser->warnings_before = parser->conf->warnings.count;
	parser->in_block = true;
}

/* A comment ends a line, but a # between the first and the last quote is none. */
static void cut_comment(char *text)
{
	char *quote = strchr(text, '"'), *last = quote ? strrchr(text, '"') : NULL;
	char *hash = strchr(last && last != quote ? last : text, '#');

	if (hash)
		*hash = '\0';
}

/* NAME={, with blanks where people put them. */
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
		text_warn(&parser->conf->warnings, parser->file, line, "this block is known, and not used here");
		parser->skip_braces = true;
		return true;
	}
	if (!parser->in_block && opens_block(text, "network")) {
		begin_block(parser, line);
		return true;
	}
	equals = strchr(text, '=');
	if (!equals) {
		error_set(parser->why, false,
			  "this is neither KEY=VALUE nor network={ nor a comment, which begins with #");
		return text_error_at(parser->file, line, parser->why);
	}
	*equals = '\0';
	key = text_trim(text);
	value = text_trim(equals + 1);
	ok = parser->in_block ? set_network(parser, key, value, line) : set_global(parser, key, value, line);
	return ok || text_error_at(parser->file, line, parser->why);
}

static bool check_end(struct wpa_parser *parser)
{
	if (parser->in_block || parser->skip_braces)
		return error_set(parser->why, false, "%.160s:%u: the block that begins here is not closed: }",
				 parser->file, parser->in_block ? parser->block.first_line : 1);
	if (!parser->conf->count)
		return error_set(parser->why, false, "%.160s: there is no network in it that could be used",
				 parser->file);
	return true;
}

bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, file, error);
	struct wpa_parser *parser = calloc(1, sizeof *parser);
	bool ok = lines && parser;

	memset(conf, 0, sizeof *conf);
	opt_defaults(wpa_global_options, &conf->global);
	if (ok) {
		*parser = (struct wpa_parser){.conf = conf, .file = file, .why = error};
		while (ok && text_lines_next(lines, error))
			ok = parse_line(parser, lines->line, lines->number);
		ok = ok && !error->text[0] && check_end(parser);
		crypto_wipe(parser, sizeof *parser);
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

	memset(conf, 0, sizeof *conf);
	ok = text && wpa_conf_parse(conf, text, path, error);
	text_file_free(text);
	return ok;
}

void wpa_conf_free(struct wpa_conf *conf)
{
	if (conf->networks)
		crypto_wipe(conf->networks, conf->count * sizeof *conf->networks);
	if (conf->sta_networks)
		crypto_wipe(conf->sta_networks, conf->count * sizeof *conf->sta_networks);
	free(conf->networks);
	free(conf->sta_networks);
	text_warnings_free(&conf->warnings);
	memset(conf, 0, sizeof *conf);
}

/* ---- the station's structure ---- */

static const uint16_t *block_freqs(const struct wpa_network *network)
{
	return network->freq_list.list[0] ? network->freq_list.list : network->scan_freq.list;
}

static bool setup_network(const struct wpa_network *network, const struct wpa_global *global, struct crypto *crypto,
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
	memcpy(sta_network->ssid, network->ssid.bytes, sizeof sta_network->ssid);
	memcpy(sta_network->bssid, network->bssid.addr, sizeof sta_network->bssid);
	memcpy(sta_network->wep_key, network->wep[0].key, sizeof sta_network->wep_key);
	memcpy(sta_network->freqs, block_freqs(network), sizeof sta_network->freqs);
	/* What pmf asks of all networks is not asked of those that cannot have it. */
	if (network->akms.none || !network->rsn)
		sta_network->pmf = 0;
	if ((sta_network->wep != CIPHER_NONE || ((sta_network->pairwise | sta_network->group) & CIPHER_BIT(TKIP))) &&
	    !crypto_has_rc4(crypto))
		return error_set(error, false,
				 "WEP and TKIP need RC4, and OpenSSL's legacy provider (legacy.so) is not installed");
	if (!sta_network->open &&
	    text_psk_to_pmk(&network->psk, crypto, sta_network->ssid, sta_network->ssid_len, sta_network->pmk) != 0)
		return error_set(error, false, "the key of a network cannot be computed: no memory");
	return true;
}

/* Then nobody needs to look elsewhere. */
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
	conf->sta_networks = calloc(conf->count + 1, sizeof *conf->sta_networks);
	if (!conf->sta_networks)
		return error_set(error, false, "no memory");
	setup->networks = conf->sta_networks;
	setup->freqs_only = conf->global.freq_list.list[0];
	if (conf->global.freq_list.list[0])
		memcpy(setup->freqs, conf->global.freq_list.list, sizeof setup->freqs);
	else if (!all_list_freqs(conf))
		memcpy(setup->freqs, all_freqs, sizeof all_freqs);
	for (size_t i = 0; i < conf->count; i++)
		if (!setup_network(&conf->networks[i], &conf->global, crypto, &conf->sta_networks[i], error))
			return false;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_conf.h"

#include "base/array.h"
#include "conf/hostapd_keys.h"
#include "conf/wpa_stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wpa_parser {
	struct wpa_conf *conf;
	struct wpa_network block;
	bool in_block, in_cred, skip_braces; /* in cred={, or blob-base64-…={ and others */
	struct wpa_stock stock;
	size_t warnings_before;     /* the number of warnings before this block */
	char other[TEXT_LINE_MAX];  /* another reading of the current line */
	struct wpa_network scratch; /* for that reading */
	struct wpa_global scratch_global;
	const char *file;
	struct error *error;
};

/* ---- keys ---- */

bool wpa_unknown_key(const struct opt *options, const struct ignored_keys *ignored, const char *key, const char *where,
		     struct error *error)
{
	static const char *const passphrase_keys[] = {"passphrase", "wpa_passphrase", "wpa_psk", NULL};
	struct suggestion best = SUGGESTION_NONE;

	if (options == wpa_network_options && text_list_has(passphrase_keys, key))
		return error_set(error, false, "unknown key `%s`%s; did you mean `psk`?", key, where);
	if (options == wpa_global_options && opt_find(hostapd_conf_options, key))
		return error_set(error, false, "`%.60s` is a key of hostapd.conf; `vifi ap` reads such a file", key);
	if (!strcmp(key, "include") || !strcmp(key, "@include"))
		return error_set(error, false, "`%s`: a wpa_supplicant.conf cannot include other files", key);
	if (!strcmp(key, "network"))
		return error_set(error, false,
				 "`network={` must be a line of its own, and so must each key of the block and its }");
	for (const struct opt *opt = options; opt->name; opt++)
		suggestion_consider(&best, key, opt->name);
	ignored_suggest(ignored, key, &best);
	if (best.word)
		return error_set(error, false, "unknown key `%.60s`%s; did you mean `%s`?", key, where, best.word);
	return error_set(error, false,
			 "unknown key `%.60s`%s, which wpa_supplicant 2.10 does not know, either; remove the line", key,
			 where);
}

bool wpa_set_option(const struct opt *opt, enum wpa_place place, void *target, const char *value, struct error *error)
{
	char text[24];
	int32_t number;
	struct error ignored;

	if (opt->type != OPT_NUMBER && opt->type != OPT_FLAG)
		return opt_set(opt, target, value, error);
	if (!wpa_stock_number(value, &number))
		return error_set(error, false, "%s must be %s, not `%.60s`", opt->name,
				 opt->type == OPT_FLAG ? "0 or 1" : "a number", value);
	if (opt->type == OPT_FLAG && wpa_stock_knows(place, opt->name) &&
	    wpa_stock_takes(place, opt->name, value, &ignored))
		number = number != 0;
	snprintf(text, sizeof(text), "%" PRId64, opt->max == UINT32_MAX ? (uint32_t)number : (int64_t)number);
	return opt_set(opt, target, text, error);
}

enum wpa_key wpa_global_set(struct wpa_global *global, const char *key, const char *value, struct error *error)
{
	const struct opt *opt = opt_find(wpa_global_options, key);

	global->remark = (struct wpa_remark){0};
	if (opt)
		return wpa_set_option(opt, WPA_OUTSIDE, global, value, error) ? WPA_KEY_SET : WPA_KEY_INVALID;
	if (ignored_has(&wpa_global_ignored, key))
		return WPA_KEY_IGNORED;
	if (opt_find(wpa_network_options, key))
		error_set(error, 0, "`%.60s` belongs in a block network={ … }", key);
	else
		wpa_unknown_key(wpa_global_options, &wpa_global_ignored, key, "", error);
	return WPA_KEY_INVALID;
}

static enum wpa_key set_key(struct wpa_parser *parser, const char *key, const char *value, unsigned line)
{
	if (parser->in_block)
		return wpa_network_set(&parser->block, key, value, line, parser->error);
	return wpa_global_set(&parser->conf->global, key, value, parser->error);
}

/* A line KEY=VALUE. */
struct key_line {
	const char *key;
	const char *value;     /* without blanks at its ends */
	const char *raw_value; /* with those after the = */
	bool blank_before;     /* before the = */
	unsigned number;
};

static enum wpa_place place_of(const struct wpa_parser *parser)
{
	return parser->in_block ? WPA_IN_NETWORK : parser->in_cred ? WPA_IN_CRED : WPA_OUTSIDE;
}

/* Would wpa_supplicant take the line? If not, `why` is a clause, for a key that it knows. */
static bool stock_takes(const struct wpa_parser *parser, const struct key_line *line, struct error *why)
{
	return !line->blank_before && wpa_stock_knows(place_of(parser), line->key) &&
	       wpa_stock_takes(place_of(parser), line->key, line->raw_value, why);
}

static void warn_of_blanks(struct wpa_parser *parser, unsigned line)
{
	text_warn_lenient(&parser->conf->warnings, parser->file, line, "wpa_supplicant refuses blanks around `=`");
}

/* Says what wpa_supplicant makes of a line with a key that it knows, and that vifi takes. */
static void warn_of_stock(struct wpa_parser *parser, const struct key_line *line)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	bool blanks = line->blank_before || line->raw_value != line->value;
	enum wpa_place place = place_of(parser);
	struct error why;
	bool taken = stock_takes(parser, line, &why);

	if (taken && blanks && wpa_stock_keeps_blanks(place, line->key))
		text_warn(warnings, parser->file, line->number,
			  "wpa_supplicant takes blanks after `%.60s=` for a part of the value", line->key);
	if (taken && wpa_stock_follows(&parser->stock, place, line->key, line->raw_value, &why))
		return;
	if (!taken && blanks && wpa_stock_takes(place, line->key, line->value, &why))
		warn_of_blanks(parser, line->number);
	else
		text_warn_lenient(warnings, parser->file, line->number,
				  "wpa_supplicant refuses the value of `%.60s`: %s", line->key, why.text);
}

/* Sets a key, and warns about what is to be said of it. Returns false with an error. */
static bool apply_key(struct wpa_parser *parser, const struct key_line *line)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	const struct ignored_keys *keys = parser->in_block ? &wpa_network_ignored : &wpa_global_ignored;
	enum wpa_key result = set_key(parser, line->key, line->value, line->number);
	const struct wpa_remark *remark = parser->in_block ? &parser->block.remark : &parser->conf->global.remark;
	bool newer = !wpa_stock_knows(place_of(parser), line->key);
	struct error ignored;

	if (result == WPA_KEY_INVALID) {
		warnings->stock_accepts =
			stock_takes(parser, line, &ignored) &&
			wpa_stock_follows(&parser->stock, place_of(parser), line->key, line->raw_value, &ignored);
		return false;
	}
	if (result == WPA_KEY_IGNORED)
		ignored_warn(keys, line->key, newer, warnings, parser->file, line->number);
	else if (newer)
		ignored_warn_newer(keys, line->key, warnings, parser->file, line->number);
	if (result == WPA_KEY_SET && remark->text)
		text_warn(warnings, parser->file, line->number, "%s", remark->text);
	if (!newer)
		warn_of_stock(parser, line);
	return true;
}

/* ---- blocks ---- */

/* Returns why wpa_supplicant refuses a block of valid lines, and the key, or NULL. */
static const char *conflict_for_stock(const struct wpa_network *network, const char **key)
{
	const struct text_akms *akms = &network->akms;
	bool none = akms->none && !akms->set, sae = akms->set == 1u << AKM_SAE && !akms->none;

	*key = "mode";
	if (network->mode == 5 && (akms->unsupported_count || (!none && !sae)))
		return "a mesh with another key_mgmt than NONE or SAE";
	*key = "ieee80211w";
	if (network->ocv && !network->pmf && wpa_network_line(network, "ocv") < wpa_network_line(network, *key))
		return "ieee80211w=0 after ocv=1";
	return NULL;
}

static void end_block(struct wpa_parser *parser)
{
	struct wpa_conf *conf = parser->conf;
	const char *key, *conflict = conflict_for_stock(&parser->block, &key);
	unsigned line = wpa_network_line(&parser->block, key);

	parser->in_block = false;
	if (wpa_network_complete(&parser->block, &conf->warnings, parser->warnings_before, parser->file))
		conf->networks[conf->count++] = parser->block;
	if (conflict)
		text_warn_lenient(&conf->warnings, parser->file, line, "wpa_supplicant refuses %s", conflict);
	crypto_wipe(&parser->block, sizeof(parser->block));
}

static void begin_block(struct wpa_parser *parser, unsigned line)
{
	wpa_network_init(&parser->block, line);
	wpa_stock_begin_block(&parser->stock);
	parser->warnings_before = parser->conf->warnings.count;
	parser->in_block = true;
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

/* ---- lines ---- */

/* Returns the # that begins a comment, or NULL. Quotes are paired from left to right: a # in a pair begins none. */
static char *find_comment(char *text)
{
	for (;;) {
		char *hash = strchr(text, '#'), *quote = strchr(text, '"'), *end;

		if (!hash || !quote || hash < quote)
			return hash;
		end = strchr(quote + 1, '"');
		if (!end)
			return hash;
		text = end + 1;
	}
}

/* The same as older versions of wpa_supplicant see it: a # between the first and the last quote begins no comment. */
static char *find_comment_outside(char *text)
{
	char *quote = strchr(text, '"'), *last = quote ? strrchr(text, '"') : NULL;

	return strchr(last && last != quote ? last : text, '#');
}

/* Splits KEY=VALUE at the first `=`, in place. Returns false if there is none. */
static bool split(char *text, char **key, char **value)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return false;
	*equals = '\0';
	*key = text_trim(text);
	*value = text_trim(equals + 1);
	return true;
}

/* Is the other reading of the line valid, too? */
static bool other_is_valid(struct wpa_parser *parser, char *other, unsigned line)
{
	struct error ignored;
	char *key, *value;
	bool valid;

	if (!split(text_trim(other), &key, &value))
		return false;
	parser->scratch = parser->block;
	parser->scratch_global = parser->conf->global;
	valid = (parser->in_block ? wpa_network_set(&parser->scratch, key, value, line, &ignored)
				  : wpa_global_set(&parser->scratch_global, key, value, &ignored)) == WPA_KEY_SET;
	crypto_wipe(&parser->scratch, sizeof(parser->scratch));
	return valid;
}

/*
 * Removes the comment of a line. Where versions of wpa_supplicant differ, parser->other gets the other reading; otherwise
 * it is empty.
 */
static void cut_comment(struct wpa_parser *parser, char *text)
{
	char *comment = find_comment(text), *other = find_comment_outside(text);

	parser->other[0] = '\0';
	if (comment != other) {
		size_t len = other ? (size_t)(other - text) : strlen(text);

		memcpy(parser->other, text, len);
		parser->other[len] = '\0';
	}
	if (comment)
		*comment = '\0';
}

/* The same, and notes the blanks around the `=`. */
static bool split_line(struct key_line *line, char *text)
{
	char *equals = strchr(text, '=');
	char *key, *value;

	if (!split(text, &key, &value))
		return false;
	line->key = key;
	line->value = value;
	line->raw_value = equals + 1;
	line->blank_before = key + strlen(key) != equals;
	return true;
}

static bool parse_key_line(struct wpa_parser *parser, char *text, unsigned number)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	struct key_line line = {.number = number};
	struct error ignored;

	if (!split_line(&line, text))
		return error_set(parser->error, false, "expected KEY=VALUE, network={ or a comment (#)");
	if (!parser->in_block && !strcmp(line.key, "ctrl_interface") && !*line.value)
		text_warn_lenient(warnings, parser->file, number,
				  "ctrl_interface is empty: wpa_supplicant would not start");
	if (!apply_key(parser, &line))
		return false;
	if (!parser->in_block && !strcmp(line.key, "ap_scan") && !strcmp(line.value, "0"))
		text_warn(warnings, parser->file, number,
			  "with ap_scan=0 wpa_supplicant leaves associations to another program; vifi sta scans and "
			  "associates itself, as with ap_scan=1");
	if (!parser->other[0] || !other_is_valid(parser, parser->other, number))
		return true;
	warnings->stock_accepts = stock_takes(parser, &line, &ignored);
	return error_set(
		parser->error, false,
		"the value of `%.60s` ends at the second quote, and # begins a comment, for wpa_supplicant 2.10; "
		"for older versions it ends at the last quote: move the comment to a line of its own",
		line.key);
}

/* A line in cred={ … } has no effect, but wpa_supplicant may refuse it. */
static void check_cred_line(struct wpa_parser *parser, const char *text, unsigned number)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	struct key_line line = {.number = number};
	char copy[TEXT_LINE_MAX];

	snprintf(copy, sizeof(copy), "%s", text);
	if (!split_line(&line, copy))
		text_warn_lenient(warnings, parser->file, number,
				  "wpa_supplicant refuses this line: it is not KEY=VALUE");
	else if (!wpa_stock_knows(WPA_IN_CRED, line.key))
		text_warn_lenient(warnings, parser->file, number,
				  "wpa_supplicant 2.10 refuses `%.60s`, which it does not know", line.key);
	else
		warn_of_stock(parser, &line);
	crypto_wipe(copy, sizeof(copy));
}

/* Handles a line that begins or ends a block, or is inside a block that is not supported. */
static bool parse_block_line(struct wpa_parser *parser, const char *text, unsigned line)
{
	if (!strcmp(text, "}") && parser->in_block) {
		end_block(parser);
		return true;
	}
	if (parser->in_cred || parser->skip_braces) {
		if (!strcmp(text, "}"))
			parser->in_cred = parser->skip_braces = false;
		else if (parser->in_cred)
			check_cred_line(parser, text, line);
		return true;
	}
	if (parser->in_block)
		return false;
	if (!strncmp(text, "blob-base64-", 12) || opens_block(text, "cred") || opens_block(text, "identity")) {
		text_warn(&parser->conf->warnings, parser->file, line,
			  "this block has no effect: only 802.1X and Hotspot 2.0 need that");
		if (*text == 'i')
			text_warn_lenient(&parser->conf->warnings, parser->file, line,
					  "wpa_supplicant 2.10 refuses `identity={`, which it does not know");
		else if (*text == 'c' && strcmp(text, "cred={") != 0)
			warn_of_blanks(parser, line);
		parser->in_cred = *text == 'c';
		parser->skip_braces = !parser->in_cred;
		return true;
	}
	if (!opens_block(text, "network"))
		return false;
	if (strcmp(text, "network={") != 0)
		warn_of_blanks(parser, line);
	begin_block(parser, line);
	return true;
}

/* Like wpa_supplicant, reads only the beginning of a long line. */
static void cut_long_line(struct wpa_parser *parser, char *text, unsigned line)
{
	unsigned max = wpa_stock_line_max(place_of(parser));
	bool blank;

	if (parser->skip_braces || strlen(text) <= max)
		return;
	blank = !text[max + strspn(text + max, " \t")];
	text[max] = '\0';
	if (!blank && text[strspn(text, " \t")] != '#' && !find_comment(text))
		text_warn(&parser->conf->warnings, parser->file, line,
			  "only the first %u bytes of this line are read, as by wpa_supplicant", max);
}

static bool parse_line(struct wpa_parser *parser, char *text, unsigned line)
{
	cut_long_line(parser, text, line);
	text += strspn(text, " \t");
	if (*text == '#')
		return true;
	cut_comment(parser, text);
	text = text_trim(text);
	if (!*text || parse_block_line(parser, text, line) || parse_key_line(parser, text, line))
		return true;
	return text_error_at(parser->file, line, parser->error);
}

static bool check_end(struct wpa_parser *parser)
{
	if (parser->in_block || parser->in_cred || parser->skip_braces)
		return error_set(parser->error, false, "%.160s:%u: the block that begins here is not closed with }",
				 parser->file, parser->in_block ? parser->block.first_line : 1);
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

/* After a line that only vifi refuses: does wpa_supplicant refuse another one? */
static void find_stock_errors(struct wpa_parser *parser, struct text_lines *lines)
{
	struct text_warnings *warnings = &parser->conf->warnings;
	struct error *error = parser->error, ignored;

	parser->error = &ignored;
	while (warnings->stock_accepts && text_lines_next(lines, &ignored) == TEXT_LINE) {
		warnings->stock_accepts = false;
		warnings->stock_accepts = parse_line(parser, lines->line, lines->number) || warnings->stock_accepts;
	}
	warnings->stock_accepts &= check_end(parser);
	parser->error = error;
}

static bool parse_lines(struct wpa_parser *parser, struct text_lines *lines)
{
	enum text_line result;

	while ((result = text_lines_next(lines, parser->error)) == TEXT_LINE)
		if (!parse_line(parser, lines->line, lines->number)) {
			find_stock_errors(parser, lines);
			return false;
		}
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

void wpa_conf_forget_networks(struct wpa_conf *conf)
{
	if (conf->networks)
		crypto_wipe(conf->networks, conf->count * sizeof(*conf->networks));
	if (conf->sta_networks)
		crypto_wipe(conf->sta_networks, conf->count * sizeof(*conf->sta_networks));
	free(conf->networks);
	free(conf->sta_networks);
	conf->networks = NULL;
	conf->sta_networks = NULL;
	conf->count = conf->room = 0;
}

void wpa_conf_free(struct wpa_conf *conf)
{
	wpa_conf_forget_networks(conf);
	text_warnings_free(&conf->warnings);
	memset(conf, 0, sizeof(*conf));
}

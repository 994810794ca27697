/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_edit.h"

#include "base/array.h"
#include "conf/ignored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 1024, BSS_MAX = AP_BSS_MAX };

struct edit_line {
	char *key, *value; /* `value` is in the memory of `key` */
	size_t size;
};

struct edit_bss {
	char interface[16];
	struct edit_line *lines;
	size_t count, room;
};

struct hostapd_edit {
	struct edit_bss bss[BSS_MAX];
	size_t count;
};

/* ---- lines ---- */

static void free_line(struct edit_line *line)
{
	if (line->key)
		crypto_wipe(line->key, line->size);
	free(line->key);
	*line = (struct edit_line){0};
}

static void free_bss(struct edit_bss *bss)
{
	for (size_t i = 0; i < bss->count; i++)
		free_line(&bss->lines[i]);
	free(bss->lines);
	*bss = (struct edit_bss){0};
}

static bool make_line(struct edit_line *line, const char *key, const char *value)
{
	size_t key_size = strlen(key) + 1, value_size = strlen(value) + 1;

	line->size = key_size + value_size;
	line->key = malloc(line->size);
	if (!line->key)
		return false;
	line->value = line->key + key_size;
	memcpy(line->key, key, key_size);
	memcpy(line->value, value, value_size);
	return true;
}

static bool is_secret(const char *key)
{
	return !strcmp(key, "wpa_passphrase") || !strcmp(key, "wpa_psk") || !strcmp(key, "sae_password") ||
	       !strcmp(key, "r0kh") || !strcmp(key, "r1kh") || !strncmp(key, "wep_key", 7);
}

void hostapd_edit_forget_secrets(struct hostapd_edit *edit)
{
	for (size_t bss = 0; bss < edit->count; bss++)
		for (size_t i = 0; i < edit->bss[bss].count; i++) {
			struct edit_line *line = &edit->bss[bss].lines[i];

			if (is_secret(line->key))
				crypto_wipe(line->value, line->size - (size_t)(line->value - line->key));
		}
}

/* A passphrase replaces a key and the reverse: the last one counts. */
static bool replaces(const char *key, const char *value, const char *old)
{
	if (!strcmp(key, old))
		return (strcmp(key, "sae_password") != 0 && strcmp(key, "r0kh") != 0 && strcmp(key, "r1kh") != 0) ||
		       !*value; /* each line adds one; an empty one removes them */
	return (!strcmp(key, "wpa_passphrase") && !strcmp(old, "wpa_psk")) ||
	       (!strcmp(key, "wpa_psk") && !strcmp(old, "wpa_passphrase")) ||
	       (!strcmp(key, "ssid") && !strcmp(old, "ssid2")) || (!strcmp(key, "ssid2") && !strcmp(old, "ssid"));
}

static void remove_replaced(struct edit_bss *bss, const char *key, const char *value)
{
	size_t kept = 0;

	for (size_t i = 0; i < bss->count; i++) {
		if (replaces(key, value, bss->lines[i].key))
			free_line(&bss->lines[i]);
		else
			bss->lines[kept++] = bss->lines[i];
	}
	bss->count = kept;
}

static bool put_line(struct edit_bss *bss, const char *key, const char *value, struct error *error)
{
	struct edit_line line;

	if (bss->count >= LINES_MAX)
		return error_set(error, false, "more than %d lines", LINES_MAX);
	if (array_reserve(&bss->lines, &bss->room, bss->count + 1, sizeof(*bss->lines)) ||
	    !make_line(&line, key, value))
		return error_set(error, false, "no memory");
	remove_replaced(bss, key, value);
	bss->lines[bss->count++] = line;
	return true;
}

bool hostapd_check_line(const char *key, const char *value, struct error *error)
{
	char name[64];
	const struct opt *opt;
	struct hostapd_target *target;
	bool ok;

	snprintf(name, sizeof(name), "%s%.56s", strncmp(key, "wme_", 4) ? "" : "wmm_",
		 strncmp(key, "wme_", 4) ? key : key + 4);
	opt = opt_find(hostapd_conf_options, name);
	if (!opt && ignored_has(&hostapd_ignored, name))
		return true;
	if (!opt)
		return error_set(error, false, "unknown key `%.60s`", key);
	if (!strcmp(key, "channel") && *value && !value[strspn(value, "0123456789")])
		return true; /* whether there is one depends on the band, which may follow */
	target = calloc(1, sizeof(*target));
	if (!target)
		return error_set(error, false, "no memory");
	opt_defaults(hostapd_conf_options, target);
	ok = opt_set(opt, target, value, error);
	hostapd_sae_free(&target->bss.sae);
	hostapd_ft_free(&target->bss.ft);
	crypto_wipe(target, sizeof(*target));
	free(target);
	return ok;
}

/* ---- the whole ---- */

static bool is_interface_name(const char *name)
{
	return name[0] && strlen(name) < 16 && !strpbrk(name, "/ \t\n") && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

struct hostapd_edit *hostapd_edit_new(const char *interface)
{
	struct hostapd_edit *edit = is_interface_name(interface) ? calloc(1, sizeof(*edit)) : NULL;

	if (!edit)
		return NULL;
	edit->count = 1;
	strcpy(edit->bss[0].interface, interface);
	return edit;
}

static void clear(struct hostapd_edit *edit)
{
	for (size_t i = 0; i < edit->count; i++)
		free_bss(&edit->bss[i]);
	edit->count = 0;
}

void hostapd_edit_free(struct hostapd_edit *edit)
{
	if (!edit)
		return;
	clear(edit);
	free(edit);
}

static bool begin_bss(struct hostapd_edit *edit, const char *interface, struct error *error)
{
	if (edit->count == BSS_MAX)
		return error_set(error, false, "too many networks; a radio has at most %d", BSS_MAX);
	if (!is_interface_name(interface))
		return error_set(error, false, "`%.40s` is no name of an interface", interface);
	edit->bss[edit->count] = (struct edit_bss){0};
	strcpy(edit->bss[edit->count++].interface, interface);
	return true;
}

/* Takes one line of a text. The reader of the whole judges it later. */
static bool load_line(struct hostapd_edit *edit, char *line, struct error *error)
{
	char *text = line + strspn(line, " \t"), *equals = strchr(text, '=');
	size_t len = strlen(text);

	if (!*text || *text == '#')
		return true;
	if (!equals)
		return error_set(error, false, "expected KEY=VALUE or a comment (#)");
	*equals = '\0';
	while (len && strchr(" \t\r", text[len - 1]) && text + len - 1 > equals && strcmp(text, "ssid") != 0 &&
	       strcmp(text, "wpa_passphrase") != 0)
		text[--len] = '\0';
	if (!strcmp(text, "interface")) {
		if (!is_interface_name(equals + 1))
			return error_set(error, false, "`%.40s` is no name of an interface", equals + 1);
		strcpy(edit->bss[0].interface, equals + 1);
		return true;
	}
	if (!strcmp(text, "bss"))
		return begin_bss(edit, equals + 1, error);
	return put_line(&edit->bss[edit->count - 1], text, equals + 1, error);
}

static bool load_lines(struct hostapd_edit *edit, const char *text, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, "configuration", error);
	enum text_line result = lines ? TEXT_LINE : TEXT_ERROR;

	edit->count = 1;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE)
		if (!load_line(edit, lines->line, error)) {
			text_error_at(lines->file, lines->number, error);
			result = TEXT_ERROR;
		}
	text_lines_free(lines);
	return result == TEXT_END;
}

bool hostapd_edit_load(struct hostapd_edit *edit, const char *text, const char *interface, struct error *error)
{
	struct hostapd_edit fresh = {0};
	bool ok = load_lines(&fresh, text, error);

	if (ok && interface && !is_interface_name(interface))
		ok = error_set(error, false, "`%.40s` is no name of an interface", interface);
	if (ok && interface)
		strcpy(fresh.bss[0].interface, interface);
	if (ok && !fresh.bss[0].interface[0])
		ok = error_set(error, false, "the network has no interface; set interface=wlan0");
	if (!ok) {
		clear(&fresh);
		return false;
	}
	clear(edit);
	*edit = fresh;
	return true;
}

static bool begin_other_bss(struct hostapd_edit *edit, const char *interface, struct error *error)
{
	for (size_t i = 0; i < edit->count; i++)
		if (!strcmp(edit->bss[i].interface, interface))
			return error_set(error, false, "%s has a network already", interface);
	return begin_bss(edit, interface, error);
}

bool hostapd_edit_set(struct hostapd_edit *edit, size_t bss, const char *key, const char *value, struct error *error)
{
	if (bss >= edit->count)
		return error_set(error, false, "no network number %zu", bss);
	if (strpbrk(key, "=\n ") || strchr(value, '\n'))
		return error_set(error, false, "a key or value of more than one line");
	if (!strcmp(key, "bss")) /* a further network; the next lines are for the one that was addressed */
		return begin_other_bss(edit, value, error);
	if (!strcmp(key, "interface"))
		return error_set(error, false,
				 "`interface` cannot be set: add and remove interfaces by ADD and REMOVE");
	if (!*value) { /* back to the default */
		if (!opt_find(hostapd_conf_options, key) && !ignored_has(&hostapd_ignored, key))
			return error_set(error, false, "unknown key `%.60s`", key);
		remove_replaced(&edit->bss[bss], key, value);
		return true;
	}
	return hostapd_check_line(key, value, error) && put_line(&edit->bss[bss], key, value, error);
}

const char *hostapd_edit_get(const struct hostapd_edit *edit, size_t bss, const char *key)
{
	const struct edit_bss *from = &edit->bss[bss];

	for (size_t i = bss < edit->count ? from->count : 0; i--;)
		if (!strcmp(from->lines[i].key, key))
			return from->lines[i].value;
	return NULL;
}

/* Is it a key of the radio, which the first network has set? */
static bool is_radio_key(const char *key)
{
	const struct opt *opt = opt_find(hostapd_conf_options, key);

	return opt && opt->size && opt->offset + opt->size <= offsetof(struct hostapd_target, bss);
}

bool hostapd_edit_add_bss(struct hostapd_edit *edit, const char *text, struct error *error)
{
	struct hostapd_edit fresh = {0};
	bool ok = load_lines(&fresh, text, error) && begin_bss(edit, fresh.bss[0].interface, error);
	struct edit_bss *bss = &edit->bss[edit->count - 1];

	for (size_t i = 0; ok && i + 1 < edit->count; i++)
		if (!strcmp(edit->bss[i].interface, bss->interface)) {
			edit->count--;
			ok = error_set(error, false, "%s has a network already", bss->interface);
		}
	for (size_t i = 0; ok && i < fresh.bss[0].count; i++)
		if (!is_radio_key(fresh.bss[0].lines[i].key))
			ok = put_line(bss, fresh.bss[0].lines[i].key, fresh.bss[0].lines[i].value, error);
	clear(&fresh);
	return ok;
}

bool hostapd_edit_remove_bss(struct hostapd_edit *edit, size_t bss)
{
	if (!bss || bss >= edit->count) /* the first one has the lines of the radio */
		return false;
	free_bss(&edit->bss[bss]);
	memmove(&edit->bss[bss], &edit->bss[bss + 1], (edit->count - bss - 1) * sizeof(edit->bss[0]));
	edit->count--;
	return true;
}

size_t hostapd_edit_count(const struct hostapd_edit *edit)
{
	return edit->count;
}

const char *hostapd_edit_interface(const struct hostapd_edit *edit, size_t bss)
{
	return edit->bss[bss].interface;
}

char *hostapd_edit_text(const struct hostapd_edit *edit)
{
	size_t size = 1, len = 0;
	char *text;

	for (size_t i = 0; i < edit->count; i++) {
		size += sizeof("interface=\n") + sizeof(edit->bss[i].interface);
		for (size_t k = 0; k < edit->bss[i].count; k++)
			size += edit->bss[i].lines[k].size + 1;
	}
	text = malloc(size);
	for (size_t i = 0; text && i < edit->count; i++) {
		const struct edit_bss *bss = &edit->bss[i];

		len += (size_t)snprintf(text + len, size - len, "%s=%s\n", i ? "bss" : "interface", bss->interface);
		for (size_t k = 0; k < bss->count; k++)
			len += (size_t)snprintf(text + len, size - len, "%s=%s\n", bss->lines[k].key,
						bss->lines[k].value);
	}
	return text;
}

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
	unsigned number; /* in the file; 0: a command has set it */
};

struct edit_bss {
	char interface[16], file[160];
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

static bool put_line(struct edit_bss *bss, const char *key, const char *value, unsigned number, struct error *error)
{
	struct edit_line line;

	if (bss->count >= LINES_MAX)
		return error_set(error, false, "the configuration of a network has at most %d lines", LINES_MAX);
	if (array_reserve(&bss->lines, &bss->room, bss->count + 1, sizeof(*bss->lines)) ||
	    !make_line(&line, key, value))
		return error_set(error, false, "no memory");
	remove_replaced(bss, key, value);
	line.number = number;
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
		return error_set(error, false, "`%.40s` is not a valid interface name (1 to 15 characters, no blanks)",
				 interface);
	edit->bss[edit->count] = (struct edit_bss){0};
	strcpy(edit->bss[edit->count++].interface, interface);
	return true;
}

/* Takes one line of a text. The reader of the whole judges it later. */
static bool load_line(struct hostapd_edit *edit, char *line, unsigned number, struct error *error)
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
			return error_set(error, false,
					 "`%.40s` is not a valid interface name (1 to 15 characters, no blanks)",
					 equals + 1);
		strcpy(edit->bss[0].interface, equals + 1);
		return true;
	}
	if (!strcmp(text, "bss"))
		return begin_bss(edit, equals + 1, error);
	return put_line(&edit->bss[edit->count - 1], text, equals + 1, number, error);
}

static bool load_lines(struct hostapd_edit *edit, const char *text, const char *name, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, name, error);
	enum text_line result = lines ? TEXT_LINE : TEXT_ERROR;

	edit->count = 1;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE)
		if (!load_line(edit, lines->line, lines->number, error)) {
			text_error_at(lines->file, lines->number, error);
			result = TEXT_ERROR;
		}
	text_lines_free(lines);
	for (size_t i = 0; i < edit->count; i++)
		snprintf(edit->bss[i].file, sizeof(edit->bss[i].file), "%.159s", name);
	return result == TEXT_END;
}

bool hostapd_edit_load(struct hostapd_edit *edit, const char *text, const char *name, const char *interface,
		       struct error *error)
{
	struct hostapd_edit fresh = {0};
	bool ok = load_lines(&fresh, text, name, error);

	if (ok && interface && !is_interface_name(interface))
		ok = error_set(error, false, "`%.40s` is not a valid interface name (1 to 15 characters, no blanks)",
			       interface);
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
			return error_set(error, false, "%s already has a network", interface);
	return begin_bss(edit, interface, error);
}

/* The two ends of a contention window, tx_queue_*_cwmin and _cwmax or wmm_ac_*_cwmin and _cwmax, come one by one. */
static bool check_window(const struct hostapd_edit *edit, size_t bss, const char *key, const char *value,
			 struct error *error)
{
	size_t len = strlen(key);
	bool is_max = len > 6 && !strcmp(key + len - 6, "_cwmax");
	const char *other;
	char name[64];

	if ((!is_max && (len <= 6 || strcmp(key + len - 6, "_cwmin") != 0)) || len >= sizeof(name))
		return true;
	memcpy(name, key, len + 1);
	memcpy(name + len - 3, is_max ? "min" : "max", 3);
	other = hostapd_edit_get(edit, bss, name);
	if (!other || (is_max ? atoi(value) >= atoi(other) : atoi(value) <= atoi(other)))
		return true;
	return error_set(error, false, "%s=%.20s contradicts %s=%.20s: cwmin must not be above cwmax", key, value, name,
			 other);
}

bool hostapd_edit_set(struct hostapd_edit *edit, size_t bss, const char *key, const char *value, struct error *error)
{
	if (bss >= edit->count)
		return error_set(error, false, "no network number %zu", bss);
	if (strpbrk(key, "=\n ") || strchr(value, '\n'))
		return error_set(error, false, "a key and its value must be on one line");
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
	return hostapd_check_line(key, value, error) && check_window(edit, bss, key, value, error) &&
	       put_line(&edit->bss[bss], key, value, 0, error);
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
	/* Rows with the whole target, for their remarks. */
	static const char *const others[] = {"channel",         "driver",           "he_bss_color",
					     "he_oper_chwidth", "vht_oper_chwidth", NULL};
	const struct opt *opt = opt_find(hostapd_conf_options, key);

	return text_list_has(others, key) ||
	       (opt && opt->size && opt->offset + opt->size <= offsetof(struct hostapd_target, bss));
}

bool hostapd_edit_add_bss(struct hostapd_edit *edit, const char *text, const char *name, struct error *error)
{
	struct hostapd_edit fresh = {0};
	bool ok = load_lines(&fresh, text, name, error) && begin_bss(edit, fresh.bss[0].interface, error);
	struct edit_bss *bss = &edit->bss[edit->count - 1];

	for (size_t i = 0; ok && i + 1 < edit->count; i++)
		if (!strcmp(edit->bss[i].interface, bss->interface)) {
			edit->count--;
			ok = error_set(error, false, "%s already has a network", bss->interface);
		}
	if (ok)
		memcpy(bss->file, fresh.bss[0].file, sizeof(bss->file));
	for (size_t i = 0; ok && i < fresh.bss[0].count; i++) {
		const struct edit_line *line = &fresh.bss[0].lines[i];

		if (!is_radio_key(line->key))
			ok = put_line(bss, line->key, line->value, line->number, error);
	}
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

/* The line of hostapd_edit_text() with this number; NULL: that of the interface of a network. */
static const struct edit_line *find_line(const struct hostapd_edit *edit, unsigned long number,
					 const struct edit_bss **bss)
{
	for (size_t i = 0; number && i < edit->count; i++) {
		*bss = &edit->bss[i];
		if (--number && number <= edit->bss[i].count)
			return &edit->bss[i].lines[number - 1];
		number -= number ? edit->bss[i].count : 0;
	}
	return NULL;
}

void hostapd_edit_relocate(const struct hostapd_edit *edit, struct error *error)
{
	const char *interface = edit->bss[0].interface;
	size_t len = strlen(interface);
	const struct edit_bss *bss = NULL;
	const struct edit_line *line;
	struct error cause = *error;
	unsigned long number;
	char *rest;

	if (strncmp(cause.text, interface, len) != 0 || cause.text[len] != ':')
		return;
	number = strtoul(cause.text + len + 1, &rest, 10);
	if (rest == cause.text + len + 1 || strncmp(rest, ": ", 2) != 0)
		return;
	line = find_line(edit, number, &bss);
	if (line && line->number)
		error_set(error, 0, "%s:%u%s", bss->file, line->number, rest);
	else if (line)
		error_set(error, 0, "%s: SET %s%s", bss->interface, line->key, rest);
	else
		error_set(error, 0, "%s%s", bss ? bss->interface : interface, rest);
}

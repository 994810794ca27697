/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_store.h"

#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts that may be secrets ---- */

static void wipe_text(char **text)
{
	if (*text)
		crypto_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void wipe_line(struct wpa_store_line *line)
{
	wipe_text(&line->key);
	wipe_text(&line->value);
	wipe_text(&line->text);
}

static void wipe_network(struct wpa_store_network *network)
{
	for (size_t i = 0; i < network->lines.count; i++)
		wipe_line(&network->lines.list[i]);
	free(network->lines.list);
	crypto_wipe(network, sizeof(*network));
	free(network);
}

void wpa_store_free(struct wpa_store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		wipe_line(&store->parts[i].line);
		if (store->parts[i].network)
			wipe_network(store->parts[i].network);
	}
	free(store->parts);
	*store = (struct wpa_store){0};
}

bool wpa_store_is_secret(const char *key)
{
	static const char *const keys[] = {"psk", "sae_password", "password", "private_key_passwd"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return !strncmp(key, "wep_key", 7);
}

void wpa_store_forget_secrets(struct wpa_store *store)
{
	store->forgotten = true;
	for (size_t i = 0; i < store->count; i++) {
		struct wpa_store_lines *lines = store->parts[i].network ? &store->parts[i].network->lines : NULL;

		for (size_t k = 0; lines && k < lines->count; k++) {
			struct wpa_store_line *line = &lines->list[k];

			if (!line->key || !wpa_store_is_secret(line->key))
				continue;
			wipe_text(&line->text);
			crypto_wipe(line->value, strlen(line->value));
		}
	}
}

/* ---- lines ---- */

/* Where the comment of a line begins. Quotes are paired from left to right: a # in a pair begins none. */
static size_t comment_offset(const char *text)
{
	bool quoted = false;
	size_t at = 0;

	for (; text[at]; at++) {
		if (text[at] == '"' && (quoted || strchr(text + at + 1, '"')))
			quoted = !quoted;
		if (text[at] == '#' && !quoted)
			break;
	}
	return at;
}

/* Reads one line. Returns false without memory. */
static bool read_line(struct wpa_store_line *line, const char *text)
{
	size_t len = comment_offset(text);
	char *copy = strndup(text, len), *equals, *trimmed;

	*line = (struct wpa_store_line){.text = strdup(text)};
	if (!copy || !line->text) {
		wipe_text(&copy);
		wipe_text(&line->text);
		return false;
	}
	trimmed = text_trim(copy);
	equals = strchr(trimmed, '=');
	if (equals) {
		*equals = '\0';
		line->key = strdup(text_trim(trimmed));
		line->value = strdup(text_trim(equals + 1));
	}
	crypto_wipe(copy, len);
	free(copy);
	return !equals || (line->key && line->value);
}

static struct wpa_store_part *add_part(struct wpa_store *store)
{
	if (array_reserve(&store->parts, &store->room, store->count + 1, sizeof(*store->parts)))
		return NULL;
	store->parts[store->count] = (struct wpa_store_part){0};
	return &store->parts[store->count++];
}

static struct wpa_store_line *add_line(struct wpa_store_lines *lines)
{
	if (array_reserve(&lines->list, &lines->room, lines->count + 1, sizeof(*lines->list)))
		return NULL;
	lines->list[lines->count] = (struct wpa_store_line){0};
	return &lines->list[lines->count++];
}

static struct wpa_store_line *find_line(const struct wpa_store_lines *lines, const char *key)
{
	for (size_t i = lines->count; i--;) /* the last value counts */
		if (lines->list[i].key && !strcmp(lines->list[i].key, key))
			return &lines->list[i];
	return NULL;
}

static struct wpa_store_line *find_global(const struct wpa_store *store, const char *key)
{
	for (size_t i = store->count; i--;)
		if (store->parts[i].line.key && !strcmp(store->parts[i].line.key, key))
			return &store->parts[i].line;
	return NULL;
}

/* After parts from `from` on have moved. */
static void update_places(struct wpa_store *store, size_t from)
{
	for (size_t i = from; i < store->count; i++)
		if (store->parts[i].network)
			store->parts[i].network->place = i;
}

/* ---- reading a file ---- */

static struct wpa_store_network *add_network(struct wpa_store *store)
{
	struct wpa_store_network *network = calloc(1, sizeof(*network));
	struct wpa_store_part *part = network ? add_part(store) : NULL;

	if (!part) {
		free(network);
		return NULL;
	}
	*network = (struct wpa_store_network){.id = store->next_id++, .handle = ++store->next_handle, .stale = true};
	part->network = network;
	network->place = store->count - 1;
	return network;
}

static bool opens_block(const struct wpa_store_line *line)
{
	return line->key && !strcmp(line->value, "{");
}

static bool closes_block(const char *text)
{
	text += strspn(text, " \t");
	return *text == '}' && !text[1 + strspn(text + 1, " \t\r")];
}

struct reader {
	struct wpa_store *store;
	struct wpa_store_network *network; /* the block that we are in */
	bool other_block;                  /* … cred={ or blob-base64-…={ */
};

static bool keep_line(struct reader *reader, struct wpa_store_line *line)
{
	struct wpa_store_line *slot;
	struct wpa_store_part *part;

	if (reader->network) {
		slot = add_line(&reader->network->lines);
	} else {
		part = add_part(reader->store);
		slot = part ? &part->line : NULL;
	}
	if (!slot) {
		wipe_line(line);
		return false;
	}
	*slot = *line;
	return true;
}

static bool keep_text(struct reader *reader, const char *text)
{
	struct wpa_store_line line;

	if (!read_line(&line, text)) {
		wipe_line(&line);
		return false;
	}
	if (closes_block(text) && (reader->network || reader->other_block)) {
		bool network = reader->network;

		reader->network = NULL;
		reader->other_block = false;
		if (network) {
			wipe_line(&line);
			return true;
		}
	}
	if (reader->other_block || (!reader->network && opens_block(&line))) {
		if (!reader->other_block && !strcmp(line.key, "network")) {
			wipe_line(&line);
			reader->network = add_network(reader->store);
			return reader->network;
		}
		reader->other_block = true;
		wipe_text(&line.key);
		wipe_text(&line.value);
	}
	return keep_line(reader, &line);
}

bool wpa_store_parse(struct wpa_store *store, const char *text, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, "", error);
	struct reader reader = {.store = store};
	bool ok = lines;

	*store = (struct wpa_store){0};
	while (ok && text_lines_next(lines, error) == TEXT_LINE)
		ok = keep_text(&reader, lines->line);
	text_lines_free(lines);
	return ok || error_set(error, false, "no memory for the configuration");
}

/* ---- writing ---- */

static void put_line(FILE *to, const struct wpa_store_line *line, const char *indent)
{
	if (line->text)
		fprintf(to, "%s\n", line->text);
	else if (line->key)
		fprintf(to, "%s%s=%s\n", indent, line->key, line->value);
}

/* mem_only_psk=1: the key came from a client, and is not for the file. */
static bool is_for_memory_only(const struct wpa_store_network *network, const struct wpa_store_line *line)
{
	const char *value = line->key && !strcmp(line->key, "psk") ? wpa_store_get(network, "mem_only_psk") : NULL;

	return value && !strcmp(value, "1");
}

/*
 * A client has added a network without its key, for example: wpa_supplicant would refuse a file with it. Networks from the file
 * stay, whatever they lack.
 */
static bool is_unfinished(const struct wpa_store_network *network)
{
	const char *memory_only = wpa_store_get(network, "mem_only_psk");

	for (size_t i = 0; i < network->lines.count; i++)
		if (network->lines.list[i].text)
			return false;
	return !network->complete && !network->stale && !(memory_only && !strcmp(memory_only, "1"));
}

char *wpa_store_write(const struct wpa_store *store)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool failed;

	if (!to)
		return NULL;
	for (size_t i = 0; i < store->count; i++) {
		const struct wpa_store_network *network = store->parts[i].network;

		if (!network) {
			put_line(to, &store->parts[i].line, "");
			continue;
		}
		if (is_unfinished(network))
			continue;
		fputs("network={\n", to);
		for (size_t k = 0; k < network->lines.count; k++)
			if (!is_for_memory_only(network, &network->lines.list[k]))
				put_line(to, &network->lines.list[k], "\t");
		fputs("}\n", to);
	}
	failed = ferror(to);
	if (fclose(to) || failed) {
		text_file_free(text);
		return NULL;
	}
	return text;
}

/* ---- networks ---- */

struct wpa_store_network *wpa_store_next(const struct wpa_store *store, const struct wpa_store_network *network)
{
	for (size_t i = network ? network->place + 1 : 0; i < store->count; i++)
		if (store->parts[i].network)
			return store->parts[i].network;
	return NULL;
}

struct wpa_store_network *wpa_store_find(const struct wpa_store *store, uint32_t id)
{
	struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(store, network)))
		if (network->id == id)
			return network;
	return NULL;
}

struct wpa_store_network *wpa_store_by_handle(const struct wpa_store *store, uint32_t handle)
{
	struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(store, network)))
		if (network->handle == handle)
			return network;
	return NULL;
}

/* The lowest id that is free, as wpa_supplicant gives after the highest one. */
struct wpa_store_network *wpa_store_add(struct wpa_store *store)
{
	struct wpa_store_network *network = NULL;
	uint32_t next = 0;

	while ((network = wpa_store_next(store, network)))
		if (network->id >= next)
			next = network->id + 1;
	store->next_id = next;
	network = add_network(store);
	if (network && !wpa_store_disable(network, true)) {
		wpa_store_remove(store, network->id);
		return NULL;
	}
	return network;
}

bool wpa_store_remove(struct wpa_store *store, uint32_t id)
{
	for (size_t i = 0; i < store->count; i++) {
		if (!store->parts[i].network || store->parts[i].network->id != id)
			continue;
		wipe_network(store->parts[i].network);
		memmove(&store->parts[i], &store->parts[i + 1], (store->count - i - 1) * sizeof(*store->parts));
		store->count--;
		update_places(store, i);
		return true;
	}
	return false;
}

const char *wpa_store_get(const struct wpa_store_network *network, const char *key)
{
	const struct wpa_store_line *line = find_line(&network->lines, key);

	return line ? line->value : NULL;
}

const char *wpa_store_get_global(const struct wpa_store *store, const char *key)
{
	const struct wpa_store_line *line = find_global(store, key);

	return line ? line->value : NULL;
}

/* Replaces the value; the line is then written without its comment. Returns false without memory. */
static bool set_line(struct wpa_store_line *line, const char *key, const char *value)
{
	char *copy = strdup(value);

	if (copy && !line->key)
		line->key = strdup(key);
	if (!copy || !line->key) {
		wipe_text(&copy);
		return false;
	}
	if (line->value && strcmp(line->value, value) != 0)
		wipe_text(&line->text);
	wipe_text(&line->value);
	line->value = copy;
	return true;
}

/* Does wpa_conf.h know the key, and accept the value? */
static bool check_key(const char *key, const char *value, struct error *error)
{
	struct wpa_network scratch;
	bool ok;

	if (strpbrk(value, "\n\r"))
		return error_set(error, false, "a value has one line");
	wpa_network_init(&scratch, 1);
	ok = wpa_network_set(&scratch, key, value, 1, error) != WPA_KEY_INVALID;
	crypto_wipe(&scratch, sizeof(scratch));
	return ok;
}

static void remove_key(struct wpa_store_lines *lines, const char *key)
{
	struct wpa_store_line *line;

	while ((line = find_line(lines, key))) {
		size_t index = (size_t)(line - lines->list);

		wipe_line(line);
		memmove(line, line + 1, (lines->count - index - 1) * sizeof(*line));
		lines->count--;
	}
}

bool wpa_store_set(struct wpa_store_network *network, const char *key, const char *value, struct error *error)
{
	struct wpa_store_line *line = find_line(&network->lines, key);

	if (!value) {
		remove_key(&network->lines, key);
		network->stale = true;
		return true;
	}
	if (!check_key(key, value, error))
		return false;
	if (line && !strcmp(line->value, value))
		return true;
	if (!line)
		line = add_line(&network->lines);
	if (!line || !set_line(line, key, value))
		return error_set(error, false, "no memory");
	network->stale = true;
	return true;
}

bool wpa_store_is_disabled(const struct wpa_store_network *network)
{
	const char *value = wpa_store_get(network, "disabled");

	return value && strcmp(value, "0") != 0;
}

bool wpa_store_disable(struct wpa_store_network *network, bool disabled)
{
	bool stale = network->stale;
	struct error ignored;
	bool ok = wpa_store_is_disabled(network) == disabled ||
		  wpa_store_set(network, "disabled", disabled ? "1" : NULL, &ignored);

	network->stale = stale; /* its keys are the same */
	network->sta.disabled = disabled;
	return ok;
}

static void remove_global(struct wpa_store *store, const char *key)
{
	for (size_t i = store->count; i--;) {
		if (!store->parts[i].line.key || strcmp(store->parts[i].line.key, key) != 0)
			continue;
		wipe_line(&store->parts[i].line);
		memmove(&store->parts[i], &store->parts[i + 1], (store->count - i - 1) * sizeof(*store->parts));
		store->count--;
	}
	update_places(store, 0);
}

bool wpa_store_set_global(struct wpa_store *store, const char *key, const char *value, struct error *error)
{
	struct wpa_store_line *line = find_global(store, key);
	struct wpa_store_network *network = NULL;
	struct wpa_store_part *part;
	struct wpa_global scratch = {0};

	while ((network = wpa_store_next(store, network)))
		network->stale = true;
	if (!value) {
		remove_global(store, key);
		return true;
	}
	if (strpbrk(value, "\n\r"))
		return error_set(error, false, "a value has one line");
	if (wpa_global_set(&scratch, key, value, error) == WPA_KEY_INVALID)
		return false;
	if (!line) {
		part = add_part(store);
		line = part ? &part->line : NULL;
		/* Before the first network, where people look for it. */
		if (part && store->count > 1) {
			struct wpa_store_part new = *part;
			size_t at = 0;

			while (at < store->count - 1 && !store->parts[at].network)
				at++;
			memmove(&store->parts[at + 1], &store->parts[at],
				(store->count - 1 - at) * sizeof(*store->parts));
			store->parts[at] = new;
			update_places(store, at);
			line = &store->parts[at].line;
		}
	}
	if (!line || !set_line(line, key, value))
		return error_set(error, false, "no memory");
	return true;
}

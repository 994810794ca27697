/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wpa_supplicant.conf that is changed at run time, key by key, and written back: the lines of the file with their
 * comments, and what was set since. conf/wpa_conf.h reads the meaning of the lines; so a value that is set means the same
 * as in a file.
 *
 * The texts hold secrets. They are wiped when they are replaced and freed.
 */
#ifndef VIFI_CONF_WPA_STORE_H
#define VIFI_CONF_WPA_STORE_H

#include "conf/wpa_conf.h"

struct wpa_store_line {
	char *key, *value; /* NULL: the line has no key */
	char *text;        /* as it is in the file; NULL: it was set since */
};

struct wpa_store_lines {
	struct wpa_store_line *list;
	size_t count, room;
};

struct wpa_store_network {
	uint32_t id;     /* for users: from 0 */
	uint32_t handle; /* sta_network.id: never used again for another network */
	size_t place;    /* in wpa_store.parts */
	struct wpa_store_lines lines;
	bool stale;    /* `sta` must be made again from the lines */
	bool complete; /* no key is missing, and none contradicts another one */
	bool usable;   /* `sta` is valid */
	char why[160]; /* … why it is not */
	struct sta_network sta;
};

/* A part of the file: a line outside of blocks, a line of another block, or a network. */
struct wpa_store_part {
	struct wpa_store_line line;
	struct wpa_store_network *network;
};

struct wpa_store {
	struct wpa_store_part *parts;
	size_t count, room;
	uint32_t next_id, next_handle;
	bool forgotten; /* wpa_store_forget_secrets(): the text is no file any more */
};

/*
 * Reads a text that wpa_conf_parse() has accepted. Returns false without memory. Call wpa_store_free() in any case. An empty
 * text is valid.
 */
bool wpa_store_parse(struct wpa_store *store, const char *text, struct error *error);
void wpa_store_free(struct wpa_store *store);

/*
 * Returns the file as text, for text_file_free(), without networks of clients that are not complete, as the last
 * wpa_store_compile() says; NULL: no memory.
 */
char *wpa_store_write(const struct wpa_store *store);

/*
 * Wipes the values of passphrases and keys, where nothing can ask for the text any more. The compiled networks stay.
 */
void wpa_store_forget_secrets(struct wpa_store *store);
bool wpa_store_is_secret(const char *key); /* one whose value is wiped then */

/* ---- networks ---- */

/* Adds a network without keys, disabled. NULL: no memory. */
struct wpa_store_network *wpa_store_add(struct wpa_store *store);
bool wpa_store_remove(struct wpa_store *store, uint32_t id);
struct wpa_store_network *wpa_store_find(const struct wpa_store *store, uint32_t id);
struct wpa_store_network *wpa_store_by_handle(const struct wpa_store *store, uint32_t handle);

/* The network after this one in the file; NULL: the first one. Returns NULL at the end. */
struct wpa_store_network *wpa_store_next(const struct wpa_store *store, const struct wpa_store_network *network);

/* The value of a key as text; NULL: it is not set. Borrowed until the next change. */
const char *wpa_store_get(const struct wpa_store_network *network, const char *key);

/*
 * Sets a key to a value as in a file; a NULL value removes it. Returns false with an error: an unknown key, a value that
 * wpa_conf.h refuses, no memory.
 */
bool wpa_store_set(struct wpa_store_network *network, const char *key, const char *value, struct error *error);
bool wpa_store_is_disabled(const struct wpa_store_network *network);
bool wpa_store_disable(struct wpa_store_network *network, bool disabled); /* false: no memory */

/* ---- keys outside of networks ---- */

const char *wpa_store_get_global(const struct wpa_store *store, const char *key);
/* As wpa_store_set(). */
bool wpa_store_set_global(struct wpa_store *store, const char *key, const char *value, struct error *error);

/* ---- for the station ---- */

/* Makes `sta` of the networks that have changed. Derives keys, which takes about a millisecond for each. */
void wpa_store_compile(struct wpa_store *store, struct crypto *crypto);

/*
 * Gives networks the handles of those in `old` that mean the same, so that an association stays. Both must be compiled.
 */
void wpa_store_adopt_handles(struct wpa_store *store, const struct wpa_store *old);

#endif

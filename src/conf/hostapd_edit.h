/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostapd.conf that changes line by line, as the commands of a control socket do: SET in any order, a network added or
 * removed. It stays a text, which hostapd_conf_parse() reads when it shall take effect: one reader, and one check of what
 * contradicts what, for files and sockets.
 */
#ifndef VIFI_CONF_HOSTAPD_EDIT_H
#define VIFI_CONF_HOSTAPD_EDIT_H

#include "conf/hostapd_conf.h"

struct hostapd_edit;

/* A configuration of one network on this interface. NULL: no memory. The text holds secrets: hostapd_edit_free() wipes it. */
struct hostapd_edit *hostapd_edit_new(const char *interface);
void hostapd_edit_free(struct hostapd_edit *edit);

/*
 * Replaces everything by a text in the format of the file. `interface`, unless it is NULL, replaces that of the text, or is
 * that of a text without one; `name` is that of the text in messages. Returns false with an error; nothing has changed then.
 */
bool hostapd_edit_load(struct hostapd_edit *edit, const char *text, const char *name, const char *interface,
		       struct error *error);

/* Sets one key of a network, by its number. Returns false with an error: unknown key, wrong value, no such network. */
bool hostapd_edit_set(struct hostapd_edit *edit, size_t bss, const char *key, const char *value, struct error *error);

/* Returns the value of a key, or NULL. Borrowed, until the next change. */
const char *hostapd_edit_get(const struct hostapd_edit *edit, size_t bss, const char *key);

/* Adds the first network of a text as a further one; its lines about the radio are left out. */
bool hostapd_edit_add_bss(struct hostapd_edit *edit, const char *text, const char *name, struct error *error);
bool hostapd_edit_remove_bss(struct hostapd_edit *edit, size_t bss);

size_t hostapd_edit_count(const struct hostapd_edit *edit);
const char *hostapd_edit_interface(const struct hostapd_edit *edit, size_t bss);

/*
 * Wipes the values of passphrases and keys, where nothing can ask for the text any more: it is of use for other keys only then.
 */
void hostapd_edit_forget_secrets(struct hostapd_edit *edit);

/* Returns the whole as a text, for text_file_free(); NULL: no memory. */
char *hostapd_edit_text(const struct hostapd_edit *edit);

/*
 * A message about hostapd_edit_text(), as the text of the first interface: instead of that and a line of the text, it names the file and its
 * line, or the command SET, that the line is from.
 */
void hostapd_edit_relocate(const struct hostapd_edit *edit, struct error *error);

/* Is `key=value` right by itself? Returns false with an error. */
bool hostapd_check_line(const char *key, const char *value, struct error *error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the control sockets: one line of text, a verb in capitals and what follows it, divided by blanks.
 *
 *	SET wpa_passphrase a phrase with blanks        verb SET; rest "wpa_passphrase a phrase with blanks"
 *	DEAUTHENTICATE 02:00:00:00:00:01 reason=3 tx=0 verb, a word, options NAME=VALUE
 *
 * The functions cut the line in place, and borrow from it.
 */
#ifndef VIFI_CTRL_COMMAND_H
#define VIFI_CTRL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTRL_VERB_MAX 48

/* Cuts the line after its first word. Returns the rest, without the blank between; "" if there is none. */
char *ctrl_split(char *line);

/* Cuts the next word off *rest and returns it; NULL at the end. */
char *ctrl_next_word(char **rest);

/*
 * Finds the option NAME=VALUE among the words of `text`, and copies its value, which ends at a blank. `name` is without
 * "=". Returns false if there is none, or if it does not fit in `room`.
 */
bool ctrl_option(const char *text, const char *name, char *value, size_t room);

/* Reads the option as a decimal or 0x… number of at most `max`. Returns false if there is none or it is no such number. */
bool ctrl_option_number(const char *text, const char *name, uint32_t max, uint32_t *value);

/* Reads a whole text as such a number. */
bool ctrl_number(const char *text, uint32_t max, uint32_t *value);

/* A command: the word that names it, and a number that the caller gives it. A table of them ends with a NULL. */
struct ctrl_verb {
	const char *verb;
	int id;
};

/* Returns the id of a word; -1: the table has no such verb. */
int ctrl_find_verb(const struct ctrl_verb *verbs, const char *word);

/* May a line be shown in a log? Its arguments hold secrets otherwise: passphrases, keys, PINs. */
bool ctrl_is_secret(const char *line);

#endif

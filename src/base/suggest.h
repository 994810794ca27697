/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suggests the known word nearest to a mistyped one, for messages such as "unknown command". */
#ifndef VIFI_BASE_SUGGEST_H
#define VIFI_BASE_SUGGEST_H

#include <limits.h>

#define SUGGESTION_WORD_MAX 64 /* longer words are compared by their first 64 bytes */

/* Returns the number of letters to change, insert, delete or swap with a neighbour that turns `from` into `to`. */
unsigned edit_distance(const char *from, const char *to);

/*
 * The nearest of the words that suggestion_consider() has seen. Start with SUGGESTION_NONE, consider each known word,
 * then read `word`; it is NULL if no word is near enough. Words are borrowed, not copied.
 */
struct suggestion {
	const char *word;
	unsigned distance;
};

#define SUGGESTION_NONE ((struct suggestion){0, UINT_MAX})

/* Keeps `known` if it is nearer to `typed` than all words before and at most a third of its letters differ. */
void suggestion_consider(struct suggestion *suggestion, const char *typed, const char *known);

#endif

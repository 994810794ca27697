/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known word that a person most likely meant: for "unknown command", "unknown option" and the like. */
#ifndef VIFI_BASE_SUGGEST_H
#define VIFI_BASE_SUGGEST_H

#include <limits.h>

#define SUGGESTION_WORD_MAX 64 /* longer words are compared by their first 64 bytes */

/* How many letters must be changed, added, left out or swapped with their neighbour to make b from a. */
unsigned edit_distance(const char *from, const char *to);

/*
 * Holds the best of the words that were offered. Start with SUGGESTION_NONE, offer each known word once, then take
 * `word`: NULL when nothing is near enough to be worth a guess. Words are borrowed, not copied.
 */
struct suggestion {
	const char *word;
	unsigned distance;
};

#define SUGGESTION_NONE ((struct suggestion){0, UINT_MAX})

/* Takes `known` as the best if `typed` is nearer to it than to any before, and near at all (a third of its letters). */
void suggestion_consider(struct suggestion *suggestion, const char *typed, const char *known);

#endif

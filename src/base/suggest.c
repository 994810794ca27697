/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/suggest.h"

#include <stdbool.h>
#include <string.h>

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment. Three rows of the table are enough; the third one is for swapped neighbours. */
unsigned edit_distance(const char *from, const char *to)
{
	unsigned rows[3][SUGGESTION_WORD_MAX + 1];
	unsigned from_len = (unsigned)strnlen(from, SUGGESTION_WORD_MAX),
		 to_len = (unsigned)strnlen(to, SUGGESTION_WORD_MAX);

	for (unsigned j = 0; j <= to_len; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= from_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *previous = rows[(i - 1) % 3], *before_previous = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= to_len; j++) {
			row[j] = min(previous[j - 1] + (from[i - 1] != to[j - 1]), min(previous[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
				row[j] = min(row[j], before_previous[j - 2] + 1);
		}
	}
	return rows[from_len % 3][to_len];
}

void suggestion_consider(struct suggestion *suggestion, const char *typed, const char *known)
{
	unsigned distance = edit_distance(typed, known);
	/* The first letter is rarely wrong: of two words that are equally near, it decides. */
	bool nearer = distance < suggestion->distance || (distance == suggestion->distance && suggestion->word &&
							  known[0] == typed[0] && suggestion->word[0] != typed[0]);

	if (nearer && distance <= (strlen(known) + 2) / 3) {
		suggestion->word = known;
		suggestion->distance = distance;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/suggest.h"

#include <string.h>

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment; three rows of the table are enough, the third for swapped neighbours. */
unsigned edit_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAREST_MAX + 1];
	unsigned na = (unsigned)strnlen(a, NEAREST_MAX), nb = (unsigned)strnlen(b, NEAREST_MAX);

	for (unsigned j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= na; i++) {
		unsigned *now = rows[i % 3];
		const unsigned *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			now[j] = min(last[j - 1] + (a[i - 1] != b[j - 1]), min(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min(now[j], before[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

void nearest_offer(struct nearest *n, const char *typed, const char *known)
{
	unsigned d = edit_distance(typed, known);

	if (d < n->distance && d <= (strlen(known) + 2) / 3) {
		n->word = known;
		n->distance = d;
	}
}

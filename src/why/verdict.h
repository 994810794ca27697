/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict under construction: causes, with evidence, and what was ruled out. */
#ifndef VIFI_WHY_VERDICT_H
#define VIFI_WHY_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

#define VERDICT_TEXT 480 /* of a sentence, with its end */

struct verdict {
	json_t *causes, *excluded; /* arrays */
};

void verdict_init(struct verdict *verdict);

/* Makes a JSON string of a text with names of others: valid UTF-8, and no control characters for the terminal. */
json_t *verdict_text(const char *text);

/*
 * Adds a cause. `level`: "fail" (it keeps frames back), "warn" or "note". Returns it, for verdict_evidence(); borrowed.
 * An empty remedy: there is none.
 */
json_t *verdict_cause(struct verdict *verdict, const char *id, const char *level, const char *sentence,
		      const char *remedy);
void verdict_evidence(json_t *cause, const char *format, ...) __attribute__((format(printf, 2, 3)));

void verdict_exclude(struct verdict *verdict, const char *text);
bool verdict_has(const struct verdict *verdict, const char *id);
bool verdict_is_empty(const struct verdict *verdict);
bool verdict_has_obstacle(const struct verdict *verdict); /* a cause of level "fail" */

/* Puts obstacles before the other causes; the order stays within each group. */
void verdict_sort(struct verdict *verdict);

#endif

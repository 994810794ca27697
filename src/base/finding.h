/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings of a check of this machine, with their remedies: for `vifi bridge check` and `vifi doctor`. */
#ifndef VIFI_BASE_FINDING_H
#define VIFI_BASE_FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_level {
	FINDING_OK,   /* nothing to do */
	FINDING_NOTE, /* worth knowing */
	FINDING_WARN, /* a part does not work, or may not */
	FINDING_FAIL, /* an obstacle */
};

enum { FINDING_LEVELS = FINDING_FAIL + 1 };

struct finding {
	const char *id; /* stable, for machines: "rp_filter" */
	enum finding_level level;
	char sentence[400];
	char remedy[400]; /* empty: nothing to do */
};

struct findings {
	size_t count;
	struct finding list[128]; /* further findings overwrite the last one */
};

/* "ok", "note", "warn", "fail" */
const char *finding_level_name(enum finding_level level);

/* Appends a finding without a remedy. Returns it, never NULL; valid until the next one is added. */
struct finding *findings_add(struct findings *findings, const char *id, enum finding_level level, const char *format,
			     ...) __attribute__((format(printf, 4, 5)));
void finding_set_remedy(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The number of findings of a level. */
size_t findings_count(const struct findings *findings, enum finding_level level);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, and how to mend it: one sentence for a person, carried up to whoever prints it. */
#ifndef VIFI_BASE_ERROR_H
#define VIFI_BASE_ERROR_H

struct why {
	char text[512]; /* empty: nothing to say */
};

/* Writes the sentence (cut where it does not fit) and returns `code`, so that `return why_set(w, -EPERM, …)` reads. */
int why_set(struct why *w, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

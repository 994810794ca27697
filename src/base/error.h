/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, and how to mend it: one sentence for a person, carried up to whoever prints it. */
#ifndef VIFI_BASE_ERROR_H
#define VIFI_BASE_ERROR_H

struct error {
	char text[512]; /* empty: nothing to say */
};

/* Writes the sentence (cut where it does not fit) and returns `code`, so that `return error_set(w, -EPERM, …)` reads. */
int error_set(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a failure for the user: what failed, why, and what to do. The program that reports to the user prints it.
 */
#ifndef VIFI_BASE_ERROR_H
#define VIFI_BASE_ERROR_H

struct error {
	char text[512]; /* empty: no text */
};

/*
 * Writes the text as one line for a terminal (base/printable.h), truncated to the buffer, and returns `code`:
 * `return error_set(error, -EPERM, …);`.
 */
int error_set(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

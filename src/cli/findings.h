/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints findings (base/finding.h). */
#ifndef VIFI_CLI_FINDINGS_H
#define VIFI_CLI_FINDINGS_H

#include "base/finding.h"

#include <jansson.h>

/* An array of {"id", "level", "sentence", "remedy"}; the caller releases it. */
json_t *findings_json(const struct findings *findings);
void findings_print_json(const struct findings *findings);

/* Prints a line for each finding, `all`: also where nothing is to do, and its remedy below it. */
void findings_print_lines(const struct findings *findings, bool all);

/* The same, and the sum. */
void findings_print(const struct findings *findings, bool all);

/*
 * Prints a text with names from outside, such as those of interfaces, without characters that could rewrite the
 * terminal.
 */
void findings_print_text(const char *text);

/* "2 obstacles, 1 warning", "No obstacles." */
void findings_print_sum(size_t obstacles, size_t warnings);

#endif

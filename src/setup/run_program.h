/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_SETUP_RUN_PROGRAM_H
#define VIFI_SETUP_RUN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs a program and waits for it; `line` has words separated by blanks, and no shell reads it. Its output is discarded.
 * Returns false with a reason when it cannot be run or does not return 0.
 */
bool setup_run_program(const char *line, char *reason, size_t size);

#endif

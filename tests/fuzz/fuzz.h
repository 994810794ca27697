/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target includes.  libFuzzer and the sanitizers find reads and writes that are out of bounds; a target
 * says with must() what else has to be true of every input.
 */
#ifndef VIFI_TESTS_FUZZ_H
#define VIFI_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                                                                    \
	do {                                                                                               \
		if (!(condition)) {                                                                        \
			fprintf(stderr, "%s:%d: this must be true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                           \
		}                                                                                          \
	} while (0)

/* The input as text in a buffer of its very size, so that a read beyond its end is seen.  To be freed. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	return text;
}

#endif

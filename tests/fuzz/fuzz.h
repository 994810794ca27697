/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For all fuzz targets. libFuzzer and the sanitizers detect accesses out of bounds; with must() a target states what else
 * holds for every input.
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

#define must(condition)                                                                                     \
	do {                                                                                                \
		if (!(condition)) {                                                                         \
			fprintf(stderr, "%s:%d: violated condition: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                            \
		}                                                                                           \
	} while (0)

/*
 * Returns the input as a string in a buffer of exactly its size, so that the sanitizer detects a read beyond its end. The
 * caller frees it.
 */
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

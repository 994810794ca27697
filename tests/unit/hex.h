/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as hexadecimal text; blanks may separate pairs of digits. */
#ifndef VIFI_TESTS_HEX_H
#define VIFI_TESTS_HEX_H

#include "unit.h"

/* Reads hexadecimal text into `out`, which holds `room` bytes. Returns the number of bytes. */
static inline size_t unhex(uint8_t *out, size_t room, const char *text)
{
	size_t count = 0;
	unsigned byte;

	for (;;) {
		while (*text == ' ')
			text++;
		if (!*text)
			return count;
		assert_true(count < room);
		assert_int_equal(sscanf(text, "%2x", &byte), 1);
		out[count++] = (uint8_t)byte;
		text += 2;
	}
}

/* Asserts that the bytes have this text. */
static inline void assert_hex(const uint8_t *bytes, size_t len, const char *text)
{
	uint8_t want[4096];
	size_t count = unhex(want, sizeof(want), text);

	assert_int_equal(len, count);
	assert_memory_equal(bytes, want, count);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include <stdio.h>

size_t unhex(uint8_t *out, size_t room, const char *text)
{
	size_t count = 0;
	unsigned byte;

	while (count < room && sscanf(text + 2 * count, "%2x", &byte) == 1)
		out[count++] = (uint8_t)byte;
	return count;
}

void print_bytes(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

void print_frame(const struct frame *frame)
{
	print_bytes(frame->data, frame->len);
}

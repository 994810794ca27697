/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "base/text.h"

#include <stdio.h>

size_t read_hex(uint8_t *out, size_t room, const char *text)
{
	size_t count = 0;

	while (count < room && hex_parse(out + count, 1, text + 2 * count))
		count++;
	return count;
}

void print_bytes(const uint8_t *bytes, size_t len)
{
	char text[HEX_TEXT(1)];

	for (size_t i = 0; i < len; i++)
		fputs(hex_format(text, bytes + i, 1), stdout);
	putchar('\n');
}

void print_frame(const struct frame *frame)
{
	print_bytes(frame->data, frame->len);
}

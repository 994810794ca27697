/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include <stdio.h>

size_t unhex(uint8_t *out, size_t room, const char *text)
{
	size_t n = 0;
	unsigned byte;

	while (n < room && sscanf(text + 2 * n, "%2x", &byte) == 1)
		out[n++] = (uint8_t)byte;
	return n;
}

void print_bytes(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

void print_frame(const struct frame *f)
{
	print_bytes(f->data, f->len);
}

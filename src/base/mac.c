/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mac.h"

#include <string.h>

char *mac_format(char *to, const uint8_t *mac)
{
	static const char digits[] = "0123456789abcdef";
	char *at = to;

	for (int i = 0; i < MAC_LEN; i++) {
		*at++ = digits[mac[i] >> 4];
		*at++ = digits[mac[i] & 15];
		*at++ = i < MAC_LEN - 1 ? ':' : '\0';
	}
	return to;
}

/* Returns the value of a hexadecimal digit, or 16 if it is none. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool mac_parse(uint8_t *mac, const char *text)
{
	uint8_t read[MAC_LEN];

	if (strnlen(text, MAC_TEXT) != MAC_TEXT - 1)
		return false;
	for (int i = 0; i < MAC_LEN; i++, text += 3) {
		unsigned high = digit(text[0]), low = digit(text[1]);

		if (high > 15 || low > 15 || text[2] != (i < MAC_LEN - 1 ? ':' : '\0'))
			return false;
		read[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(mac, read, MAC_LEN);
	return true;
}

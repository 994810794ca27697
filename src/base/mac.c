/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mac.h"

#include <string.h>

char *mac_format(char *to, const uint8_t *mac)
{
	static const char digits[] = "0123456789abcdef";
	char *pos = to;

	for (int i = 0; i < MAC_LEN; i++) {
		*pos++ = digits[mac[i] >> 4];
		*pos++ = digits[mac[i] & 15];
		*pos++ = i < MAC_LEN - 1 ? ':' : '\0';
	}
	return to;
}

/* Returns the value of a hexadecimal digit, or 16 if it is none. */
static unsigned hex_digit_value(char ch)
{
	if (ch >= '0' && ch <= '9')
		return (unsigned)(ch - '0');
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? (unsigned)(ch - 'a') + 10 : 16;
}

bool mac_parse(uint8_t *mac, const char *text)
{
	uint8_t parsed[MAC_LEN];

	if (strnlen(text, MAC_TEXT_SIZE) != MAC_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < MAC_LEN; i++, text += 3) {
		unsigned high = hex_digit_value(text[0]), low = hex_digit_value(text[1]);

		if (high > 15 || low > 15 || text[2] != (i < MAC_LEN - 1 ? ':' : '\0'))
			return false;
		parsed[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(mac, parsed, MAC_LEN);
	return true;
}

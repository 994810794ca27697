/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

static const char digits[] = "0123456789abcdef";

char *hex_format(char *text, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[from[i] >> 4];
		text[2 * i + 1] = digits[from[i] & 15];
	}
	text[2 * len] = '\0';
	return text;
}

int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool hex_parse(void *bytes, size_t len, const char *text)
{
	uint8_t *to = bytes;

	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

char *ssid_format(char *text, size_t room, const uint8_t *ssid, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len && at + 5 <= room; i++) {
		if (ssid[i] >= 0x20 && ssid[i] < 0x7f && ssid[i] != '\\') {
			text[at++] = (char)ssid[i];
			continue;
		}
		text[at++] = '\\';
		text[at++] = 'x';
		text[at++] = digits[ssid[i] >> 4];
		text[at++] = digits[ssid[i] & 15];
	}
	if (room)
		text[at] = '\0';
	return text;
}

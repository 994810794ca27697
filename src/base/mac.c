/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mac.h"

#include "base/text.h"

#include <string.h>

char *mac_format(char *to, const uint8_t *mac)
{
	char *pos = to;

	for (int i = 0; i < MAC_LEN; i++, pos += 3) {
		hex_format(pos, mac + i, 1);
		pos[2] = i < MAC_LEN - 1 ? ':' : '\0';
	}
	return to;
}

bool mac_parse(uint8_t *mac, const char *text)
{
	uint8_t parsed[MAC_LEN];

	if (strnlen(text, MAC_TEXT_SIZE) != MAC_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < MAC_LEN; i++, text += 3)
		if (!hex_parse(parsed + i, 1, text) || text[2] != (i < MAC_LEN - 1 ? ':' : '\0'))
			return false;
	memcpy(mac, parsed, MAC_LEN);
	return true;
}

void mac_randomise(uint8_t mac[6], const uint8_t random[6], bool keep_vendor)
{
	int first = keep_vendor ? 3 : 0;

	memcpy(mac + first, random + first, (size_t)(MAC_LEN - first));
	mac[0] = (uint8_t)((mac[0] & ~1) | 2);
}

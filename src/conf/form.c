/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/form.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t form_count_digits(const char *value)
{
	return strspn(value, "0123456789abcdefABCDEF");
}

bool form_is_hex(const char *value, size_t min, size_t max)
{
	size_t len = form_count_digits(value);

	return !value[len] && len % 2 == 0 && len / 2 >= min && len / 2 <= max;
}

bool form_is_pairs(const char *value)
{
	return form_count_digits(value) >= strlen(value) / 2 * 2;
}

bool form_read_address(uint8_t addr[MAC_LEN], const char *value)
{
	char text[MAC_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s", value);
	return mac_parse(addr, text);
}

bool form_is_address(const char *value)
{
	uint8_t addr[MAC_LEN];

	return form_read_address(addr, value);
}

bool form_is_uuid(const char *value)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	while (value[i] && shape[i] && (shape[i] == 'x' ? hex_digit(value[i]) >= 0 : shape[i] == value[i]))
		i++;
	return !shape[i];
}

bool form_is_device_type(const char *value)
{
	const char *oui = strchr(value, '-');

	return oui && form_count_digits(oui + 1) >= 8 && strchr(oui + 9, '-');
}

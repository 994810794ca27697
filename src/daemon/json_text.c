/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/json_text.h"

#include <stdlib.h>
#include <string.h>

const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long json_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

bool json_lists(const json_t *object, const char *key, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(object, key), i, item)
	{
		if (json_is_string(item) && !strcmp(json_string_value(item), text))
			return true;
	}
	return false;
}

json_t *json_bytes(const char *bytes)
{
	size_t len = strlen(bytes), at = 0;
	char *text = malloc(2 * len + 1);
	json_t *json;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte >= 0x80)
			text[at++] = (char)(0xc0 | byte >> 6);
		text[at++] = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte);
	}
	json = json_stringn(text, at);
	explicit_bzero(text, at);
	free(text);
	return json;
}

char *json_bytes_read(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	const unsigned char *text = (const unsigned char *)json_string_value(member);
	size_t len = json_string_length(member), at = 0;
	char *bytes = text ? calloc(1, len + 1) : NULL;
	bool ok = bytes;

	for (size_t i = 0; ok && i < len; i++) {
		bool pair = text[i] >= 0x80; /* jansson has checked that it is UTF-8 */

		ok = text[i] && text[i] < 0xc4;
		bytes[at++] = (char)(pair ? text[i] << 6 | (text[i + 1] & 0x3f) : text[i]);
		i += pair;
	}
	if (ok || !bytes)
		return bytes;
	explicit_bzero(bytes, len);
	free(bytes);
	return NULL;
}

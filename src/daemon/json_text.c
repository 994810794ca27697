/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/json_text.h"

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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/qemu_command.h"

#include <string.h>

/* Copies a member's value up to a single comma. */
static void copy_value(char *name, size_t size, const char *value)
{
	size_t at = 0;

	while (*value && at + 1 < size) {
		if (*value == ',' && *++value != ',')
			break;
		name[at++] = *value++;
	}
	name[at] = '\0';
}

/* The value of `guest=`, or the first member if it has no key. */
static void read_name(char *name, size_t size, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ",=");

		if (!strncmp(text, "guest=", 6)) {
			copy_value(name, size, text + 6);
			return;
		}
		if (text[len] != '=') {
			copy_value(name, size, text);
			return;
		}
		while (text[len] && (text[len] != ',' || text[len + 1] == ','))
			len += text[len] == ',' ? 2 : 1;
		text += len + (text[len] == ',');
	}
}

bool qemu_command_name(char *name, size_t size, const char *line, size_t len)
{
	const char *end = line + len, *word = line;
	bool next_is_name = false;

	name[0] = '\0';
	while (word < end) {
		size_t size_of_word = strnlen(word, (size_t)(end - word));

		if (size_of_word == (size_t)(end - word))
			break; /* no zero: the line was cut here */
		if (next_is_name) {
			read_name(name, size, word);
			return name[0];
		}
		next_is_name = !strcmp(word, "-name") || !strcmp(word, "--name");
		word += size_of_word + 1;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/command.h"

#include <string.h>

char *ctrl_split(char *line)
{
	char *blank = strchr(line, ' ');

	if (!blank)
		return line + strlen(line);
	*blank = '\0';
	return blank + 1;
}

char *ctrl_next_word(char **rest)
{
	char *word;

	*rest += strspn(*rest, " \t");
	word = **rest ? *rest : NULL;
	*rest += strcspn(*rest, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

bool ctrl_option(const char *text, const char *name, char *value, size_t room)
{
	size_t name_len = strlen(name);

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		size_t len = strcspn(text, " \t");

		if (len > name_len && !strncmp(text, name, name_len) && text[name_len] == '=') {
			len -= name_len + 1;
			if (len >= room)
				return false;
			memcpy(value, text + name_len + 1, len);
			value[len] = '\0';
			return true;
		}
		text += len;
	}
	return false;
}

bool ctrl_number(const char *text, uint32_t max, uint32_t *value)
{
	unsigned base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	uint64_t number = 0;

	if (base == 16)
		text += 2;
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned lower = *text | 0x20u, digit = *text >= '0' && *text <= '9' ? (unsigned)*text - '0' : 16;

		if (base == 16 && lower >= 'a' && lower <= 'f')
			digit = lower - 'a' + 10;
		number = number * base + digit;
		if (digit >= base || number > max)
			return false;
	}
	*value = (uint32_t)number;
	return true;
}

bool ctrl_option_number(const char *text, const char *name, uint32_t max, uint32_t *value)
{
	char number[24];

	return ctrl_option(text, name, number, sizeof(number)) && ctrl_number(number, max, value);
}

int ctrl_find_verb(const struct ctrl_verb *verbs, const char *word)
{
	for (; verbs->verb; verbs++)
		if (!strcmp(verbs->verb, word))
			return verbs->id;
	return -1;
}

bool ctrl_is_secret(const char *line)
{
	static const char *const secrets[] = {"pass", "psk", "key",      "pin",    "PIN",  "PASS", "KEY",
					      "PMK",  "PSK", "CTRL-RSP", "secret", "r0kh", "r1kh"};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strstr(line, secrets[i]))
			return true;
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/exposition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct exposition *text, const char *bytes, size_t len)
{
	if (text->failed)
		return;
	if (text->len + len + 1 > text->room) {
		size_t room = (text->len + len + 1) * 2;
		char *more = realloc(text->bytes, room);

		if (!more) {
			text->failed = true;
			return;
		}
		text->bytes = more;
		text->room = room;
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
}

static void append_text(struct exposition *text, const char *words)
{
	append(text, words, strlen(words));
}

void exposition_family(struct exposition *text, const char *name, const char *type, const char *help)
{
	append_text(text, "# HELP ");
	append_text(text, name);
	append_text(text, " ");
	append_text(text, help);
	append_text(text, "\n# TYPE ");
	append_text(text, name);
	append_text(text, " ");
	append_text(text, type);
	append_text(text, "\n");
	text->family = name;
	text->labels = 0;
}

/* The backslash, the quotation mark and the line break are escaped. */
static void append_escaped(struct exposition *text, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			append(text, "\\", 1);
		if (*value == '\n')
			append(text, "\\n", 2);
		else
			append(text, value, 1);
	}
}

void exposition_label(struct exposition *text, const char *name, const char *value)
{
	if (text->labels++ == 0) {
		append_text(text, text->family);
		append_text(text, "{");
	} else {
		append_text(text, ",");
	}
	append_text(text, name);
	append_text(text, "=\"");
	append_escaped(text, value);
	append_text(text, "\"");
}

void exposition_value(struct exposition *text, double value)
{
	char number[40];

	append_text(text, text->labels ? "}" : text->family);
	snprintf(number, sizeof(number), " %.17g\n", value);
	append_text(text, number);
	text->labels = 0;
}

void exposition_free(struct exposition *text)
{
	free(text->bytes);
	*text = (struct exposition){0};
}

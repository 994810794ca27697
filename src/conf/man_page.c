/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Line by line: each line is a heading, the start of a paragraph, the tag of a list item, a line of its text, or literal.
 * A line is a tag if the next one begins with a tab, so the reader looks one line ahead.
 */
#include "conf/man_page.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct man_page {
	FILE *to;
	const char *at; /* the next line */
	bool paragraph; /* the last line belongs to a paragraph or an item, which the next one continues */
	bool item;      /* the last paragraph belongs to an item */
	bool literal;
};

/* Characters that groff would change, and the escapes that print them. */
static void put_character(char letter, FILE *to)
{
	static const char special[] = "\\-'`^~";
	static const char *const escapes[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
	const char *found = strchr(special, letter);

	if (letter && found)
		fputs(escapes[found - special], to);
	else
		fputc(letter, to);
}

/* An underscore inside a word, as in snake_case, is no markup. */
static bool toggles_underline(const char *line, size_t at, size_t len, bool underlined)
{
	bool word_before = at > 0 && isalnum((unsigned char)line[at - 1]);
	bool word_after = at + 1 < len && isalnum((unsigned char)line[at + 1]);

	return line[at] == '_' && (underlined || !word_before || !word_after);
}

static bool starts_with(const char *line, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && !strncmp(line, prefix, strlen(prefix));
}

static void put_text(const char *line, size_t len, FILE *to)
{
	bool bold = false, underlined = false;

	/* A leading dot would be a request to groff, and a leading quote, which is escaped anyway. */
	if (starts_with(line, len, ".") || starts_with(line, len, "\\."))
		fputs("\\&", to);
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\' && i + 1 < len) {
			put_character(line[++i], to);
		} else if (line[i] == '*' || (line[i] == '`' && (bold || memchr(line + i + 1, '`', len - i - 1)))) {
			bold = !bold;
			fputs(bold ? "\\fB" : "\\fR", to);
		} else if (toggles_underline(line, i, len, underlined)) {
			underlined = !underlined;
			fputs(underlined ? "\\fI" : "\\fR", to);
		} else {
			put_character(line[i], to);
		}
	}
	fputs(bold || underlined ? "\\fR\n" : "\n", to);
}

static void print_literal(struct man_page *page, const char *line, size_t len)
{
	if (starts_with(line, len, "```")) {
		fputs(".EE\n.RE\n", page->to);
		page->literal = false;
		return;
	}
	if (starts_with(line, len, "."))
		fputs("\\&", page->to);
	for (size_t i = 0; i < len; i++)
		put_character(line[i], page->to);
	fputc('\n', page->to);
}

static void print_paragraph_line(struct man_page *page, const char *line, size_t len)
{
	bool line_break = len >= 2 && !strncmp(line + len - 2, "++", 2);

	if (line[0] == '\t') {
		/* A further paragraph of an item. */
		if (!page->paragraph && page->item)
			fputs(".IP\n", page->to);
		line++;
		len--;
		page->item = true;
	} else if (*page->at == '\t') {
		fputs(".TP 4\n", page->to);
		page->item = true;
	} else if (!page->paragraph) {
		fputs(".PP\n", page->to);
		page->item = false;
	}
	page->paragraph = true;
	put_text(line, line_break ? len - 2 : len, page->to);
	if (line_break)
		fputs(".br\n", page->to);
}

static void print_line(struct man_page *page, const char *line, size_t len)
{
	if (page->literal) {
		print_literal(page, line, len);
	} else if (!len) {
		page->paragraph = false;
	} else if (starts_with(line, len, "```")) {
		fputs(page->paragraph ? ".RS 4\n.EX\n" : ".PP\n.RS 4\n.EX\n", page->to);
		page->literal = true;
		page->paragraph = false;
	} else if (starts_with(line, len, "## ")) {
		fputs(".SS ", page->to);
		put_text(line + 3, len - 3, page->to);
		page->paragraph = false;
	} else if (starts_with(line, len, "# ")) {
		fputs(".SH ", page->to);
		put_text(line + 2, len - 2, page->to);
		page->paragraph = false;
	} else {
		print_paragraph_line(page, line, len);
	}
}

void man_page_print(const char *markup, FILE *to)
{
	struct man_page page = {.to = to, .at = markup};
	size_t name = strcspn(markup, "("), end = strcspn(markup, "\n");

	fprintf(to, ".TH %.*s %.*s \"\" vifi\n", (int)name, markup, (int)strcspn(markup + name, ")\n") - 1,
		markup + name + 1);
	/* Left-justified and without hyphens, so that commands can be copied. */
	fputs(".ad l\n.nh\n", to);
	page.at += end + (markup[end] != 0);
	while (*page.at) {
		const char *line = page.at;
		size_t len = strcspn(line, "\n");

		page.at += len + (line[len] != 0);
		print_line(&page, line, len);
	}
}

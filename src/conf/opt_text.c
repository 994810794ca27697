/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table of options prints: help for a terminal, and man pages in the format of scdoc(5). */
#include "conf/opt.h"

#include <string.h>

enum { COLUMNS = 80, INDENT = 2, HELP_AT = 28 };

/* ---- help ---- */

void opt_wrap(FILE *to, const char *text, unsigned indent, unsigned at)
{
	while (*text) {
		size_t n = strcspn(text, " \n");
		bool paragraph = text[n] == '\n' && text[n + 1] == '\n';

		if (n && at > indent && at + 1 + n > COLUMNS) {
			fputc('\n', to);
			at = 0;
		}
		if (n && at <= indent)
			at += (unsigned)fprintf(to, "%*s", (int)(indent - at), "");
		else if (n)
			at += (unsigned)fprintf(to, " ");
		at += (unsigned)fprintf(to, "%.*s", (int)n, text);
		text += n + (text[n] != 0);
		if (paragraph) {
			fprintf(to, "\n\n");
			at = 0;
			text++;
		}
	}
	fputc('\n', to);
}

static void help_option(const struct opt *o, FILE *to)
{
	char letter[] = {'-', o->letter, ',', ' ', 0}, text[1024];
	unsigned at = (unsigned)fprintf(to, "%*s%s--%s%s%s", INDENT, "", o->letter ? letter : "    ", o->name,
					o->argument ? " " : "", o->argument ? o->argument : "");

	if (at >= HELP_AT - 1) {
		fputc('\n', to);
		at = 0;
	}
	snprintf(text, sizeof text, "%s%s%s%s", o->help, o->fallback ? " (default: " : "",
		 o->fallback ? o->fallback : "", o->fallback ? ")" : "");
	opt_wrap(to, text, HELP_AT, at);
}

void opt_help(const struct opt_command *c, FILE *to)
{
	static const struct opt help = {.name = "help", .letter = 'h', .help = "print this"};
	bool letter_taken = false;

	fprintf(to, "Usage: %s%s%s%s\n\n", c->name, c->options ? " [OPTIONS]" : "", c->operands ? " " : "",
		c->operands ? c->operands : "");
	fprintf(to, "%s: %s.\n", c->name, c->sentence);
	if (c->about) {
		fputc('\n', to);
		opt_wrap(to, c->about, 0, 0);
	}
	fprintf(to, "\nOptions:\n");
	for (const struct opt *o = c->options; o && o->name; o++) {
		letter_taken |= o->letter == help.letter;
		if (!o->file_only)
			help_option(o, to);
	}
	help_option(letter_taken ? &(struct opt){.name = "help", .help = help.help} : &help, to);
}

/* ---- man pages ---- */

/* Prints text so that scdoc takes no letter of it for its own; what stands in backquotes is bold. */
static void plain(FILE *to, const char *text)
{
	bool first = true, bold = false;

	for (; *text; text++) {
		/* A line that begins with a blank would be an indented paragraph. */
		if (first && (*text == ' ' || *text == '\t'))
			continue;
		if (*text == '`' && (bold || strchr(text + 1, '`'))) {
			fputc('*', to);
			bold = !bold;
		} else {
			if (strchr("\\*_~", *text) || (first && strchr("#-.|[]+", *text)))
				fputc('\\', to);
			fputc(*text, to);
		}
		first = *text == '\n';
	}
}

static void underlined(FILE *to, const char *text)
{
	fputc('_', to);
	plain(to, text);
	fputc('_', to);
}

static void bold(FILE *to, const char *before, const char *text)
{
	fprintf(to, "*%s", before);
	plain(to, text);
	fputc('*', to);
}

static void sentence(FILE *to, const char *text)
{
	fputc(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0], to);
	plain(to, text + 1);
}

/* "[UPLINK [BRIDGE]]": the words underlined, the brackets as they are. */
static void operands(FILE *to, const char *text)
{
	while (*text) {
		size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

		if (n)
			fprintf(to, "_%.*s_", (int)n, text);
		else
			fprintf(to, strchr("\\*_~", *text) ? "\\%c" : "%c", *text);
		text += n ? n : 1;
	}
}

static void man_value(const struct opt *o, FILE *to)
{
	fputs("\n\t", to);
	sentence(to, o->help);
	fputc('.', to);
	if (o->type == OPT_CHOICE) {
		fputs(" One of", to);
		for (int i = 0; o->words[i]; i++) {
			fputs(i ? ", " : " ", to);
			bold(to, "", o->words[i]);
		}
		fputc('.', to);
	}
	if (o->type == OPT_NUMBER)
		fprintf(to, " From %u to %u.", o->min, o->max);
	if (o->fallback) {
		fputs(" Default: ", to);
		plain(to, o->fallback);
		fputc('.', to);
	}
	fputs("\n\n", to);
}

static void man_command(const struct opt_command *c, FILE *to)
{
	fputs("## ", to);
	plain(to, c->name);
	if (c->operands)
		fprintf(to, " %s", c->operands);
	fputs("\n\n", to);
	sentence(to, c->sentence);
	fputs(".\n\n", to);
	if (c->about) {
		plain(to, c->about);
		fputs("\n\n", to);
	}
	for (const struct opt *o = c->options; o && o->name; o++) {
		if (o->file_only)
			continue;
		if (o->letter)
			fprintf(to, "*-%c*, ", o->letter);
		bold(to, "--", o->name);
		if (o->argument) {
			fputc(' ', to);
			underlined(to, o->argument);
		}
		man_value(o, to);
	}
}

static void man_synopsis(const struct opt_page *page, FILE *to)
{
	fputs("# SYNOPSIS\n\n", to);
	for (size_t i = 0; page->commands[i]; i++) {
		const struct opt_command *c = page->commands[i];

		bold(to, "", c->name);
		if (c->options)
			fputs(" [_options_]", to);
		if (c->operands) {
			fputc(' ', to);
			operands(to, c->operands);
		}
		/* ++ at the end of a line is scdoc's line break. */
		fputs(page->commands[i + 1] ? "++\n" : "\n\n", to);
	}
}

static void man_keys(const struct opt_page *page, FILE *to)
{
	fputs("# CONFIGURATION\n\n", to);
	if (page->keys_about) {
		plain(to, page->keys_about);
		fputs("\n\n", to);
	}
	for (const struct opt *o = page->keys; o->name; o++) {
		if (o->line_only)
			continue;
		bold(to, "", o->name);
		fputs(" = ", to);
		underlined(to, o->argument ? o->argument : "yes|no");
		man_value(o, to);
	}
}

void opt_man(const struct opt_page *page, FILE *to)
{
	fprintf(to, "%s(%u)\n\n# NAME\n\n%s - ", page->name, page->section, page->name);
	plain(to, page->sentence);
	fputs("\n\n", to);
	if (page->commands)
		man_synopsis(page, to);
	if (page->about) {
		fputs("# DESCRIPTION\n\n", to);
		plain(to, page->about);
		fputs("\n\n", to);
	}
	if (page->commands && page->commands[0])
		fputs("# COMMANDS\n\n", to);
	for (size_t i = 0; page->commands && page->commands[i]; i++)
		man_command(page->commands[i], to);
	if (page->keys)
		man_keys(page, to);
	for (const struct opt_section *s = page->sections; s && s->title; s++)
		fprintf(to, "# %s\n\n%s\n\n", s->title, s->scdoc);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help for a terminal, and man pages in the markup of man_page.h, from a table of options. */
#include "conf/opt.h"

#include <string.h>

enum { COLUMNS = 80, INDENT = 2, HELP_COLUMN = 28 };

/* ---- help ---- */

void opt_wrap(FILE *to, const char *text, unsigned indent, unsigned column)
{
	while (*text) {
		size_t len = strcspn(text, " \n");
		bool paragraph = text[len] == '\n' && text[len + 1] == '\n';

		if (len && column > indent && column + 1 + len > COLUMNS) {
			fputc('\n', to);
			column = 0;
		}
		if (len && column <= indent)
			column += (unsigned)fprintf(to, "%*s", (int)(indent - column), "");
		else if (len)
			column += (unsigned)fprintf(to, " ");
		column += (unsigned)fprintf(to, "%.*s", (int)len, text);
		text += len + (text[len] != 0);
		if (paragraph) {
			fprintf(to, "\n\n");
			column = 0;
			text++;
		}
	}
	fputc('\n', to);
}

static void help_option(const struct opt *opt, FILE *to)
{
	char letter[] = {'-', opt->letter, ',', ' ', 0}, text[1024];
	const char *open = !opt->argument       ? ""
			   : opt->implied_value ? " ["
						: " ",
		   *close = opt->implied_value ? "]" : "";
	unsigned column = (unsigned)fprintf(to, "%*s%s--%s%s%s%s", INDENT, "", opt->letter ? letter : "    ", opt->name,
					    open, opt->argument ? opt->argument : "", close);

	if (column >= HELP_COLUMN - 1) {
		fputc('\n', to);
		column = 0;
	}
	snprintf(text, sizeof(text), "%s%s%s%s", opt->help, opt->default_value ? " (default: " : "",
		 opt->default_value ? opt->default_value : "", opt->default_value ? ")" : "");
	opt_wrap(to, text, HELP_COLUMN, column);
}

void opt_help(const struct opt_command *command, FILE *to)
{
	static const struct opt help = {.name = "help", .letter = 'h', .help = "print this help"};
	bool letter_taken = false;

	fprintf(to, "Usage: %s%s%s%s\n\n", command->name, command->options ? " [OPTIONS]" : "",
		command->operands ? " " : "", command->operands ? command->operands : "");
	fprintf(to, "%s: %s.\n", command->name, command->summary);
	if (command->description) {
		fputc('\n', to);
		opt_wrap(to, command->description, 0, 0);
	}
	fprintf(to, "\nOptions:\n");
	for (const struct opt *opt = command->options; opt && opt->name; opt++) {
		letter_taken |= opt->letter == help.letter;
		if (!opt->file_only)
			help_option(opt, to);
	}
	help_option(letter_taken ? &(struct opt){.name = "help", .help = help.help} : &help, to);
}

/* ---- man pages ---- */

/*
 * Prints text in which no character is markup; text in backquotes becomes bold. At the start of a line, blanks are dropped,
 * because they would begin an indented paragraph, and more characters are markup. `capitalize` raises the first letter.
 */
static void put_markup(FILE *to, const char *text, bool line_start, bool capitalize)
{
	bool bold = false;

	for (; *text; text++) {
		char letter = *text;

		if (line_start && (letter == ' ' || letter == '\t'))
			continue;
		if (letter == '`' && (bold || strchr(text + 1, '`'))) {
			fputc('*', to);
			bold = !bold;
		} else {
			if (strchr("\\*_~", letter) || (line_start && strchr("#-.|[]+", letter)))
				fputc('\\', to);
			fputc(capitalize && letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter, to);
		}
		line_start = letter == '\n';
		capitalize = false;
	}
}

static void put_words(FILE *to, const char *text)
{
	put_markup(to, text, false, false);
}

static void put_paragraphs(FILE *to, const char *text)
{
	put_markup(to, text, true, false);
	fputs("\n\n", to);
}

static void put_sentence(FILE *to, const char *text)
{
	put_markup(to, text, true, true);
	fputc('.', to);
}

static void put_underlined(FILE *to, const char *text)
{
	fputc('_', to);
	put_words(to, text);
	fputc('_', to);
}

static void put_bold(FILE *to, const char *prefix, const char *text)
{
	fprintf(to, "*%s", prefix);
	put_words(to, text);
	fputc('*', to);
}

/* "[UPLINK [BRIDGE]]": words are underlined, brackets are not. */
static void put_operands(FILE *to, const char *text)
{
	while (*text) {
		size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

		if (len)
			fprintf(to, "_%.*s_", (int)len, text);
		else
			fprintf(to, strchr("\\*_~", *text) ? "\\%c" : "%c", *text);
		text += len ? len : 1;
	}
}

static void man_value(const struct opt *opt, FILE *to)
{
	fputs("\n\t", to);
	put_sentence(to, opt->help);
	if (opt->type == OPT_CHOICE) {
		fputs(" One of", to);
		for (int i = 0; opt->choices[i]; i++) {
			fputs(i ? ", " : " ", to);
			put_bold(to, "", opt->choices[i]);
		}
		fputc('.', to);
	}
	if (opt->type == OPT_NUMBER)
		fprintf(to, " From %u to %u.", opt->min, opt->max);
	if (opt->default_value) {
		fputs(" Default: ", to);
		put_words(to, opt->default_value);
		fputc('.', to);
	}
	fputs("\n\n", to);
}

static void man_command(const struct opt_command *command, bool summary_only, FILE *to)
{
	fputs("## ", to);
	put_words(to, command->name);
	if (command->operands) {
		fputc(' ', to);
		put_words(to, command->operands);
	}
	fputs("\n\n", to);
	put_sentence(to, command->summary);
	fputs("\n\n", to);
	if (summary_only)
		return;
	if (command->description)
		put_paragraphs(to, command->description);
	for (const struct opt *opt = command->options; opt && opt->name; opt++) {
		if (opt->file_only)
			continue;
		if (opt->letter)
			fprintf(to, "*-%c*, ", opt->letter);
		put_bold(to, "--", opt->name);
		if (opt->argument) {
			fputs(opt->implied_value ? " [" : " ", to);
			put_underlined(to, opt->argument);
			fputs(opt->implied_value ? "]" : "", to);
		}
		man_value(opt, to);
	}
}

static void man_synopsis(const struct opt_page *page, FILE *to)
{
	fputs("# SYNOPSIS\n\n", to);
	for (size_t i = 0; page->commands[i]; i++) {
		const struct opt_command *command = page->commands[i];

		put_bold(to, "", command->name);
		if (command->options)
			fputs(" [_options_]", to);
		if (command->operands) {
			fputc(' ', to);
			put_operands(to, command->operands);
		}
		/* ++ at the end of a line is a line break. */
		fputs(page->commands[i + 1] ? "++\n" : "\n\n", to);
	}
}

static void man_keys(const struct opt_page *page, FILE *to)
{
	fputs("# CONFIGURATION\n\n", to);
	if (page->keys_description)
		put_paragraphs(to, page->keys_description);
	for (const struct opt *opt = page->keys; opt->name; opt++) {
		if (opt->command_line_only)
			continue;
		put_bold(to, "", opt->name);
		fputs(" = ", to);
		put_underlined(to, opt->argument ? opt->argument : "yes|no");
		man_value(opt, to);
	}
}

void opt_man(const struct opt_page *page, FILE *to)
{
	fprintf(to, "%s(%u)\n\n# NAME\n\n%s - ", page->name, page->section, page->name);
	put_words(to, page->summary);
	fputs("\n\n", to);
	if (page->commands)
		man_synopsis(page, to);
	if (page->description) {
		fputs("# DESCRIPTION\n\n", to);
		put_paragraphs(to, page->description);
	}
	if (page->commands && page->commands[0])
		fputs("# COMMANDS\n\n", to);
	for (size_t i = 0; page->commands && page->commands[i]; i++)
		man_command(page->commands[i], page->summaries_only, to);
	if (page->keys)
		man_keys(page, to);
	for (const struct opt_section *section = page->sections; section && section->title; section++)
		fprintf(to, "# %s\n\n%s\n\n", section->title, section->markup);
}

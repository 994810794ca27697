/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table of options for the command line, the configuration file, the help text and the man page.
 *
 * A row states an option's name, its argument, the field of the caller's structure that receives the value, and a help
 * text. `--ageing 300` on the command line and `ageing = 300` in a file are the same row, read by the same code; --help
 * and the man page are printed from it, so the four cannot contradict each other:
 *
 *	struct settings { uint32_t ageing; char config[PATH_MAX]; bool json; };
 *
 *	static const struct opt options[] = {
 *		{.name = "ageing", .letter = 'a', .argument = "SECONDS", .type = OPT_NUMBER, .min = 10, .max = 86400,
 *		 .default_value = "300", OPT_FIELD(struct settings, ageing), .help = "forget a silent guest after SECONDS"},
 *		{.name = "config", .letter = 'c', .argument = "FILE", .type = OPT_TEXT, .command_line_only = true,
 *		 OPT_FIELD(struct settings, config), .help = "read FILE"},
 *		{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct settings, json), .help = "print JSON"},
 *		{0},
 *	};
 *
 * Values are copied into the structure: nothing is borrowed from argv or from a file's buffer, nothing needs freeing, and
 * no state is kept between calls.
 *
 * Error texts have no full stop; the caller prepends "vifi bridge up: " or "FILE:7: ".
 */
#ifndef VIFI_CONF_OPT_H
#define VIFI_CONF_OPT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type {
	OPT_COUNT,  /* uint32_t: the number of occurrences (-dd); on the command line only */
	OPT_FLAG,   /* bool; no argument on the command line, yes or no in a file */
	OPT_NUMBER, /* uint32_t from .min to .max */
	OPT_TEXT,   /* char[]: a value that fits with its terminating zero; not empty */
	OPT_CHOICE, /* int: the index of the value in .choices */
	OPT_CUSTOM, /* read by .read; may be repeated */
};

struct opt {
	const char *name;       /* long option, and key in a file; NULL ends the table */
	char letter;            /* short option, or 0 */
	bool command_line_only; /* not a key of the file */
	bool file_only;         /* not an option of the command line */
	const char *argument;   /* the name of the value in the help: FILE, SECONDS; NULL for a flag */
	enum opt_type type;
	size_t offset, size; /* of the field in the target: use OPT_FIELD */
	uint32_t min, max;
	const char *const *choices; /* ends with NULL */
	/* Reads `value` into the field (offset, size). Returns false with an error if the value is invalid. */
	bool (*read)(void *field, size_t size, const char *value, struct error *error);
	const char *default_value; /* as text; NULL: zero */
	/*
	 * The value of an option of the command line that is given without one; NULL: it needs one. A value is then part of the same
	 * word (--watch=5, -w5), or the next word if that is a number (-w 5).
	 */
	const char *implied_value;
	const char *help; /* what the option does, in lower case and without a full stop */
};

#define OPT_FIELD(type_, field_) .offset = offsetof(type_, field_), .size = sizeof(((type_ *)0)->field_)

/* Sets every field whose row has a default. Aborts if a row refuses its own default: that is a defect of the table. */
void opt_defaults(const struct opt *options, void *target);

/* Returns the row called `name`, or NULL. */
const struct opt *opt_find(const struct opt *options, const char *name);

/* Reads `value` into the row's field of `target`. Returns false with an error that names the option if it is invalid. */
bool opt_set(const struct opt *opt, void *target, const char *value, struct error *error);

/* Handles one line `key = value` of a file: finds the row, except rows of the command line only, and sets its field. */
bool opt_set_key(const struct opt *options, void *target, const char *key, const char *value, struct error *error);

/* A command: its name, operands, options and help. */
struct opt_command {
	const char *name;                    /* "vifi bridge up" */
	const char *operands;                /* "[UPLINK [BRIDGE]]", or NULL */
	unsigned min_operands, max_operands; /* the permitted number of operands */
	const char *summary;                 /* one line, lower case, no full stop: "serve guests until stopped" */
	const char *description;   /* paragraphs for the help and the man page, separated by empty lines; or NULL */
	const struct opt *options; /* or NULL; every command understands --help without a row */
};

enum {
	OPT_HELP = -1,  /* --help was given, and the help is printed: exit code 0 */
	OPT_ERROR = -2, /* the command line is invalid, and the error is printed: exit code 2 */
};

/*
 * Reads a command line. argv[0] is skipped; options and operands may be mixed; `--` ends the options; `-cFILE`,
 * `-c FILE`, `--config=FILE` and `--config FILE` are the same; long options cannot be abbreviated. Fields of absent
 * options keep their values, so the order is: opt_defaults(), the file, the command line. Returns the index in argv of
 * the first operand (operands are moved to the end, in order), or OPT_HELP or OPT_ERROR.
 */
int opt_parse(const struct opt_command *command, int argc, char **argv, void *target);

/* The same without output. Returns false with an error if the line is invalid; *first is the index, or OPT_HELP. */
bool opt_parse_silent(const struct opt_command *command, int argc, char **argv, void *target, int *first,
		      struct error *error);

/* Prints the help of one command. */
void opt_help(const struct opt_command *command, FILE *to);

/* Prints text in lines of at most 80 columns, indented by `indent`; the cursor is in column `column`. */
void opt_wrap(FILE *to, const char *text, unsigned indent, unsigned column);

/* ---- man pages, in the markup of conf/man_page.h ---- */

/* The man page of a program or of a group of commands. */
struct opt_page {
	const char *name;                          /* "vifi-bridge" */
	unsigned section;                          /* 1, 5, 8 */
	const char *summary;                       /* follows the name */
	const char *description;                   /* DESCRIPTION */
	const struct opt_command *const *commands; /* SYNOPSIS and COMMANDS; ends with NULL */
	bool summaries_only;                       /* COMMANDS has no options: each command has a page of its own */
	const struct opt *keys;                    /* CONFIGURATION, or NULL */
	const char *keys_description;              /* introduces the keys */
	/* Further sections, the last one {0}: title in capitals, and text in that markup. */
	const struct opt_section {
		const char *title, *markup;
	} * sections;
};

void opt_man(const struct opt_page *page, FILE *to);

#endif

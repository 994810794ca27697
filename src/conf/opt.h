/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table of options for the command line, the configuration file, the help text and the man page.
 *
 * A row says what an option is called, what it takes, where in the caller's structure its value goes and what it is
 * for.  `--ageing 300` on the command line and `ageing = 300` in a file are the same row read by the same code, and
 * --help and the man page are printed from it, so that none of the four can say something else than the others:
 *
 *	struct settings { uint32_t ageing; char config[PATH_MAX]; bool json; };
 *
 *	static const struct opt options[] = {
 *		{.name = "ageing", .letter = 'a', .argument = "SECONDS", .type = OPT_NUMBER, .min = 10, .max = 86400,
 *		 .fallback = "300", OPT_FIELD(struct settings, ageing), .help = "forget a guest that is silent so
 *long"},
 *		{.name = "config", .letter = 'c', .argument = "FILE", .type = OPT_TEXT, .line_only = true,
 *		 OPT_FIELD(struct settings, config), .help = "read FILE"},
 *		{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct settings, json), .help = "print
 *JSON"}, {0},
 *	};
 *
 * Values are copied into the structure: nothing borrows from argv or from a file's buffer, nothing is to be freed.
 * There is no state between calls.
 *
 * What is wrong stands in a struct error, without a full stop: the caller puts "vifi bridge up: " or "FILE:7: " before
 *it.
 */
#ifndef VIFI_CONF_OPT_H
#define VIFI_CONF_OPT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type {
	OPT_COUNT,  /* uint32_t: how often it is given (-dd); of the command line only */
	OPT_FLAG,   /* bool; takes nothing on the command line, yes or no in a file */
	OPT_NUMBER, /* uint32_t from .min to .max */
	OPT_TEXT,   /* char[]: the value must fit with its closing NUL; not empty */
	OPT_CHOICE, /* int: the index of the value in .words, which ends with NULL */
	OPT_CUSTOM, /* whatever .read makes of it; it may be given more than once */
};

struct opt {
	const char *name;       /* long option, and key in a file; NULL ends the table */
	char letter;            /* short option, or 0 */
	bool command_line_only; /* means something on the command line, but not in a file */
	bool file_only;         /* and the other way round */
	const char *argument;   /* what the help calls the value: FILE, SECONDS; NULL for a flag */
	enum opt_type type;
	size_t offset, size; /* of the field in the target: use OPT_FIELD */
	uint32_t min, max;
	const char *const *choices;
	/* Reads `value` into the field (offset, size).  Returns whether it could; if not, says why. */
	bool (*read)(void *field, size_t size, const char *value, struct error *error);
	const char *default_value; /* the value it has when nobody gives one, as a text; NULL: zero */
	const char *help;          /* for a person: what it does, in lower case and without a full stop */
};

#define OPT_FIELD(type_, field_) .offset = offsetof(type_, field_), .size = sizeof(((type_ *)0)->field_)

/* Sets every field of the table that has a fallback.  A fallback that its own row refuses is a defect: it aborts. */
void opt_defaults(const struct opt *options, void *target);

/* Returns the row called `name`, or NULL. */
const struct opt *opt_find(const struct opt *options, const char *name);

/* Reads `value` into the row's field of `target`.  Returns whether it could; if not, says why, naming the option. */
bool opt_set(const struct opt *opt, void *target, const char *value, struct error *error);

/* One line `key = value` of a file: finds the row (never one that is line_only) and sets it. */
bool opt_set_key(const struct opt *options, void *target, const char *key, const char *value, struct error *error);

/* One command: what stands in front of the options, and behind them. */
struct opt_command {
	const char *name;                    /* "vifi bridge up" */
	const char *operands;                /* "[UPLINK [BRIDGE]]", or NULL */
	unsigned min_operands, max_operands; /* how many operands there may be */
	const char *summary;                 /* one line, lower case, no full stop: "serve guests until stopped" */
	const char *description;   /* paragraphs for the help and the man page, an empty line between them; or NULL */
	const struct opt *options; /* or NULL; --help is understood by each command without a row */
};

enum {
	OPT_HELP = -1,  /* --help was asked for and printed: exit code 0 */
	OPT_ERROR = -2, /* the command line is wrong and standard error says how: exit code 2 */
};

/*
 * Reads a command line: argv[0] is skipped; options and operands may be mixed; `--` ends the options; `-cFILE`,
 * `-c FILE`, `--config=FILE` and `--config FILE` are the same; long options are not abbreviated.  Fields of options
 * that are not given stay as they are (opt_defaults first, then the file, then this). Returns where in argv the
 * operands start (they are moved to the end, in order), or OPT_HELP or OPT_ERROR.
 */
int opt_parse(const struct opt_command *command, int argc, char **argv, void *target);

/* The same in two steps for who must not print: false and why on a mistake; *first as above or OPT_HELP. */
bool opt_parse_silent(const struct opt_command *command, int argc, char **argv, void *target, int *first,
		      struct error *error);

/* Prints the help of one command. */
void opt_help(const struct opt_command *command, FILE *to);

/* Prints text in lines of at most 80 columns, each behind `indent` spaces; the cursor stands in column `at`. */
void opt_wrap(FILE *to, const char *text, unsigned indent, unsigned column);

/* ---- man pages, in the format of scdoc(5) ---- */

/* A man page of a program or of a group of commands. */
struct opt_page {
	const char *name;                          /* "vifi-bridge" */
	unsigned section;                          /* 1, 5, 8 */
	const char *summary;                       /* behind the name */
	const char *description;                   /* DESCRIPTION */
	const struct opt_command *const *commands; /* SYNOPSIS, and a part of COMMANDS each; ends with NULL */
	const struct opt *keys;                    /* CONFIGURATION, or NULL */
	const char *keys_description;              /* what stands before the keys */
	/* Further sections, ends with {0}: title in capitals, and text in scdoc's own format. */
	const struct opt_section {
		const char *title, *scdoc;
	} * sections;
};

void opt_man(const struct opt_page *page, FILE *to);

#endif

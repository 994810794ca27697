/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/opt.h"
#include "base/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt *opt_find(const struct opt *options, const char *name)
{
	for (const struct opt *opt = options; opt && opt->name; opt++)
		if (!strcmp(opt->name, name))
			return opt;
	return NULL;
}

static bool set_flag(const struct opt *opt, bool *field, const char *value, struct error *error)
{
	static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*field = !strcmp(value, yes[i]);
			return true;
		}
	return error_set(error, false, "%s must be %s, not `%.60s`", opt->name,
			 opt->argument && !strcmp(opt->argument, "0|1") ? "0 or 1" : "yes or no", value);
}

static bool set_number(const struct opt *opt, uint32_t *field, const char *value, struct error *error)
{
	unsigned long long number;
	char *end;

	/* strtoull() accepts blanks and signs; a number here is decimal, or hexadecimal after 0x. */
	errno = 0;
	number = strtoull(value, &end, value[0] == '0' && (value[1] | 0x20) == 'x' ? 16 : 10);
	if (value[0] < '0' || value[0] > '9' || *end)
		return error_set(error, false, "%s must be a number from %u to %u, not `%.60s`", opt->name, opt->min,
				 opt->max, value);
	if (errno || number < opt->min || number > opt->max)
		return error_set(error, false, "%s must be a number from %u to %u, not %.60s", opt->name, opt->min,
				 opt->max, value);
	*field = (uint32_t)number;
	return true;
}

static bool set_text(const struct opt *opt, char *field, const char *value, struct error *error)
{
	size_t len = strlen(value);

	if (!len)
		return error_set(error, false, "%s is empty; give it a value or leave it out", opt->name);
	if (len >= opt->size)
		return error_set(error, false, "%s has at most %zu characters, but `%.60s` has %zu", opt->name,
				 opt->size - 1, value, len);
	memcpy(field, value, len + 1);
	return true;
}

static bool set_choice(const struct opt *opt, int *field, const char *value, struct error *error)
{
	char choices[256] = "";
	size_t len = 0;

	for (int i = 0; opt->choices[i]; i++) {
		if (!strcmp(opt->choices[i], value)) {
			*field = i;
			return true;
		}
		len += (size_t)snprintf(choices + len, sizeof(choices) - len, "%s%s", i ? ", " : "", opt->choices[i]);
		if (len >= sizeof(choices))
			len = sizeof(choices) - 1;
	}
	return error_set(error, false, "%s must be one of %s, not `%.60s`", opt->name, choices, value);
}

bool opt_set(const struct opt *opt, void *target, const char *value, struct error *error)
{
	void *field = (char *)target + opt->offset;

	switch (opt->type) {
	case OPT_COUNT:
	case OPT_NUMBER:
		return set_number(opt, field, value, error);
	case OPT_FLAG:
		return set_flag(opt, field, value, error);
	case OPT_TEXT:
		return set_text(opt, field, value, error);
	case OPT_CHOICE:
		return set_choice(opt, field, value, error);
	case OPT_CUSTOM:
		return opt->read(field, opt->size, value, error);
	}
	return error_set(error, false, "%s has an unknown type", opt->name);
}

void opt_defaults(const struct opt *options, void *target)
{
	struct error error;

	for (const struct opt *opt = options; opt && opt->name; opt++)
		if (opt->default_value && !opt_set(opt, target, opt->default_value, &error))
			abort();
}

bool opt_set_key(const struct opt *options, void *target, const char *key, const char *value, struct error *error)
{
	const struct opt *opt = opt_find(options, key);
	struct suggestion best = SUGGESTION_NONE;

	if (opt && !opt->command_line_only)
		return opt_set(opt, target, value, error);
	if (opt)
		return error_set(error, false, "`%s` is an option of the command line, not a key of a file", key);
	for (opt = options; opt && opt->name; opt++)
		if (!opt->command_line_only)
			suggestion_consider(&best, key, opt->name);
	if (best.word)
		return error_set(error, false, "unknown key `%.60s`; did you mean `%s`?", key, best.word);
	return error_set(error, false, "unknown key `%.60s`", key);
}

/* ---- the command line ---- */

struct opt_args {
	const struct opt_command *command;
	char **argv;
	int argc, at; /* argv[at] is the next word */
	void *target;
	bool help;
};

static const struct opt *find_letter(const struct opt_command *command, char letter)
{
	for (const struct opt *opt = command->options; opt && opt->name; opt++)
		if (opt->letter == letter && !opt->file_only)
			return opt;
	return NULL;
}

static bool unknown_option(const struct opt_args *args, const char *name, struct error *error)
{
	struct suggestion best = SUGGESTION_NONE;

	suggestion_consider(&best, name, "help");
	for (const struct opt *opt = args->command->options; opt && opt->name; opt++)
		if (!opt->file_only)
			suggestion_consider(&best, name, opt->name);
	if (best.word)
		return error_set(error, false, "unknown option `--%.60s`; did you mean `--%s`?", name, best.word);
	return error_set(error, false, "unknown option `--%.60s`; see `%s --help`", name, args->command->name);
}

static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

/* Reads an option. `value` is its value if that is part of the same word, otherwise NULL. */
static bool read_option(struct opt_args *args, const struct opt *opt, const char *value, struct error *error)
{
	struct error cause;

	if (opt->type == OPT_FLAG || opt->type == OPT_COUNT) {
		void *field = (char *)args->target + opt->offset;

		if (value)
			return error_set(error, false, "`--%s` takes no value", opt->name);
		if (opt->type == OPT_FLAG)
			*(bool *)field = true;
		else
			++*(uint32_t *)field;
		return true;
	}
	if (!value && opt->implied_value && !(args->at < args->argc && is_number(args->argv[args->at])))
		value = opt->implied_value;
	if (!value) {
		if (args->at == args->argc)
			return error_set(error, false, "`--%s` needs a value: %s", opt->name, opt->argument);
		value = args->argv[args->at++];
	}
	if (opt_set(opt, args->target, value, &cause))
		return true;
	/* Errors of a row begin with its name; on the command line the name has dashes. */
	return error_set(error, false, "%s%s", strncmp(cause.text, opt->name, strlen(opt->name)) ? "" : "--",
			 cause.text);
}

static bool read_long_option(struct opt_args *args, const char *word, struct error *error)
{
	const char *equals = strchrnul(word, '=');
	char name[SUGGESTION_WORD_MAX];
	const struct opt *opt;

	snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	if (!strcmp(name, "help") && !*equals)
		return args->help = true;
	opt = opt_find(args->command->options, name);
	if (!opt || opt->file_only || strlen(name) != (size_t)(equals - word))
		return unknown_option(args, name, error);
	return read_option(args, opt, *equals ? equals + 1 : NULL, error);
}

static bool read_short_options(struct opt_args *args, const char *letters, struct error *error)
{
	for (; *letters; letters++) {
		const struct opt *opt = find_letter(args->command, *letters);

		if (!opt && *letters == 'h') {
			args->help = true;
			continue;
		}
		if (!opt)
			return error_set(error, false, "unknown option `-%c`; see `%s --help`", *letters,
					 args->command->name);
		/* Letters after an option that has no value here are further options: -wj. */
		if (opt->type != OPT_FLAG && opt->type != OPT_COUNT &&
		    !(opt->implied_value && letters[1] && !is_number(letters + 1)))
			return read_option(args, opt, letters[1] ? letters + 1 : NULL, error);
		if (!read_option(args, opt, opt->implied_value, error))
			return false;
	}
	return true;
}

static bool check_operand_count(const struct opt_command *command, char **operands, unsigned count, struct error *error)
{
	if (count < command->min_operands)
		return error_set(error, false, "missing operand; usage: %s %s", command->name, command->operands);
	if (count > command->max_operands && !command->max_operands)
		return error_set(error, false, "unexpected argument `%.60s`; see `%s --help`", operands[0],
				 command->name);
	if (count > command->max_operands)
		return error_set(error, false, "unexpected argument `%.60s`; usage: %s %s",
				 operands[command->max_operands], command->name, command->operands);
	return true;
}

bool opt_parse_silent(const struct opt_command *command, int argc, char **argv, void *target, int *first,
		      struct error *error)
{
	struct opt_args args = {.command = command, .argv = argv, .argc = argc, .at = 1, .target = target};
	int operand_count = 0;
	bool options_ended = false;

	/* Operands are collected after argv[0] and moved to the end of argv when the whole line is read. */
	while (args.at < argc) {
		char *word = argv[args.at++];

		if (options_ended || word[0] != '-' || !word[1])
			argv[1 + operand_count++] = word;
		else if (!strcmp(word, "--"))
			options_ended = true;
		else if (!(word[1] == '-' ? read_long_option(&args, word + 2, error)
					  : read_short_options(&args, word + 1, error)))
			return false;
	}
	*first = OPT_HELP;
	if (args.help)
		return true;
	*first = argc - operand_count;
	memmove(argv + *first, argv + 1, (size_t)operand_count * sizeof(*argv));
	return check_operand_count(command, argv + *first, (unsigned)operand_count, error);
}

int opt_parse(const struct opt_command *command, int argc, char **argv, void *target)
{
	struct error error;
	int first;

	if (!opt_parse_silent(command, argc, argv, target, &first, &error)) {
		fprintf(stderr, "%s: %s\n", command->name, error.text);
		return OPT_ERROR;
	}
	if (first == OPT_HELP)
		opt_help(command, stdout);
	return first;
}

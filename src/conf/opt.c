/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/opt.h"
#include "base/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt *opt_find(const struct opt *options, const char *name)
{
	for (const struct opt *o = options; o && o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

static bool set_flag(const struct opt *o, bool *field, const char *value, struct why *why)
{
	static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*field = !strcmp(value, yes[i]);
			return true;
		}
	return why_set(why, false, "%s is yes or no, not `%.60s`", o->name, value);
}

static bool set_number(const struct opt *o, uint32_t *field, const char *value, struct why *why)
{
	unsigned long long n;
	char *end;

	/* strtoull takes blanks and signs; a number here is digits, decimal or behind 0x. */
	if (value[0] < '0' || value[0] > '9')
		return why_set(why, false, "%s is a number, not `%.60s`", o->name, value);
	errno = 0;
	n = strtoull(value, &end, value[0] == '0' && (value[1] | 0x20) == 'x' ? 16 : 10);
	if (*end)
		return why_set(why, false, "%s is a number, not `%.60s`", o->name, value);
	if (errno || n < o->min || n > o->max)
		return why_set(why, false, "%s is a number from %u to %u, not %.60s", o->name, o->min, o->max, value);
	*field = (uint32_t)n;
	return true;
}

static bool set_text(const struct opt *o, char *field, const char *value, struct why *why)
{
	size_t n = strlen(value);

	if (!n)
		return why_set(why, false, "%s is empty; give it a value or leave it out", o->name);
	if (n >= o->size)
		return why_set(why, false, "%s has at most %zu characters, and `%.60s` has %zu", o->name, o->size - 1,
			       value, n);
	memcpy(field, value, n + 1);
	return true;
}

static bool set_choice(const struct opt *o, int *field, const char *value, struct why *why)
{
	size_t n;

	for (int i = 0; o->words[i]; i++)
		if (!strcmp(o->words[i], value)) {
			*field = i;
			return true;
		}
	why_set(why, false, "%s is one of", o->name);
	for (int i = 0; o->words[i]; i++) {
		n = strlen(why->text);
		snprintf(why->text + n, sizeof why->text - n, "%s %s", i ? "," : "", o->words[i]);
	}
	n = strlen(why->text);
	snprintf(why->text + n, sizeof why->text - n, "; not `%.60s`", value);
	return false;
}

bool opt_set(const struct opt *o, void *target, const char *value, struct why *why)
{
	void *field = (char *)target + o->offset;

	switch (o->type) {
	case OPT_COUNT:
	case OPT_NUMBER:
		return set_number(o, field, value, why);
	case OPT_FLAG:
		return set_flag(o, field, value, why);
	case OPT_TEXT:
		return set_text(o, field, value, why);
	case OPT_CHOICE:
		return set_choice(o, field, value, why);
	case OPT_OTHER:
		return o->read(field, o->size, value, why);
	}
	return why_set(why, false, "%s is of no known type", o->name);
}

void opt_defaults(const struct opt *options, void *target)
{
	struct why why;

	for (const struct opt *o = options; o && o->name; o++)
		if (o->fallback && !opt_set(o, target, o->fallback, &why))
			abort();
}

bool opt_set_key(const struct opt *options, void *target, const char *key, const char *value, struct why *why)
{
	const struct opt *o = opt_find(options, key);
	struct nearest best = NEAREST_NONE;

	if (o && !o->line_only)
		return opt_set(o, target, value, why);
	if (o)
		return why_set(why, false, "`%s` belongs on the command line, not into a file", key);
	for (o = options; o && o->name; o++)
		if (!o->line_only)
			nearest_offer(&best, key, o->name);
	if (best.word)
		return why_set(why, false, "there is no key `%.60s`; did you mean `%s`?", key, best.word);
	return why_set(why, false, "there is no key `%.60s`", key);
}

/* ---- the command line ---- */

struct line {
	const struct opt_command *command;
	char **argv;
	int argc, at; /* argv[at] is the next word */
	void *target;
	bool help;
};

static const struct opt *by_letter(const struct opt_command *c, char letter)
{
	for (const struct opt *o = c->options; o && o->name; o++)
		if (o->letter == letter && !o->file_only)
			return o;
	return NULL;
}

static bool unknown(const struct line *l, const char *name, struct why *why)
{
	struct nearest best = NEAREST_NONE;

	nearest_offer(&best, name, "help");
	for (const struct opt *o = l->command->options; o && o->name; o++)
		if (!o->file_only)
			nearest_offer(&best, name, o->name);
	if (best.word)
		return why_set(why, false, "there is no option `--%.60s`; did you mean `--%s`?", name, best.word);
	return why_set(why, false, "there is no option `--%.60s`; `%s --help` lists them", name, l->command->name);
}

/* Reads an option whose value, if it is in the same word, is `value`. */
static bool option(struct line *l, const struct opt *o, const char *value, struct why *why)
{
	struct why wrong;

	if (o->type == OPT_FLAG || o->type == OPT_COUNT) {
		void *field = (char *)l->target + o->offset;

		if (value)
			return why_set(why, false, "`--%s` takes no value", o->name);
		if (o->type == OPT_FLAG)
			*(bool *)field = true;
		else
			++*(uint32_t *)field;
		return true;
	}
	if (!value) {
		if (l->at == l->argc)
			return why_set(why, false, "`--%s` needs a value: %s", o->name, o->argument);
		value = l->argv[l->at++];
	}
	if (opt_set(o, l->target, value, &wrong))
		return true;
	/* The row's own words begin with its name; on the command line it is spelt with dashes. */
	return why_set(why, false, "%s%s", strncmp(wrong.text, o->name, strlen(o->name)) ? "" : "--", wrong.text);
}

static bool long_option(struct line *l, const char *word, struct why *why)
{
	const char *equals = strchrnul(word, '=');
	char name[NEAREST_MAX];
	const struct opt *o;

	snprintf(name, sizeof name, "%.*s", (int)(equals - word), word);
	if (!strcmp(name, "help") && !*equals)
		return l->help = true;
	o = opt_find(l->command->options, name);
	if (!o || o->file_only || strlen(name) != (size_t)(equals - word))
		return unknown(l, name, why);
	return option(l, o, *equals ? equals + 1 : NULL, why);
}

static bool short_options(struct line *l, const char *letters, struct why *why)
{
	for (; *letters; letters++) {
		const struct opt *o = by_letter(l->command, *letters);

		if (!o && *letters == 'h') {
			l->help = true;
			continue;
		}
		if (!o)
			return why_set(why, false, "there is no option `-%c`; `%s --help` lists them", *letters,
				       l->command->name);
		if (o->type != OPT_FLAG && o->type != OPT_COUNT)
			return option(l, o, letters[1] ? letters + 1 : NULL, why);
		if (!option(l, o, NULL, why))
			return false;
	}
	return true;
}

static bool operands_fit(const struct opt_command *c, unsigned n, const char *last, struct why *why)
{
	const char *operands = c->operands ? c->operands : "";

	if (n < c->least)
		return why_set(why, false, "something is missing: %s %s", c->name, operands);
	if (n > c->most && !c->most)
		return why_set(why, false, "it takes no `%.60s`; `%s --help` tells what it takes", last, c->name);
	if (n > c->most)
		return why_set(why, false, "`%.60s` is one too many: %s %s", last, c->name, operands);
	return true;
}

bool opt_parse_quietly(const struct opt_command *c, int argc, char **argv, void *target, int *first, struct why *why)
{
	struct line l = {.command = c, .argv = argv, .argc = argc, .at = 1, .target = target};
	int operands = 0;
	bool ended = false;

	/* Operands gather at the front of argv, behind argv[0], and go to its end when all is read. */
	while (l.at < argc) {
		char *word = argv[l.at++];

		if (ended || word[0] != '-' || !word[1])
			argv[1 + operands++] = word;
		else if (!strcmp(word, "--"))
			ended = true;
		else if (!(word[1] == '-' ? long_option(&l, word + 2, why) : short_options(&l, word + 1, why)))
			return false;
	}
	*first = OPT_HELPED;
	if (l.help)
		return true;
	*first = argc - operands;
	memmove(argv + *first, argv + 1, (size_t)operands * sizeof *argv);
	return operands_fit(c, (unsigned)operands, argv[argc - 1], why);
}

int opt_parse(const struct opt_command *c, int argc, char **argv, void *target)
{
	struct why why;
	int first;

	if (!opt_parse_quietly(c, argc, argv, target, &first, &why)) {
		fprintf(stderr, "%s: %s\n", c->name, why.text);
		return OPT_BAD;
	}
	if (first == OPT_HELPED)
		opt_help(c, stdout);
	return first;
}

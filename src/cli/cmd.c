/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "base/suggest.h"

#include <string.h>

static void list(const struct command_group *g, FILE *to)
{
	fprintf(to, "%s: %s\n\nUsage: %s COMMAND [ARGUMENTS]\n\nCommands:\n", g->name, g->page->sentence, g->name);
	for (const struct command *c = g->commands; c->name; c++) {
		fprintf(to, "  %-9s ", c->name);
		opt_wrap(to, c->line->sentence, 12, 12);
	}
	fprintf(to, "\n`%s COMMAND --help` tells more about each.\n", g->name);
}

static int unknown(const struct command_group *g, const char *name)
{
	struct nearest best = NEAREST_NONE;

	for (const struct command *c = g->commands; c->name; c++)
		nearest_offer(&best, name, c->name);
	if (best.word)
		fprintf(stderr, "%s: there is no command `%s`; did you mean `%s`?\n", g->name, name, best.word);
	else
		fprintf(stderr, "%s: there is no command `%s`; `%s --help` lists them\n", g->name, name, g->name);
	return EXIT_USAGE;
}

static int run(const struct command_group *g, int argc, char **argv)
{
	for (const struct command *c = g->commands; c->name; c++)
		if (!strcmp(c->name, argv[0]))
			return c->run(argc, argv);
	return unknown(g, argv[0]);
}

static bool is(const char *word, const char *one, const char *other)
{
	return !strcmp(word, one) || !strcmp(word, other);
}

int command_run(const struct command_group *g, int argc, char **argv)
{
	if (argc < 2) {
		list(g, stderr);
		return EXIT_USAGE;
	}
	if (is(argv[1], "--help", "-h"))
		list(g, stdout);
	else if (g->version && is(argv[1], "--version", "-V"))
		printf("%s %s\n", g->name, g->version);
	else if (!strcmp(argv[1], "--man"))
		opt_man(g->page, stdout);
	else if (argv[1][0] == '-') {
		fprintf(stderr, "%s: `%s` is no option that stands before a command; `%s --help` tells more\n", g->name,
			argv[1], g->name);
		return EXIT_USAGE;
	} else
		return run(g, argc - 1, argv + 1);
	return EXIT_DONE;
}

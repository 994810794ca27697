/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "base/suggest.h"

#include <string.h>

static void print_list(const struct command_group *group, FILE *to)
{
	fprintf(to, "%s: %s\n\nUsage: %s COMMAND [ARGUMENTS]\n\nCommands:\n", group->name, group->page->summary,
		group->name);
	for (const struct command *command = group->commands; command->name; command++) {
		fprintf(to, "  %-9s ", command->name);
		opt_wrap(to, command->syntax->summary, 12, 12);
	}
	fprintf(to, "\n`%s COMMAND --help` tells more about each.\n", group->name);
}

static int unknown_command(const struct command_group *group, const char *name)
{
	struct suggestion best = SUGGESTION_NONE;

	for (const struct command *command = group->commands; command->name; command++)
		suggestion_consider(&best, name, command->name);
	if (best.word)
		fprintf(stderr, "%s: there is no command `%s`; did you mean `%s`?\n", group->name, name, best.word);
	else
		fprintf(stderr, "%s: there is no command `%s`; `%s --help` lists them\n", group->name, name,
			group->name);
	return EXIT_USAGE;
}

static int run_command(const struct command_group *group, int argc, char **argv)
{
	for (const struct command *command = group->commands; command->name; command++)
		if (!strcmp(command->name, argv[0]))
			return command->run(argc, argv);
	return unknown_command(group, argv[0]);
}

static bool is_either(const char *word, const char *first, const char *second)
{
	return !strcmp(word, first) || !strcmp(word, second);
}

int command_run(const struct command_group *group, int argc, char **argv)
{
	if (argc < 2) {
		print_list(group, stderr);
		return EXIT_USAGE;
	}
	if (is_either(argv[1], "--help", "-h"))
		print_list(group, stdout);
	else if (group->version && is_either(argv[1], "--version", "-V"))
		printf("%s %s\n", group->name, group->version);
	else if (!strcmp(argv[1], "--man"))
		opt_man(group->page, stdout);
	else if (argv[1][0] == '-') {
		fprintf(stderr, "%s: `%s` is no option that stands before a command; `%s --help` tells more\n",
			group->name, argv[1], group->name);
		return EXIT_USAGE;
	} else
		return run_command(group, argc - 1, argv + 1);
	return EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "base/suggest.h"
#include "conf/man_page.h"

#include <stdlib.h>
#include <string.h>

static void print_list(const struct command_group *group, FILE *to)
{
	fprintf(to, "%s: %s\n\nUsage: %s COMMAND [ARGUMENTS]\n\nCommands:\n", group->name, group->page->summary,
		group->name);
	for (const struct command *command = group->commands; command->name; command++) {
		fprintf(to, "  %-9s ", command->name);
		opt_wrap(to, command->syntax->summary, 12, 12);
	}
	fprintf(to, "\nSee `%s COMMAND --help` for details.\n", group->name);
	if (group->version)
		fprintf(to, "`%s --version` prints the version.\n", group->name);
}

static int unknown_command(const struct command_group *group, const char *name)
{
	struct suggestion best = SUGGESTION_NONE;

	for (const struct command *command = group->commands; command->name; command++)
		suggestion_consider(&best, name, command->name);
	if (best.word)
		fprintf(stderr, "%s: unknown command `%s`; did you mean `%s`?\n", group->name, name, best.word);
	else
		fprintf(stderr, "%s: unknown command `%s`; see `%s --help`\n", group->name, name, group->name);
	return EXIT_USAGE;
}

static void unknown_option(const struct command_group *group, const char *option)
{
	struct suggestion best = SUGGESTION_NONE;

	suggestion_consider(&best, option, "--help");
	if (group->version)
		suggestion_consider(&best, option, "--version");
	if (best.word)
		fprintf(stderr, "%s: unknown option `%s`; did you mean `%s`?\n", group->name, option, best.word);
	else
		fprintf(stderr, "%s: unknown option `%s`; see `%s --help`\n", group->name, option, group->name);
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

bool command_prints_man(const struct opt_page *page, int argc, char **argv)
{
	char *markup = NULL;
	size_t len;
	FILE *memory;

	if (argc != 2 || strcmp(argv[1], "--man"))
		return false;
	memory = open_memstream(&markup, &len);
	if (!memory)
		return true;
	opt_man(page, memory);
	if (!fclose(memory))
		man_page_print(markup, stdout);
	free(markup);
	return true;
}

int command_fail(const struct opt_command *command, int code, const struct error *error)
{
	fprintf(stderr, "%s: %s\n", command->name, error->text);
	return code;
}

int command_run(const struct command_group *group, int argc, char **argv)
{
	if (argc < 2) {
		print_list(group, stderr);
		return EXIT_USAGE;
	}
	if (argv[1][0] != '-')
		return run_command(group, argc - 1, argv + 1);
	if (is_either(argv[1], "--help", "-h")) {
		print_list(group, stdout);
	} else if (group->version && is_either(argv[1], "--version", "-V")) {
		printf("%s %s\n", group->name, group->version);
	} else if (!command_prints_man(group->page, argc, argv)) {
		unknown_option(group, argv[1]);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

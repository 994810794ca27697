/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *sentence;
};

static const struct command commands[] = {
	{"help", cmd_help, "this list; `vifi help COMMAND` for one command"},
	{"version", cmd_version, "the version of this program"},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest best = NEAREST_NONE;

	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&best, name, commands[i].name);
	fprintf(stderr, "vifi: there is no command `%s`", name);
	if (best.word)
		fprintf(stderr, "; did you mean `%s`?\n", best.word);
	else
		fprintf(stderr, "; `vifi --help` lists them.\n");
	return EXIT_USAGE;
}

static void usage(FILE *to)
{
	fprintf(to, "vifi: virtual machines on Wi-Fi\n\nUsage: vifi COMMAND [ARGUMENTS]\n\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].sentence);
	fprintf(to, "\n`vifi COMMAND --help` tells more about each.\n");
}

static int cmd_help(int argc, char **argv)
{
	const struct command *c;
	char option[] = "--help", *help[] = {NULL, option, NULL};

	if (argc < 2) {
		usage(stdout);
		return EXIT_DONE;
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	if (c->run == cmd_help || c->run == cmd_version) {
		printf("vifi %s: %s\n", c->name, c->sentence);
		return EXIT_DONE;
	}
	help[0] = argv[1];
	return c->run(2, help);
}

static int cmd_version(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("vifi %s\n", VIFI_VERSION);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help(1, argv);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return cmd_version(1, argv);
	if (argv[1][0] == '-') {
		fprintf(stderr, "vifi: unknown option `%s`; only --help and --version stand before a command.\n",
			argv[1]);
		return EXIT_USAGE;
	}
	c = find(argv[1]);
	return c ? c->run(argc - 1, argv + 1) : unknown(argv[1]);
}

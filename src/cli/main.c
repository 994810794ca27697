/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vifi. It runs access points and stations itself, which start often and on small machines, and becomes vifi-commands
 * (commands.c) for everything else: the libraries of the bridge and of captures cost each start time and memory.
 */
#include "cli/become.h"
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"ap", cmd_ap, &ap_command},
	{"sta", cmd_sta, &sta_command},
	{0},
};

int main(int argc, char **argv)
{
	struct error error;

	for (const struct command *command = commands; argc > 1 && command->name; command++)
		if (!strcmp(command->name, argv[1]))
			return command->run(argc - 1, argv + 1);
	become("vifi-commands", argv, &error);
	fprintf(stderr, "vifi: %s\n", error.text);
	return EXIT_FAILED;
}

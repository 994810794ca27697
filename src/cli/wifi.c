/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/wifi.h"

#include "base/suggest.h"

#include <string.h>
#include <unistd.h>

/* Is the operand, which names no file, a mistyped command? Prints that. */
static bool is_mistyped(const struct opt_page *page, const struct opt_command *command, const char *operand)
{
	struct suggestion best = SUGGESTION_NONE;

	if (strpbrk(operand, "/.") || !access(operand, F_OK))
		return false;
	for (size_t i = 1; page->commands[i]; i++)
		suggestion_consider(&best, operand, strrchr(page->commands[i]->name, ' ') + 1);
	if (best.word)
		fprintf(stderr, "%s: there is no file `%s`; did you mean the command `%s %s`?\n", command->name,
			operand, command->name, best.word);
	return best.word;
}

int wifi_command(const struct opt_page *page, const struct opt_command *command, const struct wifi_program *program,
		 int argc, char **argv)
{
	struct wifi_options options = {.air_socket = ""};
	char *single[1] = {options.config_file};
	int first;

	if (command_prints_man(page, argc, argv))
		return EXIT_DONE;
	opt_defaults(command->options, &options);
	first = opt_parse(command, argc, argv, &options);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (options.config_file[0] && first < argc) {
		fprintf(stderr, "%s: the file is given twice, with -c and as an operand\n", command->name);
		return EXIT_USAGE;
	}
	if (first == argc && !options.config_file[0] && (options.global_socket[0] || options.ctrl_interface[0])) {
		/* Interfaces come by the global socket, or networks by that of the interface. */
		return (int)wifi_main(program, &options, single, !options.global_socket[0]);
	}
	if (first == argc && !options.config_file[0]) {
		fprintf(stderr, "%s: missing operand; usage: %s FILE\n", command->name, command->name);
		return EXIT_USAGE;
	}
	if (first < argc && is_mistyped(page, command, argv[first]))
		return EXIT_USAGE;
	if (argc - first > 1 && options.interface[0]) {
		fprintf(stderr, "%s: --interface is for one file, but %d are given\n", command->name, argc - first);
		return EXIT_USAGE;
	}
	return (int)(options.config_file[0] ? wifi_main(program, &options, single, 1)
					    : wifi_main(program, &options, argv + first, (size_t)(argc - first)));
}

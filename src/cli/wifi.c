/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/wifi.h"

#include <string.h>

int wifi_command(const struct opt_page *page, const struct opt_command *line, const struct wifi_program *program,
		 int argc, char **argv)
{
	struct wifi_options o = {.air = ""};
	char *one[1];
	int first;

	if (argc == 2 && !strcmp(argv[1], "--man")) {
		opt_man(page, stdout);
		return EXIT_DONE;
	}
	opt_defaults(line->options, &o);
	first = opt_parse(line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (o.file[0] && first < argc) {
		fprintf(stderr, "%s: the file is named twice, behind -c and alone\n", line->name);
		return EXIT_USAGE;
	}
	if (first == argc && !o.file[0]) {
		fprintf(stderr, "%s: something is missing: %s FILE\n", line->name, line->name);
		return EXIT_USAGE;
	}
	if (argc - first > 1 && o.interface[0]) {
		fprintf(stderr, "%s: --interface is for one file, and there are %d\n", line->name, argc - first);
		return EXIT_USAGE;
	}
	one[0] = o.file;
	return (int)(o.file[0] ? wifi_main(program, &o, one, 1)
			       : wifi_main(program, &o, argv + first, (size_t)(argc - first)));
}

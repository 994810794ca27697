/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line: each line of the input is one argument. */
#include "fuzz.h"

#include "conf/bridge_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct opt_command command = {.name = "vifi bridge up",
						   .operands = "[UPLINK [BRIDGE]]",
						   .max_operands = 2,
						   .options = bridge_conf_options};
	static struct bridge_conf conf;
	char *text = text_of(data, size), *rest = text, name[] = "up", *argv[40] = {name}, *before[40];
	int argc = 1, first = 0;
	struct error error = {{0}};

	while (rest && argc < 39)
		argv[argc++] = strsep(&rest, "\n");
	memcpy(before, argv, sizeof(argv));
	memset(&conf, 0, sizeof(conf));
	opt_defaults(bridge_conf_options, &conf);
	if (!opt_parse_silent(&command, argc, argv, &conf, &first, &error))
		must(error.text[0]);
	else if (first != OPT_HELP) {
		/* Operands are arguments in their original order. */
		must(first >= 1 && first <= argc && argc - first <= 2);
		for (int i = first, from = 1; i < argc; i++) {
			while (from < argc && before[from] != argv[i])
				from++;
			must(from++ < argc);
		}
	}
	must(argv[0] == name && !argv[argc]);
	free(text);
	return 0;
}

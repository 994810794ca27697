/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/become.h"
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

struct top_options {
	bool batch;
	uint32_t interval, count;
	int order;
};

static const char *const orders[] = {"rate", "name", "total", NULL};

static const struct opt options[] = {
	{.name = "interval",
	 .letter = 'i',
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 .min = 1,
	 .max = 3600,
	 .default_value = "2",
	 OPT_FIELD(struct top_options, interval),
	 .help = "refresh every SECONDS"},
	{.name = "sort",
	 .letter = 's',
	 .argument = "ORDER",
	 .type = OPT_CHOICE,
	 .choices = orders,
	 .default_value = "rate",
	 OPT_FIELD(struct top_options, order),
	 .help = "the order of the rows"},
	{.name = "batch",
	 .letter = 'b',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct top_options, batch),
	 .help = "print the tables one after the other, without a terminal"},
	{.name = "count",
	 .letter = 'n',
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 .max = 1000000,
	 OPT_FIELD(struct top_options, count),
	 .help = "with --batch: end after NUMBER refreshes; 0, the default, never ends"},
	{0},
};

const struct opt_command top_command = {
	.name = "vifi top",
	.summary = "watch guests, stations, rates and drops",
	.description =
		"Shows what the bridges, access points and stations of this network namespace carry: each guest, each "
		"station and each connection with its rates, and each reason for which frames are dropped now. \"out\" "
		"is from the guest or station to the network, \"in\" the other direction. Keys: `q` ends, `p` pauses, "
		"`s` changes the order, the arrows scroll. The first rates appear after the second refresh.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&top_command, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tFailure; standard error has the reason.\n\n"
			"*2*\n\tThe command line is invalid."},
	{"EXAMPLES", "```\nvifi top\nvifi top --batch -n 2 -i 10 --sort total\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
		     "*vifi-metrics*(8), *vifi-setup*(8), *vifi-sta*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-top",
	.section = 8,
	.summary = "watch guests, stations, rates and drops",
	.description = "`vifi top` shows which guests, stations and connections are busy, and which frames are lost.",
	.commands = page_commands,
	.sections = sections,
};

int cmd_top(int argc, char **argv)
{
	struct top_options opts = {0};
	char interval[16], count[16], order[16];
	char name[] = "vifi-top", *args[] = {name, interval, order, count, NULL};
	struct error error;
	int first;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	opt_defaults(options, &opts);
	first = opt_parse(&top_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (opts.count && !opts.batch)
		return command_fail(&top_command, EXIT_USAGE, &(struct error){.text = "--count belongs to --batch"});
	snprintf(interval, sizeof(interval), "%u", opts.interval * 1000);
	snprintf(count, sizeof(count), "%d", opts.batch ? (int)opts.count : -1);
	snprintf(order, sizeof(order), "%s", orders[opts.order]);
	become("vifi-top", args, &error);
	return command_fail(&top_command, EXIT_FAILED, &error);
}

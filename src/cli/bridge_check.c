/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/check.h"
#include "cli/findings.h"

struct check_options {
	bool json, all;
};

static const struct opt options[] = {
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct check_options, json),
	 .help = "print JSON: id, level (ok, note, warn, fail), sentence and remedy of each item; "
		 "/usr/share/vifi/findings.schema.json describes it"},
	{.name = "all",
	 .letter = 'a',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct check_options, all),
	 .help = "also print the checks that found no problem"},
	{0},
};

const struct opt_command bridge_check_command = {
	.name = "vifi bridge check",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "report obstacles on this machine and in a running bridge, and how to remove them",
	.description = "Changes nothing. If a bridge is running, it reads the tables, counters and events, and names "
		       "guest, port and remedy. Without UPLINK it checks the running bridge if there is exactly one, "
		       "otherwise the interface of the default route and br0, if they exist. The exit code is 1 if "
		       "there is an obstacle; warnings "
		       "and notes do "
		       "not count.",
	.options = options,
};

int cmd_bridge_check(int argc, char **argv)
{
	struct check_options opts = {0};
	int first = opt_parse(&bridge_check_command, argc, argv, &opts);
	struct check_target target = {0};
	struct findings findings;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	target.uplink = first < argc ? argv[first] : NULL;
	target.bridge = first + 1 < argc ? argv[first + 1] : NULL;
	check_find_target(&target);
	check_machine(&findings, target.uplink, target.bridge, target.has_veth);
	if (!target.uplink)
		finding_set_remedy(
			findings_add(&findings, "uplink", FINDING_FAIL,
				     "No uplink was named, and no Ethernet or Wi-Fi interface outside of a bridge "
				     "has a default route."),
			"Connect the interface to its network, or name it: `vifi bridge check wlan0 br0`.");
	if (opts.json)
		findings_print_json(&findings);
	else
		findings_print(&findings, opts.all);
	return findings_count(&findings, FINDING_FAIL) ? EXIT_FAILED : EXIT_DONE;
}

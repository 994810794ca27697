/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/check.h"
#include "bridge/remote.h"
#include "bridge/veth.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct check_options {
	bool json;
};

static const struct opt options[] = {
	{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct check_options, json), .help = "print JSON"},
	{0},
};

const struct opt_command bridge_check_command = {
	.name = "vifi bridge check",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "say what stands in the way on this machine, and how to remove it",
	.description =
		"It changes nothing. Without a name it looks at what runs here, or only at the machine. It exits with "
		"1 when "
		"something stands in the way; notes do not count.",
	.options = options,
};

static void print_json(const struct check_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++)
		json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s}", "name", findings->list[i].name, "problem",
						      findings->list[i].problem, "sentence", findings->list[i].sentence,
						      "remedy", findings->list[i].remedy));
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(list);
}

static void print_text(const struct check_findings *findings, size_t problems)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct check_finding *finding = &findings->list[i];
		printf("%s %s: %s\n", finding->problem ? "PROBLEM" : "note   ", finding->name, finding->sentence);
		if (finding->remedy[0])
			printf("        %s\n", finding->remedy);
	}
	printf(problems ? "%zu in the way\n" : "Nothing stands in the way.\n", problems);
}

/* What is not named is taken from what runs, when that is one. */
static void guess_names(const char **uplink, const char **bridge, struct journal *journal)
{
	char(*names)[16] = NULL;
	struct netdev_link veth;
	struct netdev *nd;
	size_t count;

	if (!*uplink && bridge_remote_list(&names, &count) == 0 && count == 1) {
		snprintf(journal->uplink, sizeof(journal->uplink), "%s", names[0]);
		*uplink = journal->uplink;
	}
	free(names);
	if (!*uplink || *bridge || netdev_open(&nd) < 0)
		return;
	struct journal found;
	if (bridge_veth_find(nd, *uplink, &veth, &found) == 0) {
		memcpy(journal->bridge, found.bridge, sizeof(journal->bridge));
		*bridge = journal->bridge;
	}
	netdev_close(nd);
}

int cmd_bridge_check(int argc, char **argv)
{
	struct check_options opts = {0};
	struct journal journal = {0};
	struct check_findings findings;
	size_t problems = 0;

	int first = opt_parse(&bridge_check_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	const char *uplink = first < argc ? argv[first] : NULL, *bridge = first + 1 < argc ? argv[first + 1] : NULL;
	guess_names(&uplink, &bridge, &journal);
	check_machine(&findings, uplink, bridge);
	for (size_t i = 0; i < findings.count; i++)
		problems += findings.list[i].problem;
	if (opts.json)
		print_json(&findings);
	else
		print_text(&findings, problems);
	return problems ? EXIT_FAILED : EXIT_DONE;
}

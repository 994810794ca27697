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
	.summary = "report obstacles on this machine, and how to remove them",
	.description = "Changes nothing. Without UPLINK it checks the running bridge if there is exactly one, "
		       "otherwise only the machine. The exit code is 1 if there is an obstacle; notes do not count.",
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
	if (problems)
		printf("%zu obstacle%s\n", problems, problems > 1 ? "s" : "");
	else
		printf("No obstacles.\n");
}

/* Takes names that are not given from the running bridge, if there is exactly one. */
static void guess_names(const char **uplink, const char **bridge, struct journal *journal)
{
	char(*names)[16] = NULL;
	struct netdev_link veth;
	struct journal found;
	struct netdev *nd;
	size_t count;

	if (!*uplink && bridge_remote_list(&names, &count) == 0 && count == 1) {
		snprintf(journal->uplink, sizeof(journal->uplink), "%s", names[0]);
		*uplink = journal->uplink;
	}
	free(names);
	if (!*uplink || *bridge || netdev_open(&nd) < 0)
		return;
	if (bridge_veth_find(nd, *uplink, &veth, &found) == 0) {
		memcpy(journal->bridge, found.bridge, sizeof(journal->bridge));
		*bridge = journal->bridge;
	}
	netdev_close(nd);
}

int cmd_bridge_check(int argc, char **argv)
{
	struct check_options opts = {0};
	int first = opt_parse(&bridge_check_command, argc, argv, &opts);
	const char *uplink = first >= 0 && first < argc ? argv[first] : NULL;
	const char *bridge = uplink && first + 1 < argc ? argv[first + 1] : NULL;
	struct journal journal = {0};
	struct check_findings findings;
	size_t problems = 0;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
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

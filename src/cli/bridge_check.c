/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/check.h"
#include "bridge/find.h"
#include "bridge/remote.h"
#include "bridge/uplinks.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct check_options {
	bool json, all;
};

static const struct opt options[] = {
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct check_options, json),
	 .help = "print JSON: id, level (ok, note, warn, fail), sentence and remedy of each item"},
	{.name = "all",
	 .letter = 'a',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct check_options, all),
	 .help = "also print what was checked and found in order"},
	{0},
};

const struct opt_command bridge_check_command = {
	.name = "vifi bridge check",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "report what stands in the way on this machine and in a running bridge, and how to remove it",
	.description = "Changes nothing. Of a running bridge it reads the tables, counters and events, and names "
		       "guest, port and "
		       "remedy. Without UPLINK it checks the running bridge if there is exactly one, otherwise the "
		       "uplink of the "
		       "default route and br0, where they exist. The exit code is 1 if there is an obstacle; warnings "
		       "and notes do "
		       "not count.",
	.options = options,
};

static void print_json(const struct check_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct check_finding *finding = &findings->list[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", finding->id, "level",
						      check_level_name(finding->level), "sentence", finding->sentence,
						      "remedy", finding->remedy));
	}
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(list);
}

static void print_count(size_t count, const char *word)
{
	printf("%zu %s%s", count, word, count == 1 ? "" : "s");
}

static void print_text(const struct check_findings *findings, bool all, const size_t counts[CHECK_FAIL + 1])
{
	static const char *const words[] = {
		[CHECK_OK] = "ok     ", [CHECK_NOTE] = "note   ", [CHECK_WARN] = "WARNING", [CHECK_FAIL] = "PROBLEM"};

	for (size_t i = 0; i < findings->count; i++) {
		const struct check_finding *finding = &findings->list[i];

		if (finding->level == CHECK_OK && !all)
			continue;
		printf("%s %s: %s\n", words[finding->level], finding->id, finding->sentence);
		if (finding->remedy[0])
			printf("        %s\n", finding->remedy);
	}
	if (counts[CHECK_FAIL])
		print_count(counts[CHECK_FAIL], "obstacle");
	else
		printf("No obstacles");
	if (counts[CHECK_WARN]) {
		printf(", ");
		print_count(counts[CHECK_WARN], "warning");
	}
	printf("%s\n", counts[CHECK_FAIL] ? "" : ".");
}

/*
 * Takes names that are not given from the running bridge, if there is exactly one; otherwise the uplink of the default
 * route and br0, as `up` does.
 */
static void guess_names(const char **uplink, const char **bridge, struct journal *journal)
{
	char(*names)[16] = NULL;
	struct uplink_candidate candidate;
	struct bridge_place place = {0};
	struct netdev_link link;
	struct netdev *nd;
	size_t count;

	if (!*uplink && bridge_remote_list(&names, &count) == 0 && count == 1) {
		snprintf(journal->uplink, sizeof(journal->uplink), "%s", names[0]);
		*uplink = journal->uplink;
	}
	free(names);
	if (!*uplink && bridge_default_uplink(&candidate) == 0) {
		memcpy(journal->uplink, candidate.name, sizeof(journal->uplink));
		*uplink = journal->uplink;
	}
	if (!*uplink || netdev_open(&nd) < 0)
		return;
	if (bridge_find(nd, *uplink, &place) == 0) {
		/* The interface may have been renamed since `up`. */
		snprintf(journal->uplink, sizeof(journal->uplink), "%s", bridge_place_name(&place));
		*uplink = journal->uplink;
	}
	if (!*bridge) {
		snprintf(journal->bridge, sizeof(journal->bridge), "%s",
			 place.journal.bridge[0] ? place.journal.bridge : "br0");
		if (netdev_link_by_name(nd, journal->bridge, &link) == 0)
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
	size_t counts[CHECK_FAIL + 1] = {0};

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	guess_names(&uplink, &bridge, &journal);
	check_machine(&findings, uplink, bridge);
	for (size_t i = 0; i < findings.count; i++)
		counts[findings.list[i].level]++;
	if (opts.json)
		print_json(&findings);
	else
		print_text(&findings, opts.all, counts);
	return counts[CHECK_FAIL] ? EXIT_FAILED : EXIT_DONE;
}

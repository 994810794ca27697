/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/check.h"
#include "bridge/find.h"
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

/* What to check. */
struct target {
	const char *uplink, *bridge; /* NULL, arguments of the command, or names found */
	char found_uplink[IFNAMSIZ], found_bridge[IFNAMSIZ];
	bool has_veth; /* of vifi: the uplink is served, or was */
};

static void set_uplink(struct target *target, const char *name)
{
	snprintf(target->found_uplink, sizeof(target->found_uplink), "%s", name);
	target->uplink = target->found_uplink;
}

/* Takes the uplink, unless it is given, from the running bridge, if there is exactly one; otherwise the default route's. */
static void guess_uplink(struct target *target, const struct bridge_place *places, size_t count)
{
	struct uplink_candidate candidate;

	if (target->uplink)
		return;
	if (count == 1)
		set_uplink(target, bridge_place_name(&places[0]));
	else if (bridge_default_uplink(&candidate) == 0)
		set_uplink(target, candidate.name);
}

/* Takes the bridge, unless it is given, from the journal of the running one; otherwise br0, as `up` does. */
static void guess_bridge(struct target *target, struct netdev *nd, const struct bridge_place *place)
{
	struct netdev_link link;

	if (target->bridge)
		return;
	snprintf(target->found_bridge, sizeof(target->found_bridge), "%s",
		 place && place->journal.bridge[0] ? place->journal.bridge : "br0");
	if (netdev_link_by_name(nd, target->found_bridge, &link) == 0)
		target->bridge = target->found_bridge;
}

static void find_target(struct target *target)
{
	const struct bridge_place *place = NULL;
	struct bridge_place *places = NULL;
	struct netdev_link link;
	struct netdev *nd;
	size_t count = 0;

	if (netdev_open(&nd) < 0)
		return;
	bridge_places(nd, &places, &count);
	guess_uplink(target, places, count);
	if (target->uplink && bridge_place_in(places, count, target->uplink,
					      netdev_link_by_name(nd, target->uplink, &link) == 0, &place) == 0) {
		set_uplink(target, bridge_place_name(place)); /* it may have been renamed since `up` */
		target->has_veth = true;
	}
	if (target->uplink)
		guess_bridge(target, nd, place);
	free(places);
	netdev_close(nd);
}

int cmd_bridge_check(int argc, char **argv)
{
	struct check_options opts = {0};
	int first = opt_parse(&bridge_check_command, argc, argv, &opts);
	struct target target = {0};
	struct check_findings findings;
	size_t counts[CHECK_FAIL + 1] = {0};

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	target.uplink = first < argc ? argv[first] : NULL;
	target.bridge = first + 1 < argc ? argv[first + 1] : NULL;
	find_target(&target);
	check_machine(&findings, target.uplink, target.bridge, target.has_veth);
	for (size_t i = 0; i < findings.count; i++)
		counts[findings.list[i].level]++;
	if (opts.json)
		print_json(&findings);
	else
		print_text(&findings, opts.all, counts);
	return counts[CHECK_FAIL] ? EXIT_FAILED : EXIT_DONE;
}

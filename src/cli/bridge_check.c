/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/check.h"
#include "bridge/remote.h"

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

const struct opt_command bridge_check_line = {
	.name = "vifi bridge check",
	.operands = "[UPLINK [BRIDGE]]",
	.most = 2,
	.sentence = "say what stands in the way on this machine, and how to remove it",
	.about = "It changes nothing. Without a name it looks at what runs here, or only at the machine. It exits with "
		 "1 when "
		 "something stands in the way; notes do not count.",
	.options = options,
};

static void print_json(const struct findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s}", "name", f->list[i].name, "problem",
						      f->list[i].problem, "sentence", f->list[i].sentence, "remedy",
						      f->list[i].remedy));
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(list);
}

static void print_text(const struct findings *f, size_t problems)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *one = &f->list[i];
		printf("%s %s: %s\n", one->problem ? "PROBLEM" : "note   ", one->name, one->sentence);
		if (one->remedy[0])
			printf("        %s\n", one->remedy);
	}
	printf(problems ? "%zu in the way\n" : "Nothing stands in the way.\n", problems);
}

/* What is not named is taken from what runs, when that is one. */
static void guess(const char **uplink, const char **bridge, struct journal *j)
{
	char(*names)[16] = NULL;
	struct netdev_link veth;
	struct netdev *nd;
	size_t count;

	if (!*uplink && reach_all(&names, &count) == 0 && count == 1) {
		snprintf(j->uplink, sizeof(j->uplink), "%s", names[0]);
		*uplink = j->uplink;
	}
	free(names);
	if (!*uplink || *bridge || netdev_open(&nd) < 0)
		return;
	struct journal found;
	if (bridge_find_veth(nd, *uplink, &veth, &found) == 0) {
		memcpy(j->bridge, found.bridge, sizeof(j->bridge));
		*bridge = j->bridge;
	}
	netdev_close(nd);
}

int cmd_bridge_check(int argc, char **argv)
{
	struct check_options o = {0};
	struct journal j = {0};
	struct findings f;
	size_t problems = 0;

	int first = opt_parse(&bridge_check_line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	const char *uplink = first < argc ? argv[first] : NULL, *bridge = first + 1 < argc ? argv[first + 1] : NULL;
	guess(&uplink, &bridge, &j);
	check_machine(&f, uplink, bridge);
	for (size_t i = 0; i < f.count; i++)
		problems += f.list[i].problem;
	if (o.json)
		print_json(&f);
	else
		print_text(&f, problems);
	return problems ? EXIT_FAILED : EXIT_DONE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/remote.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct show_options {
	bool json, all;
};

static const struct opt options[] = {
	{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct show_options, json), .help = "print JSON"},
	{.name = "all",
	 .letter = 'a',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct show_options, all),
	 .help = "also show short-lived and internal bindings: MAC addresses, DHCP transactions, probes, broadcast "
		 "addresses"},
	{0},
};

const struct opt_command bridge_show_command = {
	.name = "vifi bridge show",
	.operands = "[UPLINK]",
	.max_operands = 1,
	.summary = "show guests and their addresses, counters, and dropped frames with the reasons",
	.description = "Without UPLINK it shows all uplinks. It reads the kernel's tables, and so also works after the "
		       "process that set them up has been killed.",
	.options = options,
};

static const char *get_text(const json_t *object, const char *key)
{
	const char *string = json_string_value(json_object_get(object, key));

	return string ? string : "-";
}

static long long get_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* "12 s", "3 min", "2 h", "5 d": two significant digits are enough. */
static const char *format_duration(char out[32], const json_t *value)
{
	long long seconds = (long long)json_integer_value(value);

	if (!json_is_integer(value))
		return "-";
	if (seconds < 100)
		snprintf(out, 32, "%lld s", seconds);
	else if (seconds < 100 * 60)
		snprintf(out, 32, "%lld min", seconds / 60);
	else if (seconds < 72 * 3600)
		snprintf(out, 32, "%lld h", seconds / 3600);
	else
		snprintf(out, 32, "%lld d", seconds / 86400);
	return out;
}

/* Addresses of guests, which an operator looks for. --all shows the rest. */
static bool shown_by_default(const json_t *binding)
{
	const char *family = get_text(binding, "family"), *kind = get_text(binding, "kind");

	return strcmp(kind, "broadcast") &&
	       (!strcmp(family, "ip4") || !strcmp(family, "ip6") || !strncmp(family, "net", 3) ||
		!strcmp(family, "ethertype") || !strcmp(family, "pppoe"));
}

static void print_flags(const json_t *binding)
{
	const json_t *flags = json_object_get(binding, "flags");
	const char *kind = get_text(binding, "kind");

	if (strcmp(kind, "guest"))
		printf(" %s", kind);
	for (size_t i = 0; i < json_array_size(flags); i++)
		printf(" %s", json_string_value(json_array_get(flags, i)));
	if (get_number(binding, "vlan"))
		printf(" vlan=%lld", get_number(binding, "vlan"));
	printf("\n");
}

static void print_bindings(const json_t *list, bool all)
{
	size_t hidden = 0, width = 15, names = 0; /* names: width of the column, 0: none */
	char seen[32], lease[32];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *binding = json_array_get(list, i);
		size_t len = strlen(get_text(binding, "address"));
		const char *name = json_string_value(json_object_get(binding, "name"));

		if (!all && !shown_by_default(binding))
			continue;
		if (len > width)
			width = len;
		if (name && strlen(name) + 2 > names)
			names = strlen(name) + 2;
	}
	if (names && names < 6)
		names = 6;
	printf("  %-*s  %-17s  %-*s%-12s %8s %8s %10s %10s\n", (int)width, "ADDRESS", "MAC", (int)names,
	       names ? "NAME" : "", "PORT", "SEEN", "LEASE", "OUT", "IN");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *binding = json_array_get(list, i);
		bool guest = !strcmp(get_text(binding, "kind"), "guest");

		if (!all && !shown_by_default(binding)) {
			hidden++;
			continue;
		}
		printf("  %-*s  %-17s  %-*s%-12s %8s %8s %10lld %10lld ", (int)width, get_text(binding, "address"),
		       get_text(binding, "mac"), (int)names, names ? get_text(binding, "name") : "",
		       get_text(binding, "port"),
		       guest ? format_duration(seen, json_object_get(binding, "seen_s")) : "-",
		       format_duration(lease, json_object_get(binding, "expires_s")),
		       get_number(binding, "out_packets"), get_number(binding, "in_packets"));
		print_flags(binding);
	}
	if (hidden)
		printf("  (and %zu short-lived or internal ones: --all)\n", hidden);
}

static void print_counts(const json_t *counts)
{
	static const struct {
		const char *name, *sentence;
	} rows[] = {
#define X(id, name, sentence) {name, sentence},
		MN_COUNT_LIST(X)
#undef X
	};

	printf("\n  Delivered:\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (get_number(counts, rows[i].name))
			printf("  %10lld  %s\n", get_number(counts, rows[i].name), rows[i].sentence);
}

/* The present value of the option that a hint names. */
static void print_limit(enum drop reason, const json_t *limits)
{
	if (reason == DROP_LEARN_RATE && limits)
		printf("              (now learn-burst = %lld and learn-rate = %lld)\n",
		       get_number(limits, "learn_burst"), get_number(limits, "learn_rate"));
}

static void print_drops(const json_t *drops, const json_t *limits)
{
	bool has_header = false;

	for (int reason = NOT_DROPPED + 1; reason < DROP_COUNT; reason++) {
		long long count = get_number(drops, drop_name((enum drop)reason));

		if (!count)
			continue;
		if (!has_header)
			printf("\n  Dropped:\n");
		has_header = true;
		printf("  %10lld  %s: %s\n              %s\n", count, drop_name((enum drop)reason),
		       drop_sentence((enum drop)reason), drop_hint((enum drop)reason));
		print_limit((enum drop)reason, limits);
	}
}

static void print_ports(const json_t *ports, const json_t *limits)
{
	bool has_header = false;
	long long all_evicted = 0;

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);
		long long refused = get_number(port, "refused"), limited = get_number(port, "limited"),
			  evicted = get_number(port, "evicted");

		if (!refused && !limited && !evicted)
			continue;
		if (!has_header)
			printf("\n  Ports that exceeded a limit:\n  %-12s %9s %9s %9s %9s\n", "PORT", "BINDINGS",
			       "REFUSED", "TOO FAST", "EVICTED");
		has_header = true;
		printf("  %-12s %9lld %9lld %9lld %9lld\n", get_text(port, "port"), get_number(port, "bindings"),
		       refused, limited, evicted);
		all_evicted += evicted;
	}
	if (all_evicted && limits)
		printf("  EVICTED: at port-cap = %lld addresses a further one replaces the oldest; raise port-cap if "
		       "there "
		       "are so many machines behind the port.\n",
		       get_number(limits, "port_cap"));
}

/* Prints the state of the shortcut if it is wanted and not in use. */
static void print_shortcut(const json_t *shortcut)
{
	const char *reason = get_text(shortcut, "why"), *state = get_text(shortcut, "state");

	if (shortcut && *reason && strcmp(state, "unwanted") && strcmp(state, "engine"))
		printf("  Data frames of guests pass through the bridge: %s.\n", reason);
}

static void print_clones(const json_t *clones)
{
	for (size_t i = 0; i < json_array_size(clones); i++) {
		const json_t *clone = json_array_get(clones, i), *ports = json_object_get(clone, "ports");
		const char *owner = json_string_value(json_array_get(ports, 0)),
			   *other = json_string_value(json_array_get(ports, 1));

		printf("  MAC address %s is in use on two ports, %s and %s: frames of the latter are dropped. Give one "
		       "guest another MAC address.\n",
		       get_text(clone, "mac"), owner ? owner : "-", other ? other : "-");
	}
}

static void print_view(const json_t *view, bool all)
{
	const json_t *pid = json_object_get(view, "pid");

	printf("%s (%s) serves %s, engine %s, ", get_text(view, "uplink"), get_text(view, "mac"),
	       get_text(view, "bridge"), get_text(view, "engine"));
	if (json_is_integer(pid))
		printf("process %lld\n\n", (long long)json_integer_value(pid));
	else if (json_is_true(json_object_get(view, "running")))
		printf("a process of another pid namespace\n\n");
	else
		printf("without a process: bindings do not expire, and changes of the uplink are ignored; `vifi bridge "
		       "up "
		       "%s %s` takes over\n\n",
		       get_text(view, "uplink"), get_text(view, "bridge"));
	print_bindings(json_object_get(view, "bindings"), all);
	print_counts(json_object_get(view, "counts"));
	print_drops(json_object_get(view, "drops"), json_object_get(view, "limits"));
	print_ports(json_object_get(view, "ports"), json_object_get(view, "limits"));
	print_shortcut(json_object_get(view, "shortcut"));
	print_clones(json_object_get(view, "clones"));
}

static int read_view(const char *uplink, json_t **view)
{
	struct error error = {{0}};
	struct bridge_remote remote;
	int code = (int)bridge_remote_open(&remote, uplink, &error);

	if (code == BRIDGE_OK) {
		*view = bridge_remote_show(&remote, &error);
		if (!*view)
			code = EXIT_FAILED;
	}
	bridge_remote_close(&remote);
	return code == BRIDGE_OK ? EXIT_DONE : command_fail(&bridge_show_command, code, &error);
}

static int show_one(const char *uplink, const struct show_options *opts)
{
	json_t *view = NULL;
	int code = read_view(uplink, &view);

	if (view && opts->json) {
		json_dumpf(view, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
	} else if (view) {
		print_view(view, opts->all);
	}
	json_decref(view);
	return code;
}

/* Shows all uplinks; in JSON as a list. */
static int show_all(const struct show_options *opts)
{
	char(*names)[16];
	size_t count;
	int code = EXIT_DONE;
	json_t *list = json_array();

	if (bridge_remote_list(&names, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		json_t *view = NULL;
		int ret = read_view(names[i], &view);

		if (ret != EXIT_DONE)
			code = ret;
		if (view && !opts->json) {
			if (i)
				printf("\n");
			print_view(view, opts->all);
		}
		if (view)
			json_array_append_new(list, view);
	}
	if (opts->json) {
		json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
	} else if (!count) {
		printf("No uplink is served; start with `vifi bridge up wlan0 br0`.\n");
	}
	json_decref(list);
	free(names);
	return code;
}

int cmd_bridge_show(int argc, char **argv)
{
	struct show_options opts = {0};
	int first = opt_parse(&bridge_show_command, argc, argv, &opts);

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	return first < argc ? show_one(argv[first], &opts) : show_all(&opts);
}

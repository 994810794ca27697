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
	 .help = "also what is short-lived or only of use inside: MAC addresses, DHCP transactions, probes, broadcast "
		 "addresses"},
	{0},
};

const struct opt_command bridge_show_line = {
	.name = "vifi bridge show",
	.operands = "[UPLINK]",
	.most = 1,
	.sentence = "show who has which address, what was counted, and what was dropped and why",
	.about = "Without UPLINK it shows all that run. It reads the kernel's tables, so it works too when the process "
		 "that "
		 "set them up is gone.",
	.options = options,
};

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "-";
}

static long long number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

/* "12 s", "3 min", "2 h", "5 d": two digits are enough to see whether something lives. */
static const char *span(char out[32], const json_t *seconds)
{
	long long s = (long long)json_integer_value(seconds);

	if (!json_is_integer(seconds))
		return "-";
	if (s < 100)
		snprintf(out, 32, "%lld s", s);
	else if (s < 100 * 60)
		snprintf(out, 32, "%lld min", s / 60);
	else if (s < 72 * 3600)
		snprintf(out, 32, "%lld h", s / 3600);
	else
		snprintf(out, 32, "%lld d", s / 86400);
	return out;
}

/* What a person looks for: guests' addresses and what stands in their way; the rest with --all. */
static bool of_interest(const json_t *b)
{
	const char *family = text(b, "family"), *kind = text(b, "kind");

	return strcmp(kind, "broadcast") && (!strcmp(family, "ip4") || !strcmp(family, "ip6") ||
					     !strcmp(family, "ethertype") || !strcmp(family, "pppoe"));
}

static void print_flags(const json_t *b)
{
	const json_t *flags = json_object_get(b, "flags");
	const char *kind = text(b, "kind");

	if (strcmp(kind, "guest"))
		printf(" %s", kind);
	for (size_t i = 0; i < json_array_size(flags); i++)
		printf(" %s", json_string_value(json_array_get(flags, i)));
	if (number(b, "vlan"))
		printf(" vlan=%lld", number(b, "vlan"));
	printf("\n");
}

static void print_bindings(const json_t *list, bool all)
{
	size_t hidden = 0, width = 15;
	char seen[32], lease[32];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *b = json_array_get(list, i);
		size_t n = strlen(text(b, "address"));
		if ((all || of_interest(b)) && n > width)
			width = n;
	}
	printf("  %-*s  %-17s  %-12s %8s %8s %10s %10s\n", (int)width, "ADDRESS", "MAC", "PORT", "SEEN", "LEASE", "OUT",
	       "IN");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *b = json_array_get(list, i);
		if (!all && !of_interest(b)) {
			hidden++;
			continue;
		}
		bool guest = !strcmp(text(b, "kind"), "guest");
		printf("  %-*s  %-17s  %-12s %8s %8s %10lld %10lld ", (int)width, text(b, "address"), text(b, "mac"),
		       text(b, "port"), guest ? span(seen, json_object_get(b, "seen_s")) : "-",
		       span(lease, json_object_get(b, "expires_s")), number(b, "out_packets"), number(b, "in_packets"));
		print_flags(b);
	}
	if (hidden)
		printf("  (and %zu that are short-lived or internal: --all)\n", hidden);
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
		if (number(counts, rows[i].name))
			printf("  %10lld  %s\n", number(counts, rows[i].name), rows[i].sentence);
}

static void print_drops(const json_t *drops)
{
	bool head = false;

	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++) {
		long long n = number(drops, drop_name((enum drop)d));
		if (!n)
			continue;
		if (!head)
			printf("\n  Dropped:\n");
		head = true;
		printf("  %10lld  %s: %s\n              %s\n", n, drop_name((enum drop)d), drop_sentence((enum drop)d),
		       drop_hint((enum drop)d));
	}
}

static void print_ports(const json_t *ports)
{
	bool head = false;

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *p = json_array_get(ports, i);
		long long refused = number(p, "refused"), limited = number(p, "limited"),
			  evicted = number(p, "evicted");
		if (!refused && !limited && !evicted)
			continue;
		if (!head)
			printf("\n  Ports that asked for too much:\n  %-12s %9s %9s %9s %9s\n", "PORT", "BINDINGS",
			       "REFUSED", "TOO FAST", "EVICTED");
		head = true;
		printf("  %-12s %9lld %9lld %9lld %9lld\n", text(p, "port"), number(p, "bindings"), refused, limited,
		       evicted);
	}
}

/* Said only where it is not as one would like it. */
static void print_shortcut(const json_t *shortcut)
{
	const char *why = text(shortcut, "why");

	if (shortcut && *why && strcmp(text(shortcut, "state"), "unwanted") &&
	    strcmp(text(shortcut, "state"), "engine"))
		printf("  Data of guests go through the bridge: %s.\n", why);
}

static void print_view(const json_t *v, bool all)
{
	const json_t *pid = json_object_get(v, "pid");

	printf("%s (%s) carries %s, by %s, ", text(v, "uplink"), text(v, "mac"), text(v, "bridge"), text(v, "engine"));
	if (json_is_integer(pid))
		printf("process %lld\n\n", (long long)json_integer_value(pid));
	else
		printf("without a process: nothing ages, and changes of the uplink are not followed; `vifi bridge up "
		       "%s %s` "
		       "takes over\n\n",
		       text(v, "uplink"), text(v, "bridge"));
	print_bindings(json_object_get(v, "bindings"), all);
	print_counts(json_object_get(v, "counts"));
	print_drops(json_object_get(v, "drops"));
	print_ports(json_object_get(v, "ports"));
	print_shortcut(json_object_get(v, "shortcut"));
}

static int look(const char *uplink, json_t **view)
{
	struct why why = {{0}};
	struct reach r;
	int code = (int)reach_open(&r, uplink, &why);

	if (code == BRIDGE_OK) {
		*view = reach_show(&r, &why);
		if (!*view)
			code = EXIT_FAILED;
	}
	reach_close(&r);
	return code == BRIDGE_OK ? EXIT_DONE : bridge_fail(&bridge_show_line, code, &why);
}

static int show_one(const char *uplink, const struct show_options *o)
{
	json_t *view = NULL;
	int code = look(uplink, &view);

	if (view && o->json) {
		json_dumpf(view, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
	} else if (view) {
		print_view(view, o->all);
	}
	json_decref(view);
	return code;
}

/* All of them: in JSON a list. */
static int show_all(const struct show_options *o)
{
	char(*names)[16];
	size_t count;
	int code = EXIT_DONE;
	json_t *list = json_array();

	if (reach_all(&names, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		json_t *view = NULL;
		int one = look(names[i], &view);
		if (one != EXIT_DONE)
			code = one;
		if (view && !o->json) {
			if (i)
				printf("\n");
			print_view(view, o->all);
		}
		if (view)
			json_array_append_new(list, view);
	}
	if (o->json) {
		json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
	} else if (!count) {
		printf("Nothing runs here; `vifi bridge up wlan0 br0` starts it.\n");
	}
	json_decref(list);
	free(names);
	return code;
}

int cmd_bridge_show(int argc, char **argv)
{
	struct show_options o = {0};
	int first = opt_parse(&bridge_show_line, argc, argv, &o);

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	return first < argc ? show_one(argv[first], &o) : show_all(&o);
}

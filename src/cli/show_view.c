/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/show_view.h"

#include "base/drop.h"
#include "bridge/policy/units.h"
#include "bridge/problems.h"
#include "daemon/json_text.h"
#include "macnat/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 256, LIST_SIZE = 3072, COUNT_WIDTH = 14 };

static const char *get_text(const json_t *object, const char *key)
{
	const char *string = json_string_value(json_object_get(object, key));

	return string ? string : "-";
}

/* ---- cells ---- */

static uint64_t get_count(const json_t *object, const char *key)
{
	long long value = json_number(object, key);

	return value > 0 ? (uint64_t)value : 0;
}

static struct screen_cell bytes_cell(char text[UNITS_TEXT], const json_t *object, const char *key)
{
	return (struct screen_cell){.text = units_bytes(text, get_count(object, key))};
}

/* Bits per second; "-" where the rate is unknown. */
static struct screen_cell rate_cell(char text[UNITS_TEXT], const json_t *object, const char *key)
{
	uint64_t rate = get_count(object, key);

	if (!json_is_integer(json_object_get(object, key)))
		return (struct screen_cell){.text = "-"};
	return (struct screen_cell){.text = units_rate(text, rate), .style = rate ? SCREEN_GOOD : SCREEN_DIM};
}

static struct screen_cell duration_cell(char text[UNITS_TEXT], const json_t *object, const char *key)
{
	if (!json_is_integer(json_object_get(object, key)))
		return (struct screen_cell){.text = "-"};
	return (struct screen_cell){.text = units_duration(text, get_count(object, key))};
}

static struct screen_cell lease_cell(char text[UNITS_TEXT], const json_t *address, const json_t *times)
{
	if (json_lists(address, "flags", "pin"))
		return (struct screen_cell){.text = "pinned"};
	return duration_cell(text, times, "expires_s");
}

/* "192.0.2.5", with %VLAN as `pin` and `forget` take it, and ! where it needs attention. */
static struct screen_cell address_cell(char text[TEXT_SIZE], const json_t *address)
{
	bool contest = json_lists(address, "flags", "contest"),
	     elsewhere = json_is_false(json_object_get(address, "in_network"));
	long long vlan = json_number(address, "vlan");
	char tag[32] = "";

	if (vlan)
		snprintf(tag, sizeof(tag), "%%%lld", vlan);
	snprintf(text, TEXT_SIZE, "%.128s%s%s", get_text(address, "address"), tag, contest || elsewhere ? "!" : "");
	return (struct screen_cell){.text = text,
				    .style = contest     ? SCREEN_BAD
					     : elsewhere ? SCREEN_WARN
							 : SCREEN_PLAIN};
}

/* The addresses after the first one, a line for each. */
static struct screen_cell more_cell(char list[LIST_SIZE], const json_t *addresses)
{
	enum screen_style style = SCREEN_PLAIN;
	size_t len = 0;

	list[0] = '\0';
	for (size_t i = 1; i < json_array_size(addresses) && len < LIST_SIZE; i++) {
		const json_t *address = json_array_get(addresses, i);
		char text[TEXT_SIZE];
		struct screen_cell cell = address_cell(text, address);

		style = cell.style == SCREEN_PLAIN ? style : cell.style;
		len += (size_t)snprintf(list + len, LIST_SIZE - len, "%s%s%s", i > 1 ? "\n" : "", text,
					json_lists(address, "flags", "pin") ? " (pinned)" : "");
	}
	return (struct screen_cell){.text = *list ? list : "-", .style = *list ? style : SCREEN_DIM};
}

/* ---- the guests ---- */

static void guest_row(struct screen_table *table, const json_t *guest, bool utf8)
{
	const json_t *addresses = json_object_get(guest, "addresses"), *first = json_array_get(addresses, 0);
	char address[TEXT_SIZE] = "-", seen[UNITS_TEXT], lease[UNITS_TEXT], list[LIST_SIZE];
	char out[UNITS_TEXT], in[UNITS_TEXT], out_rate[UNITS_TEXT], in_rate[UNITS_TEXT];
	const struct screen_cell cells[] = {
		{.text = get_text(guest, "name"), .style = SCREEN_BOLD},
		first ? address_cell(address, first) : (struct screen_cell){.text = "-", .style = SCREEN_WARN},
		{.text = get_text(guest, "mac"), .style = SCREEN_DIM},
		{.text = get_text(guest, "port")},
		duration_cell(seen, guest, "seen_s"),
		lease_cell(lease, first, guest),
		bytes_cell(out, guest, "out_bytes"),
		bytes_cell(in, guest, "in_bytes"),
		rate_cell(out_rate, guest, "out_bytes_per_s"),
		rate_cell(in_rate, guest, "in_bytes_per_s"),
		more_cell(list, addresses),
	};

	screen_table_row(table, cells, utf8);
}

/* The numbers are the order in which columns stay on a narrow terminal. */
static const struct screen_column guest_columns[] = {
	{.title = "NAME", .importance = 1, .max = 20, .optional = true},
	{.title = "ADDRESS", .importance = 0},
	{.title = "MAC", .importance = 2},
	{.title = "PORT", .importance = 3},
	{.title = "SEEN", .importance = 5, .right = true},
	{.title = "LEASE", .importance = 8, .right = true, .optional = true},
	{.title = "OUT", .importance = 4, .right = true},
	{.title = "IN", .importance = 4, .right = true},
	{.title = "OUT/s", .importance = 9, .right = true, .optional = true},
	{.title = "IN/s", .importance = 9, .right = true, .optional = true},
	{.title = "MORE ADDRESSES", .importance = 6, .list_importance = 7, .optional = true},
	{0},
};

static const struct screen_column watch_columns[] = {
	{.title = "NAME", .importance = 1, .max = 20, .optional = true},
	{.title = "ADDRESS", .importance = 0},
	{.title = "MAC", .importance = 5},
	{.title = "PORT", .importance = 3},
	{.title = "SEEN", .importance = 6, .right = true},
	{.title = "LEASE", .importance = 8, .right = true, .optional = true},
	{.title = "OUT", .importance = 4, .right = true},
	{.title = "IN", .importance = 4, .right = true},
	{.title = "OUT/s", .importance = 2, .right = true},
	{.title = "IN/s", .importance = 2, .right = true},
	{.title = "MORE ADDRESSES", .importance = 7, .list_importance = 9, .optional = true},
	{0},
};

static void put_guests(struct screen *screen, const json_t *report, bool watch)
{
	const json_t *guests = json_object_get(report, "guests");
	struct screen_table *table = screen_table_new(watch ? watch_columns : guest_columns);

	for (size_t i = 0; table && i < json_array_size(guests); i++)
		guest_row(table, json_array_get(guests, i), screen->utf8);
	screen_table_put(screen, table, 2);
	screen_table_free(table);
}

/* ---- the bindings ---- */

static const struct screen_column binding_columns[] = {
	{.title = "ADDRESS", .importance = 0},
	{.title = "MAC", .importance = 2},
	{.title = "NAME", .importance = 3, .max = 20, .optional = true},
	{.title = "PORT", .importance = 1},
	{.title = "SEEN", .importance = 4, .right = true},
	{.title = "AGE", .importance = 8, .right = true},
	{.title = "LEASE", .importance = 7, .right = true, .optional = true},
	{.title = "OUT", .importance = 5, .right = true},
	{.title = "IN", .importance = 5, .right = true},
	{.title = "NOTES", .importance = 6, .optional = true},
	{0},
};

/* The kind of the owner and the flags. */
static void notes_of(char notes[TEXT_SIZE], const json_t *binding, const char *kind)
{
	const json_t *flags = json_object_get(binding, "flags");
	size_t len = (size_t)snprintf(notes, TEXT_SIZE, "%s", strcmp(kind, "guest") ? kind : "");

	for (size_t i = 0; i < json_array_size(flags) && len < TEXT_SIZE; i++) {
		const char *flag = json_string_value(json_array_get(flags, i));

		/* The flag stays in the table when the claim has become a fact. */
		if (flag && (strcmp(flag, "tentative") ||
			     json_number(binding, "age_s") <= (long long)(MN_TENTATIVE_NS / MN_NS_PER_SEC)))
			len += (size_t)snprintf(notes + len, TEXT_SIZE - len, "%s%.32s", len ? " " : "", flag);
	}
	if (json_is_false(json_object_get(binding, "in_network")) && len < TEXT_SIZE)
		snprintf(notes + len, TEXT_SIZE - len, "%sother network", len ? ", " : "");
}

/* `owner` has the MAC address, the name and the port: a guest, or the binding itself. NULL: a guest without an address. */
static void binding_row(struct screen_table *table, const json_t *binding, const json_t *owner, const char *kind,
			bool utf8)
{
	char address[TEXT_SIZE], seen[UNITS_TEXT], age[UNITS_TEXT], lease[UNITS_TEXT], notes[TEXT_SIZE];
	char out[UNITS_TEXT], in[UNITS_TEXT];
	bool guest = !strcmp(kind, "guest") || !strcmp(kind, "station");
	const struct screen_cell none = {.text = "-"}, cells[] = {
							       address_cell(address, binding),
							       {.text = get_text(owner, "mac"), .style = SCREEN_DIM},
							       {.text = get_text(owner, "name"), .style = SCREEN_BOLD},
							       {.text = get_text(owner, "port")},
							       guest ? duration_cell(seen, binding, "seen_s") : none,
							       duration_cell(age, binding, "age_s"),
							       lease_cell(lease, binding, binding),
							       bytes_cell(out, binding, "out_bytes"),
							       bytes_cell(in, binding, "in_bytes"),
							       {.text = notes},
						       };

	notes_of(notes, binding, kind);
	screen_table_row(table, cells, utf8);
}

/* Whether a binding is among the addresses of a guest. */
static bool is_guest_address(const json_t *binding, const char *bridge)
{
	const char *family = get_text(binding, "family");

	return !strcmp(get_text(binding, "kind"), "guest") && strcmp(get_text(binding, "port"), bridge) &&
	       (!strcmp(family, "ip4") || !strcmp(family, "ip6") || !strncmp(family, "net", 3) ||
		!strcmp(family, "ethertype") || !strcmp(family, "pppoe"));
}

static void put_bindings(struct screen *screen, const json_t *report, bool all)
{
	const json_t *guests = json_object_get(report, "guests"), *bindings = json_object_get(report, "bindings");
	struct screen_table *table = screen_table_new(binding_columns);

	for (size_t i = 0; table && i < json_array_size(guests); i++) {
		const json_t *guest = json_array_get(guests, i), *addresses = json_object_get(guest, "addresses");

		for (size_t k = 0; k < json_array_size(addresses); k++)
			binding_row(table, json_array_get(addresses, k), guest, "guest", screen->utf8);
		if (!json_array_size(addresses))
			binding_row(table, NULL, guest, "guest", screen->utf8);
	}
	for (size_t i = 0; table && all && i < json_array_size(bindings); i++) {
		const json_t *binding = json_array_get(bindings, i);

		if (!is_guest_address(binding, get_text(report, "bridge")))
			binding_row(table, binding, binding, get_text(binding, "kind"), screen->utf8);
	}
	screen_table_put(screen, table, 2);
	screen_table_free(table);
}

/* ---- above and below ---- */

static void put_title(struct screen *screen, const char *title)
{
	screen_newline(screen);
	screen_put(screen, SCREEN_PLAIN, title);
	screen_newline(screen);
}

/* A row of a list of counters, and a remark below it. */
static void put_counter(struct screen *screen, long long count, const char *text)
{
	char head[COUNT_WIDTH + 12];

	snprintf(head, sizeof(head), "  %*lld  ", COUNT_WIDTH - 4, count);
	screen_wrap(screen, COUNT_WIDTH, head, SCREEN_PLAIN, text);
}

static void put_remark(struct screen *screen, const char *text)
{
	char head[COUNT_WIDTH + 1];

	snprintf(head, sizeof(head), "%*s", COUNT_WIDTH, "");
	screen_wrap(screen, COUNT_WIDTH, head, SCREEN_DIM, text);
}

static void put_head(struct screen *screen, const json_t *report)
{
	const json_t *pid = json_object_get(report, "pid"), *link = json_object_get(report, "link");
	char text[TEXT_SIZE], process[64];
	const char *state = "";

	if (json_is_integer(pid))
		snprintf(process, sizeof(process), "process %lld", (long long)json_integer_value(pid));
	else
		snprintf(process, sizeof(process), "%s",
			 json_is_true(json_object_get(report, "running")) ? "a process of another pid namespace"
									  : "without a process");
	if (!json_is_true(json_object_get(link, "present")))
		state = ", uplink gone";
	else if (!json_is_true(json_object_get(link, "up")))
		state = ", uplink down";
	else if (!json_is_true(json_object_get(link, "carrier")))
		state = ", no carrier";
	snprintf(text, sizeof(text), " (%.20s) serves %.64s, engine %.20s, %s%s", get_text(report, "mac"),
		 get_text(report, "bridge"), get_text(report, "engine"), process, state);
	screen_wrap(screen, 2, get_text(report, "uplink"), SCREEN_BOLD, text);
}

static void put_totals(struct screen *screen, const json_t *report)
{
	const json_t *totals = json_object_get(report, "totals");
	long long guests = json_number(totals, "guests");
	char out[UNITS_TEXT], in[UNITS_TEXT], text[TEXT_SIZE];
	int len;

	if (!guests) {
		screen_put(screen, SCREEN_PLAIN, "No guest has sent a frame towards the network yet.");
		screen_newline(screen);
		return;
	}
	len = snprintf(text, sizeof(text), "%lld guest%s, %s sent, %s received", guests, guests == 1 ? "" : "s",
		       units_bytes(out, get_count(totals, "out_bytes")),
		       units_bytes(in, get_count(totals, "in_bytes")));
	if (json_is_integer(json_object_get(totals, "out_bytes_per_s")))
		snprintf(text + len, sizeof(text) - (size_t)len, "; now %s/s out, %s/s in",
			 units_rate(out, get_count(totals, "out_bytes_per_s")),
			 units_rate(in, get_count(totals, "in_bytes_per_s")));
	screen_wrap(screen, 0, "", SCREEN_PLAIN, text);
}

static void put_problems(struct screen *screen, const json_t *report, bool filtered)
{
	const json_t *problems = json_object_get(report, "problems");
	bool first = true;

	for (size_t i = 0; i < json_array_size(problems); i++) {
		const json_t *problem = json_array_get(problems, i), *remedy = json_object_get(problem, "remedy");
		const char *level = get_text(problem, "level");
		bool note = !strcmp(level, "note");

		if (filtered && (note || !json_is_string(json_object_get(problem, "mac"))))
			continue;
		if (first)
			screen_newline(screen);
		first = false;
		screen_wrap(screen, 4, note ? "  " : "  ! ",
			    !strcmp(level, "fail") ? SCREEN_BAD
			    : note                 ? SCREEN_PLAIN
						   : SCREEN_WARN,
			    get_text(problem, "sentence"));
		if (json_is_string(remedy))
			screen_wrap(screen, 4, "    ", SCREEN_DIM, json_string_value(remedy));
	}
}

static void put_counts(struct screen *screen, const json_t *counts)
{
	static const struct {
		const char *name, *sentence;
	} rows[] = {
#define X(id, name, sentence) {name, sentence},
		MN_COUNT_LIST(X)
#undef X
	};

	put_title(screen, "  Delivered:");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long long count = json_number(counts, rows[i].name);

		if (count)
			put_counter(screen, count, rows[i].sentence);
	}
}

/* The present value of the option that a hint names. */
static void put_limit(struct screen *screen, const char *reason, const json_t *limits)
{
	char text[TEXT_SIZE];

	if (strcmp(reason, drop_name(DROP_LEARN_RATE)) || !limits)
		return;
	snprintf(text, sizeof(text), "(now learn-burst = %lld and learn-rate = %lld)",
		 json_number(limits, "learn_burst"), json_number(limits, "learn_rate"));
	put_remark(screen, text);
}

static void put_drop(struct screen *screen, const json_t *drop, const json_t *limits)
{
	char text[1024], ports[BRIDGE_PORTS_TEXT];

	bridge_problems_port_words(ports, json_object_get(drop, "ports"));
	snprintf(text, sizeof(text), "%s: %s%s%s%s", get_text(drop, "reason"), get_text(drop, "sentence"),
		 *ports ? " Seen" : "", ports, *ports ? "." : "");
	put_counter(screen, json_number(drop, "count"), text);
	put_remark(screen, get_text(drop, "remedy"));
	put_limit(screen, get_text(drop, "reason"), limits);
}

/* Drops that belong to the operation of every network, in one line. */
static void put_harmless(struct screen *screen, const json_t *dropped, bool others)
{
	char list[LIST_SIZE];
	size_t start = (size_t)snprintf(list, sizeof(list), "%sharmless: ", others ? "more are " : ""), len = start;
	long long sum = 0;

	for (size_t i = 0; i < json_array_size(dropped); i++) {
		const json_t *drop = json_array_get(dropped, i);

		if (!json_is_true(json_object_get(drop, "harmless")) || len >= sizeof(list))
			continue;
		sum += json_number(drop, "count");
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s %lld", len > start ? ", " : "",
					get_text(drop, "reason"), json_number(drop, "count"));
	}
	if (sum)
		put_counter(screen, sum, list);
}

static void put_drops(struct screen *screen, const json_t *report, bool verbose)
{
	const json_t *dropped = json_object_get(report, "dropped");
	bool others = false;

	if (!json_array_size(dropped))
		return;
	put_title(screen, "  Dropped:");
	for (size_t i = 0; i < json_array_size(dropped); i++) {
		const json_t *drop = json_array_get(dropped, i);

		if (!verbose && json_is_true(json_object_get(drop, "harmless")))
			continue;
		put_drop(screen, drop, json_object_get(report, "limits"));
		others = true;
	}
	if (!verbose)
		put_harmless(screen, dropped, others);
}

/* "  Dropped at vif-b: mtu 3, guest_service 2" for each port. */
static void put_port_drops(struct screen *screen, const json_t *ports)
{
	char text[TEXT_SIZE], name[TEXT_SIZE];
	const char *reason;
	json_t *port, *count;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		const json_t *drops = json_object_get(port, "drops");
		size_t len;

		if (!json_object_size(drops))
			continue;
		snprintf(name, sizeof(name),
			 "  Dropped at %.64s:", *get_text(port, "port") ? get_text(port, "port") : "?");
		len = 0;
		json_object_foreach(json_object_get(port, "drops"), reason, count) if (len < sizeof(text)) len +=
			(size_t)snprintf(text + len, sizeof(text) - len, "%s%s %lld", len ? ", " : "", reason,
					 (long long)json_integer_value(count));
		put_title(screen, name);
		screen_wrap(screen, 4, "    ", SCREEN_PLAIN, text);
	}
}

static const struct screen_column port_columns[] = {
	{.title = "PORT", .importance = 0},
	{.title = "BINDINGS", .importance = 4, .right = true},
	{.title = "REFUSED", .importance = 1, .right = true},
	{.title = "TOO FAST", .importance = 2, .right = true},
	{.title = "EVICTED", .importance = 3, .right = true},
	{0},
};

static void put_ports(struct screen *screen, const json_t *report)
{
	static const char *const keys[] = {"bindings", "refused", "limited", "evicted"};
	const json_t *ports = json_object_get(report, "ports"), *limits = json_object_get(report, "limits");
	struct screen_table *table = screen_table_new(port_columns);
	char numbers[4][UNITS_TEXT], text[TEXT_SIZE];
	long long evicted = 0;
	bool any = false;

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);
		struct screen_cell cells[5] = {{.text = get_text(port, "port")}};

		if (!json_number(port, "refused") && !json_number(port, "limited") && !json_number(port, "evicted"))
			continue;
		for (size_t k = 0; k < 4; k++) {
			snprintf(numbers[k], sizeof(numbers[k]), "%lld", json_number(port, keys[k]));
			cells[k + 1].text = numbers[k];
		}
		screen_table_row(table, cells, screen->utf8);
		evicted += json_number(port, "evicted");
		any = true;
	}
	if (any) {
		put_title(screen, "  Ports that exceeded a limit:");
		screen_table_put(screen, table, 2);
	}
	if (evicted) {
		snprintf(text, sizeof(text),
			 "EVICTED: at port-cap = %lld addresses a further one replaces the oldest; raise port-cap if "
			 "there are so "
			 "many machines behind the port.",
			 json_number(limits, "port_cap"));
		screen_wrap(screen, 2, "  ", SCREEN_DIM, text);
	}
	screen_table_free(table);
}

void show_view(struct screen *screen, const json_t *report, const struct show_view_options *options)
{
	bool verbose = options->verbose || options->all || options->filtered;

	if (!options->filtered) {
		put_head(screen, report);
		put_totals(screen, report);
		if (options->all || json_array_size(json_object_get(report, "guests")))
			screen_newline(screen);
	}
	if (options->filtered || !verbose)
		put_guests(screen, report, options->watch);
	if (options->filtered)
		screen_newline(screen);
	if (verbose)
		put_bindings(screen, report, options->all);
	put_problems(screen, report, options->filtered);
	if (options->filtered)
		return;
	if (verbose)
		put_counts(screen, json_object_get(report, "counts"));
	put_drops(screen, report, verbose);
	if (verbose)
		put_port_drops(screen, json_object_get(report, "ports"));
	put_ports(screen, report);
}

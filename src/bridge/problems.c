/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/problems.h"

#include "bridge/problem_text.h"
#include "daemon/json_text.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	RECENT_S = 600, /* a refusal that young is shown */
	LISTED_MAX = 8, /* problems of one kind */
	TEXT_SIZE = PROBLEM_TEXT_SIZE,
	ANSWER_S = 10, /* a packet for an address may be that much older than its last one */
};

struct problems {
	const json_t *report;
	json_t *lists[3]; /* by level */
	const char *uplink, *bridge;
};

enum level { LEVEL_FAIL, LEVEL_WARN, LEVEL_NOTE };

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static void add(struct problems *problems, enum level level, const char *id, const char *mac, const char *sentence,
		const char *remedy)
{
	static const char *const names[] = {"fail", "warn", "note"};

	json_array_append_new(problems->lists[level],
			      json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", id, "level", names[level], "sentence",
					sentence, "remedy", text_or_null(remedy), "mac", text_or_null(mac)));
}

static void format(char text[TEXT_SIZE], const char *form, ...) __attribute__((format(printf, 2, 3)));

static void format(char text[TEXT_SIZE], const char *form, ...)
{
	va_list list;

	va_start(list, form);
	vsnprintf(text, TEXT_SIZE, form, list);
	va_end(list);
}

static void add_text(struct problems *problems, enum level level, const char *id, const char *mac,
		     const struct problem_text *text)
{
	add(problems, level, id, mac, text->sentence, text->remedy);
}

/* ---- the uplink and the process ---- */

static void check_process(struct problems *problems)
{
	const char *silence = json_text(problems->report, "silent");
	struct problem_text text;

	if (*silence) {
		problem_text_silent_process(&text, problems->uplink, problems->bridge, silence);
		add_text(problems, LEVEL_FAIL, "process", NULL, &text);
	}
	if (json_is_true(json_object_get(problems->report, "running")))
		return;
	problem_text_no_process(&text, problems->uplink, problems->bridge);
	add_text(problems, LEVEL_FAIL, "process", NULL, &text);
}

static void check_link(struct problems *problems)
{
	const json_t *link = json_object_get(problems->report, "link");
	char sentence[TEXT_SIZE], remedy[TEXT_SIZE];

	remedy[0] = '\0';
	if (!json_is_true(json_object_get(link, "present"))) {
		format(sentence,
		       "The uplink is gone: guests can reach only each other and this host until it returns.");
	} else if (!json_is_true(json_object_get(link, "up"))) {
		format(sentence, "%s is down: guests can reach only each other and this host.", problems->uplink);
		format(remedy, "Run `ip link set %s up`, and connect it to its network.", problems->uplink);
	} else if (!json_is_true(json_object_get(link, "carrier"))) {
		format(sentence,
		       "%s has no carrier, so it is not connected to a network: guests can reach only each other and "
		       "this host.",
		       problems->uplink);
		format(remedy, "Connect it to its network (`nmcli device`, `iw dev %s link`).", problems->uplink);
	} else {
		return;
	}
	add(problems, LEVEL_FAIL, "uplink", NULL, sentence, remedy);
}

bool bridge_problems_loop_port(const json_t *report, const char *port)
{
	return *port && !strcmp(json_text(report, "loop_port"), port);
}

bool bridge_problems_loop_event(const json_t *report, const json_t *event)
{
	return bridge_problems_loop_port(report, json_text(event, "port")) ||
	       bridge_problems_loop_port(report, json_text(event, "owner_port"));
}

static bool is_loop_port(const struct problems *problems, const char *port)
{
	return bridge_problems_loop_port(problems->report, port);
}

static void check_loop(struct problems *problems)
{
	const char *port = json_text(problems->report, "loop_port");
	struct problem_text text;

	if (!*port)
		return;
	problem_text_loop(&text, port, problems->bridge, problems->uplink);
	add_text(problems, LEVEL_FAIL, "loop", NULL, &text);
}

/* ---- addresses ---- */

void bridge_problems_networks(const json_t *report, char *text, size_t size)
{
	const json_t *networks = json_object_get(json_object_get(report, "link"), "networks");
	size_t len = 0, i;
	json_t *network;

	text[0] = '\0';
	json_array_foreach(networks, i, network)
	{
		if (len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : "",
						json_string_value(network));
	}
}

static bool same_family(const json_t *one, const json_t *other)
{
	return !strcmp(json_text(one, "family"), json_text(other, "family"));
}

/* Has the guest an address of the uplink's networks of the same family? */
static bool has_near(const json_t *guest, const json_t *like)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (same_family(address, like) && json_is_true(json_object_get(address, "in_network")))
			return true;
	}
	return false;
}

/* Do packets come for the address, as long as it sends? */
static bool is_answered(const json_t *address)
{
	const json_t *in_s = json_object_get(address, "in_s");

	return json_is_integer(in_s) && json_integer_value(in_s) <= json_number(address, "seen_s") + ANSWER_S;
}

/* Are both of one network of the usual size, /24 or /64? */
static bool share_network(const json_t *one, const json_t *other)
{
	uint8_t left[16], right[16];
	int family = strcmp(json_text(one, "family"), "ip6") != 0 ? AF_INET : AF_INET6;

	return same_family(one, other) && inet_pton(family, json_text(one, "address"), left) == 1 &&
	       inet_pton(family, json_text(other, "address"), right) == 1 &&
	       !memcmp(left, right, family == AF_INET ? 3 : 8);
}

/*
 * The addresses by which guests may be routers: of other networks than the uplink's, while the guest has one of those, too. Rows of
 * guest and address.
 */
static json_t *list_routers(const json_t *report)
{
	json_t *rows = json_array(), *guest, *address;
	size_t i, k;

	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		json_array_foreach(json_object_get(guest, "addresses"), k, address)
		{
			if (json_is_false(json_object_get(address, "in_network")) && has_near(guest, address))
				json_array_append_new(rows, json_pack("[O, O]", guest, address));
		}
	}
	return rows;
}

/* Is it of the network of another guest, which is a router? */
static bool has_router(const json_t *routers, const json_t *guest, const json_t *like)
{
	json_t *row;
	size_t i;

	json_array_foreach(routers, i, row)
	{
		if (json_array_get(row, 0) != guest && share_network(json_array_get(row, 1), like))
			return true;
	}
	return false;
}

static bool is_elsewhere(const json_t *routers, const json_t *guest, const json_t *address)
{
	return json_is_false(json_object_get(address, "in_network")) &&
	       !(has_near(guest, address) && is_answered(address)) && !has_router(routers, guest, address);
}

bool bridge_problems_elsewhere(const json_t *report, const json_t *guest, const json_t *address)
{
	json_t *routers = list_routers(report);
	bool elsewhere = is_elsewhere(routers, guest, address);

	json_decref(routers);
	return elsewhere;
}

static bool has_elsewhere(const json_t *routers, const json_t *guest)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (is_elsewhere(routers, guest, address))
			return true;
	}
	return false;
}

/* All guests in one: after the uplink has roamed it concerns each of them. */
static void check_networks(struct problems *problems)
{
	char sentence[TEXT_SIZE], who[PROBLEM_LABEL_SIZE], networks[256];
	const json_t *first = NULL;
	unsigned count = 0;
	json_t *routers = list_routers(problems->report), *guest;
	size_t i;

	json_array_foreach(json_object_get(problems->report, "guests"), i, guest)
	{
		if (has_elsewhere(routers, guest) && !count++)
			first = guest;
	}
	json_decref(routers);
	if (!count)
		return;
	bridge_problems_networks(problems->report, networks, sizeof(networks));
	if (count == 1)
		format(sentence, "Guest %s has an address (marked !) outside the networks of %s: %s.",
		       problem_label_of(who, first), problems->uplink, networks);
	else
		format(sentence, "%u guests have addresses (marked !) outside the networks of %s: %s.", count,
		       problems->uplink, networks);
	add(problems, LEVEL_WARN, "other_network", count == 1 ? json_text(first, "mac") : NULL, sentence,
	    "Renew the DHCP lease in the guest if the uplink has moved to another network, or correct the guest's "
	    "address. If the guest routes for a network behind it, pin that network with `vifi bridge pin`.");
}

static void check_contest(struct problems *problems, const json_t *guest, const json_t *address)
{
	const char *mac = json_text(guest, "mac");
	char label[PROBLEM_LABEL_SIZE];
	struct problem_text text;

	problem_text_contest(&text, address, problem_label_of(label, guest), mac, problems->uplink);
	add_text(problems, LEVEL_FAIL, "contest", mac, &text);
}

static void check_contests(struct problems *problems)
{
	json_t *guest, *address;
	int listed = 0;
	size_t i, k;

	json_array_foreach(json_object_get(problems->report, "guests"), i, guest)
	{
		json_array_foreach(json_object_get(guest, "addresses"), k, address)
		{
			if (json_lists(address, "flags", "contest") && listed++ < LISTED_MAX)
				check_contest(problems, guest, address);
		}
	}
}

static void check_clones(struct problems *problems)
{
	struct problem_text text;
	json_t *clone;
	size_t i;

	json_array_foreach(json_object_get(problems->report, "clones"), i, clone)
	{
		const json_t *ports = json_object_get(clone, "ports");
		const char *owner = json_string_value(json_array_get(ports, 0)),
			   *other = json_string_value(json_array_get(ports, 1));

		if (is_loop_port(problems, owner ? owner : "") || is_loop_port(problems, other ? other : ""))
			continue;
		problem_text_clone(&text, json_text(clone, "mac"), owner ? owner : "-", other ? other : "-");
		add_text(problems, LEVEL_FAIL, "clone", json_text(clone, "mac"), &text);
	}
}

/* ---- refusals ---- */

/* Whether a guest of the port has an address that other machines can use. */
static bool port_has_address(const json_t *report, const char *port)
{
	json_t *guest, *address;
	size_t i, k;

	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		if (strcmp(json_text(guest, "port"), port))
			continue;
		json_array_foreach(json_object_get(guest, "addresses"), k, address)
		{
			if (strcmp(json_text(address, "family"), "ip6") ||
			    strncmp(json_text(address, "address"), "fe80:", 5))
				return true;
		}
	}
	return false;
}

/*
 * Whether all that the port was refused is MAC addresses that its guests have now: a contest ended for them, and what they send
 * passes.
 */
static bool has_what_was_refused(const json_t *report, const char *port)
{
	bool any = false;
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(report, "events"), i, event)
	{
		if (strcmp(json_text(event, "event"), "refused") || strcmp(json_text(event, "port"), port))
			continue;
		any = true;
		if (!json_is_true(json_object_get(event, "is_mac")) ||
		    strcmp(json_text(bridge_problems_guest(report, json_text(event, "mac")), "port"), port) != 0)
			return false;
	}
	return any;
}

bool bridge_problems_locked_out(const json_t *report, const json_t *port)
{
	const char *name = json_text(port, "port");

	return json_number(port, "refused") && !port_has_address(report, name) && !has_what_was_refused(report, name);
}

/* Whether a clone of a MAC address is there, which has a line already. */
static bool is_clone_port(const struct problems *problems, const char *port)
{
	json_t *clone;
	size_t i;

	json_array_foreach(json_object_get(problems->report, "clones"), i, clone)
	{
		const char *other = json_string_value(json_array_get(json_object_get(clone, "ports"), 1));

		if (other && !strcmp(other, port))
			return true;
	}
	return false;
}

static void check_locked_out(struct problems *problems)
{
	char sentence[TEXT_SIZE], remedy[TEXT_SIZE];
	json_t *port;
	int listed = 0;
	size_t i;

	json_array_foreach(json_object_get(problems->report, "ports"), i, port)
	{
		const char *name = json_text(port, "port");

		if (!*name || is_loop_port(problems, name) || !strcmp(name, problems->uplink) ||
		    !strcmp(name, problems->bridge) || !bridge_problems_locked_out(problems->report, port) ||
		    is_clone_port(problems, name) || listed++ >= LISTED_MAX)
			continue;
		format(sentence,
		       "The guest on %s is locked out: it has no address of the network, and vifi refused %lld of its "
		       "frames.",
		       name, json_number(port, "refused"));
		format(remedy,
		       "The drops below give the reason. If another guest or an outdated binding holds the address "
		       "wrongly, `vifi bridge forget %s ADDRESS` frees it.",
		       problems->uplink);
		add(problems, LEVEL_FAIL, "locked_out", NULL, sentence, remedy);
	}
}

const json_t *bridge_problems_guest(const json_t *report, const char *mac)
{
	json_t *guest;
	size_t i;

	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		if (!strcmp(json_text(guest, "mac"), mac))
			return guest;
	}
	return NULL;
}

static const char *name_of(const struct problems *problems, const char *mac)
{
	return json_text(bridge_problems_guest(problems->report, mac), "name");
}

/* Adds which guest was refused which address, or which station uses the address of a guest. Returns false for other events. */
static bool add_refusal(struct problems *problems, const json_t *event)
{
	const char *mac = json_text(event, "mac"), *owner = json_text(event, "owner"),
		   *type = json_text(event, "event");
	enum drop reason = drop_named(json_text(event, "reason"));
	char label[PROBLEM_LABEL_SIZE];
	struct problem_text text;

	if (!strcmp(type, "refused") && reason) {
		format(text.sentence, "Guest %s was refused %s (%s, %lld times, last %lld s ago).",
		       problem_label(label, name_of(problems, mac), mac, json_text(event, "port")),
		       json_text(event, "address"), drop_name(reason), json_number(event, "count"),
		       json_number(event, "seen_s"));
		add(problems, LEVEL_WARN, "refused", mac, text.sentence,
		    *json_text(event, "hint") ? json_text(event, "hint") : drop_hint(reason));
	} else if (!strcmp(type, "conflict") || !strcmp(type, "station")) {
		problem_label(label, name_of(problems, owner), owner, json_text(event, "owner_port"));
		problem_text_conflict(&text, event, label);
		add_text(problems, LEVEL_WARN, "refused", owner, &text);
	} else {
		return false;
	}
	return true;
}

/* Clones and drops have their own lines. */
static void check_refusals(struct problems *problems)
{
	json_t *event;
	int listed = 0;
	size_t i;

	json_array_foreach(json_object_get(problems->report, "events"), i, event)
	{
		if (json_number(event, "seen_s") <= RECENT_S && !json_is_true(json_object_get(event, "is_mac")) &&
		    !bridge_problems_loop_event(problems->report, event) && listed < LISTED_MAX)
			listed += add_refusal(problems, event);
	}
}

static void check_shortcut(struct problems *problems)
{
	const json_t *shortcut = json_object_get(problems->report, "shortcut");
	const char *reason = json_text(shortcut, "why"), *state = json_text(shortcut, "state");
	char sentence[TEXT_SIZE];

	if (!*reason || !strcmp(state, "unwanted") || !strcmp(state, "engine"))
		return;
	if (*json_text(shortcut, "guest"))
		format(sentence,
		       "Data frames of guests pass through the bridge, which is slower than the shortcut: %s (%s).",
		       reason, json_text(shortcut, "guest"));
	else
		format(sentence,
		       "Data frames of guests pass through the bridge, which is slower than the shortcut: %s.", reason);
	add(problems, LEVEL_NOTE, "shortcut", NULL, sentence, NULL);
}

/* ---- the report ---- */

json_t *bridge_problems_ports(const json_t *report, enum drop reason)
{
	json_t *list = json_array(), *port;
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		const char *name = json_text(port, "port");

		if (*name && strcmp(name, json_text(report, "uplink")) != 0 &&
		    json_number(json_object_get(port, "drops"), drop_name(reason)))
			json_array_append_new(list, json_string(name));
	}
	return list;
}

const char *bridge_problems_port_words(char text[BRIDGE_PORTS_TEXT], const json_t *ports)
{
	size_t len = 0, i;
	json_t *port;

	text[0] = '\0';
	if (json_array_size(ports) > BRIDGE_PORTS_NAMED)
		return text;
	json_array_foreach(ports, i, port)
	{
		len += (size_t)snprintf(text + len, BRIDGE_PORTS_TEXT - len, "%s%.16s", i ? ", " : " on ",
					json_string_value(port));
	}
	return text;
}

static void add_dropped(json_t *report)
{
	const json_t *drops = json_object_get(report, "drops");
	json_t *list = json_array();

	for (int i = NOT_DROPPED + 1; i < DROP_COUNT; i++) {
		enum drop reason = (enum drop)i;
		long long count = json_number(drops, drop_name(reason));

		if (count)
			json_array_append_new(list,
					      json_pack("{s:s, s:I, s:o, s:s, s:s, s:s, s:s, s:b}", "reason",
							drop_name(reason), "count", (json_int_t)count, "ports",
							bridge_problems_ports(report, reason), "layer",
							drop_layer_name(drop_layer(reason)), "mender",
							drop_mender_name(drop_mender(reason)), "sentence",
							drop_sentence(reason), "remedy", drop_hint(reason), "harmless",
							!strncmp(drop_hint(reason), "No action needed:", 17)));
	}
	json_object_set_new(report, "dropped", list);
}

void bridge_problems_add(json_t *report)
{
	struct problems problems = {.report = report};

	for (size_t i = 0; i < sizeof(problems.lists) / sizeof(problems.lists[0]); i++)
		problems.lists[i] = json_array();
	problems.uplink = *json_text(report, "uplink") ? json_text(report, "uplink") : "UPLINK";
	problems.bridge = *json_text(report, "bridge") ? json_text(report, "bridge") : "BRIDGE";
	check_process(&problems);
	check_link(&problems);
	check_loop(&problems);
	check_contests(&problems);
	check_clones(&problems);
	check_locked_out(&problems);
	check_networks(&problems);
	check_refusals(&problems);
	check_shortcut(&problems);
	for (size_t i = 1; i < sizeof(problems.lists) / sizeof(problems.lists[0]); i++) {
		json_array_extend(problems.lists[0], problems.lists[i]);
		json_decref(problems.lists[i]);
	}
	json_object_set_new(report, "problems", problems.lists[0]);
	add_dropped(report);
}

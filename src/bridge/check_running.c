/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables, counters and events of a running bridge say. */
#include "bridge/check_context.h"

#include "base/drop.h"
#include "base/mac.h"
#include "bridge/network_pin.h"
#include "bridge/problem_text.h"
#include "bridge/problems.h"
#include "conf/bridge_conf.h"
#include "daemon/json_text.h"

#include <string.h>

enum {
	RECENT_S = 60,    /* a refusal that young still goes on */
	REFUSAL_S = 3600, /* an older one is history */
	LISTED_MAX = 16,  /* findings of one item */
};

static bool is_guest(const json_t *binding)
{
	return !strcmp(json_text(binding, "kind"), "guest");
}

static void add_text(struct check_context *ctx, enum finding_level level, const struct problem_text *text)
{
	finding_set_remedy(findings_add(ctx->findings, ctx->id, level, "%s", text->sentence), "%s", text->remedy);
}

/* ---- the process ---- */

void check_process(struct check_context *ctx)
{
	const char *uplink = ctx->uplink->name, *bridge = ctx->bridge_name ? ctx->bridge_name : "BRIDGE";
	struct problem_text text;

	if (ctx->report && !json_is_true(json_object_get(ctx->report, "running"))) {
		problem_text_no_process(&text, uplink, bridge);
		add_text(ctx, FINDING_FAIL, &text);
	} else if (ctx->abandoned) {
		finding_set_remedy(
			findings_add(
				ctx->findings, ctx->id, FINDING_FAIL,
				"No process serves %s: the user-space engine was killed, and the guests are cut off.",
				uplink),
			"Run `vifi bridge up %s %s` to serve them again, or `vifi bridge down %s` to remove what it "
			"left behind.",
			uplink, bridge, uplink);
	} else if (ctx->silence.text[0]) {
		problem_text_silent_process(&text, uplink, bridge, ctx->silence.text);
		add_text(ctx, FINDING_FAIL, &text);
	}
}

/* ---- a loop ---- */

static bool is_loop_port(const struct check_context *ctx, const char *port)
{
	return bridge_problems_loop_port(ctx->report, port);
}

void check_loop(struct check_context *ctx)
{
	const char *port = json_text(ctx->report, "loop_port");
	struct problem_text text;

	if (!port[0])
		return;
	problem_text_loop(&text, port, ctx->bridge_name ? ctx->bridge_name : "the bridge", ctx->uplink->name);
	add_text(ctx, FINDING_FAIL, &text);
}

/* ---- claims ---- */

static void add_contest(struct check_context *ctx, const json_t *binding)
{
	char label[PROBLEM_LABEL_SIZE];
	struct problem_text text;

	problem_text_contest(&text, binding, problem_label_of(label, binding), json_text(binding, "mac"),
			     ctx->uplink->name);
	add_text(ctx, FINDING_FAIL, &text);
}

static bool is_mac(const json_t *binding)
{
	return !strcmp(json_text(binding, "family"), "mac");
}

/* Another guest with the same MAC address is a clone (check_clones); a station is not. */
static bool is_contested(const json_t *binding)
{
	return json_lists(binding, "flags", "contest") && (!is_mac(binding) || json_lists(binding, "flags", "wire"));
}

void check_contests(struct check_context *ctx)
{
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(ctx->report, "bindings"), i, binding)
	{
		if (is_guest(binding) && is_contested(binding))
			add_contest(ctx, binding);
	}
}

static const char *name_of(const struct check_context *ctx, int ifindex)
{
	const char *name = netdev_link_name_in(ctx->links, ctx->n_links, ifindex);

	return name ? name : "an unknown port";
}

/* The bridge port at which the forwarding database has a MAC address, other than vifi's own; 0: none. */
static int port_in_fdb(const struct check_context *ctx, const uint8_t mac[6])
{
	int port = ctx->bridge ? netdev_fdb_port(ctx->nd, ctx->bridge->ifindex, mac) : 0;
	const char *name = port > 0 ? netdev_link_name_in(ctx->links, ctx->n_links, port) : NULL;

	return name && strncmp(name, "vifi", 4) ? port : 0;
}

static void add_clone(struct check_context *ctx, const char *mac, const char *first, const char *second)
{
	struct problem_text text;

	problem_text_clone(&text, mac, first, second);
	add_text(ctx, FINDING_FAIL, &text);
}

static bool is_clone(const struct check_context *ctx, const json_t *event)
{
	return !bridge_problems_loop_event(ctx->report, event) && json_is_true(json_object_get(event, "is_mac")) &&
	       !strcmp(json_text(event, "event"), "refused") && !strcmp(json_text(event, "reason"), "claim_taken");
}

static bool is_present_clone(const struct check_context *ctx, const json_t *event)
{
	return is_clone(ctx, event) && json_number(event, "seen_s") < RECENT_S;
}

/* Whether an event has reported this address already. */
static bool is_reported(const struct check_context *ctx, const char *mac)
{
	json_t *event;
	size_t i;

	json_array_foreach(ctx->events, i, event)
	{
		if (is_present_clone(ctx, event) && !strcmp(json_text(event, "mac"), mac))
			return true;
	}
	return false;
}

/*
 * The engine in user space takes a guest that the forwarding database does not know for one behind the bridge itself, also
 * when the link went down before the frame was read (mn_is_guess). If the guest then sends to its siblings alone, the forwarding
 * database knows its port, and the engine does not. A claim by ARP or ND from another port yields an event.
 */
static bool may_be_guess(const struct check_context *ctx, const char *port)
{
	return ctx->bridge && !strcmp(port, ctx->bridge->name) && !strcmp(json_text(ctx->report, "engine"), "user");
}

void check_clones(struct check_context *ctx)
{
	json_t *item;
	uint8_t mac[6];
	size_t i;
	int port;

	json_array_foreach(ctx->events, i, item)
	{
		if (is_present_clone(ctx, item))
			add_clone(ctx, json_text(item, "mac"), json_text(item, "owner_port"), json_text(item, "port"));
	}
	json_array_foreach(json_object_get(ctx->report, "bindings"), i, item)
	{
		const char *text = json_text(item, "mac"), *own = json_text(item, "port");

		if (!is_guest(item) || !is_mac(item) || !own[0] || may_be_guess(ctx, own) || !mac_parse(mac, text))
			continue;
		port = port_in_fdb(ctx, mac);
		if (port && strcmp(name_of(ctx, port), own) && !is_loop_port(ctx, name_of(ctx, port)) &&
		    !is_reported(ctx, text))
			add_clone(ctx, text, own, name_of(ctx, port));
	}
	port = port_in_fdb(ctx, ctx->uplink->mac);
	if (port && !is_loop_port(ctx, name_of(ctx, port)))
		finding_set_remedy(
			findings_add(ctx->findings, ctx->id, FINDING_FAIL,
				     "The guest on %s has the MAC address of %s, which belongs to this host; vifi "
				     "drops its frames.",
				     name_of(ctx, port), ctx->uplink->name),
			"Give the guest its own MAC address; vifi translates it.");
}

void check_pins(struct check_context *ctx)
{
	json_t *binding;
	struct mn_key key;
	size_t i;

	json_array_foreach(json_object_get(ctx->report, "bindings"), i, binding)
	{
		const char *network = json_text(binding, "address"), *uplink = ctx->uplink->name;

		if (!is_guest(binding) || !bridge_parse_key(&key, network))
			continue;
		for (size_t k = 0; k < ctx->n_addrs; k++)
			if (ctx->addrs[k].ifindex == ctx->uplink->ifindex &&
			    network_pin_overlaps(&key, &ctx->addrs[k])) {
				finding_set_remedy(
					findings_add(ctx->findings, ctx->id, FINDING_WARN,
						     "%s, pinned to %s, " NETWORK_PIN_WARNING ".", network,
						     json_text(binding, "mac"), uplink),
					"Pin single addresses. `vifi bridge forget %s %s` removes the pin; one of "
					"the configuration is removed there.",
					uplink, network);
				break;
			}
	}
}

static void add_refusal(struct check_context *ctx, const json_t *event)
{
	const char *name = json_text(event, "reason");
	enum drop reason = drop_named(name);
	const char *owner = json_text(event, "owner");
	long long seen = json_number(event, "seen_s");
	char label[PROBLEM_LABEL_SIZE];
	struct problem_text text;

	if (!strcmp(json_text(event, "event"), "refused")) {
		finding_set_remedy(findings_add(ctx->findings, ctx->id, seen < RECENT_S ? FINDING_FAIL : FINDING_WARN,
						"Guest %s on %s was refused %s (%lld times, last %lld s ago; %s): %s",
						json_text(event, "mac"), json_text(event, "port"),
						json_text(event, "address"), json_number(event, "count"), seen, name,
						reason ? drop_sentence(reason) : ""),
				   "%s", *json_text(event, "hint") ? json_text(event, "hint") : drop_hint(reason));
	} else {
		problem_label(label, json_text(bridge_problems_guest(ctx->report, owner), "name"), owner,
			      json_text(event, "owner_port"));
		problem_text_conflict(&text, event, label);
		add_text(ctx, FINDING_WARN, &text);
	}
}

void check_refusals(struct check_context *ctx)
{
	json_t *event;
	int listed = 0;
	size_t i;

	json_array_foreach(ctx->events, i, event)
	{
		const char *type = json_text(event, "event");
		bool counts = !strcmp(type, "refused") || !strcmp(type, "conflict") || !strcmp(type, "station");

		if (counts && !is_clone(ctx, event) && !bridge_problems_loop_event(ctx->report, event) &&
		    json_number(event, "seen_s") < REFUSAL_S && listed++ < LISTED_MAX)
			add_refusal(ctx, event);
	}
	if (listed > LISTED_MAX)
		findings_add(ctx->findings, ctx->id, FINDING_WARN, "There are %d more; see the log.",
			     listed - LISTED_MAX);
}

/* ---- ports ---- */

void check_limits(struct check_context *ctx)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(ctx->report, "ports"), i, port)
	{
		const char *name = json_text(port, "port");
		long long refused = json_number(port, "refused"), limited = json_number(port, "limited"),
			  evicted = json_number(port, "evicted");

		/*
		 * A port without a name has left; in the user-space engine one row counts frames whose port is unknown. A large
		 * network has more stations than fit, and this host has other addresses than the bridge's.
		 */
		if (!name[0] || is_loop_port(ctx, name) || !strcmp(name, ctx->uplink->name) ||
		    (ctx->bridge_name && !strcmp(name, ctx->bridge_name)))
			continue;
		if (bridge_problems_locked_out(ctx->report, port))
			finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_FAIL,
							"The guest on %s is locked out: it has no address, and vifi "
							"refused %lld of its frames.",
							name, refused),
					   "`vifi bridge show %s` prints the reasons. If this guest is entitled to the "
					   "address, run `vifi bridge forget %s ADDRESS` to free it from another guest "
					   "or an outdated binding.",
					   ctx->uplink->name, ctx->uplink->name);
		if (limited)
			finding_set_remedy(
				findings_add(ctx->findings, ctx->id, FINDING_WARN,
					     "The guest on %s used new addresses too fast: %lld frames were dropped.",
					     name, limited),
				"Look for a scan or flood in the guest, or raise `learn-rate` and `learn-burst`.");
		if (evicted)
			finding_set_remedy(findings_add(ctx->findings, ctx->id, FINDING_WARN,
							"%s has more addresses than `port-cap` allows: vifi has "
							"forgotten %lld of them.",
							name, evicted),
					   "Raise `port-cap`, or look for a flood in the guest.");
	}
}

/* ---- counters ---- */

void check_drops(struct check_context *ctx)
{
	static const struct {
		enum drop reason;
		bool claim; /* the events name it better */
	} reasons[] = {
		{DROP_MTU, false},          {DROP_VLAN, false},           {DROP_CLAIM_HOST, true},
		{DROP_CLAIM_GATEWAY, true}, {DROP_CLAIM_PINNED, true},    {DROP_CLAIM_TAKEN, true},
		{DROP_CLAIM_STATION, true}, {DROP_CLAIM_ROUTED, true},    {DROP_SOURCE_GUARD, false},
		{DROP_DHCP_FORGED, false},  {DROP_LEARN_FULL, false},     {DROP_GUEST_ON_WIRE, false},
		{DROP_NO_OWNER, false},     {DROP_FOREIGN_SOURCE, false}, {DROP_INTERNAL, false},
		{DROP_QUEUE, false},
	};
	const json_t *drops = json_object_get(ctx->report, "drops");

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const char *name = drop_name(reasons[i].reason);
		long long count = json_number(drops, name);
		char at[BRIDGE_PORTS_TEXT];
		json_t *ports;

		if (!count || (reasons[i].claim && ctx->events))
			continue;
		ports = bridge_problems_ports(ctx->report, reasons[i].reason);
		finding_set_remedy(findings_add(ctx->findings, ctx->id,
						reasons[i].reason == DROP_INTERNAL ? FINDING_FAIL : FINDING_WARN,
						"%lld frame%s dropped since the start (%s%s): %s", count,
						count > 1 ? "s were" : " was", name,
						bridge_problems_port_words(at, ports),
						drop_sentence(reasons[i].reason)),
				   "%s", drop_hint(reasons[i].reason));
		json_decref(ports);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/firewall_state.h"

#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16 }; /* the kernel's limit of nested chains */

static const char TRANSLATES[] = "translates addresses in";

/* Where the frames go on: with the next rule, behind the rule that called the chain, or nowhere. */
enum end { END_NEXT, END_CHAIN, END_DONE };

/* Rules by chain, or elements by set; NULL: no memory. */
static json_t *index_items(const json_t *items, bool rules)
{
	static const char *const kinds[] = {"set", "map"};
	json_t *index = json_object(), *item;
	char key[FIREWALL_KEY];
	size_t i;

	json_array_foreach(items, i, item)
	{
		json_t *rule = json_object_get(item, "rule"), *list;

		for (size_t k = 0; !rules && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			const json_t *set = json_object_get(item, kinds[k]);

			if (!set)
				continue;
			firewall_write_key(key, set, json_text(set, "name"));
			list = json_object_get(set, "elem");
			json_object_set_new(index, key, list ? json_incref(list) : json_array());
		}
		if (!rules || !rule)
			continue;
		firewall_write_key(key, rule, json_text(rule, "chain"));
		list = json_object_get(index, key);
		if (!list) {
			list = json_array();
			json_object_set_new(index, key, list);
		}
		json_array_append(list, rule);
	}
	return index;
}

/* ---- conditions ---- */

/* nftables does not say which states a match of iptables names: those that most rules name are not of a first packet. */
static bool assume_established(struct firewall_walk *walk, const json_t *xt)
{
	const char *name = json_text(xt, "name");

	if (!firewall_is_new(walk->class) || (strcmp(name, "conntrack") != 0 && strcmp(name, "state") != 0))
		return false;
	walk->assumed = true;
	return true;
}

static enum firewall_truth statement_truth(struct firewall_walk *walk, const json_t *statement, bool *specific)
{
	static const char *const conditions[] = {"limit", "ct count", "quota"};
	const json_t *match = json_object_get(statement, "match"), *xt = json_object_get(statement, "xt");

	if (match)
		return firewall_match(walk, match, specific);
	if (xt && assume_established(walk, xt))
		return FIREWALL_NEVER;
	if (xt)
		return !strcmp(json_text(xt, "name"), "comment") ? FIREWALL_ALWAYS : FIREWALL_MAYBE;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (json_object_get(statement, conditions[i]))
			return FIREWALL_MAYBE;
	return FIREWALL_ALWAYS;
}

/* ---- rules ---- */

static void note_hit(struct firewall_walk *walk, const json_t *rule, bool certain, bool specific, long long count)
{
	struct firewall_hit *hit = walk->hit;

	if (walk->found && (hit->certain || !certain))
		return;
	walk->found = true;
	*hit = (struct firewall_hit){.certain = certain,
				     .specific = specific,
				     .from = walk->from,
				     .verb = walk->verb,
				     .assumed = walk->assumed,
				     .translates = walk->verb == TRANSLATES,
				     .class = walk->class,
				     .count = count};
	snprintf(hit->family, sizeof(hit->family), "%s", json_text(rule, "family"));
	snprintf(hit->table, sizeof(hit->table), "%s", json_text(rule, "table"));
	snprintf(hit->chain, sizeof(hit->chain), "%s",
		 json_object_get(rule, "expr") ? json_text(rule, "chain") : json_text(rule, "name"));
	hit->handle = json_object_get(rule, "expr") ? json_number(rule, "handle") : -1;
}

static enum end walk_chain(struct firewall_walk *walk, const char *name, enum firewall_truth reached, bool specific,
			   int depth);

static const char *target_of(const json_t *statement)
{
	const json_t *jump = json_object_get(statement, "jump");

	return json_text(jump ? jump : json_object_get(statement, "goto"), "target");
}

static bool is_drop(const json_t *statement)
{
	return json_object_get(statement, "drop") || json_object_get(statement, "reject") ||
	       !strcmp(json_text(json_object_get(statement, "xt"), "name"), "REJECT");
}

/* What sends frames elsewhere, and only perhaps on their way: to a program, to another interface, or with another header. */
static const char *diversion_of(const json_t *statement)
{
	const json_t *mangled = json_object_get(json_object_get(statement, "mangle"), "key");
	const char *target = json_text(json_object_get(statement, "xt"), "name");

	if (json_object_get(statement, "queue") || !strcmp(target, "NFQUEUE"))
		return "hands to a program, which does not return them,";
	if (json_object_get(statement, "fwd"))
		return "redirects";
	return json_object_get(mangled, "payload") ? "rewrites" : NULL;
}

/* NAT of bridged frames: their answers do not find the guest, or they do not find their target. */
static bool is_nat(const json_t *statement)
{
	static const char *const verdicts[] = {"snat", "dnat", "masquerade", "redirect"}, *const targets[] = {
												  "SNAT", "DNAT",
												  "MASQUERADE",
												  "REDIRECT"};
	const char *target = json_text(json_object_get(statement, "xt"), "name");

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (json_object_get(statement, verdicts[i]) || !strcmp(target, targets[i]))
			return true;
	return false;
}

/* The rule that is walked. `own`: do its conditions hold for all frames that reach it? */
struct rule_walk {
	const json_t *rule;
	enum firewall_truth reached, own;
	bool specific;
	bool other_end;  /* a rule about another end is none about the guest: what it drops is not reported */
	long long count; /* -1: it does not count */
	int depth;
};

static enum firewall_truth truth_of_rule(const struct rule_walk *at)
{
	return at->own == FIREWALL_MAYBE ? FIREWALL_MAYBE : at->reached;
}

/* What follows a rule that lets no frame go on. */
static enum end end_of_rule(const struct rule_walk *at)
{
	if (at->own == FIREWALL_MAYBE)
		return END_NEXT;
	return at->reached == FIREWALL_ALWAYS ? END_DONE : END_CHAIN;
}

/* A rule that drops: certain, or it has dropped something, or it names the guest. */
static enum end walk_drop(struct firewall_walk *walk, const struct rule_walk *at)
{
	bool certain = truth_of_rule(at) == FIREWALL_ALWAYS && !walk->some_accepted && !walk->returns;

	if (certain || at->count > 0 || (at->specific && at->count < 0))
		note_hit(walk, at->rule, certain && !walk->assumed, at->specific, at->count);
	return end_of_rule(at);
}

/* Frames leave the chain, and go on behind the rule that called it. */
static enum end walk_return(struct firewall_walk *walk, const struct rule_walk *at)
{
	if (at->own == FIREWALL_ALWAYS)
		return END_CHAIN;
	walk->returns++;
	return END_NEXT;
}

/* The verdict of the elements of a map whose keys fit. */
static bool walk_map(struct firewall_walk *walk, const struct rule_walk *at, const json_t *map, enum end *end);

/* A verdict of a rule; `statement` may also be another one, which has none: false. */
static bool walk_verdict(struct firewall_walk *walk, const struct rule_walk *at, const json_t *statement, enum end *end)
{
	const char *target = target_of(statement);

	if (json_object_get(statement, "vmap"))
		return walk_map(walk, at, json_object_get(statement, "vmap"), end);
	if (is_drop(statement) || is_nat(statement) || (walk->guest->lost && diversion_of(statement))) {
		walk->verb = is_drop(statement) ? "drops" : is_nat(statement) ? TRANSLATES : diversion_of(statement);
		*end = at->other_end ? END_NEXT : walk_drop(walk, at);
	} else if (json_object_get(statement, "accept")) {
		walk->some_accepted |= truth_of_rule(at) == FIREWALL_MAYBE;
		*end = end_of_rule(at);
	} else if (json_object_get(statement, "return")) {
		*end = walk_return(walk, at);
	} else if (*target && at->other_end) {
		walk->some_accepted = true; /* perhaps */
		*end = END_NEXT;
	} else if (*target) {
		*end = walk_chain(walk, target, truth_of_rule(at), at->specific, at->depth + 1);
		if (*end == END_NEXT && json_object_get(statement, "goto"))
			*end = walk_return(walk, at);
	} else {
		return false;
	}
	return true;
}

static bool walk_map(struct firewall_walk *walk, const struct rule_walk *at, const json_t *map, enum end *end)
{
	const json_t *data = json_object_get(map, "data"), *elements = json_object_get(data, "set");
	char key[FIREWALL_KEY];
	json_t *element;
	size_t i;

	if (json_is_string(data)) {
		firewall_write_key(key, walk->base, json_string_value(data) + 1);
		elements = json_object_get(walk->sets, key);
	}
	*end = END_NEXT;
	json_array_foreach(elements, i, element)
	{
		struct rule_walk one = *at;
		enum firewall_truth truth =
			firewall_equals(walk, json_object_get(map, "key"), json_array_get(element, 0), &one.specific);

		if (truth == FIREWALL_NEVER)
			continue;
		one.own = truth == FIREWALL_ALWAYS ? one.own : FIREWALL_MAYBE;
		one.other_end |= truth == FIREWALL_OTHER_END;
		if (walk_verdict(walk, &one, json_array_get(element, 1), end) && *end != END_NEXT)
			return true;
	}
	return false;
}

static enum end walk_rule(struct firewall_walk *walk, const json_t *rule, enum firewall_truth reached, bool specific,
			  int depth)
{
	struct rule_walk at = {.rule = rule,
			       .reached = reached,
			       .own = FIREWALL_ALWAYS,
			       .specific = specific,
			       .count = -1,
			       .depth = depth};
	json_t *statement;
	enum end end;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
	{
		const json_t *counter = json_object_get(statement, "counter");
		enum firewall_truth one = is_drop(statement) || is_nat(statement) || diversion_of(statement)
						  ? FIREWALL_ALWAYS
						  : statement_truth(walk, statement, &at.specific);

		if (one == FIREWALL_NEVER)
			return END_NEXT;
		at.own = one == FIREWALL_ALWAYS ? at.own : FIREWALL_MAYBE;
		at.other_end |= one == FIREWALL_OTHER_END;
		if (json_is_object(counter))
			at.count = json_number(counter, "packets");
		if (walk_verdict(walk, &at, statement, &end))
			return end;
	}
	return END_NEXT;
}

static enum end walk_chain(struct firewall_walk *walk, const char *name, enum firewall_truth reached, bool specific,
			   int depth)
{
	unsigned before = walk->returns;
	enum end end = END_NEXT;
	char key[FIREWALL_KEY];
	const json_t *rules;

	firewall_write_key(key, walk->base, name);
	rules = depth < DEPTH_MAX ? json_object_get(walk->chains, key) : NULL;
	for (size_t i = 0; i < json_array_size(rules) && end == END_NEXT; i++)
		end = walk_rule(walk, json_array_get(rules, i), reached, specific, depth);
	if (walk->returns > before)
		end = END_NEXT; /* some frames have left the chain before */
	walk->returns = before;
	return end == END_DONE ? END_DONE : END_NEXT;
}

/* ---- base chains ---- */

static bool has_device(const json_t *chain, const char *interface)
{
	const json_t *device = json_object_get(chain, "dev");
	json_t *one;
	size_t i;

	json_array_foreach(device, i, one)
	{
		if (json_is_string(one) && !strcmp(json_string_value(one), interface))
			return true;
	}
	return json_is_string(device) && !strcmp(json_string_value(device), interface);
}

/* A hook at one interface: the guest's port, the port that leads to the uplink, or the uplink, which sends translated frames. */
static bool sees_at_device(struct firewall_walk *walk, const json_t *chain, bool ingress)
{
	const struct firewall_guest *guest = walk->guest;
	bool at_port = has_device(chain, guest->port),
	     at_veth = *guest->uplink_port && has_device(chain, guest->uplink_port),
	     at_uplink = guest->uplink && *guest->uplink && has_device(chain, guest->uplink);
	const char *device = at_port ? guest->port : at_veth ? guest->uplink_port : guest->uplink;

	walk->input = ingress ? device : NULL;
	walk->output = ingress ? NULL : device;
	if (at_port && ingress == walk->from)
		return true;
	walk->translated = at_uplink && !at_veth;
	if (at_port && !at_veth && !at_uplink)
		return false;
	return (at_veth && ingress != walk->from) || (at_uplink && !ingress && walk->from);
}

/* A hook of IP: frames of the bridge by br_netfilter, of IPv4, IPv6 or both. */
static bool sees_by_ip(struct firewall_walk *walk, const char *family, const char *hook)
{
	bool before = !strcmp(hook, "prerouting"), after = !strcmp(hook, "postrouting"),
	     between = !strcmp(hook, "forward");
	bool ip4 = firewall_is_ip4(walk->class), ip6 = firewall_is_ip6(walk->class);

	walk->input = before || between ? walk->guest->bridge : NULL;
	walk->output = after || between ? walk->guest->bridge : NULL;
	if (!walk->guest->ip_too || !(before || after || between) || walk->class == FIREWALL_ARP)
		return false;
	return !strcmp(family, "inet") || (!strcmp(family, "ip") && !ip6) || (!strcmp(family, "ip6") && !ip4);
}

/* Hooks of this host's own packets. */
static bool sees_at_host(struct firewall_walk *walk, const json_t *chain, const char *family, const char *hook)
{
	bool in = !strcmp(hook, "input") || !strcmp(hook, "prerouting"),
	     out = !strcmp(hook, "output") || !strcmp(hook, "postrouting");
	bool ip4 = firewall_is_ip4(walk->class), ip6 = firewall_is_ip6(walk->class);

	walk->input = in ? walk->guest->uplink : NULL;
	walk->output = out ? walk->guest->uplink : NULL;
	if (!strcmp(family, "netdev") && !strcmp(hook, "ingress")) {
		walk->input = walk->guest->uplink;
		walk->translated = true;
		return walk->from && has_device(chain, walk->guest->uplink);
	}
	if (walk->class == FIREWALL_ARP || (walk->from ? !in : !out))
		return false;
	return !strcmp(family, "inet") || (!strcmp(family, "ip") && !ip6) || (!strcmp(family, "ip6") && !ip4);
}

/* Does the chain see the frames of this direction? Sets the interfaces that it knows. */
static bool sees(struct firewall_walk *walk, const json_t *chain)
{
	const struct firewall_guest *guest = walk->guest;
	const char *family = json_text(chain, "family"), *hook = json_text(chain, "hook");
	bool is_forward = !strcmp(hook, "forward");
	const char *in = walk->from ? guest->port : guest->uplink_port,
		   *out = walk->from ? guest->uplink_port : guest->port;

	walk->input = walk->output = NULL;
	walk->translated = false;
	if (guest->to_host)
		return sees_at_host(walk, chain, family, hook);
	if (!strcmp(hook, "ingress") || !strcmp(hook, "egress"))
		return sees_at_device(walk, chain, !strcmp(hook, "ingress"));
	if (strcmp(family, "bridge") != 0)
		return sees_by_ip(walk, family, hook);
	if (is_forward || !strcmp(hook, "prerouting"))
		walk->input = in;
	if (is_forward || !strcmp(hook, "postrouting"))
		walk->output = out;
	return walk->input || walk->output;
}

static void walk_base(struct firewall_walk *walk)
{
	walk->some_accepted = walk->assumed = false;
	walk->verb = "drops";
	if (walk_chain(walk, json_text(walk->base, "name"), FIREWALL_ALWAYS, false, 0) == END_NEXT &&
	    !strcmp(json_text(walk->base, "policy"), "drop") && !walk->some_accepted)
		note_hit(walk, walk->base, !walk->assumed, false, -1);
}

static void walk_all(struct firewall_walk *walk, const json_t *items)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		walk->base = json_object_get(item, "chain");
		if (!*json_text(walk->base, "hook"))
			continue;
		for (int from = 1; from >= 0; from--) {
			walk->from = from;
			if ((from || !firewall_is_new(walk->class)) && sees(walk, walk->base))
				walk_base(walk);
		}
	}
}

/* Does the guest send frames of this class? */
static bool uses(const struct firewall_guest *guest, enum firewall_class class)
{
	bool ip4 = false, ip6 = false;
	json_t *address;
	size_t i;

	json_array_foreach(guest->addresses, i, address)
	{
		bool colon = strchr(json_text(address, "address"), ':');

		ip6 |= colon;
		ip4 |= !colon;
	}
	switch (class) {
	case FIREWALL_ARP:
	case FIREWALL_IP4:
		return ip4;
	case FIREWALL_IP6:
	case FIREWALL_ND:
		return ip6;
	case FIREWALL_NEW4: /* a host may well keep guests from itself */
		return ip4 && !guest->to_host;
	case FIREWALL_NEW6:
		return ip6 && !guest->to_host;
	case FIREWALL_DHCP:
		return !ip4; /* one that has an address may keep it without a server */
	case FIREWALL_ANY:
		break;
	}
	return true;
}

bool firewall_find(struct firewall_hit *hit, const json_t *items, const struct firewall_guest *guest)
{
	struct firewall_walk walk = {
		.chains = index_items(items, true), .sets = index_items(items, false), .guest = guest, .hit = hit};

	for (int class = FIREWALL_ANY; class <= FIREWALL_NEW6 && !(walk.found && hit->certain); class ++) {
		walk.class = (enum firewall_class) class;
		if (uses(guest, walk.class))
			walk_all(&walk, items);
	}
	json_decref(walk.chains);
	json_decref(walk.sets);
	return walk.found;
}

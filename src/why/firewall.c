/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/firewall.h"

#include "daemon/json_text.h"
#include "netdev/nft_ruleset.h"

#include <stdio.h>
#include <string.h>

enum truth { NEVER, OTHER_END, MAYBE, ALWAYS }; /* OTHER_END: for frames between the guest and one other end */

enum { DEPTH_MAX = 16 }; /* the kernel's limit of nested chains */

/* One base chain, walked for frames of one direction. */
struct walk {
	json_t *chains; /* key of a chain -> its rules, in their order: rulesets have thousands of both */
	const struct firewall_guest *guest;
	const json_t *base;
	bool from;
	const char *input, *output; /* interfaces that the hook knows; NULL: it does not */
	struct firewall_hit *hit;
	bool found;
	bool some_accepted; /* a rule before accepts frames that may be the guest's */
	unsigned returns; /* rules before, in the chains that are walked now, by which some frames leave their chain */
};

/* Where the frames go on: with the next rule, behind the rule that called the chain, or nowhere. */
enum end { END_NEXT, END_CHAIN, END_DONE };

enum { KEY_SIZE = 512 };

static void write_key(char key[KEY_SIZE], const json_t *of, const char *chain)
{
	snprintf(key, KEY_SIZE, "%s %s %s", json_text(of, "family"), json_text(of, "table"), chain);
}

/* NULL: no memory. */
static json_t *index_rules(const json_t *items)
{
	json_t *chains = json_object(), *item;
	char key[KEY_SIZE];
	size_t i;

	json_array_foreach(items, i, item)
	{
		json_t *rule = json_object_get(item, "rule"), *list;

		if (!rule)
			continue;
		write_key(key, rule, json_text(rule, "chain"));
		list = json_object_get(chains, key);
		if (!list) {
			list = json_array();
			json_object_set_new(chains, key, list);
		}
		json_array_append(list, rule);
	}
	return chains;
}

/* ---- conditions ---- */

static bool has_address(const struct firewall_guest *guest, const char *text)
{
	json_t *address;
	size_t i;

	json_array_foreach(guest->addresses, i, address)
	{
		if (!strcmp(json_text(address, "address"), text))
			return true;
	}
	return false;
}

/* Does a value, or one of a set, fit? *known: false for what is no plain text. */
static bool fits(const json_t *right, bool (*test)(const struct walk *, const char *, const char *),
		 const struct walk *walk, const char *arg, bool *known)
{
	const json_t *set = json_object_get(right, "set");
	bool any = false;
	json_t *element;
	size_t i;

	*known = json_is_string(right) && json_string_value(right)[0] != '@';
	if (*known)
		return test(walk, json_string_value(right), arg);
	*known = json_is_array(set);
	json_array_foreach(set, i, element)
	{
		*known &= json_is_string(element);
		any |= json_is_string(element) && test(walk, json_string_value(element), arg);
	}
	return any;
}

static bool is_interface(const struct walk *walk, const char *text, const char *interface)
{
	(void)walk;
	return nft_name_matches(text, interface);
}

static bool is_mac(const struct walk *walk, const char *text, const char *unused)
{
	(void)unused;
	return !strcasecmp(text, walk->guest->mac);
}

static bool is_address(const struct walk *walk, const char *text, const char *unused)
{
	(void)unused;
	return has_address(walk->guest, text);
}

static enum truth truth_of(bool fit, bool known, const char *op)
{
	if (!known && !fit)
		return MAYBE;
	return fit != !strcmp(op, "!=") ? ALWAYS : NEVER;
}

static enum truth match_interface(const struct walk *walk, const json_t *match, const char *key, bool *specific)
{
	const char *interface = !strcmp(key, "iifname") || !strcmp(key, "iif")   ? walk->input
				: !strcmp(key, "oifname") || !strcmp(key, "oif") ? walk->output
										 : NULL;
	bool known, fit;

	if (!interface || !*interface)
		return MAYBE;
	fit = fits(json_object_get(match, "right"), is_interface, walk, interface, &known);
	*specific |= fit && !strcmp(interface, walk->guest->port);
	return truth_of(fit, known, json_text(match, "op"));
}

static enum truth match_payload(const struct walk *walk, const json_t *match, const json_t *payload, bool *specific)
{
	const char *protocol = json_text(payload, "protocol"), *field = json_text(payload, "field");
	bool source = !strncmp(field, "saddr", 5), target = !strncmp(field, "daddr", 5), known, fit;
	bool is_ether = !strcmp(protocol, "ether") || !strcmp(field + (source || target ? 5 : 0), " ether");

	if ((!source && !target) || (is_ether && !walk->guest->mac[0]))
		return MAYBE;
	if (source != walk->from)
		return json_is_string(json_object_get(match, "right")) && strcmp(json_text(match, "op"), "!=") != 0
			       ? OTHER_END
			       : MAYBE;
	fit = fits(json_object_get(match, "right"), is_ether ? is_mac : is_address, walk, NULL, &known);
	*specific |= fit;
	return truth_of(fit, known, json_text(match, "op"));
}

static enum truth match_truth(const struct walk *walk, const json_t *match, bool *specific)
{
	const json_t *left = json_object_get(match, "left"), *payload = json_object_get(left, "payload"),
		     *meta = json_object_get(left, "meta");

	if (meta)
		return match_interface(walk, match, json_text(meta, "key"), specific);
	return payload ? match_payload(walk, match, payload, specific) : MAYBE;
}

static enum truth statement_truth(const struct walk *walk, const json_t *statement, bool *specific)
{
	static const char *const conditions[] = {"limit", "ct count", "quota", "vmap"};
	const json_t *match = json_object_get(statement, "match"), *xt = json_object_get(statement, "xt");

	if (match)
		return match_truth(walk, match, specific);
	if (xt)
		return !strcmp(json_text(xt, "name"), "comment") ? ALWAYS : MAYBE;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (json_object_get(statement, conditions[i]))
			return MAYBE;
	return ALWAYS;
}

/* ---- rules ---- */

static void note_hit(struct walk *walk, const json_t *rule, bool certain, bool specific, long long count)
{
	struct firewall_hit *hit = walk->hit;

	if (walk->found && (hit->certain || !certain))
		return;
	walk->found = true;
	*hit = (struct firewall_hit){.certain = certain, .specific = specific, .from = walk->from, .count = count};
	snprintf(hit->family, sizeof(hit->family), "%s", json_text(rule, "family"));
	snprintf(hit->table, sizeof(hit->table), "%s", json_text(rule, "table"));
	snprintf(hit->chain, sizeof(hit->chain), "%s",
		 json_object_get(rule, "expr") ? json_text(rule, "chain") : json_text(rule, "name"));
	hit->handle = json_object_get(rule, "expr") ? json_number(rule, "handle") : -1;
}

static enum end walk_chain(struct walk *walk, const char *name, enum truth reached, bool specific, int depth);

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

/* The rule that is walked. `own`: do its conditions hold for all frames that reach it? */
struct rule_walk {
	const json_t *rule;
	enum truth reached, own;
	bool specific;
	bool other_end;  /* a rule about another end is none about the guest: what it drops is not reported */
	long long count; /* -1: it does not count */
	int depth;
};

static enum truth truth_of_rule(const struct rule_walk *at)
{
	return at->own == MAYBE ? MAYBE : at->reached;
}

/* What follows a rule that lets no frame go on. */
static enum end end_of_rule(const struct rule_walk *at)
{
	if (at->own == MAYBE)
		return END_NEXT;
	return at->reached == ALWAYS ? END_DONE : END_CHAIN;
}

/* A rule that drops: certain, or it has dropped something, or it names the guest. */
static enum end walk_drop(struct walk *walk, const struct rule_walk *at)
{
	bool certain = truth_of_rule(at) == ALWAYS && !walk->some_accepted && !walk->returns;

	if (certain || at->count > 0 || (at->specific && at->count < 0))
		note_hit(walk, at->rule, certain, at->specific, at->count);
	return end_of_rule(at);
}

/* Frames leave the chain, and go on behind the rule that called it. */
static enum end walk_return(struct walk *walk, const struct rule_walk *at)
{
	if (at->own == ALWAYS)
		return END_CHAIN;
	walk->returns++;
	return END_NEXT;
}

/* A verdict of a rule; `statement` may also be another one, which has none: false. */
static bool walk_verdict(struct walk *walk, const struct rule_walk *at, const json_t *statement, enum end *end)
{
	const char *target = target_of(statement);

	if (is_drop(statement)) {
		*end = at->other_end ? END_NEXT : walk_drop(walk, at);
	} else if (json_object_get(statement, "accept")) {
		walk->some_accepted |= truth_of_rule(at) == MAYBE;
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

static enum end walk_rule(struct walk *walk, const json_t *rule, enum truth reached, bool specific, int depth)
{
	struct rule_walk at = {
		.rule = rule, .reached = reached, .own = ALWAYS, .specific = specific, .count = -1, .depth = depth};
	json_t *statement;
	enum end end;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
	{
		const json_t *counter = json_object_get(statement, "counter");
		enum truth one = is_drop(statement) ? ALWAYS : statement_truth(walk, statement, &at.specific);

		if (one == NEVER)
			return END_NEXT;
		at.own = one == ALWAYS ? at.own : MAYBE;
		at.other_end |= one == OTHER_END;
		if (json_is_object(counter))
			at.count = json_number(counter, "packets");
		if (walk_verdict(walk, &at, statement, &end))
			return end;
	}
	return END_NEXT;
}

static enum end walk_chain(struct walk *walk, const char *name, enum truth reached, bool specific, int depth)
{
	unsigned before = walk->returns;
	enum end end = END_NEXT;
	char key[KEY_SIZE];
	const json_t *rules;

	write_key(key, walk->base, name);
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

/* Does the chain see the frames of this direction? Sets the interfaces that it knows. */
static bool sees(struct walk *walk, const json_t *chain)
{
	const struct firewall_guest *guest = walk->guest;
	const char *family = json_text(chain, "family"), *hook = json_text(chain, "hook");
	bool is_bridge = !strcmp(family, "bridge"), is_forward = !strcmp(hook, "forward");
	const char *in = walk->from ? guest->port : guest->uplink_port,
		   *out = walk->from ? guest->uplink_port : guest->port;

	walk->input = walk->output = NULL;
	if (!strcmp(hook, "ingress") || !strcmp(hook, "egress")) {
		walk->input = !strcmp(hook, "ingress") ? guest->port : NULL;
		walk->output = !strcmp(hook, "egress") ? guest->port : NULL;
		return has_device(chain, guest->port) && (walk->input != NULL) == walk->from;
	}
	if (!is_bridge) {
		walk->input = walk->output = guest->bridge;
		return guest->ip_too && is_forward && strcmp(family, "arp") != 0 && strcmp(family, "netdev") != 0;
	}
	if (is_forward || !strcmp(hook, "prerouting"))
		walk->input = in;
	if (is_forward || !strcmp(hook, "postrouting"))
		walk->output = out;
	return walk->input || walk->output;
}

static void walk_base(struct walk *walk)
{
	walk->some_accepted = false;
	if (walk_chain(walk, json_text(walk->base, "name"), ALWAYS, false, 0) == END_NEXT &&
	    !strcmp(json_text(walk->base, "policy"), "drop") && !walk->some_accepted)
		note_hit(walk, walk->base, true, false, -1);
}

bool firewall_find(struct firewall_hit *hit, const json_t *items, const struct firewall_guest *guest)
{
	struct walk walk = {.chains = index_rules(items), .guest = guest, .hit = hit};
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		walk.base = json_object_get(item, "chain");
		if (!*json_text(walk.base, "hook"))
			continue;
		for (int from = 1; from >= 0; from--) {
			walk.from = from;
			if (sees(&walk, walk.base))
				walk_base(&walk);
		}
	}
	json_decref(walk.chains);
	return walk.found;
}

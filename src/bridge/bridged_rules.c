/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridged_rules.h"

#include "daemon/json_text.h"
#include "netdev/nft_ruleset.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* What can happen to a frame at a point: a set of these. */
enum outcome { ACCEPTED = 1, DROPPED = 2, NEXT_RULE = 4, RETURNED = 8 };

enum truth { NEVER, MAYBE, ALWAYS };

enum { DEPTH_MAX = 16 }; /* the kernel's limit of nested chains */

struct judge {
	const json_t *items;
	const char *bridge;
	const char *family, *table; /* of the chain that is walked */
	bool has_input, has_output; /* the hook knows the interface, which is the bridge */
	bool rewrites;
};

static bool is_in(const struct judge *judge, const json_t *object)
{
	return !strcmp(json_text(object, "family"), judge->family) && !strcmp(json_text(object, "table"), judge->table);
}

/* ---- conditions ---- */

/* The elements of a named set of the table, or NULL. */
static const json_t *elements_of(const struct judge *judge, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(judge->items, i, item)
	{
		const json_t *set = json_object_get(item, "set");

		if (set && is_in(judge, set) && !strcmp(json_text(set, "name"), name))
			return json_object_get(set, "elem");
	}
	return NULL;
}

/* Whether a name, a list of names or a named set includes the bridge. */
static enum truth includes_bridge(const struct judge *judge, const json_t *right)
{
	const char *text = json_string_value(right);
	const json_t *list = json_object_get(right, "set");
	json_t *element;
	size_t i;

	if (text && text[0] == '@')
		list = elements_of(judge, text + 1);
	else if (text)
		return nft_name_matches(text, judge->bridge) ? ALWAYS : NEVER;
	if (!list)
		return text ? NEVER : MAYBE;
	json_array_foreach(list, i, element)
	{
		if (!json_is_string(element))
			return MAYBE;
		if (nft_name_matches(json_string_value(element), judge->bridge))
			return ALWAYS;
	}
	return NEVER;
}

/* Whether `left` is an interface that the hook knows. */
static bool is_known_interface(const struct judge *judge, const json_t *left)
{
	const char *key = json_text(json_object_get(left, "meta"), "key");

	return ((!strcmp(key, "iifname") || !strcmp(key, "iif")) && judge->has_input) ||
	       ((!strcmp(key, "oifname") || !strcmp(key, "oif")) && judge->has_output);
}

static enum truth match_truth(const struct judge *judge, const json_t *match)
{
	const char *op = json_text(match, "op");
	enum truth truth;

	if (!is_known_interface(judge, json_object_get(match, "left")))
		return MAYBE;
	truth = includes_bridge(judge, json_object_get(match, "right"));
	if (strcmp(op, "!=") || truth == MAYBE)
		return truth;
	return truth == ALWAYS ? NEVER : ALWAYS;
}

static bool has_any(const json_t *statement, const char *const keys[])
{
	for (size_t i = 0; keys[i]; i++)
		if (json_object_get(statement, keys[i]))
			return true;
	return false;
}

static bool is_xt(const json_t *statement, const char *type)
{
	return !strcmp(json_text(json_object_get(statement, "xt"), "type"), type);
}

/* A statement that decides whether the next ones are reached. */
static enum truth statement_truth(const struct judge *judge, const json_t *statement)
{
	static const char *const conditions[] = {"limit", "ct count", "quota", NULL};
	const json_t *match = json_object_get(statement, "match"), *xt = json_object_get(statement, "xt");

	if (match)
		return match_truth(judge, match);
	if (is_xt(statement, "match"))
		return !strcmp(json_text(xt, "name"), "comment") ? ALWAYS : MAYBE;
	return has_any(statement, conditions) ? MAYBE : ALWAYS;
}

/* ---- verdicts ---- */

static unsigned walk_chain(struct judge *judge, const char *name, int depth);

/* A jump returns to the next rule, a goto leaves the chain. */
static unsigned follow(struct judge *judge, const json_t *target, bool jump, int depth)
{
	unsigned outcomes = walk_chain(judge, json_text(target, "target"), depth + 1);

	if (outcomes & RETURNED)
		outcomes = (outcomes & ~(unsigned)RETURNED) | (jump ? NEXT_RULE : RETURNED);
	return outcomes;
}

/* What a map of interfaces to verdicts does with the bridge; of other keys it may do anything. */
static unsigned map_outcomes(struct judge *judge, const json_t *map, int depth);

/* The outcomes of a verdict; 0: the statement is none. */
static unsigned verdict_outcomes(struct judge *judge, const json_t *statement, int depth)
{
	const json_t *jump = json_object_get(statement, "jump"), *to = json_object_get(statement, "goto");
	const char *xt = json_text(json_object_get(statement, "xt"), "name");

	if (json_object_get(statement, "accept"))
		return ACCEPTED;
	if (json_object_get(statement, "drop") || json_object_get(statement, "reject"))
		return DROPPED;
	if (json_object_get(statement, "return"))
		return RETURNED;
	if (json_object_get(statement, "queue"))
		return ACCEPTED | DROPPED;
	if (jump || to)
		return follow(judge, jump ? jump : to, jump, depth);
	if (json_object_get(statement, "vmap"))
		return map_outcomes(judge, json_object_get(statement, "vmap"), depth);
	if (is_xt(statement, "target"))
		return !strcmp(xt, "REJECT") ? DROPPED : !strcmp(xt, "NFQUEUE") ? ACCEPTED | DROPPED : 0;
	return 0;
}

static unsigned map_outcomes(struct judge *judge, const json_t *map, int depth)
{
	const json_t *pairs = json_object_get(json_object_get(map, "data"), "set");
	bool known = is_known_interface(judge, json_object_get(map, "key"));
	unsigned outcomes = NEXT_RULE;
	json_t *pair;
	size_t i;

	if (!pairs)
		return NEXT_RULE | ACCEPTED | DROPPED;
	json_array_foreach(pairs, i, pair)
	{
		enum truth truth = known ? includes_bridge(judge, json_array_get(pair, 0)) : MAYBE;
		unsigned verdict = verdict_outcomes(judge, json_array_get(pair, 1), depth);

		if (truth == ALWAYS)
			return verdict ? verdict : NEXT_RULE;
		if (truth == MAYBE)
			outcomes |= verdict;
	}
	return outcomes;
}

static bool is_nat(const json_t *statement)
{
	static const char *const statements[] = {"masquerade", "snat", "dnat", "redirect", "tproxy", NULL};
	static const char *const targets[] = {"MASQUERADE", "SNAT", "DNAT", "REDIRECT", "NETMAP"};
	const char *name = json_text(json_object_get(statement, "xt"), "name");

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!strcmp(name, targets[i]))
			return true;
	return has_any(statement, statements);
}

static unsigned rule_outcomes(struct judge *judge, const json_t *rule, int depth)
{
	enum truth truth = ALWAYS;
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
	{
		enum truth this_one = statement_truth(judge, statement);
		unsigned outcomes = verdict_outcomes(judge, statement, depth);

		if (this_one == NEVER)
			return NEXT_RULE;
		if (this_one == MAYBE)
			truth = MAYBE;
		judge->rewrites |= truth == ALWAYS && is_nat(statement);
		if (outcomes)
			return truth == MAYBE ? outcomes | NEXT_RULE : outcomes;
	}
	return NEXT_RULE;
}

static unsigned walk_chain(struct judge *judge, const char *name, int depth)
{
	unsigned outcomes = 0;
	json_t *item;
	size_t i;

	if (depth > DEPTH_MAX)
		return ACCEPTED | DROPPED | RETURNED;
	json_array_foreach(judge->items, i, item)
	{
		const json_t *rule = json_object_get(item, "rule");
		unsigned rule_result;

		if (!rule || !is_in(judge, rule) || strcmp(json_text(rule, "chain"), name))
			continue;
		rule_result = rule_outcomes(judge, rule, depth);
		outcomes |= rule_result & ~(unsigned)NEXT_RULE;
		if (!(rule_result & NEXT_RULE))
			return outcomes;
	}
	return outcomes | RETURNED;
}

/* ---- base chains ---- */

static bool set_hook(struct judge *judge, const json_t *chain, bool ip6)
{
	const char *hook = json_text(chain, "hook"), *family = json_text(chain, "family");

	if (strcmp(family, "inet") && strcmp(family, ip6 ? "ip6" : "ip"))
		return false;
	judge->has_input = !strcmp(hook, "forward") || !strcmp(hook, "prerouting");
	judge->has_output = !strcmp(hook, "forward") || !strcmp(hook, "postrouting");
	return judge->has_input || judge->has_output;
}

static void judge_chain(struct bridged_verdict *verdict, struct judge *judge, const json_t *chain)
{
	const char *name = json_text(chain, "name");
	bool drop_policy = !strcmp(json_text(chain, "policy"), "drop");
	enum bridged_fate fate = BRIDGED_PASS;
	unsigned outcomes;

	judge->family = json_text(chain, "family");
	judge->table = json_text(chain, "table");
	judge->rewrites = false;
	outcomes = walk_chain(judge, name, 0);
	if (outcomes & RETURNED)
		outcomes |= drop_policy ? DROPPED : ACCEPTED;
	if (outcomes & DROPPED)
		fate = outcomes & ACCEPTED ? BRIDGED_SOME : BRIDGED_DROP;
	if (fate <= verdict->fate && (!judge->rewrites || verdict->rewrites || verdict->fate != BRIDGED_PASS))
		return;
	verdict->rewrites |= judge->rewrites;
	if (fate > verdict->fate)
		verdict->fate = fate;
	snprintf(verdict->chain, sizeof(verdict->chain), "%.8s %.50s %.60s", judge->family, judge->table, name);
	verdict->is_iptables =
		strcmp(judge->family, "inet") && !strcmp(judge->table, "filter") && !strcmp(name, "FORWARD");
}

bool bridged_rules_judge(struct bridged_verdict *verdict, const char *json, const char *bridge, bool ip6)
{
	json_t *root = json ? json_loads(json, 0, NULL) : NULL, *item;
	struct judge judge = {.items = json_object_get(root, "nftables"), .bridge = bridge};
	bool readable = root != NULL;
	size_t i;

	memset(verdict, 0, sizeof(*verdict));
	json_array_foreach(judge.items, i, item)
	{
		const json_t *chain = json_object_get(item, "chain");

		if (!chain)
			continue;
		if (!strcmp(json_text(chain, "name"), "DOCKER-USER") &&
		    !strcmp(json_text(chain, "family"), ip6 ? "ip6" : "ip"))
			verdict->docker_user = true;
		if (set_hook(&judge, chain, ip6))
			judge_chain(verdict, &judge, chain);
	}
	json_decref(root);
	return readable;
}

void bridged_rules_remedy(char *text, size_t size, const struct bridged_verdict *verdict, const char *bridge, bool ip6)
{
	const char *program = ip6 ? "ip6tables" : "iptables";

	if (verdict->is_iptables)
		snprintf(text, size, "%s -I %s -i %s -o %s -j ACCEPT", program,
			 verdict->docker_user ? "DOCKER-USER" : "FORWARD", bridge, bridge);
	else
		snprintf(text, size, "nft insert rule %s iifname %s oifname %s accept", verdict->chain, bridge, bridge);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/firewall_rules.h"

#include "daemon/json_text.h"
#include "netdev/nft_ruleset.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Does any string below `value` name the bridge? */
static bool contains_bridge(const json_t *value, const char *bridge)
{
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_string(value))
		return nft_name_matches(json_string_value(value), bridge);
	json_array_foreach(value, i, child)
	{
		if (contains_bridge(child, bridge))
			return true;
	}
	json_object_foreach((json_t *)value, key, child)
	{
		if (contains_bridge(child, bridge))
			return true;
	}
	return false;
}

static bool is_input_interface(const json_t *value)
{
	const char *key = json_text(json_object_get(value, "meta"), "key");

	return !strcmp(key, "iifname") || !strcmp(key, "iif");
}

/* Is the input interface part of this expression, alone or in a concatenation? */
static bool tests_input_interface(const json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	if (is_input_interface(value))
		return true;
	json_array_foreach(value, i, child)
	{
		if (tests_input_interface(child))
			return true;
	}
	json_object_foreach((json_t *)value, key, child)
	{
		if (tests_input_interface(child))
			return true;
	}
	return false;
}

/* A named set or map of a table ("@guests") that has the bridge among its elements. */
static bool set_contains_bridge(const json_t *items, const json_t *rule, const char *name, const char *bridge)
{
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		const json_t *set = json_object_get(item, "set");

		if (!set)
			set = json_object_get(item, "map");
		if (set && !strcmp(json_text(set, "name"), name) &&
		    !strcmp(json_text(set, "table"), json_text(rule, "table")) &&
		    !strcmp(json_text(set, "family"), json_text(rule, "family")))
			return contains_bridge(json_object_get(set, "elem"), bridge);
	}
	return false;
}

static bool right_side_names_bridge(const json_t *items, const json_t *rule, const json_t *right, const char *bridge)
{
	const char *text = json_string_value(right);

	if (text && text[0] == '@')
		return set_contains_bridge(items, rule, text + 1, bridge);
	return contains_bridge(right, bridge);
}

static bool matches_bridge(const json_t *items, const json_t *rule, const char *bridge)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
	{
		const json_t *match = json_object_get(statement, "match"), *map = json_object_get(statement, "vmap");

		if (match && strcmp(json_text(match, "op"), "!=") &&
		    tests_input_interface(json_object_get(match, "left")) &&
		    right_side_names_bridge(items, rule, json_object_get(match, "right"), bridge))
			return true;
		if (map && tests_input_interface(json_object_get(map, "key")) &&
		    right_side_names_bridge(items, rule, json_object_get(map, "data"), bridge))
			return true;
	}
	return false;
}

static bool blocks(const json_t *rule)
{
	static const char *const verdicts[] = {"drop", "reject", "jump", "goto", "vmap"};
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement)
	{
		for (size_t k = 0; k < sizeof(verdicts) / sizeof(verdicts[0]); k++)
			if (json_object_get(statement, verdicts[k]))
				return true;
	}
	return false;
}

/* Rules of the families netdev and bridge see frames at their own hooks, before or beside the host's stack. */
static bool is_host_family(const json_t *rule)
{
	const char *family = json_text(rule, "family");

	return !strcmp(family, "inet") || !strcmp(family, "ip") || !strcmp(family, "ip6") || !strcmp(family, "arp");
}

bool firewall_rules_search(struct firewall_rules *rules, const char *json, const char *bridge)
{
	json_t *root = json ? json_loads(json, 0, NULL) : NULL, *items = json_object_get(root, "nftables"), *item;
	bool readable = root != NULL;
	size_t i;

	memset(rules, 0, sizeof(*rules));
	json_array_foreach(items, i, item)
	{
		const json_t *rule = json_object_get(item, "rule");
		bool rule_blocks;

		if (!rule || !is_host_family(rule) || !matches_bridge(items, rule, bridge))
			continue;
		rule_blocks = blocks(rule);
		if (!rules->count || (rule_blocks && !rules->blocks))
			snprintf(rules->first, sizeof(rules->first), "%.8s %.40s %.40s handle %lld",
				 json_text(rule, "family"), json_text(rule, "table"), json_text(rule, "chain"),
				 (long long)json_integer_value(json_object_get(rule, "handle")));
		rules->blocks |= rule_blocks;
		rules->count++;
	}
	json_decref(root);
	return readable;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rulesets as `nft -j list ruleset` prints them (nftables 1.0.6), reduced to what matters. */
#include "unit.h"

#include "bridge/firewall_rules.h"

#define RULE(expr)                                                                                       \
	"{\"rule\": {\"family\": \"inet\", \"table\": \"filter\", \"chain\": \"input\", \"handle\": 4, " \
	"\"expr\": [" expr "]}}"
#define RULESET(...) "{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}}, " __VA_ARGS__ "]}"
#define IIFNAME      "{\"meta\": {\"key\": \"iifname\"}}"
#define MATCH(right) "{\"match\": {\"op\": \"==\", \"left\": " IIFNAME ", \"right\": " right "}}"
#define DROP         ", {\"drop\": null}"

static void rules_on_the_bridge_are_found(void **state)
{
	static const struct {
		const char *json;
		size_t count;
		bool blocks;
	} rows[] = {
		{RULESET(RULE(MATCH("\"br0\"") DROP)), 1, true},
		{RULESET(RULE(MATCH("\"br0\"") ", {\"accept\": null}")), 1, false},
		{RULESET(RULE(MATCH("\"br*\"") DROP)), 1, true},
		{RULESET(RULE(MATCH("{\"set\": [\"eth0\", \"br0\"]}") DROP)), 1, true},
		{RULESET(RULE("{\"vmap\": {\"key\": " IIFNAME ", \"data\": {\"set\": [[\"br0\", {\"goto\": "
			      "{\"target\": \"in_guests\"}}]]}}}")),
		 1, true},
		{RULESET("{\"set\": {\"family\": \"inet\", \"table\": \"filter\", \"name\": \"guests\", \"elem\": "
			 "[\"br0\"]}}, " RULE(MATCH("\"@guests\"") DROP)),
		 1, true},
		{RULESET("{\"set\": {\"family\": \"inet\", \"table\": \"other\", \"name\": \"guests\", \"elem\": "
			 "[\"br0\"]}}, " RULE(MATCH("\"@guests\"") DROP)),
		 0, false},
		{RULESET(RULE(MATCH("\"br1\"") DROP)), 0, false},
		{RULESET(RULE("{\"match\": {\"op\": \"!=\", \"left\": " IIFNAME ", \"right\": \"br0\"}}" DROP)), 0,
		 false},
		{RULESET(RULE("{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"oifname\"}}, \"right\": "
			      "\"br0\"}}" DROP)),
		 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct firewall_rules rules;

		assert_true(firewall_rules_search(&rules, rows[i].json, "br0"));
		assert_int_equal(rules.count, rows[i].count);
		assert_int_equal(rules.blocks, rows[i].blocks);
	}
}

static void blocking_rule_is_named_first(void **state)
{
	struct firewall_rules rules;

	(void)state;
	assert_true(firewall_rules_search(
		&rules,
		RULESET(RULE(MATCH("\"br0\"") ", {\"accept\": null}") ", {\"rule\": {\"family\": \"ip\", \"table\": "
								      "\"t\", \"chain\": "
								      "\"c\", \"handle\": 9, \"expr\": [" MATCH(
									      "\"br0\"") DROP "]}}"),
		"br0"));
	assert_int_equal(rules.count, 2);
	assert_string_equal(rules.first, "ip t c handle 9");
}

static void unreadable_ruleset_is_reported(void **state)
{
	struct firewall_rules rules;

	(void)state;
	assert_false(firewall_rules_search(&rules, NULL, "br0"));
	assert_false(firewall_rules_search(&rules, "{\"nftables\": [", "br0"));
	assert_true(firewall_rules_search(&rules, "{}", "br0"));
	assert_int_equal(rules.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_on_the_bridge_are_found),
		cmocka_unit_test(blocking_rule_is_named_first),
		cmocka_unit_test(unreadable_ruleset_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rulesets as `nft -j list ruleset` prints them (nftables 1.0.6, iptables 1.8.9), reduced to what matters. */
#include "unit.h"

#include "bridge/bridged_rules.h"

#define RULESET(...) "{\"nftables\": [{\"metainfo\": {}}, " __VA_ARGS__ "]}"
#define BASE(hook, name, policy)                                                                                   \
	"{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"" name "\", \"hook\": \"" hook "\", " \
	"\"policy\": \"" policy "\"}}"
#define FORWARD(policy) BASE("forward", "FORWARD", policy)
#define CHAIN(name)     ", {\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"" name "\"}}"
#define RULE(chain, expr) \
	", {\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"" chain "\", \"expr\": [" expr "]}}"
#define MATCH(op, key, right) \
	"{\"match\": {\"op\": \"" op "\", \"left\": {\"meta\": {\"key\": \"" key "\"}}, \"right\": " right "}}, "
#define IN(right)   MATCH("==", "iifname", right)
#define OUT(right)  MATCH("==", "oifname", right)
#define COUNTER     "{\"counter\": {\"packets\": 0}}, "
#define ACCEPT      "{\"accept\": null}"
#define DROP        "{\"drop\": null}"
#define STATE       "{\"xt\": {\"type\": \"match\", \"name\": \"conntrack\"}}, "
#define JUMP(name)  "{\"jump\": {\"target\": \"" name "\"}}"
#define DOCKER_USER CHAIN("DOCKER-USER") RULE("FORWARD", COUNTER JUMP("DOCKER-USER"))
/* Docker 20.10, with one network */
#define DOCKER                                                   \
	FORWARD("drop")                                          \
	DOCKER_USER                                              \
	RULE("FORWARD", OUT("\"docker0\"") STATE COUNTER ACCEPT) \
	RULE("FORWARD", IN("\"docker0\"") MATCH("!=", "oifname", "\"docker0\"") COUNTER ACCEPT)

static void fates_are_judged(void **state)
{
	static const struct {
		const char *json;
		enum bridged_fate fate;
		bool rewrites;
	} rows[] = {
		{RULESET(FORWARD("accept")), BRIDGED_PASS, false},
		{RULESET(FORWARD("drop")), BRIDGED_DROP, false},
		{RULESET(BASE("input", "INPUT", "drop")), BRIDGED_PASS, false},
		{RULESET(DOCKER), BRIDGED_DROP, false},
		/* the remedy */
		{RULESET(DOCKER RULE("DOCKER-USER", IN("\"br0\"") OUT("\"br0\"") COUNTER ACCEPT)), BRIDGED_PASS, false},
		{RULESET(DOCKER RULE("DOCKER-USER", IN("\"br1\"") OUT("\"br1\"") COUNTER ACCEPT)), BRIDGED_DROP, false},
		{RULESET(DOCKER RULE("DOCKER-USER", COUNTER "{\"return\": null}")), BRIDGED_DROP, false},
		{RULESET(FORWARD("drop") RULE("FORWARD", IN("\"br*\"") ACCEPT)), BRIDGED_PASS, false},
		{RULESET(FORWARD("drop") RULE("FORWARD", IN("{\"set\": [\"eth0\", \"br0\"]}") ACCEPT)), BRIDGED_PASS,
		 false},
		{RULESET(FORWARD("drop") RULE("FORWARD", MATCH("!=", "oifname", "\"eth0\"") ACCEPT)), BRIDGED_PASS,
		 false},
		/* a stateful firewall */
		{RULESET(FORWARD("drop") RULE("FORWARD", STATE ACCEPT)), BRIDGED_SOME, false},
		{RULESET(FORWARD("accept") RULE("FORWARD", "{\"xt\": {\"type\": \"target\", \"name\": \"REJECT\"}}")),
		 BRIDGED_DROP, false},
		{RULESET(FORWARD("accept") RULE("FORWARD", IN("\"eth0\"") DROP)), BRIDGED_PASS, false},
		{RULESET(FORWARD("accept") RULE("FORWARD", "{\"match\": {\"op\": \"==\", \"left\": {\"payload\": "
							   "{\"protocol\": \"ip\", \"field\": \"daddr\"}}, \"right\": "
							   "\"192.0.2.1\"}}, " DROP)),
		 BRIDGED_SOME, false},
		/* accepted first */
		{RULESET(FORWARD("accept") RULE("FORWARD", ACCEPT) RULE("FORWARD", DROP)), BRIDGED_PASS, false},
		{RULESET(FORWARD("accept") CHAIN("x") RULE("FORWARD", "{\"goto\": {\"target\": \"x\"}}")
				 RULE("FORWARD", DROP)),
		 BRIDGED_PASS, false},
		{RULESET(FORWARD("accept") CHAIN("x") RULE("FORWARD", JUMP("x")) RULE("x", IN("\"br0\"") DROP)),
		 BRIDGED_DROP, false},
		{RULESET(FORWARD("accept") RULE(
			 "FORWARD", "{\"vmap\": {\"key\": {\"meta\": {\"key\": \"iifname\"}}, \"data\": {\"set\": "
				    "[[\"eth0\", {\"accept\": null}], [\"br0\", {\"drop\": null}]]}}}")),
		 BRIDGED_DROP, false},
		{RULESET(FORWARD("drop")
				 RULE("FORWARD", "{\"vmap\": {\"key\": {\"ct\": {\"key\": \"state\"}}, \"data\": "
						 "{\"set\": [[\"established\", {\"accept\": null}]]}}}")),
		 BRIDGED_SOME, false},
		/* a loop of chains ends */
		{RULESET(FORWARD("accept") CHAIN("x") RULE("FORWARD", JUMP("x")) RULE("x", STATE JUMP("x"))),
		 BRIDGED_SOME, false},
		{RULESET(BASE("postrouting", "POSTROUTING", "accept") RULE("POSTROUTING", "{\"masquerade\": null}")),
		 BRIDGED_PASS, true},
		{RULESET(BASE("postrouting", "POSTROUTING", "accept")
				 RULE("POSTROUTING", OUT("\"wlan0\"") "{\"masquerade\": null}")),
		 BRIDGED_PASS, false},
		{RULESET(BASE("prerouting", "PREROUTING", "accept") RULE("PREROUTING", IN("\"br0\"") DROP)),
		 BRIDGED_DROP, false},
		{"{}", BRIDGED_PASS, false},
	};
	struct bridged_verdict verdict;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(bridged_rules_judge(&verdict, rows[i].json, "br0", false));
		if (verdict.fate != rows[i].fate || verdict.rewrites != rows[i].rewrites)
			fail_msg("row %zu: fate %d, rewrites %d: %s", i, verdict.fate, verdict.rewrites, rows[i].json);
		assert_true(bridged_rules_judge(&verdict, rows[i].json, "br0", true));
		assert_int_equal(verdict.fate, BRIDGED_PASS); /* rules for IPv4 only */
	}
	assert_false(bridged_rules_judge(&verdict, NULL, "br0", false));
	assert_false(bridged_rules_judge(&verdict, "{\"nftables\": [", "br0", false));
}

static void remedy_fits_the_firewall(void **state)
{
	struct bridged_verdict verdict;
	char text[200];

	(void)state;
	bridged_rules_judge(&verdict, RULESET(DOCKER), "br0", false);
	bridged_rules_remedy(text, sizeof(text), &verdict, "br0", false);
	assert_string_equal(verdict.chain, "ip filter FORWARD");
	assert_string_equal(text, "iptables -I DOCKER-USER -i br0 -o br0 -j ACCEPT");
	bridged_rules_judge(&verdict, RULESET(FORWARD("drop")), "br0", false);
	bridged_rules_remedy(text, sizeof(text), &verdict, "br0", false);
	assert_string_equal(text, "iptables -I FORWARD -i br0 -o br0 -j ACCEPT");
	bridged_rules_judge(
		&verdict,
		RULESET("{\"chain\": {\"family\": \"inet\", \"table\": \"guard\", \"name\": \"fwd\", \"hook\": "
			"\"forward\", \"policy\": \"drop\"}}"),
		"br0", true);
	bridged_rules_remedy(text, sizeof(text), &verdict, "br0", true);
	assert_string_equal(text, "nft insert rule inet guard fwd iifname br0 oifname br0 accept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fates_are_judged),
		cmocka_unit_test(remedy_fits_the_firewall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/air_conf.h"

static struct air_rule assert_rule_valid(const char *text)
{
	struct air_rule rule;
	struct error error = {{0}};

	if (!air_rule_parse(&rule, text, &error))
		fail_msg("%s: %s", text, error.text);
	return rule;
}

static void every_keyword_is_read(void **state)
{
	struct air_rule rule = assert_rule_valid(
		"from=ap1, to=sta1\tboth loss=40% duplicate=1.5% reorder=0.1% reorder-by=7ms delay=2ms "
		"jitter=500us signal=-70dBm rate=54 deaf=yes");

	(void)state;
	assert_string_equal(rule.from, "ap1");
	assert_string_equal(rule.to, "sta1");
	assert_true(rule.both);
	assert_int_equal(rule.link.loss_ppm, 400000);
	assert_int_equal(rule.link.duplicate_ppm, 15000);
	assert_int_equal(rule.link.reorder_ppm, 1000);
	assert_int_equal(rule.link.reorder_ns, 7000000);
	assert_int_equal(rule.link.delay_ns, 2000000);
	assert_int_equal(rule.link.jitter_ns, 500000);
	assert_int_equal(rule.link.signal_dbm, -70);
	assert_int_equal(rule.link.rate_kbps, 54000);
	assert_true(rule.link.out_of_range);
	assert_int_equal(assert_rule_valid("loss=100%").link.loss_ppm, 1000000); /* exact fit */
	assert_int_equal(assert_rule_valid("delay=60s").link.delay_ns, UINT64_C(60000000000));
	assert_int_equal(assert_rule_valid("rate=5.5M").link.rate_kbps, 5500);
}

static void invalid_rules_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"", "sets no property"},      {"from=a to=b", "sets no property"},
		{"loss=5", "0% to 100%"},      {"loss=-1%", "0% to 100%"},
		{"loss=100.1%", "0% to 100%"}, {"loss=nan%", "0% to 100%"},
		{"loss=inf%", "0% to"},        {"delay=61s", "60 s"},
		{"delay=5", "500us"},          {"delay=5m", "500us"},
		{"signal=0", "-120"},          {"signal=-121", "-120"},
		{"rate=0.5", "1 to 10000"},    {"deaf=maybe", "yes or no"},
		{"loss", "needs a value"},     {"form=a loss=1%", "from"},
		{"xyzzy=1", "unknown word"},   {"from= loss=1%", "1 to 31"},
		{"both=yes", "both"},          {"from=\xff loss=1%", "1 to 31"},
		{"to=a* loss=1%", "1 to 31"},
	};
	struct air_rule rule;
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(air_rule_parse(&rule, bad[i].text, &error));
		if (!strstr(error.text, bad[i].message))
			fail_msg("%s: %s", bad[i].text, error.text);
	}
}

static void add_rule(struct air_rules *rules, const char *text)
{
	struct air_rule rule = assert_rule_valid(text);
	struct error error;

	assert_true(air_rules_add(rules, &rule, &error));
}

static void later_rules_extend_earlier_rules(void **state)
{
	struct air_rules *rules = calloc(1, sizeof(*rules));
	struct medium_link link;

	(void)state;
	assert_false(air_rules_resolve(rules, "a", "b", &link));
	assert_int_equal(link.loss_ppm, 0);
	add_rule(rules, "loss=10% delay=1ms");
	add_rule(rules, "from=a to=b loss=20%");
	add_rule(rules, "from=b loss=30% both");
	add_rule(rules, "to=c deaf=yes");
	assert_true(air_rules_resolve(rules, "a", "b", &link)); /* by `both` of the rule for b */
	assert_int_equal(link.loss_ppm, 300000);
	assert_int_equal(link.delay_ns, 1000000);
	assert_true(air_rules_resolve(rules, "a", "c", &link));
	assert_int_equal(link.loss_ppm, 100000);
	assert_true(link.out_of_range);
	assert_true(air_rules_resolve(rules, "c", "b", &link));
	assert_false(link.out_of_range);
	assert_false(air_rules_resolve(rules, "a", "d", &link));
	assert_int_equal(link.loss_ppm, 100000);
	assert_false(air_rules_resolve(rules, NULL, NULL, &link));
	assert_int_equal(link.loss_ppm, 100000);
	assert_false(link.out_of_range);
	assert_true(air_rules_has_receiver(rules, "c"));
	assert_false(air_rules_has_receiver(rules, "a"));
	assert_true(air_rules_has_radio(rules, "a"));
	assert_false(air_rules_has_radio(rules, "d"));
	/* `clear` discards earlier rules for the same names. */
	add_rule(rules, "from=b clear");
	assert_true(air_rules_resolve(rules, "a", "b", &link));
	assert_int_equal(link.loss_ppm, 200000);
	add_rule(rules, "clear signal=-50");
	assert_false(air_rules_resolve(rules, "a", "d", &link));
	assert_int_equal(link.loss_ppm, 0);
	assert_int_equal(link.signal_dbm, -50);
	free(rules);
}

static void reordering_has_a_default_delay(void **state)
{
	struct air_rules *rules = calloc(1, sizeof(*rules));
	struct medium_link link;

	(void)state;
	add_rule(rules, "reorder=1%");
	air_rules_resolve(rules, "a", "b", &link);
	assert_int_equal(link.reorder_ns, 5000000);
	free(rules);
}

static void rule_count_is_limited(void **state)
{
	struct air_rules *rules = calloc(1, sizeof(*rules));
	struct air_rule rule = assert_rule_valid("loss=1%");
	struct error error;

	(void)state;
	for (int i = 0; i < AIR_RULES_MAX; i++)
		add_rule(rules, "loss=1%");
	assert_false(air_rules_add(rules, &rule, &error));
	assert_non_null(strstr(error.text, "clear"));
	add_rule(rules, "clear loss=2%");
	assert_int_equal(rules->count, 1);
	free(rules);
}

static void rules_round_trip_as_text(void **state)
{
	static const char *const texts[] = {
		"from=* to=* loss=0.1%",
		"from=a to=b both loss=12.5% delay=1.5ms jitter=0.25ms signal=-77 rate=5.5 deaf=no",
	};
	char out[512];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct air_rule rule = assert_rule_valid(texts[i]);

		assert_int_equal(air_rule_format(&rule, out, sizeof(out)), (int)strlen(texts[i]));
		assert_string_equal(out, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_keyword_is_read),
		cmocka_unit_test(invalid_rules_are_refused),
		cmocka_unit_test(later_rules_extend_earlier_rules),
		cmocka_unit_test(reordering_has_a_default_delay),
		cmocka_unit_test(rule_count_is_limited),
		cmocka_unit_test(rules_round_trip_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/air_conf.h"

static struct air_rule good(const char *text)
{
	struct air_rule rule;
	struct why why = {{0}};

	if (!air_rule_read(&rule, text, &why))
		fail_msg("%s: %s", text, why.text);
	return rule;
}

static void all_words(void **state)
{
	struct air_rule r =
		good("from=ap1, to=sta1\tboth loss=40% duplicate=1.5% reorder=0.1% reorder-by=7ms delay=2ms "
		     "jitter=500us signal=-70dBm rate=54 deaf=yes");

	(void)state;
	assert_string_equal(r.from, "ap1");
	assert_string_equal(r.to, "sta1");
	assert_true(r.both);
	assert_int_equal(r.link.loss, 400000);
	assert_int_equal(r.link.duplicate, 15000);
	assert_int_equal(r.link.reorder, 1000);
	assert_int_equal(r.link.reorder_ns, 7000000);
	assert_int_equal(r.link.delay_ns, 2000000);
	assert_int_equal(r.link.jitter_ns, 500000);
	assert_int_equal(r.link.signal_dbm, -70);
	assert_int_equal(r.link.rate_kbps, 54000);
	assert_true(r.link.deaf);
	assert_int_equal(good("loss=100%").link.loss, 1000000); /* an exact fit is a fit */
	assert_int_equal(good("delay=60s").link.delay_ns, UINT64_C(60000000000));
	assert_int_equal(good("rate=5.5M").link.rate_kbps, 5500);
}

static void what_is_no_rule(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"", "says nothing"},          {"from=a to=b", "says nothing"},
		{"loss=5", "0% to 100%"},      {"loss=-1%", "0% to 100%"},
		{"loss=100.1%", "0% to 100%"}, {"loss=nan%", "0% to 100%"},
		{"loss=inf%", "0% to"},        {"delay=61s", "60 s"},
		{"delay=5", "500us"},          {"delay=5m", "500us"},
		{"signal=0", "-120"},          {"signal=-121", "-120"},
		{"rate=0.5", "1 to 10000"},    {"deaf=maybe", "yes or no"},
		{"loss", "needs a value"},     {"form=a loss=1%", "from"},
		{"xyzzy=1", "no word"},        {"from= loss=1%", "1 to 31"},
		{"both=yes", "both"},          {"from=\xff loss=1%", "1 to 31"},
		{"to=a* loss=1%", "1 to 31"},
	};
	struct air_rule rule;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(air_rule_read(&rule, bad[i].text, &why));
		if (!strstr(why.text, bad[i].says))
			fail_msg("%s: %s", bad[i].text, why.text);
	}
}

static void add(struct air_rules *rules, const char *text)
{
	struct air_rule rule = good(text);
	struct why why;

	assert_true(air_rules_add(rules, &rule, &why));
}

static void later_rules_add_to_earlier_ones(void **state)
{
	struct air_rules *rules = calloc(1, sizeof *rules);
	struct medium_link l;

	(void)state;
	assert_false(air_rules_link(rules, "a", "b", &l));
	assert_int_equal(l.loss, 0);
	add(rules, "loss=10% delay=1ms");
	add(rules, "from=a to=b loss=20%");
	add(rules, "from=b loss=30% both");
	add(rules, "to=c deaf=yes");
	assert_true(air_rules_link(rules, "a", "b", &l)); /* by `both` of b's */
	assert_int_equal(l.loss, 300000);
	assert_int_equal(l.delay_ns, 1000000);
	assert_true(air_rules_link(rules, "a", "c", &l));
	assert_int_equal(l.loss, 100000);
	assert_true(l.deaf);
	assert_true(air_rules_link(rules, "c", "b", &l));
	assert_false(l.deaf);
	assert_false(air_rules_link(rules, "a", "d", &l));
	assert_int_equal(l.loss, 100000);
	assert_false(air_rules_link(rules, NULL, NULL, &l));
	assert_int_equal(l.loss, 100000);
	assert_false(l.deaf);
	assert_true(air_rules_name(rules, "c"));
	assert_false(air_rules_name(rules, "a"));
	assert_true(air_rules_speak_of(rules, "a"));
	assert_false(air_rules_speak_of(rules, "d"));
	/* Void again. */
	add(rules, "from=b clear");
	assert_true(air_rules_link(rules, "a", "b", &l));
	assert_int_equal(l.loss, 200000);
	add(rules, "clear signal=-50");
	assert_false(air_rules_link(rules, "a", "d", &l));
	assert_int_equal(l.loss, 0);
	assert_int_equal(l.signal_dbm, -50);
	free(rules);
}

static void reordering_takes_some_time(void **state)
{
	struct air_rules *rules = calloc(1, sizeof *rules);
	struct medium_link l;

	(void)state;
	add(rules, "reorder=1%");
	air_rules_link(rules, "a", "b", &l);
	assert_int_equal(l.reorder_ns, 5000000);
	free(rules);
}

static void rules_have_an_end(void **state)
{
	struct air_rules *rules = calloc(1, sizeof *rules);
	struct air_rule rule = good("loss=1%");
	struct why why;

	(void)state;
	for (int i = 0; i < AIR_RULES_MAX; i++)
		add(rules, "loss=1%");
	assert_false(air_rules_add(rules, &rule, &why));
	assert_non_null(strstr(why.text, "clear"));
	add(rules, "clear loss=2%");
	assert_int_equal(rules->count, 1);
	free(rules);
}

static void as_text_and_back(void **state)
{
	static const char *const texts[] = {
		"from=* to=* loss=0.1%",
		"from=a to=b both loss=12.5% delay=1.5ms jitter=0.25ms signal=-77 rate=5.5 deaf=no",
	};
	char out[512];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct air_rule r = good(texts[i]);

		assert_int_equal(air_rule_text(&r, out, sizeof out), (int)strlen(texts[i]));
		assert_string_equal(out, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_words),
		cmocka_unit_test(what_is_no_rule),
		cmocka_unit_test(later_rules_add_to_earlier_ones),
		cmocka_unit_test(reordering_takes_some_time),
		cmocka_unit_test(rules_have_an_end),
		cmocka_unit_test(as_text_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/journal.h"

static void what_is_written_is_read(void **state)
{
	struct journal in = {.uplink = "wlp0s20f3", .bridge = "virbr-guests0"}, out;
	bool *const flags[] = {&in.made_bridge, &in.made_up, &in.made_allmulti, &in.made_qdisc};
	char text[JOURNAL_MAX];

	(void)state;
	for (unsigned set = 0; set < 16; set++) {
		for (unsigned i = 0; i < 4; i++)
			*flags[i] = set & 1u << i;
		journal_format(&in, text);
		assert_true(journal_parse(&out, text));
		assert_string_equal(out.uplink, in.uplink);
		assert_string_equal(out.bridge, in.bridge);
		assert_int_equal(out.made_bridge, in.made_bridge);
		assert_int_equal(out.made_up, in.made_up);
		assert_int_equal(out.made_allmulti, in.made_allmulti);
		assert_int_equal(out.made_qdisc, in.made_qdisc);
	}
}

static void the_line_is_as_documented(void **state)
{
	struct journal j = {
		.uplink = "wlan0", .bridge = "br0", .made_bridge = true, .made_allmulti = true, .made_qdisc = true};
	char text[JOURNAL_MAX];

	(void)state;
	journal_format(&j, text);
	assert_string_equal(text, "vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc");
	j.blink[j.n_blink++] = 7;
	j.blink[j.n_blink++] = 9;
	journal_format(&j, text);
	assert_string_equal(text, "vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc blink=7,9");
}

static void the_longest_fits(void **state)
{
	struct journal j = {.uplink = "123456789012345",
			    .bridge = "123456789012345",
			    .made_bridge = true,
			    .made_up = true,
			    .made_allmulti = true,
			    .made_qdisc = true};
	char text[JOURNAL_MAX];

	(void)state;
	struct journal out;
	for (size_t i = 0; i < JOURNAL_BLINK; i++)
		j.blink[j.n_blink++] = 999999999 - (int)i;
	journal_format(&j, text);
	assert_true(strlen(text) < JOURNAL_MAX - 1);
	assert_true(journal_parse(&out, text));
	assert_true(out.made_qdisc);
	assert_int_equal(out.n_blink, JOURNAL_BLINK);
	assert_memory_equal(out.blink, j.blink, sizeof(j.blink));
}

static void what_is_not_ours_is_left_alone(void **state)
{
	static const char *const lines[] = {"",
					    "my uplink",
					    "vifi-bridge 2 uplink=a bridge=b",
					    "vifi-bridge 1 ",
					    "vifi-bridge 1 uplink=wlan0",
					    "vifi-bridge 1 bridge=br0 made=bridge"};
	struct journal j;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_false(journal_parse(&j, lines[i]));
	assert_true(journal_parse(&j, "vifi-bridge 1 uplink=a new=thing bridge=b made=,allmulti,bridges,"));
	assert_true(j.made_allmulti);
	assert_false(j.made_bridge);
	assert_true(journal_parse(&j, "vifi-bridge 1 uplink=a bridge=b blink=7,-1,9"));
	assert_int_equal(j.n_blink, 1);
	assert_true(journal_parse(&j, "vifi-bridge 1 uplink=a bridge=b blink=1,2,3,4,5,6,7,8,9,10,11,12,13,14"));
	assert_int_equal(j.n_blink, JOURNAL_BLINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_line_is_as_documented),
		cmocka_unit_test(the_longest_fits),
		cmocka_unit_test(what_is_not_ours_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/journal.h"

static void written_entry_is_read_back(void **state)
{
	struct journal in = {.uplink = "wlp0s20f3", .bridge = "virbr-guests0"}, out;
	bool *const flags[] = {&in.made_bridge, &in.made_up, &in.made_allmulti, &in.made_qdisc};
	char text[JOURNAL_MAX];

	(void)state;
	for (unsigned set = 0; set < 16; set++) {
		for (unsigned i = 0; i < COUNT(flags); i++)
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

static void line_matches_documentation(void **state)
{
	struct journal journal = {
		.uplink = "wlan0", .bridge = "br0", .made_bridge = true, .made_allmulti = true, .made_qdisc = true};
	char text[JOURNAL_MAX];

	(void)state;
	journal_format(&journal, text);
	assert_string_equal(text, "vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc");
	journal.bounce_ports[journal.n_bounce_ports++] = 7;
	journal.bounce_ports[journal.n_bounce_ports++] = 9;
	journal_format(&journal, text);
	assert_string_equal(text, "vifi-bridge 1 uplink=wlan0 bridge=br0 made=bridge,allmulti,qdisc blink=7,9");
}

static void longest_entry_fits(void **state)
{
	struct journal journal = {.uplink = "123456789012345",
				  .bridge = "123456789012345",
				  .made_bridge = true,
				  .made_up = true,
				  .made_allmulti = true,
				  .made_qdisc = true};
	struct journal out;
	char text[JOURNAL_MAX];

	(void)state;
	for (size_t i = 0; i < JOURNAL_BOUNCE_MAX; i++)
		journal.bounce_ports[journal.n_bounce_ports++] = 999999999 - (int)i;
	journal_format(&journal, text);
	assert_true(strlen(text) < JOURNAL_MAX - 1);
	assert_true(journal_parse(&out, text));
	assert_true(out.made_qdisc);
	assert_int_equal(out.n_bounce_ports, JOURNAL_BOUNCE_MAX);
	assert_memory_equal(out.bounce_ports, journal.bounce_ports, sizeof(journal.bounce_ports));
}

static void foreign_lines_are_ignored(void **state)
{
	static const char *const lines[] = {"",
					    "my uplink",
					    "vifi-bridge 2 uplink=a bridge=b",
					    "vifi-bridge 1 ",
					    "vifi-bridge 1 uplink=wlan0",
					    "vifi-bridge 1 bridge=br0 made=bridge"};
	struct journal journal;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_false(journal_parse(&journal, lines[i]));
	assert_true(journal_parse(&journal, "vifi-bridge 1 uplink=a new=thing bridge=b made=,allmulti,bridges,"));
	assert_true(journal.made_allmulti);
	assert_false(journal.made_bridge);
	assert_true(journal_parse(&journal, "vifi-bridge 1 uplink=a bridge=b blink=7,-1,9"));
	assert_int_equal(journal.n_bounce_ports, 1);
	assert_true(journal_parse(&journal, "vifi-bridge 1 uplink=a bridge=b blink=1,2,3,4,5,6,7,8,9,10,11,12,13,14"));
	assert_int_equal(journal.n_bounce_ports, JOURNAL_BOUNCE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_entry_is_read_back),
		cmocka_unit_test(line_matches_documentation),
		cmocka_unit_test(longest_entry_fits),
		cmocka_unit_test(foreign_lines_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

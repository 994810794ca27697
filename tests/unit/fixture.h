/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the rules share: a trial in which a, b and c have been heard, made and unmade for each test. */
#ifndef VIFI_TESTS_FIXTURE_H
#define VIFI_TESTS_FIXTURE_H

#include "unit.h"

#include "trial.h"

static int set_up(void **state)
{
	static struct trial t;

	trial_init(&t);
	trial_hear_all(&t);
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	trial_end(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Where a frame goes; copy: as it came. */
#define assert_goes(t, destination, copied)                                      \
	do {                                                                     \
		assert_string_equal(drop_name((enum drop)(t)->w->drop), "none"); \
		assert_int_equal((t)->w->to, destination);                       \
		assert_int_equal((t)->w->copy, copied);                          \
	} while (0)
#define assert_drop(reason, name) assert_string_equal(drop_name(reason), name)
#define assert_dst(t, mac)        assert_memory_equal((t)->f.b, mac, 6)
#define assert_src(t, mac)        assert_memory_equal((t)->f.b + 6, mac, 6)

/* The frame is as it came behind its Ethernet addresses. */
#define assert_same_body(t)                                                           \
	do {                                                                          \
		assert_int_equal((t)->f.len, (t)->in.len);                            \
		assert_memory_equal((t)->f.b + 12, (t)->in.b + 12, (t)->in.len - 12); \
	} while (0)

#endif

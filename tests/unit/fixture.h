/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of the rules: a harness that has learned guests a, b and c, for each test. */
#ifndef VIFI_TESTS_FIXTURE_H
#define VIFI_TESTS_FIXTURE_H

#include "unit.h"

#include "harness.h"

static int set_up(void **state)
{
	static struct harness harness;

	harness_init(&harness);
	harness_learn_all(&harness);
	*state = &harness;
	return 0;
}

static int tear_down(void **state)
{
	harness_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Destinations of the edited frame and of the unmodified copy. */
#define assert_goes(t, destination, copied)                                            \
	do {                                                                           \
		assert_string_equal(drop_name((enum drop)(t)->verdict->drop), "none"); \
		assert_int_equal((t)->verdict->send_to, destination);                  \
		assert_int_equal((t)->verdict->copy_to, copied);                       \
	} while (0)
#define assert_drop(reason, name) assert_string_equal(drop_name(reason), name)
#define assert_dst(t, mac)        assert_memory_equal((t)->frame.bytes, mac, 6)
#define assert_src(t, mac)        assert_memory_equal((t)->frame.bytes + 6, mac, 6)

/* The frame is unchanged after its Ethernet addresses. */
#define assert_same_body(t)                                                                             \
	do {                                                                                            \
		assert_int_equal((t)->frame.len, (t)->input.len);                                       \
		assert_memory_equal((t)->frame.bytes + 12, (t)->input.bytes + 12, (t)->input.len - 12); \
	} while (0)

#endif

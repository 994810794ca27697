/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "rsn/countermeasures.h"

#define SECOND UINT64_C(1000000000)

/* 12.5.2.4.1: "less than 60 seconds". At time 0 as well. */
static void two_failures_within_60_s_stop_tkip_for_60_s(void **state)
{
	(void)state;
	for (uint64_t first = 0; first < 3 * SECOND; first += SECOND)
		for (uint64_t apart = 0; apart < 60 * SECOND; apart += SECOND - 1) {
			struct countermeasures c = {0};

			assert_false(countermeasures_failure(&c, first));
			assert_false(countermeasures_active(&c, first));
			assert_true(countermeasures_failure(&c, first + apart));
			assert_true(countermeasures_active(&c, first + apart));
			assert_true(countermeasures_active(&c, first + apart + 60 * SECOND - 1));
			assert_false(countermeasures_active(&c, first + apart + 60 * SECOND));
		}
}

static void failures_60_s_apart_stop_nothing(void **state)
{
	struct countermeasures c = {0};

	(void)state;
	for (uint64_t n = 0; n < 100; n++) {
		assert_false(countermeasures_failure(&c, n * 60 * SECOND));
		assert_false(countermeasures_active(&c, n * 60 * SECOND));
	}
	/* The last one counts for the next. */
	assert_true(countermeasures_failure(&c, 99 * 60 * SECOND + 59 * SECOND));
}

/* While they last, an attacker cannot make them last longer; afterwards two failures are needed again. */
static void failures_meanwhile_change_nothing(void **state)
{
	struct countermeasures c = {0};

	(void)state;
	countermeasures_failure(&c, 10 * SECOND);
	assert_true(countermeasures_failure(&c, 20 * SECOND));
	for (uint64_t t = 20; t < 80; t++)
		assert_false(countermeasures_failure(&c, t * SECOND));
	assert_int_equal(c.until_ns, 80 * SECOND);
	assert_false(countermeasures_failure(&c, 80 * SECOND));
	assert_false(countermeasures_active(&c, 80 * SECOND));
	assert_true(countermeasures_failure(&c, 81 * SECOND));
}

/* "Using TKIP as one or more of the ciphers": the group's counts too. */
static void tkip_for_the_group_is_concerned(void **state)
{
	struct rsn_suite s = {.pairwise = CIPHER_CCMP_128, .group = CIPHER_CCMP_128, .management = CIPHERS};

	(void)state;
	assert_false(countermeasures_concern(&s));
	s.group = CIPHER_TKIP;
	assert_true(countermeasures_concern(&s));
	s.pairwise = CIPHER_TKIP;
	assert_true(countermeasures_concern(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_failures_within_60_s_stop_tkip_for_60_s),
		cmocka_unit_test(failures_60_s_apart_stop_nothing),
		cmocka_unit_test(failures_meanwhile_change_nothing),
		cmocka_unit_test(tkip_for_the_group_is_concerned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

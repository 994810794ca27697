/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "rsn/countermeasures.h"

#define SECOND UINT64_C(1000000000)

/* 12.5.2.4.1: "less than 60 seconds". At time 0 as well. */
static void two_michael_failures_within_60_s_stop_tkip_for_60_s(void **state)
{
	(void)state;
	for (uint64_t first = 0; first < 3 * SECOND; first += SECOND)
		for (uint64_t apart = 0; apart < 60 * SECOND; apart += SECOND - 1) {
			struct countermeasures countermeasures = {0};

			assert_false(countermeasures_failure(&countermeasures, first));
			assert_false(countermeasures_active(&countermeasures, first));
			assert_true(countermeasures_failure(&countermeasures, first + apart));
			assert_true(countermeasures_active(&countermeasures, first + apart));
			assert_true(countermeasures_active(&countermeasures, first + apart + 60 * SECOND - 1));
			assert_false(countermeasures_active(&countermeasures, first + apart + 60 * SECOND));
		}
}

static void michael_failures_60_s_apart_have_no_effect(void **state)
{
	struct countermeasures countermeasures = {0};

	(void)state;
	for (uint64_t failures = 0; failures < 100; failures++) {
		assert_false(countermeasures_failure(&countermeasures, failures * 60 * SECOND));
		assert_false(countermeasures_active(&countermeasures, failures * 60 * SECOND));
	}
	/* The last failure counts for the next. */
	assert_true(countermeasures_failure(&countermeasures, 99 * 60 * SECOND + 59 * SECOND));
}

/* During countermeasures an attacker cannot extend them; afterwards two failures are needed again. */
static void failures_during_countermeasures_have_no_effect(void **state)
{
	struct countermeasures countermeasures = {0};

	(void)state;
	countermeasures_failure(&countermeasures, 10 * SECOND);
	assert_true(countermeasures_failure(&countermeasures, 20 * SECOND));
	for (uint64_t now = 20; now < 80; now++)
		assert_false(countermeasures_failure(&countermeasures, now * SECOND));
	assert_int_equal(countermeasures.until_ns, 80 * SECOND);
	assert_false(countermeasures_failure(&countermeasures, 80 * SECOND));
	assert_false(countermeasures_active(&countermeasures, 80 * SECOND));
	assert_true(countermeasures_failure(&countermeasures, 81 * SECOND));
}

/* "Using TKIP as one or more of the ciphers": also as the group cipher. */
static void countermeasures_include_group_tkip(void **state)
{
	struct rsn_suite suite = {
		.pairwise = CIPHER_CCMP_128, .group = CIPHER_CCMP_128, .group_management = CIPHER_NONE};

	(void)state;
	assert_false(countermeasures_apply_to(&suite));
	suite.group = CIPHER_TKIP;
	assert_true(countermeasures_apply_to(&suite));
	suite.pairwise = CIPHER_TKIP;
	assert_true(countermeasures_apply_to(&suite));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_michael_failures_within_60_s_stop_tkip_for_60_s),
		cmocka_unit_test(michael_failures_60_s_apart_have_no_effect),
		cmocka_unit_test(failures_during_countermeasures_have_no_effect),
		cmocka_unit_test(countermeasures_include_group_tkip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

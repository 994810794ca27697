/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "mlme/timers.h"

#define MANY 200

/* Set, moved and stopped at random: what comes first is always what a look at all of them says. */
static void first_timer_is_earliest(void **state)
{
	struct timer all[MANY] = {0};
	struct timers timers = {0};
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(timers_reserve(&timers, MANY), 0);
	assert_null(timers_first(&timers));
	for (int i = 0; i < 20000; i++) {
		struct timer *one = &all[(seed >> 33) % MANY];
		uint64_t earliest = UINT64_MAX;
		size_t set = 0;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if ((seed >> 40) % 3)
			timers_set(&timers, one, (seed >> 45) % 1000);
		else
			timers_stop(&timers, one);
		for (int k = 0; k < MANY; k++) {
			set += all[k].heap_index != 0;
			if (all[k].heap_index && all[k].at_ns < earliest)
				earliest = all[k].at_ns;
		}
		assert_int_equal(timers.count, set);
		assert_int_equal(timers_first(&timers) ? timers_first(&timers)->at_ns : UINT64_MAX, earliest);
	}
	timers_free(&timers);
}

static void timers_expire_in_order(void **state)
{
	struct timer all[MANY] = {0};
	struct timers timers = {0};
	uint64_t before = 0;

	(void)state;
	assert_int_equal(timers_reserve(&timers, MANY), 0);
	for (size_t i = 0; i < MANY; i++)
		timers_set(&timers, &all[i], i * 7919 % MANY);
	for (size_t i = 0; i < MANY; i++) {
		struct timer *one = timers_first(&timers);

		assert_true(one->at_ns >= before);
		before = one->at_ns;
		timers_stop(&timers, one);
	}
	assert_null(timers_first(&timers));
	timers_free(&timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_timer_is_earliest),
		cmocka_unit_test(timers_expire_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

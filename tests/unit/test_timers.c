/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "mlme/timers.h"

#define MANY 200

/* Set, moved and stopped at random: what comes first is always what a look at all of them says. */
static void the_first_is_the_earliest(void **state)
{
	struct timer all[MANY] = {0};
	struct timers t = {0};
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(timers_reserve(&t, MANY), 0);
	assert_null(timers_first(&t));
	for (int i = 0; i < 20000; i++) {
		struct timer *one = &all[(seed >> 33) % MANY];
		uint64_t earliest = UINT64_MAX;
		size_t set = 0;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if ((seed >> 40) % 3)
			timers_set(&t, one, (seed >> 45) % 1000);
		else
			timers_stop(&t, one);
		for (int k = 0; k < MANY; k++) {
			set += all[k].place != 0;
			if (all[k].place && all[k].at_ns < earliest)
				earliest = all[k].at_ns;
		}
		assert_int_equal(t.count, set);
		assert_int_equal(timers_first(&t) ? timers_first(&t)->at_ns : UINT64_MAX, earliest);
	}
	timers_free(&t);
}

static void they_come_in_order(void **state)
{
	struct timer all[MANY] = {0};
	struct timers t = {0};
	uint64_t before = 0;

	(void)state;
	assert_int_equal(timers_reserve(&t, MANY), 0);
	for (size_t i = 0; i < MANY; i++)
		timers_set(&t, &all[i], i * 7919 % MANY);
	for (size_t i = 0; i < MANY; i++) {
		struct timer *one = timers_first(&t);

		assert_true(one->at_ns >= before);
		before = one->at_ns;
		timers_stop(&t, one);
	}
	assert_null(timers_first(&t));
	timers_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_the_earliest),
		cmocka_unit_test(they_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

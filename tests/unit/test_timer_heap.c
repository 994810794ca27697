/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/timer_heap.h"

#define TIMER_COUNT 200

/* After random sets, moves and stops the first timer is the earliest of all that are set. */
static void first_timer_is_earliest(void **state)
{
	struct timer all[TIMER_COUNT] = {0};
	struct timer_heap heap = {0};
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(timer_heap_reserve(&heap, TIMER_COUNT), 0);
	assert_null(timer_heap_first(&heap));
	for (int i = 0; i < 20000; i++) {
		struct timer *one = &all[(seed >> 33) % TIMER_COUNT];
		uint64_t earliest = UINT64_MAX;
		size_t set = 0;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if ((seed >> 40) % 3)
			timer_heap_set(&heap, one, (seed >> 45) % 1000);
		else
			timer_heap_stop(&heap, one);
		for (int k = 0; k < TIMER_COUNT; k++) {
			set += all[k].heap_index != 0;
			if (all[k].heap_index && all[k].at_ns < earliest)
				earliest = all[k].at_ns;
		}
		assert_int_equal(heap.count, set);
		assert_int_equal(timer_heap_first(&heap) ? timer_heap_first(&heap)->at_ns : UINT64_MAX, earliest);
	}
	timer_heap_free(&heap);
}

static void timers_expire_in_order(void **state)
{
	struct timer all[TIMER_COUNT] = {0};
	struct timer_heap heap = {0};
	uint64_t before = 0;

	(void)state;
	assert_int_equal(timer_heap_reserve(&heap, TIMER_COUNT), 0);
	for (size_t i = 0; i < TIMER_COUNT; i++)
		timer_heap_set(&heap, &all[i], i * 7919 % TIMER_COUNT);
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		struct timer *one = timer_heap_first(&heap);

		assert_true(one->at_ns >= before);
		before = one->at_ns;
		timer_heap_stop(&heap, one);
	}
	assert_null(timer_heap_first(&heap));
	timer_heap_free(&heap);
}

static void equal_times_expire_in_the_order_of_setting(void **state)
{
	struct timer all[TIMER_COUNT] = {0};
	struct timer_heap heap = {0};

	(void)state;
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		assert_int_equal(timer_heap_reserve(&heap, heap.count + 1), 0);
		timer_heap_set(&heap, &all[i], 7);
	}
	timer_heap_set(&heap, &all[0], 7); /* set again: it moves to the end */
	for (size_t i = 1; i <= TIMER_COUNT; i++) {
		assert_ptr_equal(timer_heap_first(&heap), &all[i % TIMER_COUNT]);
		timer_heap_stop(&heap, &all[i % TIMER_COUNT]);
	}
	timer_heap_free(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_timer_is_earliest),
		cmocka_unit_test(timers_expire_in_order),
		cmocka_unit_test(equal_times_expire_in_the_order_of_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

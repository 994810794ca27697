/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user-space engine itself: its event queue and its tables. */
#include "fixture.h"

#include <string.h>

/* Learns `count` new addresses, each of which is one event. */
static void learn_many(struct harness *harness, unsigned count)
{
	uint8_t ip[4] = {10, 77, 0, 1};

	for (unsigned i = 0; i < count; i++) {
		ip[2] = (uint8_t)(i >> 8);
		ip[3] = (uint8_t)i;
		harness_learn4(harness, PORT_A, mac_a, ip);
	}
}

static unsigned drain_events(struct harness *harness)
{
	struct mn_event event;
	unsigned count = 0;

	while (mn_engine_event_pop(harness->engine, &event))
		count++;
	return count;
}

static void full_event_queue_reports_overflow_once(void **state)
{
	struct harness *harness = *state;

	drain_events(harness);
	assert_false(mn_engine_take_overflow(harness->engine));
	learn_many(harness, 1);
	assert_int_equal(drain_events(harness), 1);
	assert_false(mn_engine_take_overflow(harness->engine));
	learn_many(harness, MN_ENGINE_EVENTS + 44);
	assert_int_equal(drain_events(harness), MN_ENGINE_EVENTS);
	assert_true(mn_engine_take_overflow(harness->engine));
	assert_false(mn_engine_take_overflow(harness->engine));
	harness_learn4(harness, PORT_B, mac_b, (const uint8_t[]){10, 78, 0, 1});
	assert_int_equal(drain_events(harness), 1);
	assert_false(mn_engine_take_overflow(harness->engine));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(full_event_queue_reports_overflow_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

/* IPv6 with a hop-by-hop header and the longest payload: the packet ends beyond what 16 bits can count. */
static void longest_packet_with_extension_header_passes(void **state)
{
	enum { PAYLOAD = 65535, LEN = 14 + 40 + PAYLOAD };
	static const uint8_t extension[8] = {17, 0, 1, 4, 0, 0, 0, 0};
	struct harness *harness = *state;
	struct mn_frame frame = {.data = calloc(1, LEN), .len = LEN, .port = PORT_A};
	struct raw_frame head;

	assert_non_null(frame.data);
	put_ip6(&head, mac_router, mac_a, ip6_a, ip6_neighbour, 0, 64, extension, sizeof(extension));
	memcpy(frame.data, head.bytes, head.len);
	frame.data[14 + 4] = PAYLOAD >> 8;
	frame.data[14 + 5] = PAYLOAD & 0xff;
	mn_engine_config(harness->engine)->mtu = LEN - 14;
	assert_string_equal(
		drop_name((enum drop)mn_engine_run(harness->engine, MN_FROM_GUEST, &frame, harness->now, false)->drop),
		"none");
	frame.len--;
	assert_string_equal(
		drop_name((enum drop)mn_engine_run(harness->engine, MN_FROM_GUEST, &frame, harness->now, false)->drop),
		"truncated");
	free(frame.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(longest_packet_with_extension_header_passes),
		TEST(full_event_queue_reports_overflow_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

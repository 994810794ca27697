/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which events become lines: once, counted afterwards, and within the budget of a port. */
#include "unit.h"

#include "bridge/policy/event_log.h"

#define S     MN_NS_PER_SEC
#define START (1000 * S)

static struct event_log event_log;

static int fresh(void **state)
{
	(void)state;
	memset(&event_log, 0, sizeof(event_log));
	event_log_init(&event_log);
	return 0;
}

static struct mn_event ip4_event(uint16_t type, uint32_t port, uint8_t last)
{
	return (struct mn_event){.type = type,
				 .port = port,
				 .mac = {2, 0, 0, 0, 0, 1},
				 .key = {.family = MN_IP4, .addr = {192, 0, 2, last}}};
}

static void kinds_of_events(void **state)
{
	const struct {
		uint16_t type;
		uint8_t family;
		enum event_log_kind kind;
	} rows[] = {
		{MN_EV_LEARNED, MN_IP4, EVENT_LOG_NEWS},      {MN_EV_LEARNED, MN_MAC, EVENT_LOG_NEWS},
		{MN_EV_LEARNED, MN_PPPOE, EVENT_LOG_NOTHING}, {MN_EV_MOVED, MN_MAC, EVENT_LOG_NEWS},
		{MN_EV_MOVED, MN_IP4, EVENT_LOG_NOTHING},     {MN_EV_TAKEN, MN_IP6, EVENT_LOG_NEWS},
		{MN_EV_CONTEST, MN_IP4, EVENT_LOG_NOTHING},   {MN_EV_REFUSED, MN_ETHERTYPE, EVENT_LOG_WARNING},
		{MN_EV_CONFLICT, MN_IP4, EVENT_LOG_WARNING},  {MN_EV_STATION, MN_MAC, EVENT_LOG_WARNING},
		{MN_EV_EVICTED, MN_IP6, EVENT_LOG_WARNING},   {MN_EV_FORGOTTEN, MN_IP4, EVENT_LOG_NEWS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_event event = {.type = rows[i].type, .port = 7, .key.family = rows[i].family};

		assert_int_equal(event_log_kind(&event), rows[i].kind);
	}
}

static void link_local_addresses_are_no_news(void **state)
{
	struct mn_event event = {.type = MN_EV_LEARNED, .port = 7, .key = {.family = MN_IP6, .addr = {0xfe, 0xbf}}};

	(void)state;
	assert_int_equal(event_log_kind(&event), EVENT_LOG_NOTHING);
	event.key.addr[1] = 0xc0;
	assert_int_equal(event_log_kind(&event), EVENT_LOG_NEWS);
}

static void bridge_itself_is_no_guest(void **state)
{
	struct mn_event event = {.type = MN_EV_LEARNED, .key.family = MN_MAC};

	(void)state;
	assert_int_equal(event_log_kind(&event), EVENT_LOG_NOTHING);
	event.port = 7;
	assert_int_equal(event_log_kind(&event), EVENT_LOG_NEWS);
}

static void same_event_is_one_line_in_an_hour(void **state)
{
	struct mn_event event = ip4_event(MN_EV_LEARNED, 7, 1), other = ip4_event(MN_EV_LEARNED, 7, 2);

	(void)state;
	assert_true(event_log_take(&event_log, &event, START));
	assert_false(event_log_take(&event_log, &event, START + 3599 * S));
	assert_true(event_log_take(&event_log, &other, START + 3599 * S));
	assert_true(event_log_take(&event_log, &event, START + 3600 * S));
}

static void refusals_for_one_reason_are_one_line_and_a_count(void **state)
{
	struct mn_event event, counted;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		event = ip4_event(MN_EV_REFUSED, 7, (uint8_t)i);
		assert_int_equal(event_log_take(&event_log, &event, START + i), i == 0);
	}
	event.reason = 1; /* another reason */
	assert_true(event_log_take(&event_log, &event, START + S));
	assert_int_equal(event_log_next_count(&event_log, START + 599 * S, &counted), 0);
	assert_int_equal(event_log_next_count(&event_log, START + 600 * S, &counted), 199);
	assert_int_equal(counted.key.addr[3], 0);
	assert_int_equal(event_log_next_count(&event_log, START + 600 * S, &counted), 0);
}

static void repeated_news_is_not_counted(void **state)
{
	struct mn_event event = ip4_event(MN_EV_TAKEN, 7, 1), counted;

	(void)state;
	event_log_take(&event_log, &event, START);
	event_log_take(&event_log, &event, START);
	assert_int_equal(event_log_next_count(&event_log, START + 900 * S, &counted), 0);
}

/* Forged MAC and IP addresses: the port has its burst, one line in half a minute, and one count in ten minutes. */
static void hostile_port_cannot_flood(void **state)
{
	unsigned lines = 0, counts = 0;
	uint64_t left_out = 0, forged = 0;
	uint32_t port = 0;
	struct mn_event event;

	(void)state;
	for (uint64_t now = START; now < START + 3600 * S; now += S / 10, forged++) {
		uint64_t count;

		event = ip4_event(MN_EV_LEARNED, 7, (uint8_t)forged);
		event.mac[5] = (uint8_t)(forged >> 8);
		event.mac[4] = (uint8_t)(forged >> 16);
		lines += event_log_take(&event_log, &event, now);
		while ((count = event_log_next_left_out(&event_log, now, &port))) {
			left_out += count;
			counts++;
			assert_int_equal(port, 7);
		}
	}
	assert_uint_in_range(lines, EVENT_LOG_BURST, EVENT_LOG_BURST + 3600 / EVENT_LOG_SECONDS);
	assert_uint_in_range(counts, 4, 6);
	assert_uint_in_range(left_out + lines, forged - 6100, forged);
	event = ip4_event(MN_EV_LEARNED, 8, 1);
	assert_true(event_log_take(&event_log, &event, START + 3600 * S));
}

/* A flood of news leaves room for a warning about the same port. */
static void news_does_not_displace_warnings(void **state)
{
	struct mn_event event;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		event = ip4_event(MN_EV_LEARNED, 7, (uint8_t)i);
		event_log_take(&event_log, &event, START);
	}
	event = ip4_event(MN_EV_REFUSED, 7, 1);
	assert_true(event_log_take(&event_log, &event, START));
}

static void counts_are_charged_to_the_port(void **state)
{
	struct mn_event event, counted;
	unsigned lines = 0;

	(void)state;
	/* 240 forged guests are refused twice each: twelve hours, so that all of them have a line. */
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 240; i++) {
			event = ip4_event(MN_EV_REFUSED, 7, 1);
			event.mac[5] = (uint8_t)i;
			event_log_take(&event_log, &event, START + (uint64_t)round + i * S);
		}
	while (event_log_next_count(&event_log, START + 1000 * S, &counted))
		lines++;
	assert_uint_in_range(lines, 1, EVENT_LOG_BURST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kinds_of_events, fresh),
		cmocka_unit_test_setup(link_local_addresses_are_no_news, fresh),
		cmocka_unit_test_setup(bridge_itself_is_no_guest, fresh),
		cmocka_unit_test_setup(same_event_is_one_line_in_an_hour, fresh),
		cmocka_unit_test_setup(refusals_for_one_reason_are_one_line_and_a_count, fresh),
		cmocka_unit_test_setup(repeated_news_is_not_counted, fresh),
		cmocka_unit_test_setup(hostile_port_cannot_flood, fresh),
		cmocka_unit_test_setup(news_does_not_displace_warnings, fresh),
		cmocka_unit_test_setup(counts_are_charged_to_the_port, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

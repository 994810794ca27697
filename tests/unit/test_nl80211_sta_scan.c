/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans of a station over nl80211. */
#include "nl80211_sta_world.h"

#include <errno.h>

static void scan(struct world *world, const uint16_t *freqs, size_t count, const struct plane_ssid *ssids,
		 size_t ssid_count)
{
	plane_actions_add(&world->actions, PLANE_SCAN)->scan =
		(struct plane_scan){.freqs = freqs, .freq_count = count, .ssids = ssids, .ssid_count = ssid_count};
	apply(world);
}

static void scan_has_parts(void **state)
{
	static const uint16_t freqs[] = {2412, 2437, 2462, 2417, 2422, 2427, 2432, 5180, 5200};
	struct world *world = *state;
	struct nlattr *nest;

	scan(world, freqs, COUNT(freqs), NULL, 0);
	nest = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 3), 2462);
	assert_null(nested_attribute(nest, 4));
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 10);
	assert_int_equal(expect_event(world, PLANE_EVENT_MANAGEMENT)->frame->meta.signal_dbm, -42);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_CHANNEL);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	nest = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 2417);
	assert_u32(nested_attribute(nest, 4), 2432);
	assert_null(nested_attribute(nest, 5));
}

static void scan_leaves_out_disabled_channels(void **state)
{
	static const uint16_t freqs[] = {5180, 5200, 5955}, disabled[] = {5200};
	struct world *world = *state;
	struct nlattr *nest;

	scan(world, freqs, COUNT(freqs), NULL, 0);
	nest = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 5180);
	assert_null(nested_attribute(nest, 2));
	scan(world, disabled, COUNT(disabled), NULL, 0);
	expect(world, NL80211_CMD_ABORT_SCAN);
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_DONE);
	expect_no_request(world);
}

/* The driver takes two SSIDs, of which one is the wildcard: each name has its turn. */
static void hidden_names_take_turns(void **state)
{
	static const uint16_t freqs[] = {2412};
	static const struct plane_ssid ssids[] = {{"one", 3}, {"two", 3}};
	struct world *world = *state;
	struct nlattr *nest;

	for (size_t i = 0; i < 3; i++) {
		scan(world, freqs, 1, ssids, COUNT(ssids));
		if (i)
			expect(world, NL80211_CMD_ABORT_SCAN);
		nest = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_SSIDS);
		assert_int_equal(nla_len(nested_attribute(nest, 1)), 0);
		assert_bytes(nested_attribute(nest, 2), ssids[i % 2].bytes, 3);
	}
}

/* Another program scans: its results serve, too. */
static void busy_scan_waits_for_the_results_of_others(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world *world = *state;

	scan(world, freqs, 1, NULL, 0);
	expect(world, NL80211_CMD_TRIGGER_SCAN);
	assert_true(answer(world, -EBUSY));
	expect_no_event(world);
	world->now_ns = nl80211_sta_deadline(world->sta);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect(world, NL80211_CMD_TRIGGER_SCAN);
	assert_true(answer(world, -EBUSY));
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 10000);
	expect_event(world, PLANE_EVENT_SCANNED); /* without what was seen long ago */
}

static void lost_scan_ends(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world *world = *state;

	scan(world, freqs, 1, NULL, 0);
	expect(world, NL80211_CMD_TRIGGER_SCAN);
	answer(world, 0);
	world->now_ns = nl80211_sta_deadline(world->sta);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect_event(world, PLANE_EVENT_SCANNED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(scan_has_parts),          CASE(scan_leaves_out_disabled_channels),
		CASE(hidden_names_take_turns), CASE(busy_scan_waits_for_the_results_of_others),
		CASE(lost_scan_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

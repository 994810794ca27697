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

static enum mgmt_subtype heard_subtype(struct world *world)
{
	const struct frame *frame = expect_event(world, PLANE_EVENT_MANAGEMENT)->frame;
	struct mgmt mgmt;

	assert_int_equal(frame->meta.signal_dbm, -42);
	assert_int_equal(mgmt_parse(&mgmt, frame->data, frame->len), NOT_DROPPED);
	return mgmt.subtype;
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
	/* The beacon has no SSID, and the kernel may have kept it for too long: the probe response decides. */
	assert_int_equal(heard_subtype(world), MGMT_BEACON);
	assert_int_equal(heard_subtype(world), MGMT_PROBE_RESPONSE);
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_CHANNEL);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	nest = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 2417);
	assert_u32(nested_attribute(nest, 4), 2432);
	assert_null(nested_attribute(nest, 5));
	/* A newer beacon with the SSID decides. */
	world->beacon_is_newer = true;
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 10);
	assert_int_equal(heard_subtype(world), MGMT_PROBE_RESPONSE);
	assert_int_equal(world->event.heard_ns, world->now_ns - 10000); /* its TSF is 10 us older than the beacon's */
	assert_int_equal(heard_subtype(world), MGMT_BEACON);
}

/* By the clock that counts suspensions, too, or by the age, whose last 10 ms are uncertain. */
static void result_has_the_time_at_which_it_was_heard(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world *world = *state;

	world->now_ns = UINT64_C(50000000000);
	nl80211_sta_set_suspended(world->sta, 7000);
	for (int exact = 0; exact < 2; exact++) {
		world->seen_boottime_ns = exact ? world->now_ns + 7000 - 123456789 : 0;
		scan(world, freqs, 1, NULL, 0);
		expect(world, NL80211_CMD_TRIGGER_SCAN);
		assert_true(answer(world, 0));
		happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
		expect(world, NL80211_CMD_GET_SCAN);
		answer_results(world, 120);
		expect_event(world, PLANE_EVENT_MANAGEMENT); /* the beacon, which is 5 us older */
		assert_int_equal(world->event.heard_ns, world->now_ns - (exact ? 123456789 : 110000000) - 5000);
		expect_event(world, PLANE_EVENT_MANAGEMENT);
		assert_int_equal(world->event.heard_ns, world->now_ns - (exact ? 123456789 : 110000000));
		expect_event(world, PLANE_EVENT_SCANNED);
	}
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

/* One access point is asked by its name only; elements and the address are the user's. */
static void probes_are_as_the_user_says(void **state)
{
	static const uint16_t freqs[] = {2412};
	static const struct plane_ssid ssids[] = {{"one", 3}};
	static const uint8_t elements[] = {0xdd, 3, 1, 2, 3};
	struct plane_probes probes = {.elements = {elements, sizeof(elements)},
				      .random_address = true,
				      .addr = {2, 1, 2, 3, 4, 5},
				      .mask = {0xff, 0xff, 0xff}};
	struct plane_scan plan = {.freqs = freqs, .freq_count = 1, .ssids = ssids, .ssid_count = 1, .probes = &probes};
	struct world *world = *state;
	const struct nl80211_request *request;
	struct nlattr *nest;

	world->wiphy.features |= NL80211_FEATURE_SCAN_RANDOM_MAC_ADDR;
	world->wiphy.scan_ie_max = sizeof(elements);
	plan.bssid = probes.addr;
	plane_actions_add(&world->actions, PLANE_SCAN)->scan = plan;
	apply(world);
	request = expect(world, NL80211_CMD_TRIGGER_SCAN);
	nest = request_attribute(request, NL80211_ATTR_SCAN_SSIDS);
	assert_bytes(nested_attribute(nest, 1), "one", 3);
	assert_bytes(request_attribute(request, NL80211_ATTR_BSSID), probes.addr, 6);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC), probes.addr, 6);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC_MASK), probes.mask, 6);
	assert_bytes(request_attribute(request, NL80211_ATTR_IE), elements, sizeof(elements));
	probes.random_address = false;
	plan.bssid = NULL;
	plane_actions_add(&world->actions, PLANE_SCAN)->scan = plan;
	apply(world);
	expect(world, NL80211_CMD_ABORT_SCAN);
	request = expect(world, NL80211_CMD_TRIGGER_SCAN);
	assert_int_equal(nla_len(nested_attribute(request_attribute(request, NL80211_ATTR_SCAN_SSIDS), 1)), 0);
	assert_u32(request_attribute(request, NL80211_ATTR_SCAN_FLAGS), NL80211_SCAN_FLAG_FLUSH);
	assert_null(request_attribute(request, NL80211_ATTR_MAC));
	assert_null(request_attribute(request, NL80211_ATTR_BSSID));
}

/* Another program scans: its results serve, too. Ours follows: that one may have had other channels and names. */
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
	/* without what was seen long ago */
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_CHANNEL);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect(world, NL80211_CMD_TRIGGER_SCAN);
	assert_true(answer(world, 0));
	happen(world, message_new(NL80211_CMD_TRIGGER_SCAN));
	expect_no_event(world);
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 10000);
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_DONE);
}

static void scan_of_another_program_is_reported(void **state)
{
	struct world *world = *state;

	happen(world, message_new(NL80211_CMD_TRIGGER_SCAN));
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_FOREIGN);
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 10000);
	assert_int_equal(expect_event(world, PLANE_EVENT_SCANNED)->scan_status, PLANE_SCAN_DONE);
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

/* ---- scheduled scans ---- */

static const uint16_t schedule_freqs[] = {2412, 5200, 2437};
static const struct plane_ssid home_and_office[] = {{"home", 4}, {"office", 6}};

static void schedule(struct world *world, size_t network_count, size_t ssid_count)
{
	static const struct plane_probes probes = {.random_address = true};

	plane_actions_add(&world->actions, PLANE_SCHEDULE)->schedule =
		(struct plane_schedule){.freqs = schedule_freqs,
					.freq_count = COUNT(schedule_freqs),
					.ssids = home_and_office,
					.ssid_count = ssid_count,
					.networks = home_and_office,
					.network_count = network_count,
					.probes = &probes};
	apply(world);
}

/* A driver like iwlwifi: 20 SSIDs, 11 match sets, two plans. */
static void begin_schedule(struct world *world)
{
	world->wiphy.schedule_ssids_max = 20;
	world->wiphy.schedule_matches_max = 11;
	world->wiphy.schedule_plans_max = 2;
	world->wiphy.schedule_interval_max_s = 65535;
	world->wiphy.schedule_iterations_max = 254;
	schedule(world, 2, 1);
	expect(world, NL80211_CMD_START_SCHED_SCAN);
}

static void end_schedule_by_joining(struct world *world)
{
	begin_schedule(world);
	answer(world, 0);
	plane_actions_add(&world->actions, PLANE_LINK)->link = (struct plane_link){.freq_mhz = 2437};
	apply(world);
	expect(world, NL80211_CMD_STOP_SCHED_SCAN);
	answer(world, 0);
}

static enum plane_schedule_status expect_schedule_event(struct world *world)
{
	return expect_event(world, PLANE_EVENT_SCHEDULE)->schedule_status;
}

static void schedule_names_channels_networks_and_plans(void **state)
{
	/* As recorded of `iw scan sched_start scan_plans 10:6 20 matches ssid home` (iw 5.19, nlmon). */
	static const uint8_t match[] = {8, 0, 1, 0, 'h', 'o', 'm', 'e'},
			     first_plan[] = {8, 0, 1, 0, 10, 0, 0, 0, 8, 0, 2, 0, 6, 0, 0, 0},
			     last_plan[] = {8, 0, 1, 0, 20, 0, 0, 0};
	struct world *world = *state;
	const struct nl80211_request *request = &world->request;
	struct nlattr *nest;

	begin_schedule(world);
	assert_true(request->owner_socket);
	assert_non_null(request_attribute(request, NL80211_ATTR_SOCKET_OWNER));
	nest = request_attribute(request, NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(nest, 1), 2412);
	assert_u32(nested_attribute(nest, 2), 2437); /* 5200 is disabled */
	assert_null(nested_attribute(nest, 3));
	nest = request_attribute(request, NL80211_ATTR_SCAN_SSIDS);
	assert_int_equal(nla_len(nested_attribute(nest, 1)), 0);
	assert_bytes(nested_attribute(nest, 2), "home", 4);
	nest = request_attribute(request, NL80211_ATTR_SCHED_SCAN_MATCH);
	assert_bytes(nested_attribute(nest, 1), match, sizeof(match));
	assert_bytes(nested_attribute(nested_attribute(nest, 2), NL80211_SCHED_SCAN_MATCH_ATTR_SSID), "office", 6);
	nest = request_attribute(request, NL80211_ATTR_SCHED_SCAN_PLANS);
	assert_bytes(nested_attribute(nest, 1), first_plan, sizeof(first_plan));
	assert_bytes(nested_attribute(nest, 2), last_plan, sizeof(last_plan));
	assert_null(request_attribute(request, NL80211_ATTR_SCHED_SCAN_INTERVAL));
	assert_null(request_attribute(request, NL80211_ATTR_SCAN_FLAGS));
}

/* One interval only, fewer match sets than networks, random addresses. */
static void schedule_has_what_the_driver_can(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request = &world->request;

	world->wiphy.schedule_ssids_max = world->wiphy.schedule_matches_max = world->wiphy.schedule_plans_max = 1;
	world->wiphy.features = NL80211_FEATURE_SCHED_SCAN_RANDOM_MAC_ADDR;
	schedule(world, 2, 0);
	expect(world, NL80211_CMD_START_SCHED_SCAN);
	assert_u32(request_attribute(request, NL80211_ATTR_SCHED_SCAN_INTERVAL), 10000);
	assert_null(request_attribute(request, NL80211_ATTR_SCHED_SCAN_PLANS));
	assert_null(request_attribute(request, NL80211_ATTR_SCHED_SCAN_MATCH));
	assert_u32(request_attribute(request, NL80211_ATTR_SCAN_FLAGS), NL80211_SCAN_FLAG_RANDOM_ADDR);
	/* it would not probe the hidden network */
	schedule(world, 2, 1);
	expect(world, NL80211_CMD_STOP_SCHED_SCAN);
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_REFUSED);
	expect_no_request(world);
}

static void results_of_a_schedule_are_reported(void **state)
{
	struct world *world = *state;

	begin_schedule(world);
	assert_true(answer(world, 0));
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_RESULTS));
	assert_true(expect(world, NL80211_CMD_GET_SCAN)->dump);
	answer_results(world, 900);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_FOUND);
	/* it goes on; what was heard long ago is nothing new */
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_RESULTS));
	expect(world, NL80211_CMD_GET_SCAN);
	answer_results(world, 60000);
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_FOUND);
	expect_no_event(world);
}

/* Before it connects, and before it scans itself, of which control learns. The kernel then reports an end that is known. */
static void schedule_ends_before_joining_and_before_a_scan(void **state)
{
	static const uint16_t freqs[] = {2412};
	struct world *world = *state;

	end_schedule_by_joining(world);
	expect_no_event(world);
	begin_schedule(world);
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_STOPPED)); /* of the first one */
	expect_no_event(world);
	scan(world, freqs, 1, NULL, 0);
	expect(world, NL80211_CMD_STOP_SCHED_SCAN);
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_STOPPED));
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_ENDED);
	expect_no_event(world);
	expect(world, NL80211_CMD_TRIGGER_SCAN);
}

static void end_by_the_driver_is_reported(void **state)
{
	struct world *world = *state;

	begin_schedule(world);
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_STOPPED));
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_ENDED);
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_RESULTS));
	expect_no_request(world);
	begin_schedule(world);
	assert_true(answer(world, -EINPROGRESS)); /* of another program */
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_ENDED);
	begin_schedule(world);
	assert_false(answer(world, -EOPNOTSUPP));
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_REFUSED);
}

/* When events were lost, the end of our own stop may be among them. The next end is not that. */
static void lost_end_of_ours_hides_no_later_one(void **state)
{
	struct world *world = *state;

	end_schedule_by_joining(world);
	nl80211_sta_resync(world->sta, &world->out);
	expect_no_request(world);
	begin_schedule(world);
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_SCHED_SCAN_STOPPED));
	assert_int_equal(expect_schedule_event(world), PLANE_SCHEDULE_ENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(scan_has_parts),
		CASE(scan_leaves_out_disabled_channels),
		CASE(result_has_the_time_at_which_it_was_heard),
		CASE(hidden_names_take_turns),
		CASE(probes_are_as_the_user_says),
		CASE(busy_scan_waits_for_the_results_of_others),
		CASE(scan_of_another_program_is_reported),
		CASE(lost_scan_ends),
		CASE(schedule_names_channels_networks_and_plans),
		CASE(schedule_has_what_the_driver_can),
		CASE(results_of_a_schedule_are_reported),
		CASE(schedule_ends_before_joining_and_before_a_scan),
		CASE(end_by_the_driver_is_reported),
		CASE(lost_end_of_ours_hides_no_later_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

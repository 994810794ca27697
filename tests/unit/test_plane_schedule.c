/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scheduled scans: when a station has its plane look for the networks, and what it does with what the plane reports. */
#include "plane_pair.h"

/* The network is out of range, and the plane can look for it. */
static struct pair *begin(bool schedules)
{
	struct pair *pair = pair_new();

	pair->sta_plane.schedules_scans = schedules;
	pair->out_of_range = true;
	pair_start(pair);
	assert_false(pair_is_connected(pair));
	return pair;
}

static void report(struct pair *pair, enum plane_schedule_status status)
{
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SCHEDULE, .schedule_status = status});
	pair_carry_out(pair);
}

static void report_beacon(struct pair *pair)
{
	pair->beacon->meta.freq_mhz = FREQ_MHZ;
	pair->beacon->meta.signal_dbm = -40;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = pair->beacon});
}

/* Until the station has its plane look for the network. Returns the number of its own scans before. */
static unsigned run_to_schedule(struct pair *pair)
{
	for (int i = 0; i < 100 && !log_count(&pair->at_sta, 0, PLANE_SCHEDULE); i++)
		pair_run(pair, SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCHEDULE), 1);
	return log_count(&pair->at_sta, 0, PLANE_SCAN);
}

static const struct plane_schedule *last_schedule(const struct pair *pair)
{
	size_t at = LOG_MAX;

	for (size_t i = 0; i < pair->at_sta.count; i++)
		if (pair->at_sta.log[i].action.kind == PLANE_SCHEDULE)
			at = i;
	assert_int_not_equal(at, LOG_MAX);
	return &pair->at_sta.log[at].action.schedule;
}

static void network_that_comes_later_is_joined(void **state)
{
	struct pair *pair = begin(true);
	const struct plane_schedule *schedule;

	(void)state;
	assert_int_equal(run_to_schedule(pair), 2);
	schedule = last_schedule(pair);
	assert_true(schedule->freq_count);
	assert_int_equal(schedule->network_count, 1);
	assert_int_equal(schedule->networks[0].len, pair->network.ssid_len);
	assert_memory_equal(schedule->networks[0].bytes, pair->network.ssid, pair->network.ssid_len);
	assert_int_equal(schedule->ssid_count, 0);
	pair_run(pair, 60 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 2);
	/* something else of that name: the schedule goes on */
	report(pair, PLANE_SCHEDULE_FOUND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCHEDULE), 1);
	report_beacon(pair);
	report(pair, PLANE_SCHEDULE_FOUND);
	pair_run(pair, SECOND);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 2);
	assert_int_equal(last_schedule(pair)->freq_count, 0);
	assert_true(log_find(&pair->at_sta, 0, PLANE_LINK) < LOG_MAX);
	pair_free(pair);
}

static void plane_that_cannot_is_not_asked(void **state)
{
	struct pair *pair = begin(false);

	(void)state;
	pair_run(pair, 120 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCHEDULE), 0);
	assert_true(log_count(&pair->at_sta, 0, PLANE_SCAN) > 5);
	pair_free(pair);
}

static void refused_schedule_is_not_repeated(void **state)
{
	struct pair *pair = begin(true);
	unsigned scans = run_to_schedule(pair);

	(void)state;
	report(pair, PLANE_SCHEDULE_REFUSED);
	pair_run(pair, 120 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCHEDULE), 1);
	assert_true(log_count(&pair->at_sta, 0, PLANE_SCAN) > scans + 4);
	pair_free(pair);
}

/* The station scans itself, and then has the plane look again. */
static void ended_schedule_begins_anew(void **state)
{
	struct pair *pair = begin(true);
	unsigned scans = run_to_schedule(pair);

	(void)state;
	report(pair, PLANE_SCHEDULE_ENDED);
	pair_run(pair, 31 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), scans + 1);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCHEDULE), 2);
	assert_true(last_schedule(pair)->freq_count);
	pair_free(pair);
}

/* A driver may miss the network, or not look at all. */
static void station_scans_at_times_itself(void **state)
{
	struct pair *pair = begin(true);
	unsigned scans = run_to_schedule(pair);

	(void)state;
	pair->out_of_range = false;
	pair_run(pair, 115 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), scans);
	pair_run(pair, 10 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), scans + 1);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

static void hidden_networks_are_probed(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->sta_plane.schedules_scans = pair->out_of_range = true;
	pair->network.scan_ssid = true;
	pair_start(pair);
	run_to_schedule(pair);
	assert_int_equal(last_schedule(pair)->ssid_count, 1);
	assert_memory_equal(last_schedule(pair)->ssids[0].bytes, pair->network.ssid, pair->network.ssid_len);
	pair_free(pair);
}

static void disconnected_user_ends_it(void **state)
{
	struct pair *pair = begin(true);
	const struct sta_request request = {.kind = STA_REQUEST_DISCONNECT};

	(void)state;
	run_to_schedule(pair);
	sta_request(pair->sta, &request, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	assert_int_equal(last_schedule(pair)->freq_count, 0);
	report_beacon(pair);
	report(pair, PLANE_SCHEDULE_FOUND);
	pair_run(pair, SECOND);
	assert_false(pair_is_connected(pair));
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(network_that_comes_later_is_joined), cmocka_unit_test(plane_that_cannot_is_not_asked),
		cmocka_unit_test(refused_schedule_is_not_repeated),   cmocka_unit_test(ended_schedule_begins_anew),
		cmocka_unit_test(station_scans_at_times_itself),      cmocka_unit_test(hidden_networks_are_probed),
		cmocka_unit_test(disconnected_user_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

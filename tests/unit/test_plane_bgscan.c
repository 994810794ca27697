/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bgscan: what its value means, and when a connected station scans. On a plane that reports only the signal. */
#include "plane_pair.h"

#include "conf/bgscan.h"

static void values_are_read(void **state)
{
	static const struct {
		const char *value;
		bool ok, remark;
		struct sta_bgscan bgscan;
	} cases[] = {
		{"\"simple:30:-45:300\"", true, false, {30, 300, -45, 0}},
		{"\"simple:30:-45:300:2\"", true, false, {30, 300, -45, 2}},
		{"\"simple:30:-45:300:x\"", false, false, {0, 0, 0, 0}},
		{"\"simple:7\"", true, false, {7, 30, 0, 0}},
		{"\"simple\"", true, false, {30, 30, 0, 0}},
		{"\"simple:0:-70:0\"", true, false, {30, 30, -70, 0}},
		{"\"learn:30:-45:300:/tmp/file\"", true, true, {30, 300, -45, 0}},
		{"\"\"", true, false, {0, 0, 0, 0}},
		{"\"other:1\"", true, true, {0, 0, 0, 0}},
		{"\"simple:30:-45\"", true, true, {0, 0, 0, 0}},
		{"\"learn:30:-45\"", true, true, {0, 0, 0, 0}},
		{"\"simple:30:-45:\"", true, false, {30, 30, -45, 0}},
		{"\"simple:30:45:300\"", false, false, {0, 0, 0, 0}},
		{"\"simple:30:-200:300\"", false, false, {0, 0, 0, 0}},
		{"\"simple:-1:-45:300\"", false, false, {0, 0, 0, 0}},
		{"\"simple:30:-45:300x\"", false, false, {0, 0, 0, 0}},
		{"\"simplest\"", false, false, {0, 0, 0, 0}},
		{"simple:30:-45:300", false, false, {0, 0, 0, 0}},
		{"\"", false, false, {0, 0, 0, 0}},
		{"", true, false, {0, 0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sta_bgscan bgscan = {0};
		const char *remark = NULL;
		struct error error;

		assert_int_equal(bgscan_parse(&bgscan, cases[i].value, &remark, &error), cases[i].ok);
		assert_int_equal(remark != NULL, cases[i].remark);
		if (!cases[i].ok)
			continue;
		assert_int_equal(bgscan.short_s, cases[i].bgscan.short_s);
		assert_int_equal(bgscan.long_s, cases[i].bgscan.long_s);
		assert_int_equal(bgscan.threshold_dbm, cases[i].bgscan.threshold_dbm);
		assert_int_equal(bgscan.queries, cases[i].bgscan.queries);
	}
}

/* Connected, with a signal of -40 dBm. */
static struct pair *begin(struct sta_bgscan bgscan)
{
	struct pair *pair = pair_new();

	pair->sta_plane.hides_beacons = true;
	pair->network.bgscan = bgscan;
	memcpy(pair->sta_setup.freqs, (const uint16_t[]){FREQ_MHZ, 2437, 2462}, 3 * sizeof(uint16_t));
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	return pair;
}

/* The number of scans in this time. */
static unsigned scans_in(struct pair *pair, uint64_t ns)
{
	size_t start = pair->at_sta.count = 0;

	pair_run(pair, ns);
	return log_count(&pair->at_sta, start, PLANE_SCAN);
}

static void report_signal(struct pair *pair, int8_t dbm, enum plane_signal_change change)
{
	pair_sta_hears(pair,
		       (struct plane_event){.kind = PLANE_EVENT_SIGNAL, .signal_dbm = dbm, .signal_change = change});
	pair_carry_out(pair);
}

static void period_follows_the_signal(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){10, 100, -60, 0});
	size_t note;

	(void)state;
	assert_int_equal(pair->at_sta.log[log_find(&pair->at_sta, 0, PLANE_LINK)].action.link.watch.weak_dbm, -60);
	assert_int_equal(scans_in(pair, 95 * SECOND), 0);
	assert_int_equal(scans_in(pair, 10 * SECOND), 1);
	assert_int_equal(scans_in(pair, 90 * SECOND), 0);
	/* Weaker: at once, and then every ten seconds. The report is a note, too. */
	report_signal(pair, -70, PLANE_SIGNAL_WEAK);
	note = log_find_note(&pair->at_sta, 0, NOTE_SIGNAL_CHANGE);
	assert_int_equal(pair->at_sta.log[note].action.report.signal_dbm, -70);
	assert_false(pair->at_sta.log[note].action.report.above);
	assert_int_equal(scans_in(pair, SECOND), 1);
	assert_int_equal(scans_in(pair, 51 * SECOND), 5);
	/* Further reports of a weak signal begin nothing. */
	report_signal(pair, -71, PLANE_SIGNAL_SAME);
	assert_int_equal(scans_in(pair, SECOND), 0);
	report_signal(pair, -50, PLANE_SIGNAL_STRONG);
	assert_int_equal(scans_in(pair, 95 * SECOND), 0);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

static void without_a_threshold_the_period_is_short(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){10, 30, 0, 0});

	(void)state;
	assert_int_equal(scans_in(pair, 97 * SECOND), 9); /* each takes 0.2 s */
	report_signal(pair, -80, PLANE_SIGNAL_SAME);
	assert_int_equal(scans_in(pair, 4 * SECOND), 0);
	pair_free(pair);
}

/* SIGNAL_MONITOR: other limits, where bgscan has none. */
static void user_has_the_signal_watched(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){0});
	struct sta_request watch = {.kind = STA_REQUEST_WATCH, .watch = {-35, 5}};
	size_t at;

	(void)state;
	assert_int_equal(sta_request(pair->sta, &watch, pair->now_ns, &pair->at_sta.out), STA_ANSWER_DONE);
	pair_carry_out(pair);
	at = log_find(&pair->at_sta, 0, PLANE_WATCH);
	assert_int_equal(pair->at_sta.log[at].action.watch.weak_dbm, -35);
	assert_int_equal(pair->at_sta.log[at].action.watch.hysteresis_db, 5);
	watch.watch.weak_dbm = 0;
	sta_request(pair->sta, &watch, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	at = log_find(&pair->at_sta, at + 1, PLANE_WATCH);
	assert_int_equal(pair->at_sta.log[at].action.watch.weak_dbm, -65);
	pair_free(pair);

	pair = begin((struct sta_bgscan){10, 100, -60, 0});
	assert_int_equal(sta_request(pair->sta, &watch, pair->now_ns, &pair->at_sta.out), STA_ANSWER_BUSY);
	pair_free(pair);
}

/* By default the pauses grow. */
static void without_bgscan_the_signal_decides(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){0});

	(void)state;
	assert_int_equal(scans_in(pair, 300 * SECOND), 0);
	report_signal(pair, -80, PLANE_SIGNAL_WEAK);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 1);
	assert_int_equal(scans_in(pair, 300 * SECOND), 0); /* nobody reports a signal */
	pair_free(pair);
}

/* All channels at once, with our own: the plane reports no beacons. */
static void scan_has_all_channels(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){10, 30, 0, 0});
	size_t start;

	(void)state;
	start = pair->at_sta.count;
	pair_run(pair, 11 * SECOND);
	start = log_find(&pair->at_sta, start, PLANE_SCAN);
	assert_int_equal(pair->at_sta.log[start].action.scan.freq_count, 3);
	assert_true(log_find_note(&pair->at_sta, start, NOTE_SCANNED) < LOG_MAX);
	pair_free(pair);
}

static void lost_beacons_are_noted(void **state)
{
	struct pair *pair = begin((struct sta_bgscan){0});

	(void)state;
	report_signal(pair, -40, PLANE_SIGNAL_NO_BEACON);
	assert_true(log_find_note(&pair->at_sta, 0, NOTE_NO_BEACON) < LOG_MAX);
	assert_int_equal(log_find_note(&pair->at_sta, 0, NOTE_SIGNAL_CHANGE), LOG_MAX);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

static void pauses_of_autoscan_are_read(void **state)
{
	static const char *const refused[] = {"periodic",  "periodic:0",      "exponential:1:9",  "exponential:3",
					      "other:3",   "periodic:3:4",    "exponential:3:0x", "periodic:-1",
					      "periodic:", "exponential::30", "exponential:3:0"};
	struct sta_autoscan autoscan;
	struct error error;

	(void)state;
	assert_true(autoscan_parse(&autoscan, "periodic:30", &error));
	assert_int_equal(autoscan.period_s, 30);
	assert_int_equal(autoscan.limit_s, 0);
	assert_true(autoscan_parse(&autoscan, "exponential:3:300", &error));
	assert_int_equal(autoscan.period_s, 3);
	assert_int_equal(autoscan.limit_s, 300);
	assert_true(autoscan_parse(&autoscan, "", &error));
	assert_int_equal(autoscan.period_s, 0);
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_false(autoscan_parse(&autoscan, refused[i], &error));
}

/* A station whose network is not there. */
static struct pair *begin_alone(struct sta_autoscan autoscan)
{
	struct pair *pair = pair_new();

	memcpy(pair->network.ssid, "none", 4);
	pair->sta_setup.autoscan = autoscan;
	pair_start(pair);
	return pair;
}

static void scans_without_a_network_follow_autoscan(void **state)
{
	struct pair *pair = begin_alone((struct sta_autoscan){40, 0});

	(void)state;
	assert_int_equal(scans_in(pair, 39 * SECOND), 0);
	assert_int_equal(scans_in(pair, 81 * SECOND), 3);
	pair_free(pair);

	pair = begin_alone((struct sta_autoscan){3, 20}); /* 3, 9, 20, 20 … */
	assert_int_equal(scans_in(pair, 13 * SECOND), 2);
	assert_int_equal(scans_in(pair, 18 * SECOND), 0);
	assert_int_equal(scans_in(pair, 42 * SECOND), 3);
	pair_free(pair);
}

/* The clock of the timers has stood still: only what was heard is older, and the pause before the next scan ends. */
static void suspended_station_scans_at_once(void **state)
{
	struct pair *pair = begin_alone((struct sta_autoscan){1000, 0});
	struct sta_pmksa before, after;

	(void)state;
	assert_int_equal(scans_in(pair, 10 * SECOND), 0);
	sta_resume(pair->sta, 3600 * SECOND, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 1);
	assert_int_equal(scans_in(pair, 900 * SECOND), 0); /* one, and no storm */
	pair_free(pair);

	pair = begin((struct sta_bgscan){10, 100, -60, 0});
	pair_run(pair, 50 * SECOND);
	assert_true(sta_pmksa(pair->sta, 0, &before));
	pair->at_sta.count = 0;
	sta_resume(pair->sta, 60 * SECOND, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	assert_true(sta_pmksa(pair->sta, 0, &after));
	assert_int_equal(before.until_ns - after.until_ns, 60 * SECOND);
	assert_true(pair_is_connected(pair));
	assert_int_equal(pair->at_sta.count, 0);
	assert_int_equal(scans_in(pair, 99 * SECOND), 0);
	assert_int_equal(scans_in(pair, 2 * SECOND), 1);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(period_follows_the_signal),
		cmocka_unit_test(without_a_threshold_the_period_is_short),
		cmocka_unit_test(user_has_the_signal_watched),
		cmocka_unit_test(without_bgscan_the_signal_decides),
		cmocka_unit_test(scan_has_all_channels),
		cmocka_unit_test(lost_beacons_are_noted),
		cmocka_unit_test(pauses_of_autoscan_are_read),
		cmocka_unit_test(scans_without_a_network_follow_autoscan),
		cmocka_unit_test(suspended_station_scans_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

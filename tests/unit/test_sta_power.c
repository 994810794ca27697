/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power save and roaming of a station. */
#include "fake_ap.h"

static struct world world;

static void start_dozing_link(uint16_t listen_interval, uint8_t dtim)
{
	world_init(&world);
	world.setup.power_save = true;
	world.setup.listen_interval = listen_interval;
	world.ap[0].dtim = dtim;
}

/* Sets the TIM bit of the station until it reports that it is awake. */
static void announce_in_tim(struct world *of)
{
	uint64_t limit = of->now + 5 * S_;

	assert_true(of->ap[0].dozes);
	for (of->ap[0].tim_us = true; of->ap[0].dozes; world_run(of, MS_))
		assert_true(of->now < limit);
	assert_false(of->ap[0].tim_us);
}

static void station_dozes_between_beacons(void **state)
{
	uint64_t from;
	unsigned nulls;

	(void)state;
	start_dozing_link(1, 1);
	world_start_connected(&world);
	world_run(&world, 500 * MS_);
	assert_true(world.ap[0].dozes);
	nulls = world.ap[0].nulls;
	from = world.now;
	world.dozed_ns = 0;
	world_run(&world, 20 * S_);
	assert_true(world.dozed_ns * 100 / (world.now - from) >= 90);
	assert_int_equal(world.ap[0].nulls, nulls); /* no frames to send */
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

/* TBTTs with an offset to TSF 0, and a clock with the greatest permitted error (40 ppm), both ways. */
static void beacon_tracking_follows_drifting_clock(void **state)
{
	uint64_t from;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start_dozing_link(10, 10);
		world.ap[0].interval = 1000;
		world.ap[0].tsf_epoch_ns -= i == 0 ? 300 * MS_ : 0;
		world.ap[0].drift_ns = i == 1 ? 40960 : i == 2 ? -40960 : 0;
		world_start_connected(&world);
		world_run(&world, 60 * S_);
		from = world.now;
		world.dozed_ns = 0;
		world_run(&world, 600 * S_);
		assert_true(world.dozed_ns * 100 / (world.now - from) >= 99);
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		world_free(&world);
	}
}

static void station_skips_beacons_up_to_listen_interval(void **state)
{
	unsigned one, ten;

	(void)state;
	start_dozing_link(10, 1);
	world_start_connected(&world);
	world_run(&world, S_);
	world.dozed = 0;
	world_run(&world, 100 * 100 * TU_);
	one = world.dozed; /* it wakes up for each DTIM nevertheless */
	world_free(&world);
	start_dozing_link(10, 20);
	world_start_connected(&world);
	world_run(&world, S_);
	world.dozed = 0;
	world_run(&world, 100 * 100 * TU_);
	ten = world.dozed;
	assert_uint_in_range(one, 95, 102);
	assert_uint_in_range(ten, 9, 12);
	world_free(&world);
}

static void tim_bit_wakes_station(void **state)
{
	(void)state;
	start_dozing_link(1, 3);
	world_start_connected(&world);
	world_run(&world, S_);
	assert_true(world.ap[0].dozes);
	announce_in_tim(&world);
	fake_ap_send(&world, &world.ap[0], sta_addr, host_addr, "kept");
	world_run(&world, 20 * MS_);
	assert_int_equal(world.delivered, 1);
	world_run(&world, 300 * MS_);
	assert_true(world.ap[0].dozes);
	world_free(&world);
}

static void station_stays_awake_for_group_frames_after_dtim(void **state)
{
	static const struct tx_options more = {.more_data = true}, last = {0};

	(void)state;
	start_dozing_link(10, 3);
	world_start_connected(&world);
	world_run(&world, S_);
	for (int round = 0; round < 5; round++) {
		world.ap[0].tim_group = true;
		/* Run until three milliseconds after a DTIM beacon. */
		do
			world_run(&world, MS_);
		while (world.ap[0].dtim_count != 0 || world.ap[0].next_beacon_ns - world.now > 98 * TU_);
		world.ap[0].tim_group = false;
		for (int i = 0; i < 3; i++) {
			tx_group_data(&world.ap[0].tx, &world.ap[0].group, world.ap[0].bssid, true,
				      ethernet_frame(broadcast, host_addr, "all"), i < 2 ? &more : &last);
			fake_ap_flush(&world, &world.ap[0]);
			world_run(&world, 5 * MS_);
		}
		assert_true(world.doze_until_ns > world.now); /* it dozes at once after the last group frame */
		assert_int_equal(world.delivered, 3 * (round + 1));
		world_run(&world, 200 * MS_);
	}
	world_free(&world);
}

static void outgoing_frame_wakes_station(void **state)
{
	(void)state;
	start_dozing_link(10, 10);
	world_start_connected(&world);
	world_run(&world, 5 * S_);
	assert_true(world.ap[0].dozes);
	assert_true(world_ping(&world, &world.ap[0]));
	assert_false(world.ap[0].dozes);
	world_run(&world, 2 * S_);
	assert_true(world.ap[0].dozes);
	world_free(&world);
}

static void unacknowledged_pm_null_keeps_station_awake(void **state)
{
	(void)state;
	start_dozing_link(1, 1);
	world_start(&world);
	while (!world_is_connected(&world))
		world_run(&world, MS_);
	world.ap[0].deaf = true;
	world.dozed = 0;
	world_run(&world, 400 * MS_);
	assert_int_equal(world.dozed, 0);
	world.ap[0].deaf = false;
	world_run(&world, 4 * S_);
	assert_true(world.dozed > 0);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

static void missed_beacon_extends_wakeup(void **state)
{
	(void)state;
	start_dozing_link(1, 1);
	world_start_connected(&world);
	world_run(&world, S_);
	for (int i = 0; i < 50; i++) {
		world.ap[0].no_beacons = i % 5 < 2;
		world_run(&world, 100 * TU_);
	}
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world.ap[0].dozes);
	world_free(&world);
}

/* After two idle days the station is still connected, and has sent one keep-alive a minute. */
static void station_stays_connected_for_two_idle_days(void **state)
{
	uint64_t from;

	(void)state;
	start_dozing_link(10, 10);
	world.nets[0].pmf = 1;
	world.ap[0].suite.group_management = CIPHER_BIP_CMAC_128;
	world.ap[0].interval = 1000;
	world_start_connected(&world);
	from = world.now;
	world_run(&world, 48 * 3600 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world.dozed_ns * 1000 / (world.now - from) >= 995);
	assert_uint_in_range(world.ap[0].nulls, 2000, 3000); /* about one a minute */
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void vanished_ap_is_detected_while_dozing(void **state)
{
	(void)state;
	start_dozing_link(5, 5);
	world_start_connected(&world);
	world_run(&world, 10 * S_);
	world.ap[0].on_air = false;
	world_run(&world, 15 * S_);
	assert_int_equal(world.count[NOTE_SILENT], 1);
	world.ap[0].on_air = true;
	world.ap[0].next_beacon_ns = world.now;
	fake_ap_forget_sta(&world.ap[0]);
	assert_true(world_connect(&world, 30 * S_));
	world_run(&world, 5 * S_);
	assert_true(world.ap[0].dozes);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* The station notices a restart of the access point soon after the next beacon that it receives. */
static void ap_restart_is_detected_while_dozing(void **state)
{
	(void)state;
	start_dozing_link(5, 5);
	world_start_connected(&world);
	world_run(&world, 30 * S_);
	fake_ap_forget_sta(&world.ap[0]);
	world.ap[0].tsf_epoch_ns = world.ap[0].next_beacon_ns;
	world_run(&world, 2 * S_);
	assert_int_equal(world.ap[0].connects, 2);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void rekey_while_dozing(void **state)
{
	(void)state;
	start_dozing_link(2, 2);
	world_start_connected(&world);
	for (int i = 0; i < 5; i++) {
		world_run(&world, S_);
		announce_in_tim(&world);
		fake_ap_rekey(&world, &world.ap[0]);
		world_run(&world, S_);
		announce_in_tim(&world);
		fake_ap_group_rekey(&world, &world.ap[0]);
	}
	world_run(&world, S_);
	assert_int_equal(world.count[NOTE_REKEYED], 5);
	assert_int_equal(world.count[NOTE_GROUP_REKEYED], 5);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* ---- roaming ---- */

static void start_two_aps(int8_t first, int8_t second)
{
	world_init(&world);
	world.ap[1].on_air = true;
	world.ap[0].signal = first;
	world.ap[1].signal = second;
	world.ap[1].freq = 2412;
}

static void station_roams_to_clearly_better_ap(void **state)
{
	(void)state;
	start_two_aps(-50, -90);
	world_start_connected(&world);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	world_run(&world, 30 * S_);
	world.ap[0].signal = -80;
	world.ap[1].signal = -55;
	world_run(&world, 20 * S_);
	assert_int_equal(world.count[NOTE_ROAMING], 1);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	assert_int_equal(world.ap[1].reassocs, 1);
	assert_memory_equal(world.ap[1].current_ap, world.ap[0].bssid, 6);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world_ping(&world, &world.ap[1]));
	world_free(&world);
}

/* Broadcast probe requests are not retried, so the station sends two per channel. */
static void lost_probe_request_does_not_end_scan(void **state)
{
	unsigned away;

	(void)state;
	start_two_aps(-80, -55);
	world.ap[1].on_air = false;
	world_start_connected(&world);
	world_run(&world, 600 * S_); /* background scans are rare by now */
	world.ap[1].on_air = true;
	world.ap[1].no_beacons = true;
	world.ap[1].lose_probes = 1;
	away = world.retunes;
	while (world.retunes == away)
		world_run(&world, MS_);
	world_run(&world, S_);
	assert_int_equal(world.count[NOTE_ROAMING], 1);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	world_free(&world);
}

/* passive_scan: the station stays on each channel for more than a beacon interval, and sends no probe request. */
static void passive_background_scan_sends_no_probe(void **state)
{
	(void)state;
	start_two_aps(-50, -90);
	world.setup.passive = true;
	world_start_connected(&world);
	world_run(&world, 30 * S_);
	world.ap[0].signal = -80;
	world.ap[1].signal = -55;
	world_run(&world, 20 * S_);
	assert_int_equal(world.count[NOTE_ROAMING], 1);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	assert_int_equal(world.ap[0].probes + world.ap[1].probes, 0);
	world_free(&world);
}

static void good_signal_starts_no_background_scan(void **state)
{
	unsigned away;

	(void)state;
	start_two_aps(-50, -51);
	world_start_connected(&world);
	away = world.retunes;
	world.ap[1].signal = -20;
	world_run(&world, 600 * S_);
	assert_int_equal(world.retunes, away);
	assert_int_equal(world.count[NOTE_ROAMING], 0);
	world_free(&world);
}

/* Between two equally weak access points the station scans rarely, and does not roam. */
static void roaming_does_not_oscillate(void **state)
{
	unsigned away;

	(void)state;
	start_two_aps(-75, -76);
	world_start_connected(&world);
	away = world.retunes;
	for (int i = 0; i < 3600; i++) {
		world.ap[i % 2].signal = -73;
		world.ap[(i + 1) % 2].signal = -77;
		world_run(&world, S_);
	}
	assert_int_equal(world.count[NOTE_ROAMING], 0);
	assert_uint_in_range((world.retunes - away) / 2, 8, 40);
	world_free(&world);
}

static void vanished_ap_is_replaced_by_another(void **state)
{
	(void)state;
	start_two_aps(-50, -70);
	world_start_connected(&world);
	world_run(&world, 30 * S_);
	world.ap[0].on_air = false;
	world_run(&world, 5 * S_);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	assert_int_equal(world.ap[1].reassocs, 1);
	assert_memory_equal(world.ap[1].current_ap, world.ap[0].bssid, 6);
	assert_true(world_ping(&world, &world.ap[1]));
	world_free(&world);
}

/* After a refusal with STATUS_NO_ASSOC the station associates instead. */
static void refused_reassociation_becomes_association(void **state)
{
	(void)state;
	start_two_aps(-50, -70);
	world_start_connected(&world);
	world.ap[0].on_air = false;
	world.ap[1].assoc_status = STATUS_NO_ASSOC;
	while (!world.ap[1].reassocs)
		world_run(&world, MS_);
	world.ap[1].assoc_status = 0;
	assert_true(world_connect(&world, 5 * S_));
	assert_int_equal(world.ap[1].assocs, 1);
	world_free(&world);
}

/* Frames of the host are queued while the station is on another channel. */
static void no_frame_is_lost_during_background_scan(void **state)
{
	unsigned said = 0;

	(void)state;
	start_two_aps(-74, -75);
	world_start_connected(&world);
	world_run(&world, 3 * S_);
	for (int i = 0; i < 2000; i++) {
		world_host_send(&world, host_addr, "x");
		said++;
		world_run(&world, 10 * MS_);
	}
	world_run(&world, S_);
	assert_true(world.retunes > 2);
	assert_int_equal(world.ap[0].data, said);
	world_free(&world);
}

static void station_roams_while_dozing(void **state)
{
	(void)state;
	start_two_aps(-50, -90);
	world.setup.power_save = true;
	world.setup.listen_interval = 3;
	world_start_connected(&world);
	world_run(&world, 30 * S_);
	world.ap[0].signal = -80;
	world.ap[1].signal = -55;
	world_run(&world, 30 * S_);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	assert_true(world.ap[1].dozes);
	assert_true(world_ping(&world, &world.ap[1]));
	world_free(&world);
}

static void failed_roam_returns_to_previous_ap(void **state)
{
	(void)state;
	start_two_aps(-50, -90);
	world_start_connected(&world);
	world_run(&world, 30 * S_);
	world.ap[0].signal = -80;
	world.ap[1].signal = -55;
	world.ap[1].assoc_status = STATUS_AP_FULL;
	world_run(&world, 60 * S_);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	assert_uint_in_range(world.count[NOTE_ROAMING], 1, 4);
	assert_int_equal(world.count[NOTE_DISCONNECTED], world.count[NOTE_ROAMING]);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_dozes_between_beacons),
		cmocka_unit_test(beacon_tracking_follows_drifting_clock),
		cmocka_unit_test(station_skips_beacons_up_to_listen_interval),
		cmocka_unit_test(tim_bit_wakes_station),
		cmocka_unit_test(station_stays_awake_for_group_frames_after_dtim),
		cmocka_unit_test(outgoing_frame_wakes_station),
		cmocka_unit_test(unacknowledged_pm_null_keeps_station_awake),
		cmocka_unit_test(missed_beacon_extends_wakeup),
		cmocka_unit_test(station_stays_connected_for_two_idle_days),
		cmocka_unit_test(vanished_ap_is_detected_while_dozing),
		cmocka_unit_test(ap_restart_is_detected_while_dozing),
		cmocka_unit_test(rekey_while_dozing),
		cmocka_unit_test(station_roams_to_clearly_better_ap),
		cmocka_unit_test(lost_probe_request_does_not_end_scan),
		cmocka_unit_test(passive_background_scan_sends_no_probe),
		cmocka_unit_test(good_signal_starts_no_background_scan),
		cmocka_unit_test(roaming_does_not_oscillate),
		cmocka_unit_test(vanished_ap_is_replaced_by_another),
		cmocka_unit_test(refused_reassociation_becomes_association),
		cmocka_unit_test(no_frame_is_lost_during_background_scan),
		cmocka_unit_test(station_roams_while_dozing),
		cmocka_unit_test(failed_roam_returns_to_previous_ap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

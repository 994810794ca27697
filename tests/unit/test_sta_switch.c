/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channel switch announcements of the access point (CSA, IEEE 802.11-2020 11.8.8). */
#include "fake_ap.h"

enum { HERE = 2437, THERE = 2412, CHANNEL_THERE = 1, ELSEWHERE = 5180, CHANNEL_ELSEWHERE = 36, BEACON_ = 103 };

static struct world world;

static void start_link(bool power_save)
{
	world_init(&world);
	world.setup.power_save = power_save;
	world.setup.listen_interval = power_save ? 3 : 0;
	world_start_connected(&world);
	assert_int_equal(world.freq_mhz, HERE);
}

static void announce_switch(uint8_t mode, uint8_t channel, uint8_t count)
{
	world.ap[0].csa_active = true;
	memcpy(world.ap[0].csa, (uint8_t[]){mode, channel, count}, 3);
}

static void station_follows_channel_switch(void **state)
{
	(void)state;
	for (int dozes = 0; dozes < 2; dozes++) {
		start_link(dozes);
		world_run(&world, 500 * MS_);
		announce_switch(0, CHANNEL_THERE, 5);
		world_run(&world, 4 * BEACON_ * MS_);
		assert_int_equal(world.freq_mhz, HERE);
		assert_int_equal(world.count[NOTE_SWITCHING], 1);
		world_run(&world, (dozes ? 5 : 3) * BEACON_ * MS_);
		assert_int_equal(world.freq_mhz, THERE);
		assert_int_equal(world.ap[0].freq, THERE);
		assert_string_equal(world_last_note(&world, NOTE_CHANNEL)->about, "channel 1");
		assert_true(world_ping(&world, &world.ap[0]));
		world_run(&world, 10 * S_);
		assert_true(world_ping(&world, &world.ap[0]));
		assert_int_equal(world_sta_view(&world).freq_mhz, THERE);
		assert_int_equal(world.ap[0].auths, 1);
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		world_free(&world);
	}
}

/* In mode 1 the station is silent until it receives a beacon on the new channel. */
static void station_is_silent_under_csa_mode_1(void **state)
{
	unsigned heard;

	(void)state;
	start_link(false);
	announce_switch(1, CHANNEL_THERE, 3);
	world_run(&world, BEACON_ * MS_);
	heard = world.ap[0].data;
	world_host_send(&world, host_addr, "patience");
	world.ap[0].no_beacons = true;
	world_run(&world, 4 * BEACON_ * MS_);
	assert_int_equal(world.freq_mhz, THERE);
	assert_int_equal(world.ap[0].data, heard);
	world.ap[0].no_beacons = false;
	world_run(&world, 2 * BEACON_ * MS_);
	assert_int_equal(world.ap[0].data, heard + 1);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void csa_action_frame_is_followed(void **state)
{
	static const uint8_t spectrum[] = {0, 4, EID_CSA, 3, 0, CHANNEL_THERE, 2},
			     public[] = {4, 4, 0, 81, CHANNEL_THERE, 2};
	const uint8_t *const bodies[] = {spectrum, public};
	static const size_t lens[] = {sizeof(spectrum), sizeof(public)};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct frame_writer writer;

		start_link(false);
		world_run(&world, 2 * BEACON_ * MS_);
		writer = mgmt_begin(MGMT_ACTION, broadcast, world.ap[0].bssid, world.ap[0].bssid);
		write_bytes(&writer, bodies[i], lens[i]);
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
		world_run(&world, 5 * MS_);
		world_run(&world, BEACON_ * MS_);
		assert_int_equal(world.freq_mhz, HERE);
		world.ap[0].freq = THERE;
		world_run(&world, 2 * BEACON_ * MS_);
		assert_int_equal(world.freq_mhz, THERE);
		assert_true(world_ping(&world, &world.ap[0]));
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		world_free(&world);
	}
}

/* Without a beacon on the announced channel the station returns, and ignores further announcements for a while. */
static void false_csa_does_not_end_link(void **state)
{
	unsigned away;

	(void)state;
	start_link(false);
	world.ap[0].csa_false = true;
	announce_switch(0, CHANNEL_THERE, 2);
	world_run(&world, 4 * BEACON_ * MS_);
	assert_int_equal(world.freq_mhz, THERE);
	world_run(&world, 1200 * MS_);
	assert_int_equal(world.freq_mhz, HERE);
	assert_true(world_ping(&world, &world.ap[0]));
	away = world.retunes;
	announce_switch(0, CHANNEL_THERE, 2);
	world_run(&world, 5 * S_);
	announce_switch(1, CHANNEL_ELSEWHERE, 2);
	world_run(&world, 5 * S_);
	assert_int_equal(world.retunes, away);
	assert_true(world_ping(&world, &world.ap[0]));
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_int_equal(world.ap[0].auths, 1);
	world_free(&world);
}

/* A beacon without the element cancels the announced switch. */
static void cancelled_csa_is_forgotten(void **state)
{
	unsigned away;

	(void)state;
	start_link(false);
	away = world.retunes;
	announce_switch(1, CHANNEL_THERE, 20);
	world_run(&world, 3 * BEACON_ * MS_);
	world.ap[0].csa_active = false;
	world_run(&world, 2 * BEACON_ * MS_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_run(&world, 5 * S_);
	assert_int_equal(world.retunes, away);
	world_free(&world);
}

/* freq_list limits the channels of the link; scan_freq only those of a scan. */
static void scan_freq_does_not_restrict_operating_channel(void **state)
{
	(void)state;
	for (int bound = 0; bound < 3; bound++) {
		world_init(&world);
		world.nets[0].freqs_only = bound == 1;
		world.setup.freqs_only = bound == 2;
		world_start_connected(&world);
		announce_switch(0, CHANNEL_ELSEWHERE, 2);
		world_run(&world, 3 * BEACON_ * MS_);
		assert_int_equal(world.freq_mhz, bound ? HERE : ELSEWHERE);
		world_free(&world);
	}
}

/* If the new channel is not permitted or the access point is not there, the station soon finds another one. */
static void station_rescans_when_it_cannot_follow_csa(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		world_init(&world);
		world.nets[0].freqs_only = true;
		world_start_connected(&world);
		world_run(&world, 10 * S_); /* after a stable link there is no backoff */
		world.ap[1].on_air = true;
		world.ap[1].freq = THERE;
		announce_switch(0, lost ? CHANNEL_THERE : CHANNEL_ELSEWHERE, 2);
		world_run(&world, 2 * BEACON_ * MS_);
		if (lost)
			world.ap[0].on_air = false;
		world_run(&world, lost ? 4 * S_ : 2 * S_);
		assert_true(world_is_connected(&world));
		assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
		assert_true(world_ping(&world, &world.ap[1]));
		world_free(&world);
	}
}

static void truncated_csa_is_ignored(void **state)
{
	(void)state;
	start_link(false);
	for (size_t len = 0; len <= 7; len++)
		for (int extended = 0; extended < 2; extended++) {
			static const uint8_t spectrum[] = {0, 4, EID_CSA, 4, 0, CHANNEL_THERE, 1},
					     public[] = {4, 4, 0, 131, CHANNEL_THERE, 1, 0};
			struct frame_writer writer =
				mgmt_begin(MGMT_ACTION, broadcast, world.ap[0].bssid, world.ap[0].bssid);

			write_bytes(&writer, extended ? public : spectrum, len);
			fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
			world_run(&world, BEACON_ * MS_);
			assert_int_equal(world.freq_mhz, HERE);
		}
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_follows_channel_switch),
		cmocka_unit_test(station_is_silent_under_csa_mode_1),
		cmocka_unit_test(csa_action_frame_is_followed),
		cmocka_unit_test(false_csa_does_not_end_link),
		cmocka_unit_test(cancelled_csa_is_forgotten),
		cmocka_unit_test(scan_freq_does_not_restrict_operating_channel),
		cmocka_unit_test(station_rescans_when_it_cannot_follow_csa),
		cmocka_unit_test(truncated_csa_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

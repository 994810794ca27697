/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point announces that it goes to another channel (IEEE 802.11-2020 11.8.8): its station goes along. */
#include "scripted.h"

enum { HERE = 2437, THERE = 2412, CHANNEL_THERE = 1, ELSEWHERE = 5180, CHANNEL_ELSEWHERE = 36, BEACON_ = 103 };

static struct world w;

static void begin(bool power_save)
{
	world_make(&w);
	w.setup.power_save = power_save;
	w.setup.listen_interval = power_save ? 3 : 0;
	world_up(&w);
	assert_int_equal(w.tuned, HERE);
}

static void announce(uint8_t mode, uint8_t channel, uint8_t count)
{
	w.ap[0].csa_on = true;
	memcpy(w.ap[0].csa, (uint8_t[]){mode, channel, count}, 3);
}

static void the_station_goes_along(void **state)
{
	(void)state;
	for (int dozes = 0; dozes < 2; dozes++) {
		begin(dozes);
		world_run(&w, 500 * MS_);
		announce(0, CHANNEL_THERE, 5);
		world_run(&w, 4 * BEACON_ * MS_);
		assert_int_equal(w.tuned, HERE);
		world_run(&w, (dozes ? 5 : 3) * BEACON_ * MS_);
		assert_int_equal(w.tuned, THERE);
		assert_int_equal(w.ap[0].freq, THERE);
		assert_string_equal(last_note(&w, NOTE_CHANNEL)->about, "channel 1");
		assert_true(talks(&w, &w.ap[0]));
		world_run(&w, 10 * S_);
		assert_true(talks(&w, &w.ap[0]));
		assert_int_equal(view_of(&w).freq_mhz, THERE);
		assert_int_equal(w.ap[0].auths, 1);
		assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
		world_free(&w);
	}
}

/* Mode 1: nothing is sent any more on the old channel, and nothing on the new one before its access point is heard. */
static void it_is_silent_where_it_must_be(void **state)
{
	unsigned heard;

	(void)state;
	begin(false);
	announce(1, CHANNEL_THERE, 3);
	world_run(&w, BEACON_ * MS_);
	heard = w.ap[0].data;
	host_says(&w, host_addr, "patience");
	w.ap[0].no_beacons = true;
	world_run(&w, 4 * BEACON_ * MS_);
	assert_int_equal(w.tuned, THERE);
	assert_int_equal(w.ap[0].data, heard);
	w.ap[0].no_beacons = false;
	world_run(&w, 2 * BEACON_ * MS_);
	assert_int_equal(w.ap[0].data, heard + 1);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void an_action_frame_says_so_too(void **state)
{
	static const uint8_t spectrum[] = {0, 4, EID_CSA, 3, 0, CHANNEL_THERE, 2},
			     public[] = {4, 4, 0, 81, CHANNEL_THERE, 2};
	const uint8_t *const bodies[] = {spectrum, public};
	static const size_t lens[] = {sizeof spectrum, sizeof public};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct frame *f;

		begin(false);
		world_run(&w, 2 * BEACON_ * MS_);
		f = mgmt_new(MGMT_ACTION, everybody, w.ap[0].bssid, w.ap[0].bssid);
		assert_int_equal(mgmt_put(f, bodies[i], lens[i]), 0);
		air(&w, &w.ap[0], f);
		world_run(&w, 5 * MS_);
		world_run(&w, BEACON_ * MS_);
		assert_int_equal(w.tuned, HERE);
		w.ap[0].freq = THERE;
		world_run(&w, 2 * BEACON_ * MS_);
		assert_int_equal(w.tuned, THERE);
		assert_true(talks(&w, &w.ap[0]));
		assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
		world_free(&w);
	}
}

/* Nobody comes to where a forger has sent us: back, and not there again for the next one. */
static void a_false_announcement_ends_no_link(void **state)
{
	unsigned away;

	(void)state;
	begin(false);
	w.ap[0].csa_false = true;
	announce(0, CHANNEL_THERE, 2);
	world_run(&w, 4 * BEACON_ * MS_);
	assert_int_equal(w.tuned, THERE);
	world_run(&w, 1200 * MS_);
	assert_int_equal(w.tuned, HERE);
	assert_true(talks(&w, &w.ap[0]));
	away = w.away;
	announce(0, CHANNEL_THERE, 2);
	world_run(&w, 5 * S_);
	announce(1, CHANNEL_ELSEWHERE, 2);
	world_run(&w, 5 * S_);
	assert_int_equal(w.away, away);
	assert_true(talks(&w, &w.ap[0]));
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_int_equal(w.ap[0].auths, 1);
	world_free(&w);
}

/* One that is taken back, by a beacon without it, is forgotten. */
static void it_may_be_taken_back(void **state)
{
	unsigned away;

	(void)state;
	begin(false);
	away = w.away;
	announce(1, CHANNEL_THERE, 20);
	world_run(&w, 3 * BEACON_ * MS_);
	w.ap[0].csa_on = false;
	world_run(&w, 2 * BEACON_ * MS_);
	assert_true(talks(&w, &w.ap[0]));
	world_run(&w, 5 * S_);
	assert_int_equal(w.away, away);
	world_free(&w);
}

/* freq_list says where the station may be; scan_freq only where it looks. */
static void where_it_looks_is_not_where_it_stays(void **state)
{
	(void)state;
	for (int bound = 0; bound < 3; bound++) {
		world_make(&w);
		w.nets[0].freqs_bind = bound == 1;
		w.setup.freqs_bind = bound == 2;
		world_up(&w);
		announce(0, CHANNEL_ELSEWHERE, 2);
		world_run(&w, 3 * BEACON_ * MS_);
		assert_int_equal(w.tuned, bound ? HERE : ELSEWHERE);
		world_free(&w);
	}
}

/* Where the station may not go, or the access point does not come, the next best one is found, and soon. */
static void who_cannot_follow_looks_for_another(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		begin(false);
		w.nets[0].freqs_bind = true;
		world_run(&w, 10 * S_); /* a link that stood: the next one is looked for at once */
		w.ap[1].on = true;
		w.ap[1].freq = THERE;
		announce(0, lost ? CHANNEL_THERE : CHANNEL_ELSEWHERE, 2);
		world_run(&w, 2 * BEACON_ * MS_);
		if (lost)
			w.ap[0].on = false;
		world_run(&w, lost ? 4 * S_ : 2 * S_);
		assert_true(is_connected(&w));
		assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
		assert_true(talks(&w, &w.ap[1]));
		world_free(&w);
	}
}

static void cut_announcements_are_nothing(void **state)
{
	(void)state;
	begin(false);
	for (size_t len = 0; len <= 7; len++)
		for (int extended = 0; extended < 2; extended++) {
			static const uint8_t spectrum[] = {0, 4, EID_CSA, 4, 0, CHANNEL_THERE, 1},
					     public[] = {4, 4, 0, 131, CHANNEL_THERE, 1, 0};
			struct frame *f = mgmt_new(MGMT_ACTION, everybody, w.ap[0].bssid, w.ap[0].bssid);

			assert_int_equal(mgmt_put(f, extended ? public : spectrum, len), 0);
			air(&w, &w.ap[0], f);
			world_run(&w, BEACON_ * MS_);
			assert_int_equal(w.tuned, HERE);
		}
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_station_goes_along),
		cmocka_unit_test(it_is_silent_where_it_must_be),
		cmocka_unit_test(an_action_frame_says_so_too),
		cmocka_unit_test(a_false_announcement_ends_no_link),
		cmocka_unit_test(it_may_be_taken_back),
		cmocka_unit_test(where_it_looks_is_not_where_it_stays),
		cmocka_unit_test(who_cannot_follow_looks_for_another),
		cmocka_unit_test(cut_announcements_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

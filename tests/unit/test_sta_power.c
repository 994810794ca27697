/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station that dozes, and one that moves. */
#include "scripted.h"

static struct world w;

static void make_dozing(uint16_t listen_interval, uint8_t dtim)
{
	world_make(&w);
	w.setup.power_save = true;
	w.setup.listen_interval = listen_interval;
	w.ap[0].dtim = dtim;
}

/* By the TIM, until it says that it is awake. */
static void call(struct world *of)
{
	uint64_t limit = of->now + 5 * S_;

	assert_true(of->ap[0].dozes);
	for (of->ap[0].tim_us = true; of->ap[0].dozes; world_run(of, MS_))
		assert_true(of->now < limit);
	assert_false(of->ap[0].tim_us);
}

static void dozes_between_beacons(void **state)
{
	uint64_t from;
	unsigned nulls;

	(void)state;
	make_dozing(1, 1);
	world_up(&w);
	world_run(&w, 500 * MS_);
	assert_true(w.ap[0].dozes);
	nulls = w.ap[0].nulls;
	from = w.now;
	w.dozed_ns = 0;
	world_run(&w, 20 * S_);
	assert_true(w.dozed_ns * 100 / (w.now - from) >= 90);
	assert_int_equal(w.ap[0].nulls, nulls); /* nothing to say */
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	world_free(&w);
}

/* A clock that does not begin with a beacon, and a crystal that is off by as much as it may: 40 ppm. */
static void finds_the_beacons_of_odd_clocks(void **state)
{
	uint64_t from;

	(void)state;
	for (int i = 0; i < 3; i++) {
		make_dozing(10, 10);
		w.ap[0].interval = 1000;
		w.ap[0].clock_from -= i == 0 ? 300 * MS_ : 0;
		w.ap[0].drift_ns = i == 1 ? 40960 : i == 2 ? -40960 : 0;
		world_up(&w);
		world_run(&w, 60 * S_);
		from = w.now;
		w.dozed_ns = 0;
		world_run(&w, 600 * S_);
		assert_true(w.dozed_ns * 100 / (w.now - from) >= 99);
		assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
		world_free(&w);
	}
}

static void sleeps_through_as_many_beacons_as_it_may(void **state)
{
	unsigned one, ten;

	(void)state;
	make_dozing(10, 1);
	world_up(&w);
	world_run(&w, S_);
	w.dozed = 0;
	world_run(&w, 100 * 100 * TU_);
	one = w.dozed; /* each DTIM, all the same */
	world_free(&w);
	make_dozing(10, 20);
	world_up(&w);
	world_run(&w, S_);
	w.dozed = 0;
	world_run(&w, 100 * 100 * TU_);
	ten = w.dozed;
	assert_in_range(one, 95, 102);
	assert_in_range(ten, 9, 12);
	world_free(&w);
}

static void wakes_for_what_is_kept_for_it(void **state)
{
	(void)state;
	make_dozing(1, 3);
	world_up(&w);
	world_run(&w, S_);
	assert_true(w.ap[0].dozes);
	call(&w);
	scripted_say(&w, &w.ap[0], sta_addr, host_addr, "kept");
	world_run(&w, 20 * MS_);
	assert_int_equal(w.delivered, 1);
	world_run(&w, 300 * MS_);
	assert_true(w.ap[0].dozes);
	world_free(&w);
}

static void hears_the_group_after_the_dtim(void **state)
{
	static const struct tx_how more = {.more_data = true}, last = {0};

	(void)state;
	make_dozing(10, 3);
	world_up(&w);
	world_run(&w, S_);
	for (int round = 0; round < 5; round++) {
		w.ap[0].tim_group = true;
		/* To the beacon that is a DTIM, and three milliseconds on. */
		do
			world_run(&w, MS_);
		while (w.ap[0].dtim_count != 0 || w.ap[0].beacon_at - w.now > 98 * TU_);
		w.ap[0].tim_group = false;
		for (int i = 0; i < 3; i++) {
			tx_group(&w.ap[0].tx, &w.ap[0].group, w.ap[0].bssid, true,
				 ethernet(everybody, host_addr, "all"), i < 2 ? &more : &last);
			scripted_flush(&w, &w.ap[0]);
			world_run(&w, 5 * MS_);
		}
		assert_true(w.doze_until > w.now); /* and then at once */
		assert_int_equal(w.delivered, 3 * (round + 1));
		world_run(&w, 200 * MS_);
	}
	world_free(&w);
}

static void something_to_send_wakes_it(void **state)
{
	(void)state;
	make_dozing(10, 10);
	world_up(&w);
	world_run(&w, 5 * S_);
	assert_true(w.ap[0].dozes);
	assert_true(talks(&w, &w.ap[0]));
	assert_false(w.ap[0].dozes);
	world_run(&w, 2 * S_);
	assert_true(w.ap[0].dozes);
	world_free(&w);
}

static void an_announcement_that_is_not_heard_means_staying_awake(void **state)
{
	(void)state;
	make_dozing(1, 1);
	world_start(&w);
	while (!is_connected(&w))
		world_run(&w, MS_);
	w.ap[0].deaf = true;
	w.dozed = 0;
	world_run(&w, 400 * MS_);
	assert_int_equal(w.dozed, 0);
	w.ap[0].deaf = false;
	world_run(&w, 4 * S_);
	assert_true(w.dozed > 0);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	world_free(&w);
}

static void a_missed_beacon_is_waited_for(void **state)
{
	(void)state;
	make_dozing(1, 1);
	world_up(&w);
	world_run(&w, S_);
	for (int i = 0; i < 50; i++) {
		w.ap[0].no_beacons = i % 5 < 2;
		world_run(&w, 100 * TU_);
	}
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_true(w.ap[0].dozes);
	world_free(&w);
}

/* Two days with nothing to do: still there, and hardly heard. */
static void two_idle_days(void **state)
{
	uint64_t from;

	(void)state;
	make_dozing(10, 10);
	w.nets[0].pmf = 1;
	w.ap[0].suite.management = CIPHER_BIP_CMAC_128;
	w.ap[0].interval = 1000;
	world_up(&w);
	from = w.now;
	world_run(&w, 48 * 3600 * S_);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_true(w.dozed_ns * 1000 / (w.now - from) >= 995);
	assert_in_range(w.ap[0].nulls, 2000, 3000); /* one a minute */
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void an_access_point_that_is_gone_is_noticed_while_dozing(void **state)
{
	(void)state;
	make_dozing(5, 5);
	world_up(&w);
	world_run(&w, 10 * S_);
	w.ap[0].on = false;
	world_run(&w, 15 * S_);
	assert_int_equal(w.count[NOTE_SILENT], 1);
	w.ap[0].on = true;
	w.ap[0].beacon_at = w.now;
	scripted_forget(&w.ap[0]);
	assert_true(world_connect(&w, 30 * S_));
	world_run(&w, 5 * S_);
	assert_true(w.ap[0].dozes);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* The access point was restarted while we slept: the next thing that we say tells. */
static void a_restart_is_noticed_while_dozing(void **state)
{
	(void)state;
	make_dozing(5, 5);
	world_up(&w);
	world_run(&w, 30 * S_);
	scripted_forget(&w.ap[0]);
	w.ap[0].clock_from = w.ap[0].beacon_at;
	world_run(&w, 2 * S_);
	assert_int_equal(w.ap[0].connects, 2);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void new_keys_while_dozing(void **state)
{
	(void)state;
	make_dozing(2, 2);
	world_up(&w);
	for (int i = 0; i < 5; i++) {
		world_run(&w, S_);
		call(&w);
		scripted_rekey(&w, &w.ap[0]);
		world_run(&w, S_);
		call(&w);
		scripted_group_rekey(&w, &w.ap[0]);
	}
	world_run(&w, S_);
	assert_int_equal(w.count[NOTE_REKEYED], 5);
	assert_int_equal(w.count[NOTE_GROUP_REKEYED], 5);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* ---- moving ---- */

static void make_two(int8_t first, int8_t second)
{
	world_make(&w);
	w.ap[1].on = true;
	w.ap[0].signal = first;
	w.ap[1].signal = second;
	w.ap[1].freq = 2412;
}

static void moves_to_a_clearly_better_one(void **state)
{
	(void)state;
	make_two(-50, -90);
	world_up(&w);
	assert_memory_equal(view_of(&w).bssid, w.ap[0].bssid, 6);
	world_run(&w, 30 * S_);
	w.ap[0].signal = -80;
	w.ap[1].signal = -55;
	world_run(&w, 20 * S_);
	assert_int_equal(w.count[NOTE_ROAMING], 1);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	assert_int_equal(w.ap[1].reassocs, 1);
	assert_memory_equal(w.ap[1].current_ap, w.ap[0].bssid, 6);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	assert_true(talks(&w, &w.ap[1]));
	world_free(&w);
}

/* Nobody repeats a question to everybody that was lost: it asks twice. */
static void a_lost_question_does_not_end_a_look(void **state)
{
	unsigned away;

	(void)state;
	make_two(-80, -55);
	w.ap[1].on = false;
	world_up(&w);
	world_run(&w, 600 * S_); /* now it looks rarely */
	w.ap[1].on = true;
	w.ap[1].no_beacons = true;
	w.ap[1].lose_probes = 1;
	away = w.away;
	while (w.away == away)
		world_run(&w, MS_);
	world_run(&w, S_);
	assert_int_equal(w.count[NOTE_ROAMING], 1);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	world_free(&w);
}

/* passive_scan: it listens elsewhere for longer than a beacon interval, and says nothing. */
static void a_passive_station_looks_without_a_word(void **state)
{
	(void)state;
	make_two(-50, -90);
	w.setup.passive = true;
	world_up(&w);
	world_run(&w, 30 * S_);
	w.ap[0].signal = -80;
	w.ap[1].signal = -55;
	world_run(&w, 20 * S_);
	assert_int_equal(w.count[NOTE_ROAMING], 1);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	assert_int_equal(w.ap[0].probes + w.ap[1].probes, 0);
	world_free(&w);
}

static void a_good_signal_is_left_alone(void **state)
{
	unsigned away;

	(void)state;
	make_two(-50, -51);
	world_up(&w);
	away = w.away;
	w.ap[1].signal = -20;
	world_run(&w, 600 * S_);
	assert_int_equal(w.away, away);
	assert_int_equal(w.count[NOTE_ROAMING], 0);
	world_free(&w);
}

/* Two that are about as weak: it looks, rarely, and stays. */
static void does_not_go_back_and_forth(void **state)
{
	unsigned away;

	(void)state;
	make_two(-75, -76);
	world_up(&w);
	away = w.away;
	for (int i = 0; i < 3600; i++) {
		w.ap[i % 2].signal = -73;
		w.ap[(i + 1) % 2].signal = -77;
		world_run(&w, S_);
	}
	assert_int_equal(w.count[NOTE_ROAMING], 0);
	assert_in_range((w.away - away) / 2, 8, 40);
	world_free(&w);
}

static void one_that_disappears_is_replaced(void **state)
{
	(void)state;
	make_two(-50, -70);
	world_up(&w);
	world_run(&w, 30 * S_);
	w.ap[0].on = false;
	world_run(&w, 5 * S_);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	assert_int_equal(w.ap[1].reassocs, 1);
	assert_memory_equal(w.ap[1].current_ap, w.ap[0].bssid, 6);
	assert_true(talks(&w, &w.ap[1]));
	world_free(&w);
}

/* It is told "I do not know that association": then a new one. */
static void a_refused_move_becomes_a_new_association(void **state)
{
	(void)state;
	make_two(-50, -70);
	world_up(&w);
	w.ap[0].on = false;
	w.ap[1].assoc_status = STATUS_NO_ASSOC;
	while (!w.ap[1].reassocs)
		world_run(&w, MS_);
	w.ap[1].assoc_status = 0;
	assert_true(world_connect(&w, 5 * S_));
	assert_int_equal(w.ap[1].assocs, 1);
	world_free(&w);
}

/* What the host sends while we are on another channel is sent when we are back. */
static void nothing_is_lost_while_it_looks_elsewhere(void **state)
{
	unsigned said = 0;

	(void)state;
	make_two(-74, -75);
	world_up(&w);
	world_run(&w, 3 * S_);
	for (int i = 0; i < 2000; i++) {
		host_says(&w, host_addr, "x");
		said++;
		world_run(&w, 10 * MS_);
	}
	world_run(&w, S_);
	assert_true(w.away > 2);
	assert_int_equal(w.ap[0].data, said);
	world_free(&w);
}

static void moves_while_dozing_too(void **state)
{
	(void)state;
	make_two(-50, -90);
	w.setup.power_save = true;
	w.setup.listen_interval = 3;
	world_up(&w);
	world_run(&w, 30 * S_);
	w.ap[0].signal = -80;
	w.ap[1].signal = -55;
	world_run(&w, 30 * S_);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	assert_true(w.ap[1].dozes);
	assert_true(talks(&w, &w.ap[1]));
	world_free(&w);
}

static void a_move_that_fails_leads_back(void **state)
{
	(void)state;
	make_two(-50, -90);
	world_up(&w);
	world_run(&w, 30 * S_);
	w.ap[0].signal = -80;
	w.ap[1].signal = -55;
	w.ap[1].assoc_status = STATUS_AP_FULL;
	world_run(&w, 60 * S_);
	assert_memory_equal(view_of(&w).bssid, w.ap[0].bssid, 6);
	assert_in_range(w.count[NOTE_ROAMING], 1, 4);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dozes_between_beacons),
		cmocka_unit_test(finds_the_beacons_of_odd_clocks),
		cmocka_unit_test(sleeps_through_as_many_beacons_as_it_may),
		cmocka_unit_test(wakes_for_what_is_kept_for_it),
		cmocka_unit_test(hears_the_group_after_the_dtim),
		cmocka_unit_test(something_to_send_wakes_it),
		cmocka_unit_test(an_announcement_that_is_not_heard_means_staying_awake),
		cmocka_unit_test(a_missed_beacon_is_waited_for),
		cmocka_unit_test(two_idle_days),
		cmocka_unit_test(an_access_point_that_is_gone_is_noticed_while_dozing),
		cmocka_unit_test(a_restart_is_noticed_while_dozing),
		cmocka_unit_test(new_keys_while_dozing),
		cmocka_unit_test(moves_to_a_clearly_better_one),
		cmocka_unit_test(a_lost_question_does_not_end_a_look),
		cmocka_unit_test(a_passive_station_looks_without_a_word),
		cmocka_unit_test(a_good_signal_is_left_alone),
		cmocka_unit_test(does_not_go_back_and_forth),
		cmocka_unit_test(one_that_disappears_is_replaced),
		cmocka_unit_test(a_refused_move_becomes_a_new_association),
		cmocka_unit_test(nothing_is_lost_while_it_looks_elsewhere),
		cmocka_unit_test(moves_while_dozing_too),
		cmocka_unit_test(a_move_that_fails_leads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station keeps its network: who sends it away, what goes missing, frames that wait, keys that grow old. */
#include "scripted.h"

#include "mlme/sta_state.h"

static struct world w;

static void a_goodbye_is_answered_by_coming_back_at_once(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	world_run(&w, 60 * S_);
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&w, 5 * MS_);
	assert_false(is_connected(&w));
	assert_int_equal(last_note(&w, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	assert_true(world_connect(&w, 100 * MS_));
	assert_int_equal(w.count[NOTE_SCANNING], 1);
	world_run(&w, 60 * S_);
	scripted_bye(&w, &w.ap[0], MGMT_DISASSOC, everybody, REASON_AP_BUSY, false);
	world_run(&w, 5 * MS_);
	assert_true(world_connect(&w, 100 * MS_));
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* An access point that throws us out each time is not hammered. */
static void thrown_out_again_and_again_waits_longer_each_time(void **state)
{
	unsigned in_first_minute;

	(void)state;
	world_make(&w);
	world_start(&w);
	for (int i = 0; i < 60 * 20; i++) {
		if (is_connected(&w))
			scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_UNSPECIFIED, false);
		world_run(&w, 50 * MS_);
	}
	in_first_minute = w.ap[0].connects;
	assert_in_range(in_first_minute, 4, 10);
	for (int i = 0; i < 600 * 20; i++) {
		if (is_connected(&w))
			scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_UNSPECIFIED, false);
		world_run(&w, 50 * MS_);
	}
	assert_in_range(w.ap[0].connects - in_first_minute, 5, 20);
	assert_true(world_connect(&w, 100 * S_));
	world_run(&w, 60 * S_);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void an_access_point_that_forgot_us_is_joined_anew(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	world_run(&w, 60 * S_);
	/* It was restarted: its clock starts anew, and it knows nobody. */
	scripted_forget(&w.ap[0]);
	w.ap[0].clock_from = w.ap[0].beacon_at;
	world_run(&w, 300 * MS_);
	assert_true(world_connect(&w, 500 * MS_));
	assert_int_equal(w.ap[0].connects, 2);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void an_access_point_that_is_gone_is_noticed(void **state)
{
	uint64_t gone;

	(void)state;
	world_make(&w);
	world_up(&w);
	world_run(&w, 60 * S_);
	w.ap[0].on = false;
	gone = w.now;
	while (is_connected(&w))
		world_run(&w, 10 * MS_);
	assert_in_range((w.now - gone) / MS_, 700, 4000);
	assert_int_equal(w.count[NOTE_SILENT], 1);
	world_run(&w, 7200 * S_);
	w.ap[0].on = true;
	w.ap[0].beacon_at = w.now;
	scripted_forget(&w.ap[0]);
	assert_true(world_connect(&w, 40 * S_));
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* Its radio acknowledges, but nobody is at home behind it. */
static void an_access_point_that_hangs_is_left(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	w.ap[0].mute = w.ap[0].no_beacons = true;
	world_run(&w, 10 * S_);
	assert_false(is_connected(&w));
	world_free(&w);
}

static void missing_beacons_alone_end_nothing(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	w.ap[0].no_beacons = true;
	world_run(&w, 2500 * MS_);
	assert_true(w.ap[0].nulls > 0);
	w.ap[0].no_beacons = false;
	world_run(&w, 10 * S_);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	world_free(&w);
}

static void says_now_and_then_that_it_is_there(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	world_run(&w, 600 * S_);
	assert_in_range(w.ap[0].nulls, 9, 11);
	world_free(&w);
}

static void what_the_host_sends_early_waits(void **state)
{
	(void)state;
	world_make(&w);
	world_start(&w);
	for (int i = 0; i < 70; i++)
		host_says(&w, host_addr, "early");
	assert_int_equal(w.drops[DROP_NOT_CONNECTED], 6);
	assert_true(world_connect(&w, 10 * S_));
	assert_int_equal(w.ap[0].data, 64);
	world_free(&w);

	world_make(&w);
	w.ap[0].on = false;
	world_start(&w);
	host_says(&w, host_addr, "too early");
	world_run(&w, 6 * S_);
	assert_int_equal(w.drops[DROP_NOT_CONNECTED], 1);
	w.ap[0].on = true;
	assert_true(world_connect(&w, 60 * S_));
	assert_int_equal(w.ap[0].data, 0);
	world_free(&w);
}

static void a_station_sends_with_its_own_address_only(void **state)
{
	struct frame *f;

	(void)state;
	world_make(&w);
	world_up(&w);
	f = ethernet(host_addr, (const uint8_t[]){2, 0, 0, 0, 7, 7}, "somebody else");
	sta_send(w.s, &f, 1, w.now, &w.out);
	world_carry_out(&w);
	assert_int_equal(w.drops[DROP_FOREIGN_SOURCE], 1);
	f = ethernet(w.ap[0].bssid, sta_addr, "the host has no business with the handshake");
	put_be16(frame_own(f) + 12, ETHERTYPE_EAPOL);
	sta_send(w.s, &f, 1, w.now, &w.out);
	world_carry_out(&w);
	assert_int_equal(w.drops[DROP_LINK_CONTROL], 1);
	f = frame_new(0, 13, 0);
	sta_send(w.s, &f, 1, w.now, &w.out);
	world_carry_out(&w);
	assert_int_equal(w.drops[DROP_TRUNCATED], 1);
	assert_int_equal(sta_drops(w.s)[DROP_FOREIGN_SOURCE], 1);
	world_run(&w, 50 * MS_);
	assert_int_equal(w.ap[0].data, 0);
	world_free(&w);
}

static void what_the_access_point_reflects_is_not_delivered(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	scripted_say(&w, &w.ap[0], everybody, sta_addr, "my own");
	world_run(&w, 10 * MS_);
	assert_int_equal(w.delivered, 0);
	assert_int_equal(w.drops[DROP_REFLECTION], 1);
	world_free(&w);
}

/* The PMKSA cache: the second association names the key of the first; the first, and one elsewhere, names none. */
static void names_the_key_that_it_had(void **state)
{
	struct rsn_element e;

	(void)state;
	world_make(&w);
	world_up(&w);
	assert_int_equal(rsn_parse(&e, (struct span){w.ap[0].theirs, w.ap[0].theirs_len}), NOT_DROPPED);
	assert_int_equal(e.pmkids.len, 0);
	world_run(&w, 60 * S_);
	scripted_bye(&w, &w.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&w, 5 * MS_);
	assert_true(world_connect(&w, S_));
	assert_int_equal(rsn_parse(&e, (struct span){w.ap[0].theirs, w.ap[0].theirs_len}), NOT_DROPPED);
	assert_int_equal(e.pmkids.len, PMKID_LEN);
	assert_true(talks(&w, &w.ap[0]));
	w.ap[0].on = false;
	w.ap[1].on = true;
	assert_true(world_connect(&w, S_));
	world_run(&w, 20 * S_);
	assert_int_equal(rsn_parse(&e, (struct span){w.ap[1].theirs, w.ap[1].theirs_len}), NOT_DROPPED);
	assert_int_equal(e.pmkids.len, 0);
	world_free(&w);
}

/* Packet numbers of 48 bits, of which few are left: the station asks for a new key in time. */
static void asks_for_new_keys_before_the_numbers_run_out(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	w.s->peer.pairwise.aes.pn.last = PN_MAX - (UINT64_C(1) << 32) + 1;
	for (int i = 0; i < 5; i++) {
		host_says(&w, host_addr, "many");
		world_run(&w, 10 * MS_);
	}
	assert_int_equal(w.ap[0].finding, RSN_WANTS_PTK);
	scripted_rekey(&w, &w.ap[0]);
	world_run(&w, 50 * MS_);
	assert_int_equal(w.count[NOTE_REKEYED], 1);
	assert_true(talks(&w, &w.ap[0]));
	assert_true(w.pn < 10);
	world_free(&w);
}

/* ptk_rekey_s */
static void asks_for_new_keys_when_they_are_old(void **state)
{
	(void)state;
	world_make(&w);
	w.nets[0].ptk_rekey_s = 600;
	world_up(&w);
	world_run(&w, 590 * S_);
	assert_int_equal(w.ap[0].finding, RSN_NOTHING);
	world_run(&w, 10 * S_);
	assert_int_equal(w.ap[0].finding, RSN_WANTS_PTK);
	world_free(&w);
}

static void leaves_properly_and_starts_again(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	sta_stop(w.s, w.now, &w.out);
	world_carry_out(&w);
	world_run(&w, 100 * S_);
	assert_int_equal(w.ap[0].deauths, 1);
	assert_int_equal(w.ap[0].deauth_reason, REASON_LEAVING);
	assert_int_equal(view_of(&w).state, STA_STOPPED);
	assert_int_equal(w.ap[0].auths, 1);
	sta_start(w.s, w.now, &w.out);
	world_carry_out(&w);
	assert_true(world_connect(&w, 10 * S_));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_goodbye_is_answered_by_coming_back_at_once),
		cmocka_unit_test(thrown_out_again_and_again_waits_longer_each_time),
		cmocka_unit_test(an_access_point_that_forgot_us_is_joined_anew),
		cmocka_unit_test(an_access_point_that_is_gone_is_noticed),
		cmocka_unit_test(an_access_point_that_hangs_is_left),
		cmocka_unit_test(missing_beacons_alone_end_nothing),
		cmocka_unit_test(says_now_and_then_that_it_is_there),
		cmocka_unit_test(what_the_host_sends_early_waits),
		cmocka_unit_test(a_station_sends_with_its_own_address_only),
		cmocka_unit_test(what_the_access_point_reflects_is_not_delivered),
		cmocka_unit_test(names_the_key_that_it_had),
		cmocka_unit_test(asks_for_new_keys_before_the_numbers_run_out),
		cmocka_unit_test(asks_for_new_keys_when_they_are_old),
		cmocka_unit_test(leaves_properly_and_starts_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

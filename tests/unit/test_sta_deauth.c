/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forged frames that would end the link of a station: deauthentication, SA Query, beacons, responses. */

#include "sta_attack.h"

static void station_ignores_unprotected_deauth_under_pmf(void **state)
{
	static const enum mgmt_subtype kinds[] = {MGMT_DEAUTH, MGMT_DISASSOC};

	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		fake_ap_send_reason(&world, &world.ap[0], kinds[i], sta_addr, REASON_CLASS_3, true);
		world_run(&world, 5 * S_);
		/* Another frame does not cause another query so soon. */
		fake_ap_send_reason(&world, &world.ap[0], kinds[i], sta_addr, REASON_CLASS_3, true);
		world_run(&world, 6 * S_);
	}
	assert_int_equal(world.drops[DROP_UNPROTECTED], 4);
	assert_int_equal(world.count[NOTE_SA_QUERY], 2);
	assert_int_equal(world.ap[0].queries, 2);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	/* A group addressed frame must have a valid BIP MIC. */
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, broadcast, REASON_CLASS_3, true);
	world_run(&world, 5 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_int_equal(world.drops[DROP_MME], 1);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void protected_deauth_ends_link(void **state)
{
	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&world, 5 * MS_);
	assert_int_equal(world_last_note(&world, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	assert_true(world_connect(&world, 20 * S_));
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, broadcast, REASON_LEAVING, false);
	world_run(&world, 5 * MS_);
	assert_int_equal(world_last_note(&world, NOTE_DISCONNECTED)->code, REASON_LEAVING);
	world_free(&world);
}

/* A flood of forged deauthentication frames starts one SA Query at a time. */
static void only_one_sa_query_is_pending(void **state)
{
	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	world.ap[0].sa_query_mute = true;
	for (int i = 0; i < 50; i++) {
		fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
		world_run(&world, 10 * MS_);
	}
	assert_int_equal(world.count[NOTE_SA_QUERY], 1);
	assert_uint_in_range(world.ap[0].queries, 2, 3);
	world.ap[0].sa_query_mute = false;
	world_run(&world, 5 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

/* A restarted access point cannot answer, and its deauthentication frames are unprotected. */
static void unanswered_sa_query_ends_link(void **state)
{
	uint64_t from;

	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	world_run(&world, 20 * S_);
	fake_ap_forget_sta(&world.ap[0]);
	world_host_send(&world, host_addr, "still there?");
	from = world.now;
	while (world.ap[0].connects < 2)
		world_run(&world, 10 * MS_);
	assert_uint_in_range((world.now - from) / MS_, 1000, 1500);
	world_run(&world, 50 * MS_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* A replayed response to an earlier SA Query has another identifier, and does not count. */
static void sa_query_response_needs_matching_id(void **state)
{
	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	world_run(&world, 20 * S_);
	world.ap[0].sa_query_wrong = true;
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
	world_run(&world, 2 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 1);
	assert_true(world.drops[DROP_MGMT_UNEXPECTED] >= 4);
	world_free(&world);
}

static void send_sa_query(bool forged)
{
	static const struct tx_options how = {0};
	uint8_t body[4] = {8, SA_QUERY_REQUEST, 0x12, 0x34};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta_addr, world.ap[0].bssid, world.ap[0].bssid);
	struct frame *frame;

	write_bytes(&writer, body, sizeof(body));
	frame = frame_writer_end(&writer);
	if (forged) {
		fake_ap_transmit(&world, &world.ap[0], frame);
		return;
	}
	assert_int_equal(tx_management(&world.ap[0].tx, &world.ap[0].peer, frame, NULL, &how), NOT_DROPPED);
	fake_ap_flush(&world, &world.ap[0]);
}

static void sa_query_of_other_bss_is_ignored(void **state)
{
	(void)state;
	start_pmf_link();
	world_start_connected(&world);
	send_sa_query(true);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.ap[0].answers, 0);
	assert_int_equal(world.drops[DROP_UNPROTECTED], 1);
	send_sa_query(false);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.ap[0].answers, 1);
	world_free(&world);
}

/* Without PMF a deauthentication frame is accepted from the station's own BSS only. */
static void deauth_of_other_bss_is_ignored(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	fake_ap_send_reason(&world, &world.ap[1], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
	world.scheduled[0].freq = world.freq_mhz;
	world_run(&world, 10 * MS_);
	assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 1);
	assert_true(world_is_connected(&world));
	world_free(&world);
}

/* Beacons are not authenticated: forged ones have another TSF, another protection or another SSID. */
static void forged_beacons_do_not_end_link(void **state)
{
	(void)state;
	for (int pmf = 0; pmf < 2; pmf++) {
		struct fake_ap forger;

		if (pmf)
			start_pmf_link();
		else
			world_init(&world);
		world_start_connected(&world);
		forger = world.ap[0];
		forger.tsf_epoch_ns = world.now;
		for (int i = 0; i < 100; i++) {
			forger.open = i % 3 == 0;
			strcpy(forger.ssid, i % 5 ? "home" : "evil");
			fake_ap_transmit(&world, &world.ap[0], fake_ap_beacon(&world, &forger, MGMT_BEACON, broadcast));
			world_run(&world, 100 * MS_);
		}
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		assert_true(world.ap[0].nulls + world.ap[0].queries >
			    0); /* the station checks whether the access point still answers */
		assert_true(world.ap[0].nulls + world.ap[0].queries < 10);
		assert_true(world_ping(&world, &world.ap[0]));
		world_free(&world);
	}
}

/* An association response and an authentication frame that the station did not request. */
static void unsolicited_responses_have_no_effect(void **state)
{
	struct frame_writer writer;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	for (int i = 0; i < 2; i++) {
		writer =
			mgmt_begin(i ? MGMT_AUTH : MGMT_ASSOC_RESPONSE, sta_addr, world.ap[0].bssid, world.ap[0].bssid);
		write_le16(&writer, i ? AUTH_OPEN : 1);
		write_le16(&writer, i ? 2 : STATUS_DENIED);
		write_le16(&writer, i ? STATUS_DENIED : 0xc001);
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
	}
	world_run(&world, 10 * MS_);
	assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 2);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_ignores_unprotected_deauth_under_pmf),
		cmocka_unit_test(protected_deauth_ends_link),
		cmocka_unit_test(only_one_sa_query_is_pending),
		cmocka_unit_test(unanswered_sa_query_ends_link),
		cmocka_unit_test(sa_query_response_needs_matching_id),
		cmocka_unit_test(sa_query_of_other_bss_is_ignored),
		cmocka_unit_test(deauth_of_other_bss_is_ignored),
		cmocka_unit_test(forged_beacons_do_not_end_link),
		cmocka_unit_test(unsolicited_responses_have_no_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

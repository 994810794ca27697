/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An established link of a station: deauthentication, lost peers, queued frames, key lifetimes. */
#include "fake_ap.h"

#include "softmac/sta/soft_sta_state.h"

static struct world world;

static void deauth_triggers_immediate_reconnect(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, 60 * S_);
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&world, 5 * MS_);
	assert_false(world_is_connected(&world));
	assert_int_equal(world_last_note(&world, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	assert_true(world_connect(&world, 100 * MS_));
	assert_int_equal(world.count[NOTE_SCANNING], 1);
	world_run(&world, 60 * S_);
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DISASSOC, broadcast, REASON_AP_BUSY, false);
	world_run(&world, 5 * MS_);
	assert_true(world_connect(&world, 100 * MS_));
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* Reconnections to an access point that always deauthenticates the station slow down. */
static void repeated_deauth_increases_backoff(void **state)
{
	unsigned in_first_minute;

	(void)state;
	world_init(&world);
	world_start(&world);
	for (int i = 0; i < 60 * 20; i++) {
		if (world_is_connected(&world))
			fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_UNSPECIFIED, false);
		world_run(&world, 50 * MS_);
	}
	in_first_minute = world.ap[0].connects;
	assert_uint_in_range(in_first_minute, 4, 10);
	for (int i = 0; i < 600 * 20; i++) {
		if (world_is_connected(&world))
			fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_UNSPECIFIED, false);
		world_run(&world, 50 * MS_);
	}
	assert_uint_in_range(world.ap[0].connects - in_first_minute, 5, 20);
	assert_true(world_connect(&world, 100 * S_));
	world_run(&world, 60 * S_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void forgotten_association_is_restored(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, 60 * S_);
	/* The access point restarts: its TSF timer starts at 0, and it has no stations. */
	fake_ap_forget_sta(&world.ap[0]);
	world.ap[0].tsf_epoch_ns = world.ap[0].next_beacon_ns;
	world_run(&world, 300 * MS_);
	assert_true(world_connect(&world, 500 * MS_));
	assert_int_equal(world.ap[0].connects, 2);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void vanished_ap_is_detected(void **state)
{
	uint64_t gone;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, 60 * S_);
	world.ap[0].on_air = false;
	gone = world.now;
	while (world_is_connected(&world))
		world_run(&world, 10 * MS_);
	assert_uint_in_range((world.now - gone) / MS_, 700, 4000);
	assert_int_equal(world.count[NOTE_SILENT], 1);
	world_run(&world, 7200 * S_);
	world.ap[0].on_air = true;
	world.ap[0].next_beacon_ns = world.now;
	fake_ap_forget_sta(&world.ap[0]);
	assert_true(world_connect(&world, 40 * S_));
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* The radio of the access point still acknowledges, but no frame is answered. */
static void unresponsive_ap_is_left(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world.ap[0].mute = world.ap[0].no_beacons = true;
	world_run(&world, 10 * S_);
	assert_false(world_is_connected(&world));
	world_free(&world);
}

static void missing_beacons_alone_do_not_end_link(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world.ap[0].no_beacons = true;
	world_run(&world, 2500 * MS_);
	assert_true(world.ap[0].nulls > 0);
	world.ap[0].no_beacons = false;
	world_run(&world, 10 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

static void idle_station_sends_keepalive(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, 600 * S_);
	assert_uint_in_range(world.ap[0].nulls, 9, 11);
	world_free(&world);
}

/* Twice in 10,240 ms (11.21.13). */
static void idle_station_keeps_the_period_of_the_access_point(void **state)
{
	(void)state;
	world_init(&world);
	memcpy(world.ap[0].max_idle, ((const uint8_t[]){10, 0, 0}), 3);
	world_start_connected(&world);
	assert_int_equal(world_sta_view(&world).max_idle, 10);
	world_run(&world, 600 * S_);
	assert_uint_in_range(world.ap[0].nulls, 115, 118);
	assert_int_equal(world.ap[0].data, 0);
	world_free(&world);
}

static void protected_keepalive_is_a_frame_under_the_pairwise_key(void **state)
{
	(void)state;
	world_init(&world);
	memcpy(world.ap[0].max_idle, ((const uint8_t[]){10, 0, 1}), 3);
	world_start_connected(&world);
	world_run(&world, 600 * S_);
	assert_int_equal(world.ap[0].nulls, 0);
	assert_uint_in_range(world.ap[0].data, 115, 118);
	assert_int_equal(world.ap[0].last_len, ETHER_HLEN);
	assert_int_equal(be16(world.ap[0].last + 2 * MAC_LEN), ETHERTYPE_PREAUTH);
	assert_memory_equal(world.ap[0].last, world.ap[0].bssid, MAC_LEN);
	assert_int_equal(world.clear_data, 0);
	world_free(&world);
}

static void early_host_frames_are_queued(void **state)
{
	(void)state;
	world_init(&world);
	world_start(&world);
	for (int i = 0; i < 70; i++)
		world_host_send(&world, host_addr, "early");
	assert_int_equal(world.drops[DROP_NOT_CONNECTED], 6);
	assert_true(world_connect(&world, 10 * S_));
	assert_int_equal(world.ap[0].data, 64);
	world_free(&world);

	world_init(&world);
	world.ap[0].on_air = false;
	world_start(&world);
	world_host_send(&world, host_addr, "too early");
	world_run(&world, 6 * S_);
	assert_int_equal(world.drops[DROP_NOT_CONNECTED], 1);
	world.ap[0].on_air = true;
	assert_true(world_connect(&world, 60 * S_));
	assert_int_equal(world.ap[0].data, 0);
	world_free(&world);
}

static void foreign_source_address_is_not_sent(void **state)
{
	struct frame *frame;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	frame = ethernet_frame(host_addr, (const uint8_t[]){2, 0, 0, 0, 7, 7}, "other source");
	soft_sta_send(world.s, &frame, 1, world.now, &world.out);
	world_apply_actions(&world);
	assert_int_equal(world.drops[DROP_FOREIGN_SOURCE], 1);
	frame = ethernet_frame(world.ap[0].bssid, sta_addr, "the host has no business with the handshake");
	put_be16(frame_make_writable(frame) + 12, ETHERTYPE_EAPOL);
	soft_sta_send(world.s, &frame, 1, world.now, &world.out);
	world_apply_actions(&world);
	assert_int_equal(world.drops[DROP_LINK_CONTROL], 1);
	frame = frame_new(0, 13, 0);
	soft_sta_send(world.s, &frame, 1, world.now, &world.out);
	world_apply_actions(&world);
	assert_int_equal(world.drops[DROP_TRUNCATED], 1);
	assert_int_equal(soft_sta_drops(world.s)[DROP_FOREIGN_SOURCE], 1);
	world_run(&world, 50 * MS_);
	assert_int_equal(world.ap[0].data, 0);
	world_free(&world);
}

static void reflected_own_frame_is_not_delivered(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	fake_ap_send(&world, &world.ap[0], broadcast, sta_addr, "my own");
	world_run(&world, 10 * MS_);
	assert_int_equal(world.delivered, 0);
	assert_int_equal(world.drops[DROP_REFLECTION], 1);
	world_free(&world);
}

/* PMKSA cache: only the second association with the same access point contains a PMKID. */
static void reassociation_names_cached_pmkid(void **state)
{
	struct rsn_element rsne;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	assert_int_equal(rsn_element_parse(&rsne, (struct span){world.ap[0].sta_rsne, world.ap[0].sta_rsne_len}),
			 NOT_DROPPED);
	assert_int_equal(rsne.pmkids.len, 0);
	world_run(&world, 60 * S_);
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&world, 5 * MS_);
	assert_true(world_connect(&world, S_));
	assert_int_equal(rsn_element_parse(&rsne, (struct span){world.ap[0].sta_rsne, world.ap[0].sta_rsne_len}),
			 NOT_DROPPED);
	assert_int_equal(rsne.pmkids.len, PMKID_LEN);
	assert_true(world_ping(&world, &world.ap[0]));
	world.ap[0].on_air = false;
	world.ap[1].on_air = true;
	assert_true(world_connect(&world, S_));
	world_run(&world, 20 * S_);
	assert_int_equal(rsn_element_parse(&rsne, (struct span){world.ap[1].sta_rsne, world.ap[1].sta_rsne_len}),
			 NOT_DROPPED);
	assert_int_equal(rsne.pmkids.len, 0);
	world_free(&world);
}

/* The station requests a rekey before its packet numbers of 48 bits are exhausted. */
static void rekey_is_requested_before_pn_exhaustion(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world.s->peer.pairwise.aes.pn.last = PN_MAX - (UINT64_C(1) << 32) + 1;
	for (int i = 0; i < 5; i++) {
		world_host_send(&world, host_addr, "many");
		world_run(&world, 10 * MS_);
	}
	assert_int_equal(world.ap[0].finding, RSN_PTK_REQUESTED);
	fake_ap_rekey(&world, &world.ap[0]);
	world_run(&world, 50 * MS_);
	assert_int_equal(world.count[NOTE_REKEYED], 1);
	assert_true(world_ping(&world, &world.ap[0]));
	assert_true(world.pn < 10);
	world_free(&world);
}

/* ptk_rekey_s */
static void rekey_is_requested_after_key_lifetime(void **state)
{
	(void)state;
	world_init(&world);
	world.nets[0].ptk_rekey_s = 600;
	world_start_connected(&world);
	world_run(&world, 590 * S_);
	assert_int_equal(world.ap[0].finding, RSN_NO_EVENT);
	world_run(&world, 10 * S_);
	assert_int_equal(world.ap[0].finding, RSN_PTK_REQUESTED);
	world_free(&world);
}

static void station_leaves_cleanly_and_restarts(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	soft_sta_stop(world.s, world.now, &world.out);
	world_apply_actions(&world);
	world_run(&world, 100 * S_);
	assert_int_equal(world.ap[0].deauths, 1);
	assert_int_equal(world.ap[0].deauth_reason, REASON_LEAVING);
	assert_int_equal(world_sta_view(&world).state, STA_STOPPED);
	assert_int_equal(world.ap[0].auths, 1);
	soft_sta_start(world.s, world.now, &world.out);
	world_apply_actions(&world);
	assert_true(world_connect(&world, 10 * S_));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deauth_triggers_immediate_reconnect),
		cmocka_unit_test(repeated_deauth_increases_backoff),
		cmocka_unit_test(forgotten_association_is_restored),
		cmocka_unit_test(vanished_ap_is_detected),
		cmocka_unit_test(unresponsive_ap_is_left),
		cmocka_unit_test(missing_beacons_alone_do_not_end_link),
		cmocka_unit_test(idle_station_sends_keepalive),
		cmocka_unit_test(idle_station_keeps_the_period_of_the_access_point),
		cmocka_unit_test(protected_keepalive_is_a_frame_under_the_pairwise_key),
		cmocka_unit_test(early_host_frames_are_queued),
		cmocka_unit_test(foreign_source_address_is_not_sent),
		cmocka_unit_test(reflected_own_frame_is_not_delivered),
		cmocka_unit_test(reassociation_names_cached_pmkid),
		cmocka_unit_test(rekey_is_requested_before_pn_exhaustion),
		cmocka_unit_test(rekey_is_requested_after_key_lifetime),
		cmocka_unit_test(station_leaves_cleanly_and_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

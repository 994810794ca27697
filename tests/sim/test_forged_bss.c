/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forger without keys sends beacons with the name of a network, each from another BSSID and stronger than the access
 * point. A station that looks for its network must not try all of them.
 *
 *	station )))  access point, -60 dBm
 *	        )))  forger, -20 dBm
 */
#include "../unit/unit.h"

#include "world.h"

#include "wire/mgmt.h"

#include <stdio.h>

#define PASS "correct horse battery"
#define FREQ 2437

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct forgery {
	struct world *world;
	struct ap_setup ap_setup;
	struct sta_setup sta_setup;
	struct sta_network network;
	unsigned ap, sta, number;
	unsigned bssids; /* so many BSSIDs take turns; 0: each beacon has a new one */
	radio_id forger;
};

static const struct medium_link near = {.signal_dbm = -20}, far = {.signal_dbm = -60};

/* One beacon in the name of a BSS that offers the terms of the network. */
static void send_beacon(struct forgery *forgery, const uint8_t *bssid, uint8_t channel, bool protected,
			uint16_t interval)
{
	static const uint8_t rates[] = {0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 108};
	struct rsn_element rsne = {.pairwise = 1u << CIPHER_CCMP_128,
				   .group = CIPHER_CCMP_128,
				   .akms = 1u << AKM_PSK,
				   .capabilities = 0x000c,
				   .group_management = CIPHER_NONE};
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, broadcast, bssid, bssid);
	uint8_t element[ELEMENT_MAX];

	write_le64(&writer, world_now(forgery->world) / 1000);
	write_le16(&writer, interval);
	write_le16(&writer, CAPABILITY_ESS | (protected ? CAPABILITY_PRIVACY : 0));
	write_element(&writer, EID_SSID, (const uint8_t *)"first", 5);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	write_element(&writer, EID_DS, &channel, 1);
	write_bytes(&writer, element, protected ? rsn_element_write(&rsne, element) : 0);
	medium_send(world_medium(forgery->world), forgery->forger, frame_writer_end(&writer), 54000, 0,
		    world_now(forgery->world));
}

static void send_forged_beacon(struct forgery *forgery)
{
	unsigned number = forgery->bssids ? forgery->number % forgery->bssids : forgery->number;
	uint8_t bssid[6] = {2, 0x66, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

	send_beacon(forgery, bssid, 6, true, 100);
	forgery->number++;
}

/* One forged beacon in each millisecond, for so long. */
static void run_forger(struct forgery *forgery, uint64_t ns)
{
	for (uint64_t end_ns = world_now(forgery->world) + ns; world_now(forgery->world) < end_ns;) {
		send_forged_beacon(forgery);
		world_run(forgery->world, world_now(forgery->world) + MS);
	}
}

/* Returns the time until the station is connected again. */
static uint64_t reconnection_ns(struct forgery *forgery)
{
	uint64_t began_ns = world_now(forgery->world);

	while (world_is_connected(forgery->world, forgery->sta) && world_now(forgery->world) < began_ns + 60 * S)
		run_forger(forgery, MS);
	began_ns = world_now(forgery->world);
	while (!world_is_connected(forgery->world, forgery->sta) && world_now(forgery->world) < began_ns + 120 * S)
		run_forger(forgery, MS);
	if (getenv("VIFI_FORGED"))
		printf("reconnected after %.3f s\n", (double)(world_now(forgery->world) - began_ns) / 1e9);
	return world_now(forgery->world) - began_ns;
}

static void prepare(struct forgery *forgery, uint64_t seed)
{
	*forgery = (struct forgery){.world = world_new(seed)};
	world_ap_setup(forgery->world, &forgery->ap_setup, 0, "first", PASS, FREQ);
	world_sta_setup(forgery->world, &forgery->sta_setup, &forgery->network, 0, "first", PASS);
}

static void start(struct forgery *forgery)
{
	forgery->ap = world_add_ap(forgery->world, &forgery->ap_setup);
	forgery->forger = medium_join(world_medium(forgery->world));
	medium_tune(world_medium(forgery->world), forgery->forger, FREQ);
	forgery->sta = world_add_sta(forgery->world, &forgery->sta_setup);
	world_link(forgery->world, forgery->ap, forgery->sta, &far);
	medium_set_link(world_medium(forgery->world), forgery->forger, world_radio(forgery->world, forgery->sta),
			&near);
}

static void connect(struct forgery *forgery)
{
	assert_true(world_run_until(forgery->world, world_now(forgery->world) + 60 * S, world_all_connected));
}

static void forgery_free(struct forgery *forgery)
{
	world_assert_no_violations(forgery->world);
	world_free(forgery->world);
}

static void forge_deauth(struct forgery *forgery)
{
	const uint8_t *bssid = forgery->ap_setup.bss[0].bssid;
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, forgery->sta_setup.addr, bssid, bssid);

	write_le16(&writer, REASON_UNSPECIFIED);
	medium_send(world_medium(forgery->world), forgery->forger, frame_writer_end(&writer), 0, 0,
		    world_now(forgery->world));
}

/* The forged BSSs come before the deauthentication, and they go on. */
static void station_returns_to_bss_that_worked_last(void **state)
{
	static const unsigned bssids[] = {0, 100, 20};

	(void)state;
	for (size_t k = 0; k < COUNT(bssids); k++) {
		struct forgery forgery;

		prepare(&forgery, 91);
		start(&forgery);
		connect(&forgery);
		forgery.bssids = bssids[k];
		for (unsigned i = 0; i < 4; i++) {
			run_forger(&forgery, 7 * S + i * 5 * S);
			forge_deauth(&forgery);
			assert_true(reconnection_ns(&forgery) < 200 * MS);
		}
		forgery_free(&forgery);
	}
}

/* The access point restarts: its entry was removed when its beacons ceased. */
static void station_returns_to_restarted_ap_among_forged_bss(void **state)
{
	struct forgery forgery;

	(void)state;
	prepare(&forgery, 92);
	start(&forgery);
	connect(&forgery);
	run_forger(&forgery, 12 * S);
	world_power_off(forgery.world, forgery.ap);
	run_forger(&forgery, 20 * S);
	assert_false(world_is_connected(forgery.world, forgery.sta));
	world_power_on(forgery.world, forgery.ap);
	world_link(forgery.world, forgery.ap, forgery.sta, &far);
	assert_true(reconnection_ns(&forgery) < 25 * S);
	forgery_free(&forgery);
}

/* A station that was never connected has no reason to prefer the access point; nobody acknowledges at the others. */
static void first_connection_succeeds_among_forged_bss(void **state)
{
	struct forgery forgery;

	(void)state;
	prepare(&forgery, 93);
	start(&forgery);
	assert_true(reconnection_ns(&forgery) < 4 * S);
	forgery_free(&forgery);
}

/* Beacons in the name of the access point itself: on another channel, without protection, with a long interval. */
static void forged_terms_do_not_replace_those_that_worked(void **state)
{
	struct forgery forgery;

	(void)state;
	prepare(&forgery, 94);
	start(&forgery);
	connect(&forgery);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned k = 0; k < 1500; k++) {
			send_beacon(&forgery, forgery.ap_setup.bss[0].bssid, i ? 6 : 11, i != 1, i == 2 ? 65535 : 100);
			world_run(forgery.world, world_now(forgery.world) + 10 * MS);
			if (k == 1000)
				forge_deauth(&forgery);
		}
		assert_true(world_is_connected(forgery.world, forgery.sta));
		assert_int_equal(world_note_count(forgery.world, forgery.sta, NOTE_CONNECTED), i + 2);
	}
	world_free(forgery.world); /* the sniffer rightly complains of the timestamps */
}

/* A station with a weak signal looks for a better access point: the forged ones cost it one attempt in 20 s and more. */
static void forged_bss_do_not_lure_connected_station(void **state)
{
	static const struct medium_link weak = {.signal_dbm = -75};
	struct forgery forgery;
	uint64_t connected_ns = 0, total_ns = 0;

	(void)state;
	prepare(&forgery, 95);
	start(&forgery);
	world_link(forgery.world, forgery.ap, forgery.sta, &weak);
	connect(&forgery);
	forgery.bssids = 20;
	for (; total_ns < 120 * S; total_ns += MS) {
		run_forger(&forgery, MS);
		connected_ns += world_is_connected(forgery.world, forgery.sta) ? MS : 0;
	}
	if (getenv("VIFI_FORGED"))
		printf("connected for %.3f of %.0f s, roamed %u times\n", (double)connected_ns / 1e9,
		       (double)total_ns / 1e9, world_note_count(forgery.world, forgery.sta, NOTE_ROAMING));
	assert_true(total_ns - connected_ns < 500 * MS);
	assert_uint_in_range(world_note_count(forgery.world, forgery.sta, NOTE_ROAMING), 0, 4);
	forgery_free(&forgery);
}

/*
 * Beacon protection: beacons in the name of the access point change nothing, at a station that wants it. Group rekeys bring
 * new keys.
 */
static void forged_beacon_of_the_access_point_is_dropped(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_BIP_CMAC_128, CIPHER_BIP_CMAC_256, CIPHER_BIP_GMAC_128,
					      CIPHER_BIP_GMAC_256};
	struct forgery forgery;

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(ciphers) / sizeof(*ciphers); i++) {
		bool wanted = i % 2;
		struct ap_bss_setup *bss = &forgery.ap_setup.bss[0];

		prepare(&forgery, i);
		bss->pmf = forgery.network.pmf = 2;
		bss->group_mgmt = ciphers[i / 2];
		bss->beacon_protection = true;
		bss->group_rekey_s = 2;
		forgery.network.group_mgmt = 1u << ciphers[i / 2];
		forgery.network.beacon_protection = wanted;
		start(&forgery);
		connect(&forgery);
		world_run(forgery.world, world_now(forgery.world) + 7 * S);
		assert_true(world_is_connected(forgery.world, forgery.sta));
		assert_int_equal(world_drops(forgery.world, forgery.sta, DROP_MME), 0);
		assert_int_equal(world_drops(forgery.world, forgery.sta, DROP_MPDU_MIC), 0);
		assert_int_equal(world_drops(forgery.world, forgery.sta, DROP_REPLAY), 0);
		for (unsigned k = 0; k < 10; k++) {
			send_beacon(&forgery, bss->bssid, 11, true, 1000);
			world_run(forgery.world, world_now(forgery.world) + 50 * MS);
		}
		assert_int_equal(world_drops(forgery.world, forgery.sta, DROP_MME), wanted ? 10 : 0);
		assert_int_equal(world_note_count(forgery.world, forgery.sta, NOTE_FORGED_BEACON), wanted);
		assert_true(world_is_connected(forgery.world, forgery.sta));
		world_free(forgery.world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_beacon_of_the_access_point_is_dropped),
		cmocka_unit_test(station_returns_to_bss_that_worked_last),
		cmocka_unit_test(station_returns_to_restarted_ap_among_forged_bss),
		cmocka_unit_test(first_connection_succeeds_among_forged_bss),
		cmocka_unit_test(forged_terms_do_not_replace_those_that_worked),
		cmocka_unit_test(forged_bss_do_not_lure_connected_station),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PTK rekeys with frame loss: a message of the 4-way handshake is lost with all its retries, or half of all
 * transmissions are lost. The link continues under the old key until both ends have the new one, and loses no data frame.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID "sim"
#define PASS "correct horse battery"
#define STEP 10000 /* ns; less than the airtime of any frame */

struct scenario {
	struct world *world;
	struct ap_setup ap_setup;
	struct sta_setup sta_setup;
	struct sta_network network;
	unsigned ap, sta, up, down;
	const uint8_t *host;
};

static struct scenario *scenario_new(uint64_t seed, uint32_t rekey_s, enum cipher pairwise, bool pmf)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct ap_bss_setup *bss_setup = &scenario->ap_setup.bss[0];

	scenario->world = world_new(seed);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setup, 0, SSID, PASS, 5180);
	bss_setup->ptk_rekey_s = rekey_s;
	bss_setup->rsn_pairwise = 1u << pairwise;
	bss_setup->group = pairwise == CIPHER_TKIP ? pairwise : CIPHER_CCMP_128;
	bss_setup->pmf = pmf;
	bss_setup->group_mgmt = pmf ? CIPHER_BIP_CMAC_128 : CIPHER_NONE;
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setup);
	world_sta_setup(scenario->world, &scenario->sta_setup, &scenario->network, 0, SSID, PASS);
	scenario->network.pairwise = 1u << pairwise;
	scenario->network.group = 1u << bss_setup->group;
	scenario->network.pmf = pmf;
	scenario->sta = world_add_sta(scenario->world, &scenario->sta_setup);
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + 20 * S, world_all_connected));
	scenario->up = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta), scenario->host);
	scenario->down = world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta));
	return scenario;
}

static void scenario_free(struct scenario *scenario)
{
	world_assert_no_violations(scenario->world);
	world_free(scenario->world);
	free(scenario);
}

/* Interrupts or restores the link from one node to another. */
static void set_link_broken(struct scenario *scenario, unsigned from, unsigned to, bool broken)
{
	struct medium_link link = {.out_of_range = broken};

	assert_int_equal(medium_set_link(world_medium(scenario->world), world_radio(scenario->world, from),
					 world_radio(scenario->world, to), &link),
			 0);
}

/* Runs until the station has installed the new key: it has just queued message 4. */
static void run_to_message_4(struct scenario *scenario)
{
	unsigned before = world_note_count(scenario->world, scenario->sta, NOTE_REKEYED);

	for (uint64_t end = world_now(scenario->world) + 20 * S;
	     world_note_count(scenario->world, scenario->sta, NOTE_REKEYED) == before;) {
		assert_true(world_now(scenario->world) < end);
		world_run(scenario->world, world_now(scenario->world) + STEP);
	}
}

static void check_link_survives_lost_message_4(enum cipher pairwise, bool pmf)
{
	struct scenario *scenario = scenario_new(40, 5, pairwise, pmf);
	unsigned before, sent;

	for (int round = 0; round < 3; round++) {
		run_to_message_4(scenario);
		assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED), round);
		set_link_broken(scenario, scenario->sta, scenario->ap, true);
		/* All retries of message 4 take less than this. */
		world_run(scenario->world, world_now(scenario->world) + 30 * MS);
		set_link_broken(scenario, scenario->sta, scenario->ap, false);
		assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED), round);
		/* The access point uses the old key, the station has both: each end decrypts the frames of the other. */
		before =
			world_received(scenario->world, scenario->up) + world_received(scenario->world, scenario->down);
		world_send(scenario->world, scenario->up, 3, 200);
		world_send(scenario->world, scenario->down, 3, 200);
		world_run(scenario->world, world_now(scenario->world) + 20 * MS);
		assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED), round);
		assert_int_equal(world_received(scenario->world, scenario->up) +
					 world_received(scenario->world, scenario->down),
				 before + 6);
		/* The access point retransmits message 3, and the station answers. */
		world_run(scenario->world, world_now(scenario->world) + 2 * S);
		assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED), round + 1);
		sent = world_sent(scenario->world, scenario->up) + world_sent(scenario->world, scenario->down);
		world_send(scenario->world, scenario->up, 3, 200);
		world_send(scenario->world, scenario->down, 3, 200);
		world_run(scenario->world, world_now(scenario->world) + 20 * MS);
		assert_int_equal(world_received(scenario->world, scenario->up) +
					 world_received(scenario->world, scenario->down),
				 sent + 6);
	}
	assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_REKEYED), 3);
	assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_DISCONNECTED), 0);
	assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_DISCONNECTED), 0);
	scenario_free(scenario);
}

static void lost_message_4_does_not_break_link(void **state)
{
	(void)state;
	check_link_survives_lost_message_4(CIPHER_CCMP_128, false);
	check_link_survives_lost_message_4(CIPHER_GCMP_128, true);
	check_link_survives_lost_message_4(CIPHER_TKIP, false);
}

/* Message 4 never arrives: the access point gives up and deauthenticates the station under the old key. */
static void unanswered_station_reports_timeout(void **state)
{
	struct scenario *scenario = scenario_new(41, 5, CIPHER_CCMP_128, true);

	(void)state;
	run_to_message_4(scenario);
	set_link_broken(scenario, scenario->sta, scenario->ap, true);
	while (!world_note_count(scenario->world, scenario->ap, NOTE_DISCONNECTED)) {
		assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_DISCONNECTED), 0);
		world_run(scenario->world, world_now(scenario->world) + MS);
	}
	world_run(scenario->world, world_now(scenario->world) + 10 * MS);
	assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_DISCONNECTED), 1);
	set_link_broken(scenario, scenario->sta, scenario->ap, false);
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + 20 * S, world_all_connected));
	assert_true(world_ping(scenario->world, world_sta_addr(scenario->world, scenario->sta), scenario->host));
	scenario_free(scenario);
}

/* 55 % of all transmissions are lost, also acknowledgements, and so one frame in 66 with all its retries. */
static void rekey_survives_frame_loss(void **state)
{
	struct scenario *scenario = scenario_new(42, 1, CIPHER_CCMP_128, false);
	struct medium_link bad = {.loss_ppm = 550000};

	(void)state;
	world_link(scenario->world, scenario->ap, scenario->sta, &bad);
	world_send_every(scenario->world, scenario->up, 50 * MS);
	world_send_every(scenario->world, scenario->down, 50 * MS);
	world_run(scenario->world, world_now(scenario->world) + 600 * S);
	world_send_every(scenario->world, scenario->up, 0);
	world_send_every(scenario->world, scenario->down, 0);
	world_run(scenario->world, world_now(scenario->world) + S);
	print_message("%u rekeys, %u disconnections; received %u of %u uplink and %u of %u downlink frames\n",
		      world_note_count(scenario->world, scenario->ap, NOTE_REKEYED),
		      world_note_count(scenario->world, scenario->sta, NOTE_DISCONNECTED),
		      world_received(scenario->world, scenario->up), world_sent(scenario->world, scenario->up),
		      world_received(scenario->world, scenario->down), world_sent(scenario->world, scenario->down));
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED) > 500);
	assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_DISCONNECTED), 0);
	/* The medium loses 1.5 %. */
	assert_true(world_received(scenario->world, scenario->up) >
		    world_sent(scenario->world, scenario->up) * 98 / 100);
	assert_true(world_received(scenario->world, scenario->down) >
		    world_sent(scenario->world, scenario->down) * 98 / 100);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_message_4_does_not_break_link),
		cmocka_unit_test(unanswered_station_reports_timeout),
		cmocka_unit_test(rekey_survives_frame_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

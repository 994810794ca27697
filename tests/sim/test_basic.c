/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Basic operation of a network with one or two access points and a few stations. */
#include "../unit/unit.h"

#include "world.h"

#define SSID "sim"
#define PASS "correct horse battery"

/* Up to two access points with the same SSID, on different channels, and some stations. */
struct scenario {
	struct world *world;
	struct ap_setup ap_setups[2];
	struct sta_setup sta_setups[8];
	struct sta_network networks[8];
	unsigned ap[2], sta[8];
	const uint8_t *host;
};

static struct scenario *scenario_new(uint64_t seed, unsigned aps, unsigned stas)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	scenario->world = world_new(seed);
	scenario->host = world_host(scenario->world);
	for (unsigned i = 0; i < aps; i++) {
		world_ap_setup(scenario->world, &scenario->ap_setups[i], i, SSID, PASS, i ? 5180 : 2412);
		scenario->ap[i] = world_add_ap(scenario->world, &scenario->ap_setups[i]);
	}
	for (unsigned i = 0; i < stas; i++) {
		world_sta_setup(scenario->world, &scenario->sta_setups[i], &scenario->networks[i], i, SSID, PASS);
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	}
	return scenario;
}

static void scenario_free(struct scenario *scenario)
{
	world_assert_no_violations(scenario->world);
	world_free(scenario->world);
	free(scenario);
}

static void connect_all(struct scenario *scenario, uint64_t within_ns)
{
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + within_ns, world_all_connected));
	/* The station is connected one frame before the access point. */
	world_run(scenario->world, world_now(scenario->world) + 100 * MS);
}

static void station_associates_and_pings(void **state)
{
	struct scenario *scenario = scenario_new(1, 1, 1);

	(void)state;
	connect_all(scenario, 10 * S);
	assert_true(world_ping(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]), scenario->host));
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[0])));
	assert_int_equal(world_note_count(scenario->world, scenario->sta[0], NOTE_CONNECTED), 1);
	scenario_free(scenario);
}

static void wrong_passphrase_prevents_connection(void **state)
{
	struct scenario *scenario = scenario_new(1, 1, 0);

	(void)state;
	world_sta_setup(scenario->world, &scenario->sta_setups[0], &scenario->networks[0], 0, SSID,
			"another passphrase");
	scenario->sta[0] = world_add_sta(scenario->world, &scenario->sta_setups[0]);
	world_run(scenario->world, 60 * S);
	assert_int_equal(world_note_count(scenario->world, scenario->sta[0], NOTE_CONNECTED), 0);
	assert_true(world_note_count(scenario->world, scenario->sta[0], NOTE_WRONG_PASSPHRASE) > 0);
	assert_true(world_note_count(scenario->world, scenario->ap[0], NOTE_WRONG_PASSPHRASE) > 0);
	scenario_free(scenario);
}

static void frames_arrive_once_and_in_order(void **state)
{
	struct scenario *scenario = scenario_new(2, 2, 6);
	unsigned flows[16], count = 0;

	(void)state;
	connect_all(scenario, 20 * S);
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *addr = world_sta_addr(scenario->world, scenario->sta[i]);

		flows[count++] = world_flow(scenario->world, addr, scenario->host);
		flows[count++] = world_flow(scenario->world, scenario->host, addr);
	}
	flows[count++] = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]),
				    world_sta_addr(scenario->world, scenario->sta[1]));
	for (unsigned i = 0; i < count; i++)
		world_send_every(scenario->world, flows[i], 20 * MS);
	world_run(scenario->world, world_now(scenario->world) + 20 * S);
	for (unsigned i = 0; i < count; i++)
		world_send_every(scenario->world, flows[i], 0);
	world_run(scenario->world, world_now(scenario->world) + S);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(world_sent(scenario->world, flows[i]), 1000);
		assert_int_equal(world_received(scenario->world, flows[i]), 1000);
	}
	scenario_free(scenario);
}

static void broadcast_reaches_each_station_once(void **state)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct scenario *scenario = scenario_new(3, 2, 6);
	unsigned from_wire, from_air;

	(void)state;
	connect_all(scenario, 20 * S);
	from_wire = world_flow(scenario->world, scenario->host, broadcast);
	from_air = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]), broadcast);
	for (int i = 0; i < 20; i++) {
		world_send(scenario->world, from_wire, 1, 100);
		world_send(scenario->world, from_air, 1, 100);
		world_run(scenario->world, world_now(scenario->world) + 300 * MS);
	}
	assert_int_equal(world_received(scenario->world, from_wire), 20 * 6);
	assert_int_equal(world_received(scenario->world, from_air), 20 * (5 + 1)); /* the others, and the host */
	scenario_free(scenario);
}

static void link_survives_40_percent_loss(void **state)
{
	struct scenario *scenario = scenario_new(4, 1, 4);
	unsigned up, down;

	(void)state;
	medium_set_default_link(world_medium(scenario->world),
				&(struct medium_link){.loss_ppm = 400000, .jitter_ns = MS});
	connect_all(scenario, 120 * S);
	up = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]), scenario->host);
	down = world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[0]));
	world_send_every(scenario->world, up, 50 * MS);
	world_send_every(scenario->world, down, 50 * MS);
	world_run(scenario->world, world_now(scenario->world) + 60 * S);
	/* With seven tries 0.4^7 of the frames are lost, and some more during reconnections. */
	assert_true(world_received(scenario->world, up) > world_sent(scenario->world, up) * 9 / 10);
	assert_true(world_received(scenario->world, down) > world_sent(scenario->world, down) * 9 / 10);
	for (unsigned i = 0; i < 4; i++)
		assert_true(
			world_ping(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host));
	scenario_free(scenario);
}

static void duplicates_are_not_delivered(void **state)
{
	struct scenario *scenario = scenario_new(5, 1, 2);
	unsigned up, down;

	(void)state;
	medium_set_default_link(world_medium(scenario->world), &(struct medium_link){.duplicate_ppm = 300000});
	connect_all(scenario, 30 * S);
	up = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]), scenario->host);
	down = world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[1]));
	world_send_every(scenario->world, up, 10 * MS);
	world_send_every(scenario->world, down, 10 * MS);
	world_run(scenario->world, world_now(scenario->world) + 10 * S);
	world_send_every(scenario->world, up, 0);
	world_send_every(scenario->world, down, 0);
	world_run(scenario->world, world_now(scenario->world) + S);
	assert_int_equal(world_received(scenario->world, up), world_sent(scenario->world, up));
	assert_int_equal(world_received(scenario->world, down), world_sent(scenario->world, down));
	scenario_free(scenario);
}

static bool is_associated_with(struct scenario *scenario, unsigned sta, unsigned ap)
{
	struct sta_info info;

	soft_sta_info(world_sta(scenario->world, scenario->sta[sta]), &info);
	return info.state == STA_CONNECTED && !memcmp(info.bssid, scenario->ap_setups[ap].bss[0].bssid, 6);
}

static void station_roams(void **state)
{
	struct scenario *scenario = scenario_new(6, 2, 0);
	static const struct medium_link near = {.signal_dbm = -45}, far = {.signal_dbm = -82},
					gone = {.out_of_range = true};
	unsigned up;

	(void)state;
	world_sta_setup(scenario->world, &scenario->sta_setups[0], &scenario->networks[0], 0, SSID, PASS);
	scenario->sta[0] = world_add_sta(scenario->world, &scenario->sta_setups[0]);
	world_link(scenario->world, scenario->sta[0], scenario->ap[0], &near);
	world_link(scenario->world, scenario->sta[0], scenario->ap[1], &far);
	connect_all(scenario, 20 * S);
	assert_true(is_associated_with(scenario, 0, 0));
	up = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]), scenario->host);
	world_send_every(scenario->world, up, 20 * MS);
	for (unsigned i = 1; i <= 4; i++) {
		world_link(scenario->world, scenario->sta[0], scenario->ap[i % 2], &near);
		world_link(scenario->world, scenario->sta[0], scenario->ap[1 - i % 2], i < 3 ? &far : &gone);
		world_run(scenario->world, world_now(scenario->world) + 60 * S);
		assert_true(is_associated_with(scenario, 0, i % 2));
		assert_true(
			world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[0])));
	}
	scenario_free(scenario);
}

static void station_reconnects_after_ap_restart(void **state)
{
	struct scenario *scenario = scenario_new(7, 1, 5);

	(void)state;
	connect_all(scenario, 20 * S);
	world_stop(scenario->world, scenario->ap[0]);
	world_run(scenario->world, world_now(scenario->world) + 5 * S);
	assert_int_equal(world_connected_count(scenario->world), 0);
	world_start(scenario->world, scenario->ap[0]);
	connect_all(scenario, 120 * S);
	/* The second time without deauthentication frames. */
	world_power_off(scenario->world, scenario->ap[0]);
	world_run(scenario->world, world_now(scenario->world) + 5 * S);
	world_power_on(scenario->world, scenario->ap[0]);
	world_run(scenario->world, world_now(scenario->world) + 120 * S);
	for (unsigned i = 0; i < 5; i++)
		assert_true(
			world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[i])));
	scenario_free(scenario);
}

static void station_restarts_and_reconnects(void **state)
{
	struct scenario *scenario = scenario_new(8, 1, 2);

	(void)state;
	connect_all(scenario, 20 * S);
	world_power_off(scenario->world, scenario->sta[0]);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_power_on(scenario->world, scenario->sta[0]);
	connect_all(scenario, 60 * S);
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[0])));
	world_stop(scenario->world, scenario->sta[1]);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_start(scenario->world, scenario->sta[1]);
	connect_all(scenario, 60 * S);
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[1])));
	scenario_free(scenario);
}

static void rekey_under_traffic_loses_no_frame(void **state)
{
	struct scenario *scenario = scenario_new(9, 0, 0);
	unsigned up[3], down[3], all;
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	world_ap_setup(scenario->world, &scenario->ap_setups[0], 0, SSID, PASS, 5180);
	scenario->ap_setups[0].bss[0].group_rekey_s = 7;
	scenario->ap_setups[0].bss[0].ptk_rekey_s = 11;
	scenario->ap[0] = world_add_ap(scenario->world, &scenario->ap_setups[0]);
	for (unsigned i = 0; i < 3; i++) {
		world_sta_setup(scenario->world, &scenario->sta_setups[i], &scenario->networks[i], i, SSID, PASS);
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	}
	connect_all(scenario, 20 * S);
	for (unsigned i = 0; i < 3; i++) {
		up[i] = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host);
		down[i] =
			world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[i]));
		world_send_every(scenario->world, up[i], 10 * MS);
		world_send_every(scenario->world, down[i], 10 * MS);
	}
	all = world_flow(scenario->world, scenario->host, broadcast);
	world_send_every(scenario->world, all, 100 * MS);
	world_run(scenario->world, world_now(scenario->world) + 60 * S);
	assert_true(world_note_count(scenario->world, scenario->ap[0], NOTE_REKEYED) >= 3 * 4);
	assert_true(world_note_count(scenario->world, scenario->ap[0], NOTE_GROUP_REKEYED) >= 7);
	assert_int_equal(world_connected_count(scenario->world), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(world_received(scenario->world, up[i]) >= world_sent(scenario->world, up[i]) * 99 / 100);
		assert_true(world_received(scenario->world, down[i]) >=
			    world_sent(scenario->world, down[i]) * 99 / 100);
		assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED), 0);
	}
	scenario_free(scenario);
}

/* An attacker sends undecryptable and plaintext frames and replays a frame: the sniffer reports them, the nodes drop them. */
static void sniffer_detects_violations(void **state)
{
	struct scenario *scenario = scenario_new(10, 1, 1);
	struct medium *medium = world_medium(scenario->world);
	radio_id forger = medium_join(medium);
	uint8_t protected[64] = {0x08, 0x41}, plaintext[64] = {0x08, 0x01};
	struct violations violations;

	(void)state;
	connect_all(scenario, 10 * S);
	medium_tune(medium, forger, 2412);
	world_send(scenario->world,
		   world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[0])), 3,
		   100);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_assert_no_violations(scenario->world);
	for (int kind = 0; kind < 2; kind++) {
		uint8_t *bytes = kind ? plaintext : protected;

		memcpy(bytes + 4, scenario->ap_setups[0].bss[0].bssid, 6);
		memcpy(bytes + 10, world_sta_addr(scenario->world, scenario->sta[0]), 6);
		memcpy(bytes + 16, scenario->host, 6);
		medium_send(medium, forger, frame_from(bytes, 64, 0, 0), 0, 0, world_now(scenario->world));
		world_run(scenario->world, world_now(scenario->world) + S);
	}
	world_replay_data(scenario->world, forger);
	world_run(scenario->world, world_now(scenario->world) + S);
	violations = world_violations(scenario->world);
	assert_int_equal(violations.undecryptable, 1);
	assert_int_equal(violations.plaintext, 1);
	assert_int_equal(violations.pn_reuse, 1);
	assert_int_equal(violations.duplicate + violations.reordered + violations.misdelivered, 0);
	assert_int_equal(world_received(scenario->world, 0), 3);
	world_free(scenario->world);
	free(scenario);
}

static uint64_t run_hash(uint64_t seed)
{
	struct scenario *scenario = scenario_new(seed, 2, 4);
	uint64_t hash;

	medium_set_default_link(world_medium(scenario->world), &(struct medium_link){.loss_ppm = 100000});
	world_run(scenario->world, 20 * S);
	hash = world_transmission_count(scenario->world);
	scenario_free(scenario);
	return hash;
}

static void same_seed_gives_same_run(void **state)
{
	(void)state;
	assert_true(run_hash(1) == run_hash(1));
	assert_true(run_hash(1) != run_hash(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_associates_and_pings),
		cmocka_unit_test(wrong_passphrase_prevents_connection),
		cmocka_unit_test(frames_arrive_once_and_in_order),
		cmocka_unit_test(broadcast_reaches_each_station_once),
		cmocka_unit_test(link_survives_40_percent_loss),
		cmocka_unit_test(duplicates_are_not_delivered),
		cmocka_unit_test(station_roams),
		cmocka_unit_test(station_reconnects_after_ap_restart),
		cmocka_unit_test(station_restarts_and_reconnects),
		cmocka_unit_test(rekey_under_traffic_loses_no_frame),
		cmocka_unit_test(sniffer_detects_violations),
		cmocka_unit_test(same_seed_gives_same_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

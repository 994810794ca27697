/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access point moves to another channel while data flows. Stations that follow stay associated, and no frame is lost in
 * either direction.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID "sim"
#define PASS "correct horse battery"
#define STAS 3

struct scenario {
	struct world *world;
	struct ap_setup ap_setup;
	struct sta_setup sta_setups[STAS];
	struct sta_network networks[STAS];
	unsigned ap, sta[STAS], flows[2 * STAS];
	const uint8_t *host;
};

static struct scenario *scenario_new(uint64_t seed)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	scenario->world = world_new(seed);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setup, 0, SSID, PASS, 2412);
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setup);
	for (unsigned i = 0; i < STAS; i++) {
		world_sta_setup(scenario->world, &scenario->sta_setups[i], &scenario->networks[i], i, SSID, PASS);
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	}
	assert_true(world_run_until(scenario->world, 20 * S, world_all_connected));
	world_run(scenario->world, world_now(scenario->world) + 100 * MS);
	for (unsigned i = 0; i < STAS; i++) {
		const uint8_t *addr = world_sta_addr(scenario->world, scenario->sta[i]);

		scenario->flows[2 * i] = world_flow(scenario->world, scenario->host, addr);
		scenario->flows[2 * i + 1] = world_flow(scenario->world, addr, scenario->host);
	}
	return scenario;
}

static void set_flows(struct scenario *scenario, uint64_t every_ns)
{
	for (unsigned i = 0; i < 2 * STAS; i++)
		world_send_every(scenario->world, scenario->flows[i], every_ns);
}

static void begin_move(struct scenario *scenario, struct ap_channel_move move)
{
	struct error error;

	assert_int_equal(soft_ap_switch_channel(world_ap(scenario->world, scenario->ap), &move,
						world_now(scenario->world), world_actions(scenario->world), &error),
			 0);
	world_apply_actions(scenario->world, scenario->ap);
}

static void assert_all_followed(struct scenario *scenario, uint16_t freq_mhz, unsigned moves)
{
	struct world *world = scenario->world;

	assert_int_equal(soft_ap_channel(world_ap(world, scenario->ap)).freq_mhz, freq_mhz);
	assert_int_equal(world_note_count(world, scenario->ap, NOTE_SWITCHED), moves);
	assert_int_equal(world_note_count(world, scenario->ap, NOTE_DISCONNECTED), 0);
	for (unsigned i = 0; i < STAS; i++) {
		assert_true(world_is_connected(world, scenario->sta[i]));
		assert_int_equal(world_note_count(world, scenario->sta[i], NOTE_CHANNEL), moves);
		assert_int_equal(world_note_count(world, scenario->sta[i], NOTE_DISCONNECTED), 0);
	}
	for (unsigned i = 0; i < 2 * STAS; i++) {
		assert_true(world_sent(world, scenario->flows[i]) > 300);
		assert_int_equal(world_received(world, scenario->flows[i]), world_sent(world, scenario->flows[i]));
	}
}

static void scenario_free(struct scenario *scenario)
{
	world_assert_no_violations(scenario->world);
	world_free(scenario->world);
	free(scenario);
}

static void run(struct scenario *scenario, uint64_t ns)
{
	world_run(scenario->world, world_now(scenario->world) + ns);
}

static void stations_follow_and_no_frame_is_lost(void **state)
{
	struct scenario *scenario = scenario_new(1);

	(void)state;
	set_flows(scenario, 4 * MS);
	run(scenario, 500 * MS);
	begin_move(scenario, (struct ap_channel_move){.freq_mhz = 2462, .count = 5});
	run(scenario, S);
	begin_move(scenario, (struct ap_channel_move){.freq_mhz = 2437, .count = 1});
	run(scenario, S);
	set_flows(scenario, 0);
	run(scenario, S);
	assert_all_followed(scenario, 2437, 2);
	scenario_free(scenario);
}

/* With a blocked transmission both ends keep their frames until the move: no more than their queues hold. */
static void blocked_frames_arrive_after_the_move(void **state)
{
	struct scenario *scenario = scenario_new(2);

	(void)state;
	set_flows(scenario, 10 * MS);
	run(scenario, 3 * S);
	begin_move(scenario, (struct ap_channel_move){.freq_mhz = 2437, .count = 3, .block_tx = true});
	run(scenario, S);
	set_flows(scenario, 0);
	run(scenario, S);
	assert_all_followed(scenario, 2437, 1);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stations_follow_and_no_frame_is_lost),
		cmocka_unit_test(blocked_frames_arrive_after_the_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

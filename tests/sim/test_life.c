/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two days in the life of a network with 200 stations and two access points with the same SSID.
 *
 *	               host ─── wire ─┬─ access point 0, channel 36  )))   (((  stations, the even ones near 0,
 *	                              └─ access point 1, channel 1   )))   (((  the odd ones near 1; three of four doze
 *
 * The test runs in phases from one seed, VIFI_SEED, which a failure prints. After each phase there must be no violation
 * (world.h). Stations must reconnect without intervention. VIFI_LIFE=1 prints a line for each phase.
 */
#include "../unit/unit.h"

#include "world.h"

#include <inttypes.h>

#define STATIONS 200
#define SSID     "life"
#define PASS     "correct horse battery"
#define MINUTE   (60 * S)

static const struct medium_link near = {.signal_dbm = -45}, far = {.signal_dbm = -80};

static struct {
	struct world *world;
	uint64_t seed;
	struct ap_setup aps[2];
	struct sta_setup stas[STATIONS];
	struct sta_network networks[STATIONS];
	unsigned ap[2], sta[STATIONS], up[STATIONS], down[STATIONS];
	const uint8_t *host;
} life;

static uint64_t now(void)
{
	return world_now(life.world);
}

static void run_for(uint64_t ns)
{
	world_run(life.world, now() + ns);
}

/* Places even stations near access point 0 and odd ones near access point 1, or the other way round if `swapped`. */
static void place_station(unsigned i, unsigned swapped, uint32_t loss)
{
	for (unsigned ap_index = 0; ap_index < 2; ap_index++) {
		struct medium_link link = (i + ap_index + swapped) % 2 ? far : near;

		link.loss_ppm = loss;
		world_link(life.world, life.sta[i], life.ap[ap_index], &link);
	}
}

static void place_all(unsigned swapped, uint32_t loss)
{
	for (unsigned i = 0; i < STATIONS; i++)
		place_station(i, swapped, loss);
}

static unsigned associated_count(unsigned ap_index)
{
	unsigned count = 0;

	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_info info;

		soft_sta_info(world_sta(life.world, life.sta[i]), &info);
		count += info.state == STA_CONNECTED && !memcmp(info.bssid, life.aps[ap_index].bss[0].bssid, 6);
	}
	return count;
}

static unsigned note_count(enum note note)
{
	unsigned count = 0;

	for (unsigned i = 0; i < STATIONS; i++)
		count += world_note_count(life.world, life.sta[i], note);
	return count;
}

static void assert_no_violations(const char *phase)
{
	struct violations none = {0}, violations = world_violations(life.world);

	if (getenv("VIFI_LIFE"))
		printf("%9.0f s  %-21s %u and %u associated; %u connections, %u roams, %u rekeys, %u timeouts, "
		       "%u disconnections; %" PRIu64 " transmissions\n",
		       (double)now() / 1e9, phase, associated_count(0), associated_count(1), note_count(NOTE_CONNECTED),
		       note_count(NOTE_ROAMING), note_count(NOTE_REKEYED), note_count(NOTE_SILENT),
		       note_count(NOTE_DISCONNECTED), world_transmission_count(life.world));
#define X(name, description) \
	if (violations.name) \
		fprintf(stderr, "phase \"%s\": %u %s: %s\n", phase, violations.name, #name, description);
	VIOLATION_LIST(X)
#undef X
	assert_memory_equal(&violations, &none, sizeof(violations));
}

/* Sends a frame in each direction between the host and each station, and again after 15 s where it was lost. */
static void assert_all_reachable(unsigned tries)
{
	unsigned down_before[STATIONS], up_before[STATIONS], missing = STATIONS;

	for (unsigned i = 0; i < STATIONS; i++) {
		down_before[i] = world_received(life.world, life.down[i]);
		up_before[i] = world_received(life.world, life.up[i]);
	}
	for (tries++; tries-- && missing;) {
		missing = 0;
		for (unsigned i = 0; i < STATIONS; i++) {
			bool no_down = world_received(life.world, life.down[i]) == down_before[i];
			bool no_up = world_received(life.world, life.up[i]) == up_before[i];

			world_send(life.world, life.down[i], tries && no_down, 100);
			world_send(life.world, life.up[i], tries && no_up, 100);
			missing += no_down || no_up;
		}
		run_for(missing ? 15 * S : 0);
	}
	assert_int_equal(missing, 0);
}

static void set_traffic(uint64_t every_ns)
{
	for (unsigned i = 0; i < STATIONS; i++) {
		world_send_every(life.world, life.up[i], every_ns);
		world_send_every(life.world, life.down[i], every_ns);
	}
}

struct traffic_totals {
	uint64_t sent, received;
};

static struct traffic_totals total_traffic(void)
{
	struct traffic_totals sums = {0, 0};

	for (unsigned i = 0; i < STATIONS; i++) {
		sums.sent += world_sent(life.world, life.up[i]) + world_sent(life.world, life.down[i]);
		sums.received += world_received(life.world, life.up[i]) + world_received(life.world, life.down[i]);
	}
	return sums;
}

/* Of the frames sent since `from`, at least this share has arrived. */
static void assert_delivered_permille(struct traffic_totals from, unsigned permille)
{
	struct traffic_totals to = total_traffic();

	if (getenv("VIFI_LIFE"))
		printf("             %" PRIu64 " of %" PRIu64 " frames arrived\n", to.received - from.received,
		       to.sent - from.sent);
	assert_true((to.received - from.received) * 1000 >= (to.sent - from.sent) * permille);
}

static void set_up_life(void)
{
	static const uint16_t freqs[2] = {5180, 2412};

	life.world = world_new(life.seed);
	life.host = world_host(life.world);
	for (unsigned ap_index = 0; ap_index < 2; ap_index++) {
		struct ap_setup *setup = &life.aps[ap_index];

		world_ap_setup(life.world, setup, ap_index, SSID, PASS, freqs[ap_index]);
		setup->beacon_tu = 1000;
		setup->dtim_period = 10;
		setup->bss[0].akms |= 1 << AKM_PSK_SHA256;
		setup->bss[0].pmf = 1;
		setup->bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
		setup->bss[0].group_rekey_s = 7200;
		setup->bss[0].ptk_rekey_s = 14400;
		setup->bss[0].max_stations = 2007;
		life.ap[ap_index] = world_add_ap(life.world, setup);
	}
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_setup *setup = &life.stas[i];

		world_sta_setup(life.world, setup, &life.networks[i], i, SSID, PASS);
		life.networks[i].pmf = i % 3;
		life.networks[i].akms |= 1 << AKM_PSK_SHA256;
		setup->power_save = i % 4;
		life.sta[i] = world_add_sta(life.world, setup);
		place_station(i, 0, 0);
		life.up[i] = world_flow(life.world, setup->addr, life.host);
		life.down[i] = world_flow(life.world, life.host, setup->addr);
		run_for(20 * MS);
	}
}

static void phase_associate(void)
{
	assert_true(world_run_until(life.world, now() + MINUTE, world_all_connected));
	run_for(MINUTE); /* a station that found the far access point first roams */
	assert_int_equal(associated_count(0), STATIONS / 2);
	assert_int_equal(associated_count(1), STATIONS / 2);
	assert_all_reachable(2);
	assert_no_violations("associate");
}

static void phase_group_rekey(void)
{
	unsigned group = note_count(NOTE_GROUP_REKEYED);
	struct traffic_totals from = total_traffic();

	set_traffic(2 * S);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned ap_index = 0; ap_index < 2; ap_index++) {
			soft_ap_rekey_group(world_ap(life.world, life.ap[ap_index]), 0, now(),
					    world_actions(life.world));
			world_apply_actions(life.world, life.ap[ap_index]);
		}
		run_for(MINUTE);
	}
	set_traffic(0);
	run_for(30 * S);
	assert_int_equal(note_count(NOTE_GROUP_REKEYED) - group, 3 * STATIONS);
	assert_delivered_permille(from, 1000);
	assert_no_violations("group rekey");
}

static void phase_roam(void)
{
	struct traffic_totals from = total_traffic();

	set_traffic(2 * S);
	for (unsigned i = 1; i <= 2; i++) {
		unsigned roams = note_count(NOTE_ROAMING);

		place_all(i % 2, 0);
		run_for(3 * MINUTE);
		assert_int_equal(associated_count(0), STATIONS / 2);
		assert_int_equal(associated_count(1), STATIONS / 2);
		assert_int_equal(note_count(NOTE_ROAMING) - roams, STATIONS);
	}
	set_traffic(0);
	run_for(30 * S);
	assert_int_equal(note_count(NOTE_DISCONNECTED), 0);
	assert_delivered_permille(from, 980);
	assert_no_violations("roam");
}

static void power_on_aps(unsigned first, unsigned last, uint32_t loss)
{
	for (unsigned ap_index = first; ap_index <= last; ap_index++)
		world_power_on(life.world, life.ap[ap_index]);
	place_all(0, loss);
}

/* Traffic, roaming, and a power failure of each access point. */
static void phase_40_percent_loss(void)
{
	const uint32_t loss = 400000;
	struct traffic_totals from = total_traffic();

	place_all(0, loss);
	set_traffic(2 * S);
	run_for(10 * MINUTE);
	set_traffic(0);
	run_for(30 * S);
	assert_delivered_permille(from, 950);
	assert_no_violations("40 % loss: traffic");
	place_all(1, loss);
	run_for(10 * MINUTE);
	assert_true(associated_count(0) + associated_count(1) == STATIONS);
	place_all(0, loss);
	run_for(10 * MINUTE);
	assert_int_equal(associated_count(0), STATIONS / 2);
	assert_no_violations("40 % loss: roam");
	for (unsigned ap_index = 0; ap_index < 2; ap_index++) {
		world_power_off(life.world, life.ap[ap_index]);
		power_on_aps(ap_index, ap_index, loss);
		run_for(10 * MINUTE);
		assert_int_equal(world_connected_count(life.world), STATIONS);
	}
	assert_all_reachable(4);
	assert_no_violations("40 % loss: restart");
	place_all(0, 0);
	run_for(6 * MINUTE);
	assert_int_equal(associated_count(0), STATIONS / 2);
	assert_all_reachable(2);
}

/* Power failures of one access point, then of both. */
static void phase_ap_restart(void)
{
	world_power_off(life.world, life.ap[0]);
	run_for(2 * MINUTE);
	assert_int_equal(associated_count(1), STATIONS);
	assert_all_reachable(2);
	power_on_aps(0, 0, 0);
	run_for(6 * MINUTE);
	assert_int_equal(associated_count(0), STATIONS / 2);
	assert_no_violations("restart of one");
	world_power_off(life.world, life.ap[0]);
	world_power_off(life.world, life.ap[1]);
	run_for(3 * MINUTE);
	assert_int_equal(world_connected_count(life.world), 0);
	power_on_aps(0, 1, 0);
	run_for(3 * MINUTE);
	assert_int_equal(world_connected_count(life.world), STATIONS);
	assert_all_reachable(2);
	assert_no_violations("restart of both");
	/* No beacon is missing: stations notice by the TSF timer and by the deauthentication of unknown stations. */
	world_power_off(life.world, life.ap[0]);
	world_power_off(life.world, life.ap[1]);
	power_on_aps(0, 1, 0);
	run_for(3 * MINUTE);
	assert_int_equal(world_connected_count(life.world), STATIONS);
	assert_all_reachable(2);
	assert_no_violations("fast restart of both");
}

static void phase_idle_for_two_days(void)
{
	unsigned gone = note_count(NOTE_DISCONNECTED), rekeyed = note_count(NOTE_REKEYED);

	run_for(48 * H);
	assert_int_equal(world_connected_count(life.world), STATIONS);
	assert_int_equal(note_count(NOTE_DISCONNECTED), gone);
	assert_true(note_count(NOTE_REKEYED) - rekeyed >= STATIONS * 11);
	assert_all_reachable(1);
	assert_no_violations("idle for 48 hours");
}

static void two_hundred_stations_run_for_two_days(void **state)
{
	(void)state;
	set_up_life();
	phase_associate();
	phase_group_rekey();
	phase_roam();
	phase_40_percent_loss();
	phase_ap_restart();
	phase_idle_for_two_days();
	world_free(life.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_stations_run_for_two_days),
	};
	int failed;

	life.seed = getenv("VIFI_SEED") ? strtoull(getenv("VIFI_SEED"), NULL, 0) : 20071;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		fprintf(stderr, "to repeat this run: VIFI_SEED=%" PRIu64 " build/sim_life\n", life.seed);
	return failed;
}

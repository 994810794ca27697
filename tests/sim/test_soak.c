/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All features at the same time, for five minutes: two access points and two dozen stations with different suites, half
 * of them in power save mode, some with fragmentation; traffic in both directions, a rekey every few seconds, loss,
 * duplicates and reordering; stations that restart and roam, a power failure of one access point and a restart of the
 * other. At the end all stations are connected and there is no violation.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID "soak"
#define PASS "correct horse battery"

enum { APS = 2, STAS = 24 };

struct scenario {
	struct world *world;
	uint64_t random;
	struct ap_setup ap_setups[APS];
	struct sta_setup sta_setups[STAS];
	struct sta_network networks[STAS];
	unsigned ap[APS], sta[STAS], up[STAS], down[STAS];
	bool mixed; /* WPA with TKIP and WPA2 with CCMP */
};

static void add_ap(struct scenario *scenario, unsigned i, unsigned kind)
{
	struct ap_bss_setup *bss_setup = &scenario->ap_setups[i].bss[0];

	world_ap_setup(scenario->world, &scenario->ap_setups[i], i, SSID, PASS, i ? 5180 : 2412);
	scenario->ap_setups[i].dtim_period = 3;
	scenario->ap_setups[i].fragment_threshold = kind == 2 ? 400 : 0;
	bss_setup->group_rekey_s = 11;
	bss_setup->ptk_rekey_s = 17;
	bss_setup->max_inactivity_s = 20;
	bss_setup->group_rekey_strict = kind == 1;
	bss_setup->pmf = 1;
	bss_setup->group_mgmt = CIPHER_BIP_CMAC_128;
	bss_setup->akms |= 1u << AKM_PSK_SHA256;
	if (scenario->mixed) {
		bss_setup->wpa = true;
		bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
		bss_setup->group = CIPHER_TKIP;
	}
	scenario->ap[i] = world_add_ap(scenario->world, &scenario->ap_setups[i]);
}

static void add_sta(struct scenario *scenario, unsigned i, const uint8_t *host)
{
	struct sta_network *network = &scenario->networks[i];
	struct sta_setup *setup = &scenario->sta_setups[i];

	world_sta_setup(scenario->world, setup, network, i, SSID, PASS);
	network->group |= 1u << CIPHER_TKIP;
	if (i % 3 == 0) {
		network->pmf = 1;
		network->akms |= 1u << AKM_PSK_SHA256;
	} else if (i % 3 == 1 && scenario->mixed) {
		network->wpa = true;
		network->rsn = false;
		network->pairwise = 1u << CIPHER_TKIP;
	}
	setup->power_save = i % 2;
	setup->listen_interval = (uint16_t)(1 + i % 7);
	setup->fragment_threshold = i % 5 ? 0 : 500;
	scenario->sta[i] = world_add_sta(scenario->world, setup);
	scenario->up[i] = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), host);
	scenario->down[i] = world_flow(scenario->world, host, world_sta_addr(scenario->world, scenario->sta[i]));
	world_send_every(scenario->world, scenario->up[i], 300 * MS);
	world_send_every(scenario->world, scenario->down[i], 400 * MS);
}

static uint64_t next_random(struct scenario *scenario)
{
	scenario->random = scenario->random * 6364136223846793005u + 1442695040888963407u;
	return scenario->random >> 33;
}

/* Restarts or moves a random station, in half of the cases. */
static void disturb_station(struct scenario *scenario)
{
	static const struct medium_link gone = {.out_of_range = true}, near = {.signal_dbm = -50};
	unsigned sta = scenario->sta[next_random(scenario) % STAS], event = next_random(scenario) % 4,
		 far_ap = next_random(scenario) % APS;

	if (event == 0) {
		world_power_off(scenario->world, sta);
		world_power_on(scenario->world, sta);
	} else if (event == 1) {
		world_link(scenario->world, sta, scenario->ap[far_ap], &gone);
		world_link(scenario->world, sta, scenario->ap[1 - far_ap], &near);
	}
}

static void run_soak(struct scenario *scenario)
{
	for (unsigned k = 0; k < 60; k++) {
		world_run(scenario->world, world_now(scenario->world) + 5 * S);
		disturb_station(scenario);
		if (k == 30) {
			world_power_off(scenario->world, scenario->ap[0]);
			world_power_on(scenario->world, scenario->ap[0]);
		} else if (k == 40) {
			world_stop(scenario->world, scenario->ap[1]);
			world_run(scenario->world, world_now(scenario->world) + 3 * S);
			world_start(scenario->world, scenario->ap[1]);
		}
	}
}

static void soak(unsigned kind, uint32_t loss)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct medium_link link = {.loss_ppm = loss,
				   .duplicate_ppm = 20000,
				   .reorder_ppm = 10000,
				   .reorder_ns = 2 * MS,
				   .jitter_ns = MS / 2};
	unsigned sent = 0, received = 0;
	const uint8_t *host;

	scenario->world = world_new(kind);
	scenario->random = kind;
	scenario->mixed = kind >= 2;
	host = world_host(scenario->world);
	medium_set_default_link(world_medium(scenario->world), &link);
	for (unsigned i = 0; i < APS; i++)
		add_ap(scenario, i, kind);
	for (unsigned i = 0; i < STAS; i++)
		add_sta(scenario, i, host);
	run_soak(scenario);
	for (unsigned i = 0; i < STAS; i++) {
		world_send_every(scenario->world, scenario->up[i], 0);
		world_send_every(scenario->world, scenario->down[i], 0);
	}
	world_run(scenario->world, world_now(scenario->world) + 30 * S);
	world_assert_no_violations(scenario->world);
	assert_int_equal(world_connected_count(scenario->world), STAS);
	for (unsigned i = 0; i < STAS; i++) {
		sent += world_sent(scenario->world, scenario->up[i]) + world_sent(scenario->world, scenario->down[i]);
		received += world_received(scenario->world, scenario->up[i]) +
			    world_received(scenario->world, scenario->down[i]);
	}
	assert_true(received >= sent * UINT64_C(97) / 100);
	assert_true(world_note_count(scenario->world, scenario->ap[0], NOTE_REKEYED) +
			    world_note_count(scenario->world, scenario->ap[1], NOTE_REKEYED) >
		    300);
	assert_true(world_note_count(scenario->world, scenario->ap[0], NOTE_GROUP_REKEYED) > 20);
	world_free(scenario->world);
	free(scenario);
}

static void soak_without_loss(void **state)
{
	(void)state;
	soak(1, 0);
}

static void soak_mixed_mode_and_fragments(void **state)
{
	(void)state;
	soak(2, 100000);
}

static void soak_with_loss(void **state)
{
	(void)state;
	soak(3, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soak_without_loss),
		cmocka_unit_test(soak_mixed_mode_and_fragments),
		cmocka_unit_test(soak_with_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

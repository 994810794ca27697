/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every combination of AKM and ciphers: traffic during PTK and GTK rekeys, power save, frame loss, and a restart of the
 * access point. Also a network with several suites.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID     "suites"
#define PASS     "correct horse battery"
#define STATIONS 3

static const struct {
	bool wpa;
	enum akm akm;
	enum cipher pairwise, group, group_mgmt;
} suites[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256},
};

struct scenario {
	struct world *world;
	struct ap_setup ap_setups;
	struct sta_setup sta_setups[STATIONS];
	struct sta_network networks[STATIONS];
	unsigned ap, sta[STATIONS];
	const uint8_t *host;
};

static void run_for(struct scenario *scenario, uint64_t ns)
{
	world_run(scenario->world, world_now(scenario->world) + ns);
}

static struct scenario *scenario_new(size_t suite)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct ap_bss_setup *bss_setup = &scenario->ap_setups.bss[0];

	scenario->world = world_new(suite + 1);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setups, 0, SSID, PASS, suite % 2 ? 2437 : 5180);
	bss_setup->wpa = suites[suite].wpa;
	bss_setup->rsn = !bss_setup->wpa;
	bss_setup->akms = 1u << suites[suite].akm;
	bss_setup->wpa_pairwise = bss_setup->rsn_pairwise = 1u << suites[suite].pairwise;
	bss_setup->group = suites[suite].group;
	bss_setup->group_mgmt = suites[suite].group_mgmt;
	bss_setup->pmf = suites[suite].group_mgmt != CIPHER_NONE ? 2 : 0;
	bss_setup->group_rekey_s = 9;
	bss_setup->ptk_rekey_s = 13;
	bss_setup->wmm = suite % 3;
	scenario->ap_setups.fragment_threshold = suite % 2 ? 500 : 0;
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setups);
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_network *network = &scenario->networks[i];

		world_sta_setup(scenario->world, &scenario->sta_setups[i], network, i, SSID, PASS);
		network->wpa = true;
		network->akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
		network->pairwise = network->group = network->group_mgmt = UINT32_MAX;
		network->pmf = 1;
		scenario->sta_setups[i].power_save = i == 1;
		scenario->sta_setups[i].fragment_threshold = i == 2 ? 300 : 0;
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	}
	return scenario;
}

static void every_cipher_suite_carries_traffic(void **state)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	for (size_t suite = 0; suite < COUNT(suites); suite++) {
		struct scenario *scenario = scenario_new(suite);
		unsigned flows[2 * STATIONS + 1], count = 0;
		struct sta_info info;

		assert_true(world_run_until(scenario->world, 20 * S, world_all_connected));
		run_for(scenario, 200 * MS);
		for (unsigned i = 0; i < STATIONS; i++) {
			flows[count++] = world_flow(scenario->world, scenario->sta_setups[i].addr, scenario->host);
			flows[count++] = world_flow(scenario->world, scenario->host, scenario->sta_setups[i].addr);
			soft_sta_info(world_sta(scenario->world, scenario->sta[i]), &info);
			assert_int_equal(info.pairwise, suites[suite].pairwise);
			assert_int_equal(info.group, suites[suite].group);
			assert_int_equal(info.mfp, suites[suite].group_mgmt != CIPHER_NONE);
		}
		flows[count++] = world_flow(scenario->world, scenario->host, broadcast);
		for (unsigned i = 0; i < count; i++)
			world_send_every(scenario->world, flows[i], 50 * MS);
		run_for(scenario, 40 * S);
		for (unsigned i = 0; i < count; i++)
			world_send_every(scenario->world, flows[i], 0);
		run_for(scenario, 2 * S);
		assert_int_equal(world_connected_count(scenario->world), STATIONS);
		for (unsigned i = 0; i < STATIONS; i++) {
			assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_CONNECTED), 1);
			assert_uint_in_range(world_note_count(scenario->world, scenario->sta[i], NOTE_REKEYED), 2, 4);
			assert_uint_in_range(world_note_count(scenario->world, scenario->sta[i], NOTE_GROUP_REKEYED), 3,
					     5);
			assert_int_equal(world_drops(scenario->world, scenario->sta[i], DROP_MICHAEL), 0);
		}
		for (unsigned i = 0; i < count; i++) {
			unsigned sent = world_sent(scenario->world, flows[i]) * (i + 1 == count ? STATIONS : 1);

			/* Frames in flight during a rekey may be lost. */
			assert_true(world_received(scenario->world, flows[i]) * 100 >= sent * 98);
			assert_true(world_received(scenario->world, flows[i]) <= sent);
		}
		medium_set_default_link(world_medium(scenario->world), &(struct medium_link){.loss_ppm = 300000});
		run_for(scenario, 30 * S);
		medium_set_default_link(world_medium(scenario->world), &(struct medium_link){0});
		world_power_off(scenario->world, scenario->ap);
		world_power_on(scenario->world, scenario->ap);
		run_for(scenario, 30 * S);
		assert_int_equal(world_connected_count(scenario->world), STATIONS);
		for (unsigned i = 0; i < STATIONS; i++)
			assert_true(world_ping(scenario->world, scenario->host, scenario->sta_setups[i].addr));
		world_assert_no_violations(scenario->world);
		world_free(scenario->world);
		free(scenario);
	}
}

/* WPA and WPA2, TKIP and CCMP, with and without PMF in one BSS. */
static void mixed_cipher_suites_share_one_bss(void **state)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct ap_bss_setup *bss_setup = &scenario->ap_setups.bss[0];
	struct sta_info info;

	(void)state;
	scenario->world = world_new(7);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setups, 0, SSID, PASS, 2412);
	bss_setup->wpa = bss_setup->rsn = true;
	bss_setup->akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
	bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
	bss_setup->rsn_pairwise = 1u << CIPHER_TKIP | 1u << CIPHER_CCMP_128;
	bss_setup->group = CIPHER_TKIP;
	bss_setup->group_mgmt = CIPHER_BIP_CMAC_128;
	bss_setup->pmf = 1;
	bss_setup->group_rekey_s = 5;
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setups);
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_network *network = &scenario->networks[i];

		world_sta_setup(scenario->world, &scenario->sta_setups[i], network, i, SSID, PASS);
		network->wpa = i == 0;
		network->rsn = i > 0;
		network->akms = i == 2 ? 1u << AKM_PSK_SHA256 : 1u << AKM_PSK;
		network->pairwise = 1u << (i == 2 ? CIPHER_CCMP_128 : CIPHER_TKIP);
		network->group = 1u << CIPHER_TKIP;
		network->pmf = i;
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	}
	assert_true(world_run_until(scenario->world, 20 * S, world_all_connected));
	for (unsigned round = 0; round < 3; round++) {
		run_for(scenario, 8 * S);
		for (unsigned i = 0; i < STATIONS; i++) {
			assert_true(world_ping(scenario->world, scenario->host, scenario->sta_setups[i].addr));
			assert_true(world_ping(scenario->world, scenario->sta_setups[i].addr,
					       scenario->sta_setups[(i + 1) % STATIONS].addr));
			soft_sta_info(world_sta(scenario->world, scenario->sta[i]), &info);
			assert_int_equal(info.pairwise, i == 2 ? CIPHER_CCMP_128 : CIPHER_TKIP);
			assert_int_equal(info.mfp, i == 2); /* TKIP excludes PMF */
			assert_true(world_note_count(scenario->world, scenario->sta[i], NOTE_GROUP_REKEYED) > round);
		}
	}
	world_assert_no_violations(scenario->world);
	world_free(scenario->world);
	free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cipher_suite_carries_traffic),
		cmocka_unit_test(mixed_cipher_suites_share_one_bss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

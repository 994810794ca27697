/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WPA3: SAE, and OWE, over the medium, on virtual time. The sniffer knows no PMK of theirs, so that it is off. */
#include "../unit/unit.h"

#include "world.h"

#include <string.h>

#define SSID     "sim"
#define PASSWORD "correct horse battery"
#define CROWD    200

struct scenario {
	struct world *world;
	struct ap_setup ap_setup;
	struct ap_sae_password password;
	struct sta_setup sta_setups[CROWD];
	struct sta_network networks[CROWD];
	unsigned ap, sta[CROWD], count;
	const uint8_t *host;
};

static void set_secret(struct scenario *scenario, struct sae_password *secret, const char *text)
{
	static const unsigned groups[] = {19, 20, 21};

	secret->password_len = strlen(text);
	memcpy(secret->password, text, secret->password_len);
	assert_int_equal(sae_password_derive(world_crypto(scenario->world), secret,
					     (struct span){(const uint8_t *)SSID, strlen(SSID)}, groups, 3),
			 0);
}

/* An access point of WPA3, which a test may change before it calls add_ap(). */
static struct scenario *scenario_new(unsigned pwe)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct ap_bss_setup *bss = &scenario->ap_setup.bss[0];

	scenario->world = world_new(1);
	world_set_sniffing(scenario->world, false);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setup, 0, SSID, PASSWORD, 2412);
	set_secret(scenario, &scenario->password.secret, PASSWORD);
	bss->akms = 1u << AKM_SAE;
	bss->pmf = 2;
	bss->group_mgmt = CIPHER_BIP_CMAC_128;
	bss->sae = (struct ap_sae_setup){.passwords = &scenario->password,
					 .password_count = 1,
					 .groups = {19, 20, 21, 0},
					 .pwe = pwe,
					 .token_threshold = 5};
	return scenario;
}

static void add_ap(struct scenario *scenario)
{
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setup);
}

static struct sta_network *prepare_sta(struct scenario *scenario, const char *password, unsigned pwe)
{
	unsigned i = scenario->count++;
	struct sta_network *network = &scenario->networks[i];

	world_sta_setup(scenario->world, &scenario->sta_setups[i], network, i, SSID, PASSWORD);
	network->akms = 1u << AKM_SAE;
	network->pmf = 2;
	network->group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	network->sae_pwe = pwe;
	network->sae_group_count = 1;
	network->sae_groups[0] = 19;
	if (i && !strcmp(password, PASSWORD))
		network->sae = scenario->networks[0].sae;
	else
		set_secret(scenario, &network->sae, password);
	return network;
}

static unsigned add_sta(struct scenario *scenario)
{
	unsigned i = scenario->count - 1;

	return scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
}

static void scenario_free(struct scenario *scenario)
{
	world_free(scenario->world);
	free(scenario);
}

static void expect_connected(struct scenario *scenario, unsigned sta)
{
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + 10 * S, world_all_connected));
	world_run(scenario->world, world_now(scenario->world) + 100 * MS);
	assert_true(world_ping(scenario->world, world_sta_addr(scenario->world, sta), scenario->host));
}

static void every_group_connects_by_both_ways(void **state)
{
	(void)state;
	for (unsigned pwe = 0; pwe < 2; pwe++)
		for (unsigned group = 19; group <= 21; group++) {
			struct scenario *scenario = scenario_new(pwe);

			add_ap(scenario);
			prepare_sta(scenario, PASSWORD, pwe)->sae_groups[0] = group;
			expect_connected(scenario, add_sta(scenario));
			assert_int_equal(world_note_count(scenario->world, scenario->sta[0], NOTE_AUTHENTICATED), 1);
			scenario_free(scenario);
		}
}

/* With an AKM whose hash follows from the group, keys and MICs have other lengths. */
static void ext_key_connects_with_every_group(void **state)
{
	(void)state;
	for (unsigned group = 19; group <= 21; group++) {
		struct scenario *scenario = scenario_new(2);
		struct ap_bss_setup *bss = &scenario->ap_setup.bss[0];
		struct sta_network *network;

		bss->akms = 1u << AKM_SAE | 1u << AKM_SAE_EXT_KEY;
		bss->rsn_pairwise = 1u << CIPHER_GCMP_256 | 1u << CIPHER_CCMP_128;
		add_ap(scenario);
		network = prepare_sta(scenario, PASSWORD, 2);
		network->akms = 1u << AKM_SAE | 1u << AKM_SAE_EXT_KEY;
		network->pairwise |= 1u << CIPHER_GCMP_256;
		network->sae_groups[0] = group;
		expect_connected(scenario, add_sta(scenario));
		/* Beside it, one that knows only the older AKM. */
		network = prepare_sta(scenario, PASSWORD, 2);
		network->sae_groups[0] = group;
		expect_connected(scenario, add_sta(scenario));
		scenario_free(scenario);
	}
}

/* The station takes hash to element where it is offered; a refused group leads to the next one. */
static void ways_and_groups_are_negotiated(void **state)
{
	(void)state;
	for (unsigned pwe = 0; pwe <= 2; pwe++) {
		struct scenario *scenario = scenario_new(pwe);
		struct sta_network *network;

		scenario->ap_setup.bss[0].sae.groups[0] = 19;
		scenario->ap_setup.bss[0].sae.groups[1] = 0;
		add_ap(scenario);
		network = prepare_sta(scenario, PASSWORD, 2);
		network->sae_groups[0] = 21;
		network->sae_groups[1] = 19;
		network->sae_group_count = 2;
		expect_connected(scenario, add_sta(scenario));
		scenario_free(scenario);
	}
}

static void station_without_common_way_does_not_try(void **state)
{
	struct scenario *scenario = scenario_new(1);

	(void)state;
	add_ap(scenario);
	prepare_sta(scenario, PASSWORD, 0);
	add_sta(scenario);
	world_run(scenario->world, 20 * S);
	assert_false(world_is_connected(scenario->world, scenario->sta[0]));
	assert_int_equal(world_note_count(scenario->world, scenario->sta[0], NOTE_SILENT), 0);
	scenario_free(scenario);
}

static void wrong_password_is_named_on_both_ends(void **state)
{
	(void)state;
	for (unsigned pwe = 0; pwe < 2; pwe++) {
		struct scenario *scenario = scenario_new(pwe);

		add_ap(scenario);
		prepare_sta(scenario, "another password", pwe);
		add_sta(scenario);
		world_run(scenario->world, 20 * S);
		assert_false(world_is_connected(scenario->world, scenario->sta[0]));
		assert_true(world_note_count(scenario->world, scenario->sta[0], NOTE_WRONG_PASSPHRASE) > 0);
		assert_true(world_note_count(scenario->world, scenario->ap, NOTE_WRONG_PASSPHRASE) > 0);
		scenario_free(scenario);
	}
}

/* Transition mode: one station by SAE with PMF, one by WPA2 without. */
static void transition_mode_serves_both(void **state)
{
	struct scenario *scenario = scenario_new(2);
	struct sta_network *network;

	(void)state;
	scenario->ap_setup.bss[0].akms |= 1u << AKM_PSK;
	scenario->ap_setup.bss[0].pmf = 1;
	add_ap(scenario);
	prepare_sta(scenario, PASSWORD, 2)->akms |= 1u << AKM_PSK;
	add_sta(scenario);
	network = prepare_sta(scenario, PASSWORD, 2);
	network->akms = 1u << AKM_PSK;
	network->pmf = 0;
	expect_connected(scenario, add_sta(scenario));
	scenario_free(scenario);
}

/* The second association uses the PMKSA; after a restart of the access point a new exchange replaces it. */
static void pmksa_is_used_and_replaced(void **state)
{
	struct scenario *scenario = scenario_new(1);

	(void)state;
	add_ap(scenario);
	prepare_sta(scenario, PASSWORD, 1);
	expect_connected(scenario, add_sta(scenario));
	world_stop(scenario->world, scenario->sta[0]);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_start(scenario->world, scenario->sta[0]);
	expect_connected(scenario, scenario->sta[0]);
	world_power_off(scenario->world, scenario->ap);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_power_on(scenario->world, scenario->ap);
	world_run(scenario->world, world_now(scenario->world) + 30 * S);
	expect_connected(scenario, scenario->sta[0]);
	assert_int_equal(world_note_count(scenario->world, scenario->sta[0], NOTE_WRONG_PASSPHRASE), 0);
	scenario_free(scenario);
}

/* Many stations at once, each with a token. */
static void crowd_connects_under_anti_clogging(void **state)
{
	struct scenario *scenario = scenario_new(1);
	uint64_t began_ns;

	(void)state;
	scenario->ap_setup.bss[0].sae.token_threshold = 0;
	add_ap(scenario);
	for (unsigned i = 0; i < CROWD; i++) {
		prepare_sta(scenario, PASSWORD, 1);
		add_sta(scenario);
	}
	began_ns = world_now(scenario->world);
	assert_true(world_run_until(scenario->world, began_ns + 120 * S, world_all_connected));
	print_message("%u stations were connected after %lu ms\n", CROWD,
		      (unsigned long)((world_now(scenario->world) - began_ns) / MS));
	scenario_free(scenario);
}

/* Opportunistic wireless encryption: no password at all, but keys; and none in common with a station that wants SAE. */
static void owe_encrypts_without_a_password(void **state)
{
	struct scenario *scenario = scenario_new(0);
	struct ap_bss_setup *bss = &scenario->ap_setup.bss[0];

	(void)state;
	bss->akms = 1u << AKM_OWE;
	bss->psk_count = 0;
	add_ap(scenario);
	prepare_sta(scenario, PASSWORD, 0)->akms = 1u << AKM_OWE;
	expect_connected(scenario, add_sta(scenario));
	world_stop(scenario->world, scenario->sta[0]);
	world_run(scenario->world, world_now(scenario->world) + S);
	world_start(scenario->world, scenario->sta[0]);
	expect_connected(scenario, scenario->sta[0]);
	scenario_free(scenario);
}

/* A station tries the groups in turn, or only the one of its block. */
static void owe_groups_are_negotiated(void **state)
{
	(void)state;
	for (uint16_t group = 19; group <= 21; group++) {
		struct scenario *scenario = scenario_new(0);
		struct ap_bss_setup *bss = &scenario->ap_setup.bss[0];

		bss->akms = 1u << AKM_OWE;
		bss->psk_count = 0;
		bss->owe_groups[0] = group;
		add_ap(scenario);
		prepare_sta(scenario, PASSWORD, 0)->akms = 1u << AKM_OWE;
		expect_connected(scenario, add_sta(scenario));
		/* Another one insists on a group that the access point does not have. */
		prepare_sta(scenario, PASSWORD, 0)->akms = 1u << AKM_OWE;
		scenario->networks[1].owe_group = group == 19 ? 20 : 19;
		add_sta(scenario);
		world_run(scenario->world, world_now(scenario->world) + 5 * S);
		assert_false(world_all_connected(scenario->world));
		assert_true(world_note_count(scenario->world, scenario->sta[1], NOTE_REJECTED) > 0);
		scenario_free(scenario);
	}
}

/* An open network has a hidden twin with OWE: a station that knows only the open name joins the twin. */
static void owe_transition_finds_the_hidden_twin(void **state)
{
	struct scenario *scenario = scenario_new(0);
	struct ap_bss_setup *owe = &scenario->ap_setup.bss[0], *open = &scenario->ap_setup.bss[1];
	struct sta_info info;

	(void)state;
	*open = *owe;
	open->rsn = open->wpa = false;
	open->akms = 0;
	open->pmf = 0;
	open->psk_count = owe->psk_count = 0;
	open->bssid[5] ^= 0x40;
	open->owe_transition_bss = 1;
	owe->akms = 1u << AKM_OWE;
	owe->hidden = 1;
	owe->ssid_len = 6;
	memcpy(owe->ssid, "secret", 6);
	owe->owe_transition_bss = 2;
	scenario->ap_setup.bss_count = 2;
	add_ap(scenario);
	prepare_sta(scenario, PASSWORD, 0)->akms = 1u << AKM_OWE;
	add_sta(scenario);
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + 10 * S, world_all_connected));
	soft_sta_info(world_sta(scenario->world, scenario->sta[0]), &info);
	assert_memory_equal(info.bssid, owe->bssid, 6);
	assert_int_equal(info.akm, AKM_OWE);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_group_connects_by_both_ways),
		cmocka_unit_test(ext_key_connects_with_every_group),
		cmocka_unit_test(ways_and_groups_are_negotiated),
		cmocka_unit_test(station_without_common_way_does_not_try),
		cmocka_unit_test(wrong_password_is_named_on_both_ends),
		cmocka_unit_test(transition_mode_serves_both),
		cmocka_unit_test(pmksa_is_used_and_replaced),
		cmocka_unit_test(owe_encrypts_without_a_password),
		cmocka_unit_test(owe_groups_are_negotiated),
		cmocka_unit_test(owe_transition_finds_the_hidden_twin),
		cmocka_unit_test(crowd_connects_under_anti_clogging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks of different kinds on one radio, limits of an access point, attacks, power save, and passphrases per station. */
#include "../unit/unit.h"

#include "world.h"

#include "wire/mgmt.h"

#define PASS "correct horse battery"

enum { STAS = 24 };

struct scenario {
	struct world *world;
	struct ap_setup ap_setup;
	struct sta_setup sta_setups[STAS];
	struct sta_network networks[STAS];
	unsigned ap, sta[STAS], count;
	const uint8_t *host;
};

/* The setup of the access point may be changed until start_ap(). */
static struct scenario *scenario_new(uint64_t seed)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	scenario->world = world_new(seed);
	scenario->host = world_host(scenario->world);
	world_ap_setup(scenario->world, &scenario->ap_setup, 0, "first", PASS, 2437);
	return scenario;
}

static void start_ap(struct scenario *scenario)
{
	scenario->ap = world_add_ap(scenario->world, &scenario->ap_setup);
}

/* The setup of the station may be changed until add_sta(). */
static struct sta_network *prepare_sta(struct scenario *scenario, const char *ssid, const char *passphrase)
{
	assert_true(scenario->count < STAS);
	world_sta_setup(scenario->world, &scenario->sta_setups[scenario->count], &scenario->networks[scenario->count],
			scenario->count, ssid, passphrase);
	return &scenario->networks[scenario->count];
}

static unsigned add_sta(struct scenario *scenario)
{
	scenario->sta[scenario->count] = world_add_sta(scenario->world, &scenario->sta_setups[scenario->count]);
	return scenario->sta[scenario->count++];
}

static void connect_all(struct scenario *scenario)
{
	assert_true(world_run_until(scenario->world, world_now(scenario->world) + 60 * S, world_all_connected));
	world_run(scenario->world, world_now(scenario->world) + 200 * MS);
}

static void all_ping(struct scenario *scenario)
{
	for (unsigned i = 0; i < scenario->count; i++) {
		assert_true(
			world_ping(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host));
		assert_true(
			world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[i])));
	}
}

static void scenario_free(struct scenario *scenario)
{
	world_assert_no_violations(scenario->world);
	world_free(scenario->world);
	free(scenario);
}

/* Adds a BSS with the same passphrase to the access point. */
static struct ap_bss_setup *add_bss(struct scenario *scenario, const char *ssid)
{
	struct ap_setup more;
	struct ap_bss_setup *bss_setup = &scenario->ap_setup.bss[scenario->ap_setup.bss_count];

	world_ap_setup(scenario->world, &more, scenario->ap_setup.bss_count, ssid, PASS, 2437);
	*bss_setup = more.bss[0];
	bss_setup->bssid[4] = 1;
	scenario->ap_setup.bss_count++;
	return bss_setup;
}

static bool command(struct scenario *scenario, struct ap_command command)
{
	bool done = soft_ap_command(world_ap(scenario->world, scenario->ap), &command, world_now(scenario->world),
				    world_actions(scenario->world));

	if (command.setup)
		world_forget_clock(scenario->world, command.setup->bssid);
	world_apply_actions(scenario->world, scenario->ap);
	return done;
}

static bool first_are_connected(struct world *world)
{
	return world_connected_count(world) >= 6;
}

/* Stations of the first network, half of which doze, lose no frame of theirs while others come, change and go. */
static void networks_come_and_go_beside_traffic(void **state)
{
	struct scenario *scenario = scenario_new(17);
	struct ap_bss_setup second = *add_bss(scenario, "second"), renamed = *add_bss(scenario, "renamed");
	uint8_t addr[2][6];
	unsigned down[6], up[6], lost = 0;

	(void)state;
	scenario->ap_setup.bss_count = 1;
	memcpy(renamed.bssid, second.bssid, 6);
	memcpy(addr[0], scenario->ap_setup.bss[0].bssid, 6);
	memcpy(addr[1], second.bssid, 6);
	start_ap(scenario);
	assert_int_equal(medium_set_addresses(world_medium(scenario->world), world_radio(scenario->world, scenario->ap),
					      (const uint8_t(*)[6])addr, 2),
			 0);
	for (unsigned i = 0; i < 6; i++) {
		prepare_sta(scenario, "first", PASS);
		scenario->sta_setups[i].power_save = i % 2;
		add_sta(scenario);
	}
	connect_all(scenario);
	all_ping(scenario);
	for (unsigned i = 0; i < 6; i++) {
		down[i] =
			world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[i]));
		up[i] = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host);
		world_send_every(scenario->world, down[i], 30 * MS);
		world_send_every(scenario->world, up[i], 30 * MS);
	}
	prepare_sta(scenario, "second", PASS);
	add_sta(scenario);
	for (int round = 0; round < 5; round++) {
		assert_true(
			command(scenario, (struct ap_command){.kind = AP_COMMAND_ADD_BSS, .bss = 1, .setup = &second}));
		connect_all(scenario); /* the seventh one, too */
		assert_true(command(scenario,
				    (struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = 1, .setup = &renamed}));
		world_run(scenario->world, world_now(scenario->world) + 2 * S);
		assert_true(command(scenario, (struct ap_command){.kind = AP_COMMAND_REMOVE_BSS, .bss = 1}));
		world_run(scenario->world, world_now(scenario->world) + 2 * S);
		assert_true(first_are_connected(scenario->world));
	}
	for (unsigned i = 0; i < 6; i++) {
		world_send_every(scenario->world, down[i], 0);
		world_send_every(scenario->world, up[i], 0);
	}
	world_run(scenario->world, world_now(scenario->world) + 2 * S);
	for (unsigned i = 0; i < 6; i++) {
		lost += world_sent(scenario->world, down[i]) - world_received(scenario->world, down[i]);
		lost += world_sent(scenario->world, up[i]) - world_received(scenario->world, up[i]);
		assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED), 0);
	}
	assert_int_equal(lost, 0);
	scenario_free(scenario);
}

static void multiple_bss_on_one_radio(void **state)
{
	static const char *const ssids[] = {"first", "second", "third", "hidden"};
	struct scenario *scenario = scenario_new(1);
	struct ap_bss_setup *bss_setup = add_bss(scenario, ssids[1]);
	unsigned flow;

	(void)state;
	bss_setup->pmf = 2;
	bss_setup->akms = 1u << AKM_PSK_SHA256;
	bss_setup->group_mgmt = CIPHER_BIP_CMAC_128;
	bss_setup = add_bss(scenario, ssids[2]);
	bss_setup->rsn = false;
	bss_setup->wpa = true;
	bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
	bss_setup->group = CIPHER_TKIP;
	bss_setup = add_bss(scenario, ssids[3]);
	bss_setup->hidden = 1;
	start_ap(scenario);
	for (unsigned i = 0; i < 12; i++) {
		struct sta_network *network = prepare_sta(scenario, ssids[i % 4], PASS);

		if (i % 4 == 1) {
			network->pmf = 2;
			network->akms = 1u << AKM_PSK_SHA256;
		} else if (i % 4 == 2) {
			network->wpa = true;
			network->rsn = false;
			network->pairwise = network->group = 1u << CIPHER_TKIP;
		} else if (i % 4 == 3) {
			network->scan_ssid = true;
		}
		add_sta(scenario);
	}
	connect_all(scenario);
	all_ping(scenario);
	/* Frames between two BSSs pass over the wire. */
	flow = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[0]),
			  world_sta_addr(scenario->world, scenario->sta[5]));
	world_send(scenario->world, flow, 10, 400);
	world_run(scenario->world, world_now(scenario->world) + S);
	assert_int_equal(world_received(scenario->world, flow), 10);
	scenario_free(scenario);
}

static void full_ap_refuses_further_stations(void **state)
{
	struct scenario *scenario = scenario_new(2);

	(void)state;
	scenario->ap_setup.bss[0].max_stations = 8;
	start_ap(scenario);
	for (unsigned i = 0; i < 12; i++) {
		prepare_sta(scenario, "first", PASS);
		add_sta(scenario);
	}
	world_run(scenario->world, 30 * S);
	assert_int_equal(world_connected_count(scenario->world), 8);
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_REJECTED_FULL) >= 4);
	/* Four stations leave: four others can connect. */
	for (unsigned i = 0, gone = 0; i < 12 && gone < 4; i++)
		if (world_is_connected(scenario->world, scenario->sta[i])) {
			world_stop(scenario->world, scenario->sta[i]);
			gone++;
		}
	world_run(scenario->world, world_now(scenario->world) + 400 * S);
	assert_int_equal(world_connected_count(scenario->world), 8);
	scenario_free(scenario);
}

/* A station that loses power sends no deauthentication frame. */
static void vanished_station_is_forgotten(void **state)
{
	struct scenario *scenario = scenario_new(3);
	struct ap_station_info info;

	(void)state;
	scenario->ap_setup.bss[0].max_inactivity_s = 60;
	scenario->ap_setup.bss[0].group_rekey_strict = true;
	start_ap(scenario);
	for (unsigned i = 0; i < 4; i++) {
		prepare_sta(scenario, "first", PASS);
		add_sta(scenario);
	}
	connect_all(scenario);
	world_power_off(scenario->world, scenario->sta[0]);
	world_power_off(scenario->world, scenario->sta[1]);
	world_run(scenario->world, world_now(scenario->world) + 100 * S);
	assert_false(soft_ap_station_info(world_ap(scenario->world, scenario->ap), 2, &info));
	assert_true(soft_ap_station_info(world_ap(scenario->world, scenario->ap), 1, &info));
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_GROUP_REKEYED) >= 1);
	assert_int_equal(world_note_count(scenario->world, scenario->sta[2], NOTE_DISCONNECTED), 0);
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[2])));
	scenario_free(scenario);
}

/* Sends a management frame of an attacker without keys. */
static void send_forged(struct scenario *scenario, radio_id forger, enum mgmt_subtype subtype, const uint8_t *to,
			const uint8_t *from)
{
	const uint8_t *bssid = scenario->ap_setup.bss[0].bssid;
	struct frame_writer writer = mgmt_begin(subtype, to, from, bssid);

	if (subtype == MGMT_AUTH) {
		write_bytes(&writer, "\0\0\1\0\0\0", 6);
	} else if (subtype == MGMT_ASSOC_REQUEST) {
		write_bytes(&writer, "\x31\x04\x0a\0", 4);
		write_element(&writer, EID_SSID, "first", 5);
		write_element(&writer, EID_RATES, "\x82\x84\x8b\x96\x0c\x12\x18\x24", 8);
		write_bytes(&writer, "\x30\x1a\1\0\0\x0f\xac\4\1\0\0\x0f\xac\4\1\0\0\x0f\xac\6\x80\0\0\0\0\x0f\xac\6",
			    28);
	} else {
		write_le16(&writer, REASON_LEAVING);
	}
	medium_send(world_medium(scenario->world), forger, frame_writer_end(&writer), 0, 0, world_now(scenario->world));
}

static void forged_deauth_is_ignored_under_pmf(void **state)
{
	struct scenario *scenario = scenario_new(4);
	const uint8_t *bssid = scenario->ap_setup.bss[0].bssid;
	unsigned up[4];
	radio_id forger;

	(void)state;
	scenario->ap_setup.bss[0].pmf = 2;
	scenario->ap_setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	scenario->ap_setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	start_ap(scenario);
	for (unsigned i = 0; i < 4; i++) {
		struct sta_network *network = prepare_sta(scenario, "first", PASS);

		network->pmf = 2;
		network->akms = 1u << AKM_PSK_SHA256;
		add_sta(scenario);
	}
	connect_all(scenario);
	forger = medium_join(world_medium(scenario->world));
	medium_tune(world_medium(scenario->world), forger, 2437);
	for (unsigned i = 0; i < 4; i++) {
		up[i] = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host);
		world_send_every(scenario->world, up[i], 20 * MS);
	}
	for (unsigned i = 0; i < 40; i++) {
		const uint8_t *addr = world_sta_addr(scenario->world, scenario->sta[i % 4]);
		static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

		send_forged(scenario, forger, i % 8 < 4 ? MGMT_DEAUTH : MGMT_DISASSOC, bssid, addr);
		send_forged(scenario, forger, i % 8 < 4 ? MGMT_DEAUTH : MGMT_DISASSOC, addr, bssid);
		send_forged(scenario, forger, MGMT_DEAUTH, broadcast, bssid);
		send_forged(scenario, forger, MGMT_AUTH, bssid, addr);
		send_forged(scenario, forger, MGMT_ASSOC_REQUEST, bssid, addr);
		world_run(scenario->world, world_now(scenario->world) + 300 * MS);
	}
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_SA_QUERY) >= 4);
	assert_true(world_drops(scenario->world, scenario->ap, DROP_UNPROTECTED) >= 40);
	for (unsigned i = 0; i < 4; i++) {
		world_send_every(scenario->world, up[i], 0);
		assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED), 0);
		assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_CONNECTED), 1);
	}
	world_run(scenario->world, world_now(scenario->world) + S);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(world_received(scenario->world, up[i]), world_sent(scenario->world, up[i]));
	assert_int_equal(world_note_count(scenario->world, scenario->ap, NOTE_DISCONNECTED), 0);
	scenario_free(scenario);
}

/* Once as it was, and once changed. */
static void replay_group_deauth(struct scenario *scenario, radio_id forger)
{
	world_replay_group(scenario->world, forger, 0);
	world_replay_group(scenario->world, forger, DOT11_HDR_MIN);
	world_run(scenario->world, world_now(scenario->world) + S);
}

static void assert_sniffer_detects_replay(struct scenario *scenario, radio_id forger)
{
	struct violations violations;

	world_assert_no_violations(scenario->world);
	replay_group_deauth(scenario, forger);
	violations = world_violations(scenario->world);
	assert_int_equal(violations.pn_reuse, 1);
	assert_int_equal(violations.undecryptable, 1);
}

/*
 * An access point that stops also deauthenticates its group, for stations that missed the frame to their own address.
 * Under PMF that frame has a BIP MIC. The sniffer verifies it and detects a replayed and a changed frame.
 */
static void group_deauth_requires_valid_bip_mic(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_BIP_CMAC_128, CIPHER_BIP_CMAC_256, CIPHER_BIP_GMAC_128,
					      CIPHER_BIP_GMAC_256};

	(void)state;
	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct scenario *scenario = scenario_new(14);
		radio_id forger = medium_join(world_medium(scenario->world));

		scenario->ap_setup.bss[0].pmf = 1;
		scenario->ap_setup.bss[0].group_mgmt = ciphers[k];
		start_ap(scenario);
		for (unsigned i = 0; i < 3; i++) {
			struct sta_network *network = prepare_sta(scenario, "first", PASS);

			network->pmf = i < 2;
			network->group_mgmt = 1u << ciphers[k];
			add_sta(scenario);
		}
		medium_tune(world_medium(scenario->world), forger, 2437);
		for (unsigned round = 0; round < 2; round++) {
			connect_all(scenario);
			world_stop(scenario->world, scenario->ap);
			world_run(scenario->world, world_now(scenario->world) + S);
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED),
						 round + 1);
			if (round == 1)
				assert_sniffer_detects_replay(scenario, forger);
			world_start(scenario->world, scenario->ap);
		}
		connect_all(scenario);
		replay_group_deauth(scenario, forger);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED), 2);
			/* The restarted access point has fresh keys. */
			assert_int_equal(world_drops(scenario->world, scenario->sta[i], DROP_NO_KEY), 2);
		}
		/* Without PMF a station cannot detect the replay. */
		assert_true(world_note_count(scenario->world, scenario->sta[2], NOTE_DISCONNECTED) > 2);
		world_free(scenario->world);
		free(scenario);
	}
}

/* Without PMF an attacker can end an association; the station reconnects without intervention. */
static void stations_reconnect_after_forged_deauth_without_pmf(void **state)
{
	struct scenario *scenario = scenario_new(5);
	const uint8_t *bssid = scenario->ap_setup.bss[0].bssid;
	radio_id forger;

	(void)state;
	start_ap(scenario);
	for (unsigned i = 0; i < 6; i++) {
		prepare_sta(scenario, "first", PASS);
		add_sta(scenario);
	}
	connect_all(scenario);
	forger = medium_join(world_medium(scenario->world));
	medium_tune(world_medium(scenario->world), forger, 2437);
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *addr = world_sta_addr(scenario->world, scenario->sta[i]);

		if (i % 2)
			send_forged(scenario, forger, MGMT_DEAUTH, addr, bssid);
		else
			send_forged(scenario, forger, MGMT_DEAUTH, bssid, addr);
	}
	/* The access point answers the next frame of a station that it has removed with a deauthentication. */
	for (unsigned i = 0; i < 6; i++)
		world_send_every(
			scenario->world,
			world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta[i]), scenario->host),
			500 * MS);
	world_run(scenario->world, world_now(scenario->world) + 2 * S);
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_DISCONNECTED) >= 3);
	connect_all(scenario);
	all_ping(scenario);
	scenario_free(scenario);
}

static void dozing_stations_receive_all_frames(void **state)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct scenario *scenario = scenario_new(6);
	unsigned down[5], all;

	(void)state;
	scenario->ap_setup.dtim_period = 3;
	scenario->ap_setup.bss[0].group_rekey_s = 9;
	scenario->ap_setup.bss[0].ptk_rekey_s = 13;
	start_ap(scenario);
	for (unsigned i = 0; i < 5; i++) {
		prepare_sta(scenario, "first", PASS);
		scenario->sta_setups[scenario->count].power_save = i < 4;
		scenario->sta_setups[scenario->count].listen_interval = (uint16_t)(1 + 2 * i);
		add_sta(scenario);
	}
	connect_all(scenario);
	for (unsigned i = 0; i < 5; i++) {
		down[i] =
			world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta[i]));
		world_send_every(scenario->world, down[i], 230 * MS);
	}
	all = world_flow(scenario->world, scenario->host, broadcast);
	world_send_every(scenario->world, all, 700 * MS);
	world_run(scenario->world, world_now(scenario->world) + 60 * S);
	for (unsigned i = 0; i < 5; i++)
		world_send_every(scenario->world, down[i], 0);
	world_send_every(scenario->world, all, 0);
	world_run(scenario->world, world_now(scenario->world) + 5 * S);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(world_note_count(scenario->world, scenario->sta[i], NOTE_DISCONNECTED), 0);
		assert_int_equal(world_received(scenario->world, down[i]), world_sent(scenario->world, down[i]));
	}
	assert_int_equal(world_received(scenario->world, all), 5 * world_sent(scenario->world, all));
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_REKEYED) >= 5 * 4);
	assert_true(world_note_count(scenario->world, scenario->ap, NOTE_GROUP_REKEYED) >= 6);
	scenario_free(scenario);
}

/* wpa_psk_file: passphrases for any station, and for single stations. */
static void each_station_uses_its_own_passphrase(void **state)
{
	struct scenario *scenario = scenario_new(7);
	struct ap_psk psks[STAS];
	struct ap_station_info info;

	(void)state;
	memset(psks, 0, sizeof(psks));
	for (unsigned i = 0; i < 6; i++) {
		char passphrase[32];

		snprintf(passphrase, sizeof(passphrase), "passphrase %u", i);
		snprintf(psks[i].keyid, sizeof(psks[i].keyid), "key %u", i);
		world_pmk(scenario->world, "first", passphrase, psks[i].pmk);
		prepare_sta(scenario, "first", passphrase);
		if (i % 2)
			memcpy(psks[i].addr, scenario->sta_setups[scenario->count].addr, 6);
		scenario->count++;
	}
	scenario->ap_setup.bss[0].psks = psks;
	scenario->ap_setup.bss[0].psk_count = 6;
	start_ap(scenario);
	for (unsigned i = 0; i < 6; i++)
		scenario->sta[i] = world_add_sta(scenario->world, &scenario->sta_setups[i]);
	connect_all(scenario);
	all_ping(scenario);
	for (size_t i = 0; soft_ap_station_info(world_ap(scenario->world, scenario->ap), i, &info); i++) {
		assert_int_equal(info.keyid[4], '0' + info.addr[5]);
		assert_true(info.authorised);
	}
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiple_bss_on_one_radio),
		cmocka_unit_test(networks_come_and_go_beside_traffic),
		cmocka_unit_test(full_ap_refuses_further_stations),
		cmocka_unit_test(vanished_station_is_forgotten),
		cmocka_unit_test(forged_deauth_is_ignored_under_pmf),
		cmocka_unit_test(group_deauth_requires_valid_bip_mic),
		cmocka_unit_test(stations_reconnect_after_forged_deauth_without_pmf),
		cmocka_unit_test(dozing_stations_receive_all_frames),
		cmocka_unit_test(each_station_uses_its_own_passphrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

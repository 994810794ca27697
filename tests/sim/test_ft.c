/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fast BSS transition over the medium, on virtual time: two access points of one domain, and a station that roams. */
#include "../unit/unit.h"

#include "world.h"

#include "mlme/sta.h"

#include <string.h>

#define SSID     "sim"
#define PASSWORD "correct horse battery"

struct scenario {
	struct world *world;
	struct ft_store store;
	struct ap_setup ap_setups[2];
	struct ap_sae_password password;
	struct sta_setup sta_setup;
	struct sta_network network;
	unsigned ap[2], sta;
	const uint8_t *host;
};

static void set_secret(struct scenario *scenario, struct sae_password *secret)
{
	static const unsigned groups[] = {19, 20, 21};

	secret->password_len = strlen(PASSWORD);
	memcpy(secret->password, PASSWORD, secret->password_len);
	assert_int_equal(sae_password_derive(world_crypto(scenario->world), secret,
					     (struct span){(const uint8_t *)SSID, strlen(SSID)}, groups, 3),
			 0);
}

/* Which a test may change before it calls start(). */
static struct scenario *scenario_new(enum akm akm)
{
	static const uint8_t secret[FT_SECRET_LEN] = {1};
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct sta_network *network = &scenario->network;

	scenario->world = world_new(1);
	scenario->host = world_host(scenario->world);
	ft_store_init(&scenario->store, secret, 64);
	set_secret(scenario, &scenario->password.secret);
	for (unsigned i = 0; i < 2; i++) {
		struct ap_bss_setup *bss = &scenario->ap_setups[i].bss[0];

		world_ap_setup(scenario->world, &scenario->ap_setups[i], i, SSID, PASSWORD, i ? 2462 : 2412);
		scenario->ap_setups[i].ft_store = &scenario->store;
		bss->akms = 1u << akm;
		bss->pmf = 1;
		bss->group_mgmt = CIPHER_BIP_CMAC_128;
		bss->ft = (struct ap_ft_setup){.mdid = {0xa1, 0xb2},
					       .r0kh_len = 4,
					       .over_ds = true,
					       .deadline_tu = 1000,
					       .r0_lifetime_s = 3600};
		memcpy(bss->ft.r0kh, i ? "nas2" : "nas1", 4);
		bss->sae = (struct ap_sae_setup){.passwords = &scenario->password,
						 .password_count = 1,
						 .groups = {19, 20, 21, 0},
						 .pwe = 2,
						 .sync_max = 5,
						 .token_threshold = 5};
	}
	world_sta_setup(scenario->world, &scenario->sta_setup, network, 0, SSID, PASSWORD);
	network->akms = 1u << akm;
	network->pmf = 1;
	network->group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	network->sae_pwe = 2;
	network->sae_group_count = 1;
	network->sae_groups[0] = 19;
	network->sae = scenario->password.secret;
	return scenario;
}

static void start(struct scenario *scenario)
{
	const struct sta_request scan = {.kind = STA_REQUEST_SCAN, .scan = {.only = true}};

	for (unsigned i = 0; i < 2; i++)
		scenario->ap[i] = world_add_ap(scenario->world, &scenario->ap_setups[i]);
	scenario->sta = world_add_sta(scenario->world, &scenario->sta_setup);
	assert_true(world_run_until(scenario->world, 20 * S, world_all_connected));
	/* It has joined the first one that it found. */
	soft_sta_request(world_sta(scenario->world, scenario->sta), &scan, world_now(scenario->world),
			 world_actions(scenario->world));
	world_apply_actions(scenario->world, scenario->sta);
	world_run(scenario->world, world_now(scenario->world) + 3 * S);
}

static void scenario_free(struct scenario *scenario)
{
	world_free(scenario->world);
	ft_store_free(&scenario->store);
	free(scenario);
}

/* The number of the access point that the station is connected to. */
static unsigned current(struct scenario *scenario)
{
	struct sta_info info;

	soft_sta_info(world_sta(scenario->world, scenario->sta), &info);
	assert_int_equal(info.state, STA_CONNECTED);
	return memcmp(info.bssid, scenario->ap_setups[0].bss[0].bssid, 6) != 0;
}

static enum sta_answer request(struct scenario *scenario, enum sta_request_kind kind, unsigned ap)
{
	struct sta_request request = {.kind = kind};
	enum sta_answer answer;

	memcpy(request.bssid, scenario->ap_setups[ap].bss[0].bssid, 6);
	answer = soft_sta_request(world_sta(scenario->world, scenario->sta), &request, world_now(scenario->world),
				  world_actions(scenario->world));
	world_apply_actions(scenario->world, scenario->sta);
	return answer;
}

/* Has the station moved to the access point? */
static void roam(struct scenario *scenario, enum sta_request_kind kind, unsigned ap)
{
	unsigned before = world_note_count(scenario->world, scenario->sta, NOTE_CONNECTED);

	assert_int_equal(request(scenario, kind, ap), STA_ANSWER_DONE);
	world_run(scenario->world, world_now(scenario->world) + 500 * MS);
	assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_CONNECTED), before + 1);
	assert_int_equal(current(scenario), ap);
	assert_true(world_ping(scenario->world, world_sta_addr(scenario->world, scenario->sta), scenario->host));
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta)));
}

static unsigned handshakes(struct scenario *scenario)
{
	return world_note_count(scenario->world, scenario->ap[0], NOTE_KEYS_NEGOTIATED) +
	       world_note_count(scenario->world, scenario->ap[1], NOTE_KEYS_NEGOTIATED);
}

/* ---- */

/* There and back, over the air and through the present access point: one handshake in all. */
static void station_roams_without_a_handshake(void **state)
{
	static const struct {
		enum akm akm;
		unsigned group;
	} cases[] = {{AKM_FT_PSK, 0},          {AKM_FT_SAE, 19},         {AKM_FT_SAE, 20},
		     {AKM_FT_SAE_EXT_KEY, 19}, {AKM_FT_SAE_EXT_KEY, 20}, {AKM_FT_SAE_EXT_KEY, 21}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scenario *scenario = scenario_new(cases[i].akm);

		scenario->network.sae_groups[0] = cases[i].group;
		world_set_sniffing(scenario->world, cases[i].akm == AKM_FT_PSK);
		start(scenario);
		roam(scenario, STA_REQUEST_ROAM, !current(scenario));
		roam(scenario, STA_REQUEST_ROAM, !current(scenario));
		roam(scenario, STA_REQUEST_TRANSITION, !current(scenario));
		roam(scenario, STA_REQUEST_TRANSITION, !current(scenario));
		roam(scenario, STA_REQUEST_ROAM, !current(scenario));
		assert_int_equal(handshakes(scenario), 1);
		world_assert_no_violations(scenario->world);
		scenario_free(scenario);
	}
}

/* ---- attackers ---- */

static radio_id join_forger(struct scenario *scenario, unsigned ap)
{
	radio_id forger = medium_join(world_medium(scenario->world));

	medium_tune(world_medium(scenario->world), forger, scenario->ap_setups[ap].freq_mhz);
	return forger;
}

/* In the name of the station, by the name of its PMK-R0, which everybody has heard. */
static void forge_authentication(struct scenario *scenario, radio_id forger, unsigned ap, const uint8_t *name,
				 uint8_t nonce)
{
	const uint8_t *bssid = scenario->ap_setups[ap].bss[0].bssid, *station = scenario->sta_setup.addr;
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, bssid, station, bssid);
	struct rsn_element rsne = {.group = CIPHER_CCMP_128,
				   .pairwise = 1u << CIPHER_CCMP_128,
				   .akms = 1u << AKM_FT_PSK,
				   .group_management = CIPHER_NONE};
	uint8_t element[ELEMENT_MAX], snonce[FT_NONCE_LEN];

	rsne.pmkids = (struct span){name, PMKID_LEN};
	write_bytes(&writer, "\2\0\1\0\0\0", 6);
	write_bytes(&writer, element, rsn_element_write(&rsne, element));
	ft_domain_write(scenario->ap_setups[ap].bss[0].ft.mdid, FT_OVER_DS, element);
	write_bytes(&writer, element, FT_DOMAIN_LEN);
	memset(snonce, nonce, sizeof(snonce));
	write_bytes(&writer, element,
		    ft_write(&(struct ft_element){.snonce = snonce, .r0kh = {(const uint8_t *)"nas1", 4}}, element));
	medium_send(world_medium(scenario->world), forger, frame_writer_end(&writer), 0, 0, world_now(scenario->world));
}

/*
 * Replays and alterations of the reassociation request change nothing: neither where the station is, nor where it has been, nor where
 * it goes to in the middle of a flood of authentications in its name. No packet number is used twice.
 */
static void forged_and_replayed_frames_cost_nothing(void **state)
{
	struct scenario *scenario = scenario_new(AKM_FT_PSK);
	unsigned ap, associations, up, down;
	const uint8_t *name;
	radio_id forgers[2];

	(void)state;
	start(scenario);
	name = scenario->store.entries[0].r0.name;
	forgers[0] = join_forger(scenario, 0);
	forgers[1] = join_forger(scenario, 1);
	up = world_flow(scenario->world, world_sta_addr(scenario->world, scenario->sta), scenario->host);
	down = world_flow(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta));
	world_send_every(scenario->world, up, 20 * MS);
	world_send_every(scenario->world, down, 20 * MS);
	for (unsigned round = 0; round < 6; round++) {
		ap = !current(scenario);
		roam(scenario, STA_REQUEST_ROAM, ap);
		associations = world_note_count(scenario->world, scenario->ap[ap], NOTE_ASSOCIATED);
		for (unsigned i = 0; i < 40; i++) {
			/* From the fixed fields on, or as it was. */
			world_replay_reassociation(scenario->world, forgers[ap], i % 4 ? 30 + 5 * i : 0);
			forge_authentication(scenario, forgers[ap], ap, name, (uint8_t)(1 + i));
			forge_authentication(scenario, forgers[!ap], !ap, name, (uint8_t)(1 + i));
			world_run(scenario->world, world_now(scenario->world) + 7 * MS);
		}
		assert_int_equal(world_note_count(scenario->world, scenario->ap[ap], NOTE_ASSOCIATED), associations);
		assert_int_equal(current(scenario), ap);
		assert_true(
			world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta)));
		/* It leaves; its old request is still young enough. */
		roam(scenario, STA_REQUEST_ROAM, !ap);
		world_replay_reassociation(scenario->world, forgers[!ap], 0);
		assert_int_equal(current(scenario), !ap);
	}
	assert_int_equal(handshakes(scenario), 1);
	world_assert_no_violations(scenario->world);
	assert_uint_in_range(world_received(scenario->world, up), world_sent(scenario->world, up) - 20,
			     world_sent(scenario->world, up));
	scenario_free(scenario);
}

/*
 * The station has left. A replay of its reassociation request would bring back its PTK, and the packet numbers would
 * begin again; also after the PMK-R0 has gone, and a replayed authentication has brought it back.
 */
static void request_of_a_station_that_left_is_not_valid_again(void **state)
{
	(void)state;
	for (unsigned forgotten = 0; forgotten < 2; forgotten++) {
		struct scenario *scenario = scenario_new(AKM_FT_PSK);
		uint8_t name[PMKID_LEN];
		unsigned associations;
		radio_id forger;

		scenario->ap_setups[1].bss[0].ft.generate_local = true;
		start(scenario);
		assert_int_equal(current(scenario), 0);
		memcpy(name, scenario->store.entries[0].r0.name, PMKID_LEN);
		forger = join_forger(scenario, 1);
		assert_int_equal(request(scenario, STA_REQUEST_ROAM, 1), STA_ANSWER_DONE);
		world_run(scenario->world, world_now(scenario->world) + 200 * MS);
		assert_int_equal(current(scenario), 1);
		request(scenario, STA_REQUEST_DISCONNECT, 1);
		world_run(scenario->world, world_now(scenario->world) + 20 * MS);
		if (forgotten)
			ft_store_forget(&scenario->store, scenario->ap_setups[0].bss[0].bssid);
		forge_authentication(scenario, forger, 1, name, 1);
		world_run(scenario->world, world_now(scenario->world) + 20 * MS);
		assert_int_equal(scenario->store.entry_count, 1);
		associations = world_note_count(scenario->world, scenario->ap[1], NOTE_ASSOCIATED);
		world_replay_reassociation(scenario->world, forger, 0);
		world_run(scenario->world, world_now(scenario->world) + 20 * MS);
		assert_int_equal(world_note_count(scenario->world, scenario->ap[1], NOTE_ASSOCIATED), associations);
		assert_int_equal(world_note_count(scenario->world, scenario->ap[1], NOTE_REJECTED), 1);
		world_assert_no_violations(scenario->world);
		scenario_free(scenario);
	}
}

/*
 * The response to a reassociation is lost with all its repetitions, and the access point has never had an acknowledgement of the
 * station, which has come through another one. The MIC has shown that it is there: it gets the response when it asks again.
 */
static void lost_response_does_not_end_a_transition(void **state)
{
	const struct medium_link deaf = {.loss_ppm = 1000000}, good = {0};
	struct scenario *scenario = scenario_new(AKM_FT_PSK);
	radio_id from, to;

	(void)state;
	start(scenario);
	assert_int_equal(current(scenario), 0);
	from = world_radio(scenario->world, scenario->ap[1]);
	to = world_radio(scenario->world, scenario->sta);
	assert_int_equal(medium_set_link(world_medium(scenario->world), from, to, &deaf), 0);
	assert_int_equal(request(scenario, STA_REQUEST_TRANSITION, 1), STA_ANSWER_DONE);
	for (unsigned i = 0; i < 200 && !world_note_count(scenario->world, scenario->ap[1], NOTE_ASSOCIATED); i++)
		world_run(scenario->world, world_now(scenario->world) + MS / 4);
	world_run(scenario->world, world_now(scenario->world) + 25 * MS);
	assert_int_equal(medium_set_link(world_medium(scenario->world), from, to, &good), 0);
	world_run(scenario->world, world_now(scenario->world) + 500 * MS);
	assert_int_equal(current(scenario), 1);
	assert_int_equal(handshakes(scenario), 1);
	assert_int_equal(world_note_count(scenario->world, scenario->ap[1], NOTE_ASSOCIATED), 1);
	assert_int_equal(world_note_count(scenario->world, scenario->ap[1], NOTE_DISCONNECTED), 0);
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta)));
	world_assert_no_violations(scenario->world);
	scenario_free(scenario);
}

/* In the name of the access point: success, with the elements of the domain and an FTE whose MIC is wrong. */
static void forge_response(struct scenario *scenario, radio_id forger, unsigned ap)
{
	static const uint8_t nonce[FT_NONCE_LEN] = {1};
	const uint8_t *bssid = scenario->ap_setups[ap].bss[0].bssid, *station = scenario->sta_setup.addr;
	struct frame_writer writer = mgmt_begin(MGMT_REASSOC_RESPONSE, station, bssid, bssid);
	uint8_t element[ELEMENT_MAX];

	write_bytes(&writer, "\x11\0\0\0\1\xc0\1\4\x82\x84\x8b\x96", 12);
	ft_domain_write(scenario->ap_setups[ap].bss[0].ft.mdid, FT_OVER_DS, element);
	write_bytes(&writer, element, FT_DOMAIN_LEN);
	write_bytes(
		&writer, element,
		ft_write(&(struct ft_element){.anonce = nonce, .snonce = nonce, .r0kh = {(const uint8_t *)"nas1", 4}},
			 element));
	medium_send(world_medium(scenario->world), forger, frame_writer_end(&writer), 0, 0, world_now(scenario->world));
}

/* A forged response that comes before that of the access point is dropped, and the transition goes on. */
static void forged_response_does_not_end_a_transition(void **state)
{
	struct scenario *scenario = scenario_new(AKM_FT_PSK);
	radio_id forgers[2];
	unsigned ap;

	(void)state;
	start(scenario);
	forgers[0] = join_forger(scenario, 0);
	forgers[1] = join_forger(scenario, 1);
	for (unsigned round = 0; round < 4; round++) {
		ap = !current(scenario);
		assert_int_equal(request(scenario, STA_REQUEST_ROAM, ap), STA_ANSWER_DONE);
		for (unsigned i = 0; i < 400; i++) {
			forge_response(scenario, forgers[ap], ap);
			world_run(scenario->world, world_now(scenario->world) + MS / 2);
		}
		assert_int_equal(current(scenario), ap);
	}
	assert_true(world_drops(scenario->world, scenario->sta, DROP_FT_MIC) > 0);
	assert_int_equal(handshakes(scenario), 1);
	world_assert_no_violations(scenario->world);
	scenario_free(scenario);
}

/* Without a common key of the two there is no transition, but a first association. */
static void key_holders_must_trust_each_other(void **state)
{
	static const struct ft_peer r0kh = {.id = "nas1", .id_len = 4, .key = {1}, .key_len = 32},
				    other_r0kh = {.id = "nas1", .id_len = 4, .key = {2}, .key_len = 32},
				    any_r1kh = {.key = {1}, .key_len = 32};

	(void)state;
	for (unsigned good = 0; good < 2; good++) {
		struct scenario *scenario = scenario_new(AKM_FT_PSK);

		scenario->ap_setups[0].bss[0].ft.r1khs = (struct ft_peers){&any_r1kh, 1};
		scenario->ap_setups[1].bss[0].ft.r0khs = (struct ft_peers){good ? &r0kh : &other_r0kh, 1};
		start(scenario);
		assert_int_equal(current(scenario), 0);
		request(scenario, STA_REQUEST_ROAM, 1);
		world_run(scenario->world, world_now(scenario->world) + 500 * MS);
		assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_REJECTED) > 0, !good);
		request(scenario, STA_REQUEST_ROAM, 1);
		world_run(scenario->world, world_now(scenario->world) + 3 * S);
		assert_int_equal(current(scenario), 1);
		scenario_free(scenario);
	}
}

/* A refusal can be forged: after two minutes the station tries a transition to that access point again. */
static void refusal_does_not_count_for_ever(void **state)
{
	static const struct ft_peer other_r0kh = {.id = "nas1", .id_len = 4, .key = {2}, .key_len = 32};
	struct scenario *scenario = scenario_new(AKM_FT_PSK);

	(void)state;
	scenario->ap_setups[1].bss[0].ft.r0khs = (struct ft_peers){&other_r0kh, 1};
	start(scenario);
	for (unsigned round = 0; round < 4; round++) {
		unsigned refusals = world_note_count(scenario->world, scenario->sta, NOTE_REJECTED);

		assert_int_equal(current(scenario), 0);
		request(scenario, STA_REQUEST_ROAM, 1);
		world_run(scenario->world, world_now(scenario->world) + 500 * MS);
		/* In the second and the fourth round it associates anew. */
		assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_REJECTED) > refusals,
				 round % 2 == 0);
		for (unsigned i = 0; i < 2; i++) {
			request(scenario, STA_REQUEST_ROAM, 0);
			world_run(scenario->world, world_now(scenario->world) + 3 * S);
		}
		if (round == 1)
			world_run(scenario->world, world_now(scenario->world) + 130 * S);
	}
	scenario_free(scenario);
}

/*
 * A station of a VLAN does not come into the main network of an access point that lacks it: there its passphrase decides. The
 * second access point has the VLAN in its lists, or takes any one.
 */
static void transition_does_not_leave_the_vlan(void **state)
{
	static const struct ap_vlan vlans[] = {{.id = 10}};

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		bool listed = round == 1, any = round == 2, known = listed || any;
		struct ap_station_info info;
		struct scenario *scenario = scenario_new(AKM_FT_PSK);
		struct ap_psk psk = scenario->ap_setups[0].bss[0].psks[0];

		psk.vlan = 10;
		scenario->ap_setups[1].bss[0].any_vlan = any;
		for (unsigned i = 0; i < (listed ? 2 : 1); i++) {
			scenario->ap_setups[i].bss[0].psks = &psk;
			scenario->ap_setups[i].bss[0].vlans = vlans;
			scenario->ap_setups[i].bss[0].vlan_count = 1;
		}
		start(scenario);
		assert_int_equal(current(scenario), 0);
		assert_int_equal(scenario->store.entries[0].vlan, 10);
		request(scenario, STA_REQUEST_ROAM, 1);
		world_run(scenario->world, world_now(scenario->world) + 500 * MS);
		assert_int_equal(world_note_count(scenario->world, scenario->sta, NOTE_REJECTED) > 0, !known);
		assert_int_equal(world_note_count(scenario->world, scenario->ap[1], NOTE_ASSOCIATED), known);
		if (!known)
			request(scenario, STA_REQUEST_ROAM, 1);
		world_run(scenario->world, world_now(scenario->world) + 3 * S);
		assert_int_equal(current(scenario), 1);
		if (known) {
			assert_true(soft_ap_station_info(world_ap(scenario->world, scenario->ap[1]), 0, &info));
			assert_int_equal(info.vlan, 10);
		}
		assert_true(known ? handshakes(scenario) == 1 : handshakes(scenario) > 1);
		scenario_free(scenario);
	}
}

/* ft_psk_generate_local: the passphrase suffices. */
static void keys_follow_from_the_passphrase(void **state)
{
	struct scenario *scenario = scenario_new(AKM_FT_PSK);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		scenario->ap_setups[i].ft_store = NULL; /* as on two hosts */
		scenario->ap_setups[i].bss[0].ft.generate_local = true;
	}
	start(scenario);
	roam(scenario, STA_REQUEST_ROAM, 1);
	roam(scenario, STA_REQUEST_ROAM, 0);
	assert_int_equal(handshakes(scenario), 1);
	world_assert_no_violations(scenario->world);
	scenario_free(scenario);
}

/* A PMK-R0 ends, and a 4-way handshake renews the keys of a transition. */
static void keys_of_a_transition_are_renewed(void **state)
{
	struct scenario *scenario = scenario_new(AKM_FT_PSK);

	(void)state;
	scenario->ap_setups[1].bss[0].ptk_rekey_s = 5;
	scenario->ap_setups[1].bss[0].group_rekey_s = 7;
	start(scenario);
	roam(scenario, STA_REQUEST_ROAM, 1);
	world_run(scenario->world, world_now(scenario->world) + 20 * S);
	assert_uint_in_range(world_note_count(scenario->world, scenario->ap[1], NOTE_REKEYED), 3, 4);
	assert_int_equal(current(scenario), 1);
	assert_true(world_ping(scenario->world, scenario->host, world_sta_addr(scenario->world, scenario->sta)));
	world_assert_no_violations(scenario->world);
	scenario_free(scenario);
}

/* Group keys of 32 bytes and a long name: the element with all three of them would be too long. The BIGTK comes by itself. */
static void long_group_keys_arrive(void **state)
{
	struct scenario *scenario = scenario_new(AKM_FT_PSK);
	struct sta_info info;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct ap_bss_setup *bss = &scenario->ap_setups[i].bss[0];

		bss->rsn_pairwise = 1u << CIPHER_GCMP_256;
		bss->group = CIPHER_GCMP_256;
		bss->group_mgmt = CIPHER_BIP_GMAC_256;
		bss->beacon_protection = true;
		bss->ft.r0kh_len = FT_R0KH_MAX;
	}
	scenario->network.pairwise = scenario->network.group = 1u << CIPHER_GCMP_256;
	scenario->network.group_mgmt = 1u << CIPHER_BIP_GMAC_256;
	scenario->network.beacon_protection = true;
	start(scenario);
	for (unsigned round = 0; round < 3; round++) {
		roam(scenario, STA_REQUEST_ROAM, !current(scenario));
		soft_sta_info(world_sta(scenario->world, scenario->sta), &info);
		assert_true(info.beacon_protection);
	}
	assert_int_equal(handshakes(scenario), 1);
	world_assert_no_violations(scenario->world);
	scenario_free(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_roams_without_a_handshake),
		cmocka_unit_test(forged_and_replayed_frames_cost_nothing),
		cmocka_unit_test(request_of_a_station_that_left_is_not_valid_again),
		cmocka_unit_test(lost_response_does_not_end_a_transition),
		cmocka_unit_test(forged_response_does_not_end_a_transition),
		cmocka_unit_test(key_holders_must_trust_each_other),
		cmocka_unit_test(refusal_does_not_count_for_ever),
		cmocka_unit_test(transition_does_not_leave_the_vlan),
		cmocka_unit_test(keys_follow_from_the_passphrase),
		cmocka_unit_test(keys_of_a_transition_are_renewed),
		cmocka_unit_test(long_group_keys_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

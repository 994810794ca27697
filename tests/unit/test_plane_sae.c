/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SAE while somebody forges frames: in the name of a station, which is an exchange of rsn/sae.h, or of the access
 * point. And changes of a network that is on the air.
 */
#include "plane_pair.h"

#include "rsn/sae.h"

#include <string.h>

#define SYNC_MAX  5
#define NO_TOKENS 100 /* open exchanges */

/* An access point of WPA3, and what it has answered to the last frame. */
struct scene {
	struct pair *pair;
	struct random random;
	struct ap_sae_password password;
	struct sae_password forged_password;
	unsigned answer_count;
	struct sae_frame answer;
};

static void set_secret(struct scene *scene, struct sae_password *secret, const char *text)
{
	static const unsigned groups[] = {19};

	secret->password_len = strlen(text);
	memcpy(secret->password, text, secret->password_len);
	assert_int_equal(
		sae_password_derive(scene->pair->crypto, secret, (struct span){(const uint8_t *)"test", 4}, groups, 1),
		0);
}

/* `mute`: the station of the pair is silent, so that its address is free for the test. */
static void scene_begin(struct scene *scene, bool mute, unsigned token_threshold)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {9};
	struct ap_bss_setup *bss;
	struct sta_network *network;

	*scene = (struct scene){.pair = pair_new()};
	random_init(&scene->random, scene->pair->crypto, seed);
	set_secret(scene, &scene->password.secret, "correct horse");
	set_secret(scene, &scene->forged_password, "battery staple");
	bss = &scene->pair->ap_setup.bss[0];
	bss->akms = 1u << AKM_SAE;
	bss->pmf = 2;
	bss->group_mgmt = CIPHER_BIP_CMAC_128;
	bss->psk_count = 0;
	bss->sae = (struct ap_sae_setup){.passwords = &scene->password,
					 .password_count = 1,
					 .groups = {19, 0},
					 .pwe = 1,
					 .token_threshold = token_threshold,
					 .sync_max = SYNC_MAX};
	network = &scene->pair->network;
	network->akms = 1u << AKM_SAE;
	network->pmf = 2;
	network->group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	network->sae_pwe = 1;
	network->sae_group_count = 1;
	network->sae_groups[0] = 19;
	network->sae = scene->password.secret;
	scene->pair->sta_is_mute = mute;
	pair_start(scene->pair);
}

static void scene_end(struct scene *scene)
{
	pair_free(scene->pair);
}

/* ---- frames ---- */

static struct frame *auth_frame(const uint8_t *to, const uint8_t *from, const struct sae_frame *content)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, to, from, pair_bssid);
	struct frame *frame;

	write_le16(&writer, AUTH_SAE);
	write_le16(&writer, content->transaction);
	write_le16(&writer, content->status);
	write_bytes(&writer, content->body, content->len);
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	return frame;
}

static void note_answers(struct scene *scene)
{
	const struct plane_actions *out = &scene->pair->at_ap.out;

	scene->answer_count = 0;
	for (size_t i = 0; i < out->count; i++) {
		const struct frame *frame = out->list[i].frame;
		struct mgmt mgmt;

		if (out->list[i].kind != PLANE_MANAGEMENT || mgmt_parse(&mgmt, frame->data, frame->len) ||
		    mgmt.subtype != MGMT_AUTH)
			continue;
		scene->answer_count++;
		scene->answer = (struct sae_frame){mgmt.sequence, mgmt.status, {0}, mgmt.body.len};
		assert_true(mgmt.body.len <= SAE_BODY_MAX);
		if (mgmt.body.len)
			memcpy(scene->answer.body, mgmt.body.bytes, mgmt.body.len);
	}
}

/* A frame in the name of the station reaches the access point. */
static void hear(struct scene *scene, const struct sae_frame *content)
{
	struct frame *frame = auth_frame(pair_bssid, pair_station, content);

	pair_send_to_ap(scene->pair, frame);
	frame_free(frame);
	note_answers(scene);
	pair_carry_out(scene->pair);
}

static void begin(struct scene *scene, struct sae *sae, const struct sae_password *password, struct sae_out *out)
{
	struct sae_station_setup setup = {
		.password = password, .groups = {19}, .group_count = 1, .hash_to_element = true, .akm = AKM_SAE};

	memcpy(setup.addresses.aa, pair_bssid, 6);
	memcpy(setup.addresses.spa, pair_station, 6);
	assert_int_equal(sae_station_start(sae, scene->pair->crypto, &scene->random, &setup, out), 0);
}

/* The station commits, and takes the answer: `out` has its confirm. */
static void commit(struct scene *scene, struct sae *sae, struct sae_out *out)
{
	begin(scene, sae, &scene->password.secret, out);
	hear(scene, &out->frames[0]);
	assert_int_equal(scene->answer_count, 1);
	sae_station_receive(sae, scene->answer.transaction, scene->answer.status,
			    (struct span){scene->answer.body, scene->answer.len}, out);
	assert_int_equal(sae->state, SAE_CONFIRMED);
}

static void expect_acceptance(struct scene *scene, struct sae *sae, struct sae_out *out)
{
	struct sae_frame confirm = out->frames[0];

	hear(scene, &confirm);
	assert_int_equal(scene->answer_count, 1);
	sae_station_receive(sae, scene->answer.transaction, scene->answer.status,
			    (struct span){scene->answer.body, scene->answer.len}, out);
	assert_int_equal(out->event, SAE_EVENT_ACCEPTED);
}

/* ---- tests ---- */

/* Any commit, valid or not, once wiped the exchange with its address: the station's confirm was then refused. */
static void forged_commits_do_not_end_an_exchange(void **state)
{
	struct sae_out out, forged_out;
	struct sae sae, forged;
	struct scene scene;

	(void)state;
	scene_begin(&scene, true, NO_TOKENS);
	commit(&scene, &sae, &out);
	begin(&scene, &forged, &scene.forged_password, &forged_out);
	hear(&scene, &forged_out.frames[0]);
	assert_int_equal(scene.answer.status, STATUS_SAE_HASH_TO_ELEMENT);
	forged_out.frames[0].body[2 + 32 + 63] ^= 1; /* no point of the curve */
	hear(&scene, &forged_out.frames[0]);
	assert_int_equal(scene.answer.status, STATUS_UNSPECIFIED);
	expect_acceptance(&scene, &sae, &out);
	scene_end(&scene);
}

static void repeated_commits_do_not_end_an_exchange(void **state)
{
	struct sae_frame first;
	struct scene scene;
	struct sae_out out;
	unsigned answers = 0;
	struct sae sae;

	(void)state;
	scene_begin(&scene, true, NO_TOKENS);
	begin(&scene, &sae, &scene.password.secret, &out);
	first = out.frames[0];
	for (unsigned i = 0; i < 4 * SYNC_MAX; i++) {
		hear(&scene, &first);
		answers += scene.answer_count;
	}
	assert_int_equal(answers, 1 + SYNC_MAX);
	sae_station_receive(&sae, scene.answer.transaction, scene.answer.status,
			    (struct span){scene.answer.body, scene.answer.len}, &out);
	expect_acceptance(&scene, &sae, &out);
	scene_end(&scene);
}

static void wrong_confirms_do_not_end_an_exchange(void **state)
{
	struct sae_frame wrong;
	struct scene scene;
	struct sae_out out;
	unsigned answers = 0;
	struct sae sae;

	(void)state;
	scene_begin(&scene, true, NO_TOKENS);
	commit(&scene, &sae, &out);
	wrong = out.frames[0];
	wrong.body[2] ^= 1;
	for (unsigned i = 0; i < 4 * SYNC_MAX; i++) {
		hear(&scene, &wrong);
		answers += scene.answer_count;
	}
	assert_int_equal(answers, SYNC_MAX);
	expect_acceptance(&scene, &sae, &out);
	scene_end(&scene);
}

/* Before the first key was replaced, the previous one was all zeroes: anybody could compute tokens for any address. */
static void token_cannot_be_computed(void **state)
{
	static const uint8_t zeroes[32];
	struct piece pieces[] = {{pair_bssid, MAC_LEN}, {pair_station, MAC_LEN}};
	struct scene scene;
	struct sae_out out;
	struct sae sae;

	(void)state;
	scene_begin(&scene, true, 0);
	begin(&scene, &sae, &scene.password.secret, &out);
	hear(&scene, &out.frames[0]);
	assert_int_equal(scene.answer.status, STATUS_TOKEN_REQUIRED);
	assert_int_equal(
		digest(scene.pair->crypto, DIGEST_HMAC_SHA256, zeroes, sizeof(zeroes), pieces, 2, sae.token, 32), 0);
	sae.token_len = 32;
	out = (struct sae_out){0};
	sae_add_commit(&sae, sae_commit_status(&sae), &out);
	hear(&scene, &out.frames[0]);
	assert_int_equal(scene.answer_count, 1);
	assert_int_equal(scene.answer.status, STATUS_TOKEN_REQUIRED);
	/* The right one is accepted. */
	sae_station_receive(&sae, scene.answer.transaction, scene.answer.status,
			    (struct span){scene.answer.body, scene.answer.len}, &out);
	hear(&scene, &out.frames[0]);
	assert_int_equal(scene.answer.status, STATUS_SAE_HASH_TO_ELEMENT);
	scene_end(&scene);
}

/* The frames of one end reach the other one; what follows from them waits. */
static void deliver(struct pair *pair, struct plane_actions *out, bool to_ap)
{
	struct plane_actions batch = *out;

	*out = (struct plane_actions){0};
	for (size_t i = 0; i < batch.count; i++) {
		struct frame *frame = batch.list[i].frame;

		if (frame && to_ap)
			pair_send_to_ap(pair, frame);
		else if (frame)
			pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	}
	plane_actions_free(&batch);
}

/* A refusal and a wrong confirm of a forger once ended the attempt, and blocked the BSS for ten seconds and more. */
static void forged_answers_do_not_end_an_attempt(void **state)
{
	struct sae_frame refusal = {SAE_CONFIRM, STATUS_CHALLENGE_FAILURE, {0}, 0};
	struct sae_frame confirm = {SAE_CONFIRM, STATUS_SUCCESS, {1}, 34};
	const struct sae_frame *const forged[] = {&refusal, &confirm};
	struct scene scene;
	struct pair *pair;

	(void)state;
	scene_begin(&scene, true, NO_TOKENS); /* the first commit is lost */
	pair = scene.pair;
	pair->now_ns = sta_deadline(pair->sta);
	sta_tick(pair->sta, pair->now_ns, &pair->at_sta.out);
	deliver(pair, &pair->at_sta.out, true);
	deliver(pair, &pair->at_ap.out, false);
	assert_int_equal(log_find_note(&pair->at_sta, 0, NOTE_AUTHENTICATED), LOG_MAX);
	for (size_t i = 0; i < COUNT(forged); i++) {
		struct frame *frame = auth_frame(pair_station, pair_bssid, forged[i]);

		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
		frame_free(frame);
	}
	pair->sta_is_mute = false;
	pair_carry_out(pair);
	pair_run(pair, 5 * SECOND);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_find_note(&pair->at_sta, 0, NOTE_WRONG_PASSPHRASE), LOG_MAX);
	scene_end(&scene);
}

static unsigned count_notes(const struct recorder *log, enum note note)
{
	unsigned count = 0;

	for (size_t at = 0; (at = log_find_note(log, at, note)) != LOG_MAX; at++)
		count++;
	return count;
}

/* The PMKSA of an earlier password once let the station in for twelve hours. */
static void changed_password_locks_out_cached_stations(void **state)
{
	struct ap_sae_password changed = {0};
	struct ap_bss_setup setup;
	struct scene scene;

	(void)state;
	scene_begin(&scene, false, NO_TOKENS);
	pair_run(scene.pair, 5 * SECOND);
	assert_true(pair_is_connected(scene.pair));
	set_secret(&scene, &changed.secret, "battery staple");
	setup = scene.pair->ap_setup.bss[0];
	setup.sae.passwords = &changed;
	assert_true(ap_run_command(scene.pair->ap, &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .setup = &setup},
				   scene.pair->now_ns, &scene.pair->at_ap.out));
	pair_carry_out(scene.pair);
	/* It might have several and try another one next time: two more attempts come soon, then it pauses. */
	pair_run(scene.pair, 24 * SECOND);
	assert_false(pair_is_connected(scene.pair));
	assert_int_equal(count_notes(&scene.pair->at_sta, NOTE_WRONG_PASSPHRASE), 3);
	pair_run(scene.pair, 8 * SECOND);
	assert_int_equal(count_notes(&scene.pair->at_sta, NOTE_WRONG_PASSPHRASE), 3);
	scene_end(&scene);
}

/* Its password is among the new ones: it stays, but a PMKSA of before serves nobody. */
static void reload_keeps_stations_whose_password_stays(void **state)
{
	struct ap_sae_password passwords[2] = {0};
	struct ap_bss_setup setup;
	struct scene scene;
	size_t start;

	(void)state;
	scene_begin(&scene, false, NO_TOKENS);
	pair_run(scene.pair, 5 * SECOND);
	assert_true(pair_is_connected(scene.pair));
	start = scene.pair->at_ap.count;
	setup = scene.pair->ap_setup.bss[0];
	set_secret(&scene, &passwords[0].secret, "battery staple");
	memcpy(passwords[0].addr, (const uint8_t[6]){2, 0, 0, 0, 99, 99}, 6);
	passwords[1] = setup.sae.passwords[0];
	setup.sae.passwords = passwords;
	setup.sae.password_count = 2;
	assert_true(ap_run_command(scene.pair->ap, &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .setup = &setup},
				   scene.pair->now_ns, &scene.pair->at_ap.out));
	pair_carry_out(scene.pair);
	assert_int_equal(log_find(&scene.pair->at_ap, start, PLANE_BSS_STOP), LOG_MAX);
	assert_int_equal(log_find_management(&scene.pair->at_ap, start, MGMT_DEAUTH), LOG_MAX);
	assert_true(pair_is_connected(scene.pair));
	/* The one in use is that of the new index now. */
	setup.sae.passwords = passwords;
	setup.sae.password_count = 1;
	assert_true(ap_run_command(scene.pair->ap, &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .setup = &setup},
				   scene.pair->now_ns, &scene.pair->at_ap.out));
	pair_carry_out(scene.pair);
	pair_run(scene.pair, 20 * SECOND);
	assert_false(pair_is_connected(scene.pair)); /* its PMKSA has gone, too */
	scene_end(&scene);
}

/* A reload with another limit of stations disconnected those of OWE: it missed their passphrase in the new list. */
static void reload_keeps_stations_of_owe(void **state)
{
	struct ap_bss_setup setup;
	struct scene scene = {.pair = pair_new()};
	struct ap_bss_setup *bss = &scene.pair->ap_setup.bss[0];
	struct sta_network *network = &scene.pair->network;
	size_t start;

	(void)state;
	bss->akms = network->akms = 1u << AKM_OWE;
	bss->pmf = network->pmf = 2;
	bss->group_mgmt = CIPHER_BIP_CMAC_128;
	network->group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	bss->psk_count = 0;
	pair_start(scene.pair);
	pair_run(scene.pair, 5 * SECOND);
	assert_true(pair_is_connected(scene.pair));
	start = scene.pair->at_ap.count;
	setup = scene.pair->ap_setup.bss[0];
	setup.max_stations = 10;
	assert_true(ap_run_command(scene.pair->ap, &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .setup = &setup},
				   scene.pair->now_ns, &scene.pair->at_ap.out));
	pair_carry_out(scene.pair);
	assert_int_equal(log_find(&scene.pair->at_ap, start, PLANE_BSS_STOP), LOG_MAX);
	assert_int_equal(log_find_management(&scene.pair->at_ap, start, MGMT_DEAUTH), LOG_MAX);
	assert_true(pair_is_connected(scene.pair));
	scene_end(&scene);
}

/* Only the open BSS of a pair is there: the other network, which is not, has not been searched for. */
static void search_for_owe_counts_for_its_network(void **state)
{
	struct pair *pair = pair_new();
	struct ap_bss_setup *bss = &pair->ap_setup.bss[0];
	struct sta_network networks[2];
	size_t start, ssid_at = 24 + 12 + 2;

	(void)state;
	bss->rsn = false;
	bss->akms = bss->rsn_pairwise = 0;
	bss->psk_count = 0;
	bss->owe_transition = (struct owe_transition){.bssid = {2, 0, 0, 0, 1, 1}, .ssid = "secret", .ssid_len = 6};
	networks[0] = networks[1] = pair->network;
	for (unsigned i = 0; i < 2; i++) {
		networks[i].id = i;
		networks[i].akms = 1u << AKM_OWE;
		networks[i].pmf = 2;
		networks[i].group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	}
	networks[0].owe_only = true;
	memset(networks[1].ssid, 'x', networks[1].ssid_len);
	pair->sta_setup.networks = networks;
	pair->sta_setup.network_count = 2;
	pair_start(pair);
	pair_run(pair, 30 * SECOND);
	assert_true(log_count(&pair->at_sta, 0, PLANE_SCAN) > 3);
	assert_int_equal(log_find(&pair->at_sta, 0, PLANE_AUTHENTICATE), LOG_MAX);

	/* Now that of the other pair. */
	memset(frame_make_writable(pair->beacon) + ssid_at, 'x', networks[1].ssid_len);
	start = pair->at_sta.count;
	while (log_find(&pair->at_sta, start, PLANE_SCAN) == LOG_MAX)
		pair_run(pair, SECOND / 10);
	assert_int_equal(log_find(&pair->at_sta, start, PLANE_AUTHENTICATE), LOG_MAX);
	pair_run(pair, 30 * SECOND);
	assert_true(log_find(&pair->at_sta, start, PLANE_AUTHENTICATE) < LOG_MAX);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_commits_do_not_end_an_exchange),
		cmocka_unit_test(repeated_commits_do_not_end_an_exchange),
		cmocka_unit_test(wrong_confirms_do_not_end_an_exchange),
		cmocka_unit_test(token_cannot_be_computed),
		cmocka_unit_test(forged_answers_do_not_end_an_attempt),
		cmocka_unit_test(changed_password_locks_out_cached_stations),
		cmocka_unit_test(reload_keeps_stations_whose_password_stays),
		cmocka_unit_test(reload_keeps_stations_of_owe),
		cmocka_unit_test(search_for_owe_counts_for_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

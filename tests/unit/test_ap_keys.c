/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handshakes and keys at the access point. */
#include "ap_world.h"

#include "mlme/ap_state.h" /* packet numbers near their end cannot be had from outside */

static const struct rsn_suite agreements[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHERS},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256},
};

static struct world *suite_world(const struct rsn_suite *suite)
{
	struct world *w = world_new();
	struct ap_bss_setup *b = &w->setup.bss[0];

	b->wpa = suite->wpa;
	b->rsn = !suite->wpa;
	b->akms = 1u << suite->akm;
	b->wpa_pairwise = b->rsn_pairwise = 1u << suite->pairwise;
	b->group = suite->group;
	b->group_mgmt = suite->management;
	b->pmf = suite->management < CIPHERS ? 2 : 0;
	return w;
}

static struct fake *suite_fake(struct world *w, const struct rsn_suite *suite)
{
	struct fake *s = fake_new(w);

	s->suite = *suite;
	s->mfp = suite->management < CIPHERS;
	return s;
}

static void every_suite_with_new_keys_of_both_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(agreements); i++) {
		struct world *w = suite_world(&agreements[i]);
		struct fake *a = suite_fake(w, &agreements[i]), *b = suite_fake(w, &agreements[i]);

		w->setup.bss[0].ptk_rekey_s = 50;
		w->setup.bss[0].group_rekey_s = 20;
		world_start(w);
		fake_join(a);
		fake_join(b);
		for (int k = 0; k < 12; k++) {
			unsigned before = a->data, wire = w->wire_count;

			world_pass(w, 10 * SECOND);
			world_send(w, everybody, "to all");
			world_send(w, a->addr, "to a");
			fake_send(b, a->addr, "b to a");
			fake_send(a, wire_host, "up");
			assert_int_equal(a->data, before + 3);
			assert_int_equal(w->wire_count, wire + 1);
		}
		assert_int_equal(world_notes(w, NOTE_REKEYED), 4);
		assert_in_range(world_notes(w, NOTE_GROUP_REKEYED), 5, 6);
		assert_int_equal(world_notes(w, NOTE_DISCONNECTED), 0);
		world_end(w);
	}
}

/* ---- passphrases ---- */

static void a_wrong_passphrase_is_said_once(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	s->pmk[0] ^= 1;
	fake_auth(s);
	fake_assoc(s);
	world_pass(w, 10 * SECOND);
	assert_int_equal(world_notes(w, NOTE_WRONG_PASSPHRASE), 1);
	assert_memory_equal(world_note(w, NOTE_WRONG_PASSPHRASE)->addr, s->addr, 6);
	assert_int_equal(world_notes(w, NOTE_CONNECTED), 0);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_4WAY_TIMEOUT);
	assert_int_equal(world_drops(w, DROP_EAPOL_MIC), RSN_TRIES);
	assert_false(world_has(w, s));
	memcpy(s->pmk, w->psks[0].pmk, PMK_LEN);
	fake_join(s);
	world_end(w);
}

/* wpa_psk_file, with keyids */
static void passphrases_of_single_stations(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);
	struct ap_station v;

	(void)state;
	w->setup.bss[0].psk_count = 3;
	strcpy(w->psks[0].keyid, "everybody");
	strcpy(w->psks[1].keyid, "guests");
	strcpy(w->psks[2].keyid, "printer");
	memcpy(w->psks[2].addr, c->addr, 6);
	memcpy(b->pmk, w->psks[1].pmk, PMK_LEN);
	memcpy(c->pmk, w->psks[2].pmk, PMK_LEN);
	world_start(w);
	fake_join(a);
	assert_string_equal(world_note(w, NOTE_CONNECTED)->about, "everybody");
	fake_join(b);
	assert_string_equal(world_note(w, NOTE_CONNECTED)->about, "guests");
	fake_join(c);
	assert_string_equal(world_note(w, NOTE_CONNECTED)->about, "printer");
	assert_true(world_station(w, c, &v));
	assert_string_equal(v.keyid, "printer");
	/* The printer may use the others' passphrases, but nobody else the printer's. */
	memcpy(c->pmk, w->psks[1].pmk, PMK_LEN);
	fake_join(c);
	assert_string_equal(world_note(w, NOTE_CONNECTED)->about, "guests");
	memcpy(a->pmk, w->psks[2].pmk, PMK_LEN);
	fake_auth(a);
	fake_assoc(a);
	assert_false(a->peer.authorised);
	assert_int_equal(world_notes(w, NOTE_WRONG_PASSPHRASE), 1);
	world_end(w);
}

/* ---- messages that must not help ---- */

/* Message 4 without a message 2: nothing has been proved (the state machine of 12.7.9.3). */
static void message_4_first_is_refused(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct eapol_key k = {.version = 2, .descriptor = EAPOL_RSN, .info = KEY_MIC | KEY_SECURE | KEY_PAIRWISE | 2};
	uint8_t bytes[14 + EAPOL_KEY_LEN];

	(void)state;
	world_start(w);
	s->mute = true;
	fake_auth(s);
	fake_assoc(s);
	for (k.replay = 0; k.replay < 4; k.replay++) {
		struct tx_queue q = {0};
		struct tx_how how = {.in_clear = true};

		memcpy(bytes, s->bssid, 6);
		memcpy(bytes + 6, s->addr, 6);
		put_be16(bytes + 12, 0x888e);
		eapol_key_write(&k, bytes + 14);
		assert_int_equal(tx_data(&q, &s->peer, frame_from(bytes, sizeof bytes, 0, 0), &how), NOT_DROPPED);
		fake_flush(s, &q);
	}
	assert_int_equal(world_drops(w, DROP_EAPOL_UNEXPECTED), 4);
	assert_int_equal(world_notes(w, NOTE_CONNECTED), 0);
	world_end(w);
}

static void who_does_not_answer_the_handshake_is_sent_away(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	s->mute = true;
	fake_auth(s);
	fake_assoc(s);
	world_pass(w, 10 * SECOND);
	assert_int_equal(s->eapols, RSN_TRIES);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_4WAY_TIMEOUT);
	assert_int_equal(world_notes(w, NOTE_SILENT), 1);
	assert_false(world_has(w, s));
	world_end(w);
}

/* ---- group keys ---- */

static unsigned group_key_id(const struct world *w)
{
	const struct frame *f = w->air[w->sent - 1];

	assert_true(f->data[4] & 1);
	return f->data[DOT11_HDR_MIN + 3] >> 6;
}

/* As long as one does not have them, all are sent to with the old ones. */
static void new_group_keys_are_used_when_all_have_them(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(a);
	fake_join(b);
	world_send(w, everybody, "1");
	before = group_key_id(w);
	b->mute = true;
	ap_rekey_group(w->ap, 0, w->now, &w->out);
	world_obey(w);
	world_send(w, everybody, "2");
	assert_int_equal(group_key_id(w), before);
	assert_true(fake_heard(a, "2") && fake_heard(b, "2"));
	world_pass(w, 10 * SECOND); /* the silent one is gone */
	assert_int_equal(b->last[MGMT_DEAUTH >> 4].reason, REASON_GROUP_TIMEOUT);
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1);
	world_send(w, everybody, "3");
	assert_int_equal(group_key_id(w), 3 - before);
	assert_true(fake_heard(a, "3"));
	assert_false(fake_heard(b, "3"));
	world_end(w);
}

/* wpa_strict_rekey */
static void a_station_that_leaves_takes_no_key_along(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);
	unsigned before;

	(void)state;
	w->setup.bss[0].group_rekey_strict = true;
	world_start(w);
	fake_join(a);
	fake_join(b);
	fake_join(c);
	world_send(w, everybody, "1");
	before = group_key_id(w);
	ap_deauthenticate(w->ap, 0, b->addr, 1, w->now, &w->out);
	ap_deauthenticate(w->ap, 0, c->addr, 1, w->now, &w->out);
	world_obey(w);
	world_pass(w, SECOND);
	world_send(w, everybody, "2");
	assert_int_equal(group_key_id(w), 3 - before);
	assert_true(fake_heard(a, "2"));
	assert_false(fake_heard(b, "2"));
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1); /* one for both */
	world_end(w);
}

/* 12.7.2: a new station learns the packet number, so that old group frames cannot be played to it. */
static void old_group_frames_are_replays_for_new_stations(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);
	struct frame *old;

	(void)state;
	world_start(w);
	fake_join(a);
	for (int i = 0; i < 20; i++)
		world_send(w, everybody, "old news");
	old = w->air[w->sent - 1];
	old = frame_from(old->data, old->len, 0, 0);
	fake_join(b);
	fake_hear(b, old);
	frame_free(old);
	assert_int_equal(b->data, 0);
	assert_int_equal(b->drop, DROP_REPLAY);
	world_send(w, everybody, "new");
	assert_true(fake_heard(b, "new"));
	world_end(w);
}

/* A station that joins while the keys change gets along with both. */
static void joining_in_the_middle_of_a_change(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(a);
	a->mute = true;
	ap_rekey_group(w->ap, 0, w->now, &w->out);
	world_obey(w);
	fake_join(b);
	a->mute = false;
	world_pass(w, 2 * SECOND); /* it is told again, and hears */
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1);
	world_send(w, everybody, "to all");
	assert_true(fake_heard(a, "to all") && fake_heard(b, "to all"));
	world_end(w);
}

/* Packet numbers never repeat: before they are used up there are other keys. */
static void keys_are_renewed_before_their_numbers_end(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct ap_sta *sta;

	(void)state;
	world_start(w);
	fake_join(s);
	sta = ap_sta_find(w->ap, &w->ap->bss[0], s->addr);
	sta->peer.pairwise.aes.pn.last = PN_MAX - 1000;
	world_send(w, s->addr, "one");
	world_pass(w, SECOND);
	assert_int_equal(world_notes(w, NOTE_REKEYED), 1);
	assert_true(sta->peer.pairwise.aes.pn.last < 1000);
	w->ap->bss[0].keys.gtk[1].aes.pn.last = PN_MAX - 1000;
	world_send(w, everybody, "to all");
	world_pass(w, SECOND);
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1);
	world_send(w, everybody, "to all, too");
	assert_true(fake_heard(s, "to all, too"));
	world_end(w);
}

/* ---- requests of stations, and countermeasures ---- */

static void request(struct fake *s, enum supplicant_wish wish)
{
	struct rsn_out out;

	assert_int_equal(supplicant_request(&s->supplicant, wish, &out), 0);
	fake_obey(s, &out);
	world_obey(s->w);
}

static void stations_may_ask_for_keys(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(s);
	request(s, SUPPLICANT_PTK);
	assert_int_equal(world_notes(w, NOTE_REKEYED), 1);
	before = s->eapols;
	request(s, SUPPLICANT_GTK);
	assert_int_equal(s->eapols, before + 1); /* the group's keys once more, not new ones for all */
	fake_send(s, wire_host, "well");
	assert_true(world_wired(w, "well"));
	world_end(w);
}

/* 12.5.2.4: the second failure within a minute, seen or reported, ends TKIP for a minute. */
static void two_michael_failures_within_a_minute_end_tkip(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		struct world *w = suite_world(&agreements[2]);
		struct fake *a = suite_fake(w, &agreements[2]), *b = suite_fake(w, &agreements[2]);

		world_start(w);
		fake_join(a);
		fake_join(b);
		request(a, SUPPLICANT_MICHAEL);
		assert_true(world_has(w, a));
		world_pass(w, late ? 61 * SECOND : 59 * SECOND);
		request(b, SUPPLICANT_MICHAEL_GROUP);
		assert_int_equal(world_notes(w, NOTE_MICHAEL), 2);
		assert_int_equal(world_notes(w, NOTE_COUNTERMEASURES), !late);
		assert_int_equal(world_has(w, a), late);
		assert_int_equal(world_has(w, b), late);
		if (!late) {
			assert_int_equal(a->last[MGMT_DEAUTH >> 4].reason, REASON_MIC_FAILURE);
			fake_auth(a);
			fake_assoc(a);
			assert_int_equal(fake_status(a), STATUS_CIPHER_POLICY);
			world_pass(w, 60 * SECOND);
			fake_join(a);
		}
		world_end(w);
	}
}

/* Its own: a frame with a wrong Michael code, but a right ICV and packet number. */
static void the_access_point_counts_its_own_michael_failures(void **state)
{
	struct world *w = suite_world(&agreements[2]);
	struct fake *s = suite_fake(w, &agreements[2]);
	uint8_t tk[32];

	(void)state;
	world_start(w);
	fake_join(s);
	memcpy(tk, s->peer.pairwise.material, 32);
	tk[24] ^= 1; /* the Michael key for this direction, and nothing else */
	assert_int_equal(peer_set_key(&s->peer, w->c, CIPHER_TKIP, tk, 32, (struct key_use){0}), 0);
	for (int i = 0; i < 20 && world_has(w, s); i++) /* the first ones are below the packet number */
		fake_send(s, wire_host, "forged");
	assert_int_equal(world_drops(w, DROP_MICHAEL), 2);
	assert_int_equal(world_notes(w, NOTE_COUNTERMEASURES), 1);
	assert_false(world_has(w, s));
	assert_int_equal(w->wire_count, 0);
	world_end(w);
}

/* The frame that ends the association, and one that says that the station dozes, in one burst. */
static void countermeasures_in_the_middle_of_a_burst(void **state)
{
	struct world *w = suite_world(&agreements[2]);
	struct fake *s = suite_fake(w, &agreements[2]), *other = suite_fake(w, &agreements[2]);
	struct frame *f[20];
	struct tx_queue q = {0};
	uint8_t tk[32];

	(void)state;
	world_start(w);
	fake_join(s);
	memcpy(tk, s->peer.pairwise.material, 32);
	tk[24] ^= 1;
	assert_int_equal(peer_set_key(&s->peer, w->c, CIPHER_TKIP, tk, 32, (struct key_use){0}), 0);
	for (int i = 0; i < 20; i++) {
		struct tx_how how = {.power_save = i == 19};
		struct frame *e = ethernet(wire_host, s->addr, ETHER_TEST, "forged");

		assert_int_equal(tx_data(&q, &s->peer, e, &how), NOT_DROPPED);
	}
	tx_finish(&q);
	for (int i = 0; i < 20; i++)
		f[i] = frame_from(q.mpdu[i].frame->data, q.mpdu[i].frame->len, 0, 0);
	tx_queue_free(&q);
	ap_receive(w->ap, f, 20, w->now, &w->out);
	world_obey(w);
	assert_false(world_has(w, s));
	assert_int_equal(world_drops(w, DROP_NOT_ASSOCIATED), 1);
	/* Nobody dozes: group frames do not wait. */
	world_pass(w, 61 * SECOND);
	fake_join(other);
	world_send(w, everybody, "at once");
	assert_true(fake_heard(other, "at once"));
	world_end(w);
}

/* Who has nothing to do with TKIP is left in peace. */
static void countermeasures_spare_other_ciphers(void **state)
{
	struct rsn_suite tkip = {false, AKM_PSK, CIPHER_TKIP, CIPHER_CCMP_128, CIPHERS};
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w);

	(void)state;
	w->setup.bss[0].rsn_pairwise |= 1u << CIPHER_TKIP;
	a->suite = tkip;
	world_start(w);
	fake_join(a);
	fake_join(b);
	request(a, SUPPLICANT_MICHAEL);
	request(a, SUPPLICANT_MICHAEL);
	assert_false(world_has(w, a));
	assert_true(world_has(w, b));
	world_pass(w, SECOND);
	world_send(w, everybody, "new keys");
	assert_true(fake_heard(b, "new keys"));
	assert_int_equal(world_notes(w, NOTE_GROUP_REKEYED), 1);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_with_new_keys_of_both_kinds),
		cmocka_unit_test(a_wrong_passphrase_is_said_once),
		cmocka_unit_test(passphrases_of_single_stations),
		cmocka_unit_test(message_4_first_is_refused),
		cmocka_unit_test(who_does_not_answer_the_handshake_is_sent_away),
		cmocka_unit_test(new_group_keys_are_used_when_all_have_them),
		cmocka_unit_test(a_station_that_leaves_takes_no_key_along),
		cmocka_unit_test(old_group_frames_are_replays_for_new_stations),
		cmocka_unit_test(joining_in_the_middle_of_a_change),
		cmocka_unit_test(keys_are_renewed_before_their_numbers_end),
		cmocka_unit_test(stations_may_ask_for_keys),
		cmocka_unit_test(two_michael_failures_within_a_minute_end_tkip),
		cmocka_unit_test(the_access_point_counts_its_own_michael_failures),
		cmocka_unit_test(countermeasures_in_the_middle_of_a_burst),
		cmocka_unit_test(countermeasures_spare_other_ciphers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handshakes and keys at the access point. */
#include "ap_world.h"

#include "softmac/ap/soft_ap_state.h" /* to set packet numbers near their end */

static const struct rsn_suite suites[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE, 0},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256, 0},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0},
};

static struct world *suite_world(const struct rsn_suite *suite)
{
	struct world *world = world_new();
	struct ap_bss_setup *bss_setup = &world->setup.bss[0];

	bss_setup->wpa = suite->wpa;
	bss_setup->rsn = !suite->wpa;
	bss_setup->akms = 1u << suite->akm;
	bss_setup->wpa_pairwise = bss_setup->rsn_pairwise = 1u << suite->pairwise;
	bss_setup->group = suite->group;
	bss_setup->group_mgmt = suite->group_management;
	bss_setup->pmf = suite->group_management != CIPHER_NONE ? 2 : 0;
	return world;
}

static struct fake_sta *suite_sta(struct world *world, const struct rsn_suite *suite)
{
	struct fake_sta *sta = fake_sta_new(world);

	sta->suite = *suite;
	sta->mfp = suite->group_management != CIPHER_NONE;
	return sta;
}

static void every_suite_rekeys_pairwise_and_group_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct world *world = suite_world(&suites[i]);
		struct fake_sta *sta_a = suite_sta(world, &suites[i]), *sta_b = suite_sta(world, &suites[i]);

		world->setup.bss[0].ptk_rekey_s = 50;
		world->setup.bss[0].group_rekey_s = 20;
		world_start(world);
		fake_sta_join(sta_a);
		fake_sta_join(sta_b);
		for (int k = 0; k < 12; k++) {
			unsigned before = sta_a->data, wire = world->wire_count;

			world_advance(world, 10 * SECOND);
			world_send(world, broadcast, "to all");
			world_send(world, sta_a->addr, "to a");
			fake_sta_send(sta_b, sta_a->addr, "b to a");
			fake_sta_send(sta_a, wire_host, "up");
			assert_int_equal(sta_a->data, before + 3);
			assert_int_equal(world->wire_count, wire + 1);
		}
		assert_int_equal(world_note_count(world, NOTE_REKEYED), 4);
		assert_uint_in_range(world_note_count(world, NOTE_GROUP_REKEYED), 5, 6);
		assert_int_equal(world_note_count(world, NOTE_DISCONNECTED), 0);
		world_free(world);
	}
}

/* ---- passphrases ---- */

static void wrong_passphrase_is_reported_once(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	sta->pmk[0] ^= 1;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	world_advance(world, 10 * SECOND);
	assert_int_equal(world_note_count(world, NOTE_WRONG_PASSPHRASE), 1);
	assert_memory_equal(world_last_note(world, NOTE_WRONG_PASSPHRASE)->addr, sta->addr, 6);
	assert_int_equal(world_note_count(world, NOTE_CONNECTED), 0);
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_4WAY_TIMEOUT);
	assert_int_equal(world_drops(world, DROP_EAPOL_MIC), RSN_TRIES);
	assert_false(world_has_station(world, sta));
	memcpy(sta->pmk, world->psks[0].pmk, PMK_LEN);
	fake_sta_join(sta);
	world_free(world);
}

/* wpa_psk_file, with keyids */
static void per_station_passphrases_are_used(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world), *sta_c = fake_sta_new(world);
	struct ap_station_info info;

	(void)state;
	world->setup.bss[0].psk_count = 3;
	strcpy(world->psks[0].keyid, "everybody");
	strcpy(world->psks[1].keyid, "guests");
	strcpy(world->psks[2].keyid, "printer");
	memcpy(world->psks[2].addr, sta_c->addr, 6);
	memcpy(sta_b->pmk, world->psks[1].pmk, PMK_LEN);
	memcpy(sta_c->pmk, world->psks[2].pmk, PMK_LEN);
	world_start(world);
	fake_sta_join(sta_a);
	assert_string_equal(world_last_note(world, NOTE_CONNECTED)->about, "everybody");
	fake_sta_join(sta_b);
	assert_string_equal(world_last_note(world, NOTE_CONNECTED)->about, "guests");
	fake_sta_join(sta_c);
	assert_string_equal(world_last_note(world, NOTE_CONNECTED)->about, "printer");
	assert_true(world_station_view(world, sta_c, &info));
	assert_string_equal(info.keyid, "printer");
	/* The printer may use the shared passphrases, but other stations must not use the printer's. */
	memcpy(sta_c->pmk, world->psks[1].pmk, PMK_LEN);
	fake_sta_join(sta_c);
	assert_string_equal(world_last_note(world, NOTE_CONNECTED)->about, "guests");
	memcpy(sta_a->pmk, world->psks[2].pmk, PMK_LEN);
	fake_sta_auth(sta_a);
	fake_sta_assoc(sta_a);
	assert_false(sta_a->peer.authorised);
	assert_int_equal(world_note_count(world, NOTE_WRONG_PASSPHRASE), 1);
	world_free(world);
}

/* ---- messages that must not open the port ---- */

/* Without message 2 the authenticator has no PTK with which to verify message 4 (state machine of 12.7.9.3). */
static void message_4_before_message_2_is_refused(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct eapol_key eapol = {.version = 2,
				  .mic_len = EAPOL_MIC_LEN,
				  .descriptor = EAPOL_DESCRIPTOR_RSN,
				  .info = KEY_INFO_MIC | KEY_INFO_SECURE | KEY_INFO_PAIRWISE | 2};
	uint8_t bytes[14 + EAPOL_KEY_MIN_LEN];

	(void)state;
	world_start(world);
	sta->mute = true;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	for (eapol.replay_counter = 0; eapol.replay_counter < 4; eapol.replay_counter++) {
		struct tx_queue queue = {0};
		struct tx_options options = {.cleartext = true};

		memcpy(bytes, sta->bssid, 6);
		memcpy(bytes + 6, sta->addr, 6);
		put_be16(bytes + 12, 0x888e);
		eapol_key_write(&eapol, bytes + 14);
		assert_int_equal(tx_data(&queue, &sta->peer, frame_from(bytes, sizeof(bytes), 0, 0), &options),
				 NOT_DROPPED);
		fake_sta_flush(sta, &queue);
	}
	assert_int_equal(world_drops(world, DROP_EAPOL_UNEXPECTED), 4);
	assert_int_equal(world_note_count(world, NOTE_CONNECTED), 0);
	world_free(world);
}

static void unanswered_handshake_deauthenticates_station(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	sta->mute = true;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	world_advance(world, 10 * SECOND);
	assert_int_equal(sta->eapols, RSN_TRIES);
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_4WAY_TIMEOUT);
	assert_int_equal(world_note_count(world, NOTE_SILENT), 1);
	assert_int_equal(world_last_note(world, NOTE_SILENT)->awaited, AWAITED_MESSAGE_2);
	assert_false(world_has_station(world, sta));
	world_free(world);
}

/* ---- group keys ---- */

static unsigned group_key_id(const struct world *world)
{
	const struct frame *frame = world->air[world->sent - 1];

	assert_true(frame->data[4] & 1);
	return frame->data[DOT11_HDR_MIN + 3] >> 6;
}

/* While one station has not confirmed the new keys, group frames go out under the old ones. */
static void new_gtk_is_used_after_all_stations_confirm(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	world_send(world, broadcast, "1");
	before = group_key_id(world);
	sta_b->mute = true;
	soft_ap_rekey_group(world->ap, 0, world->now, &world->out);
	world_apply_actions(world);
	world_send(world, broadcast, "2");
	assert_int_equal(group_key_id(world), before);
	assert_true(fake_sta_received(sta_a, "2") && fake_sta_received(sta_b, "2"));
	world_advance(world, 10 * SECOND); /* the silent station is removed */
	assert_int_equal(sta_b->last[MGMT_DEAUTH >> 4].reason, REASON_GROUP_TIMEOUT);
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1);
	world_send(world, broadcast, "3");
	assert_int_equal(group_key_id(world), 3 - before);
	assert_true(fake_sta_received(sta_a, "3"));
	assert_false(fake_sta_received(sta_b, "3"));
	world_free(world);
}

/* wpa_strict_rekey */
static void gtk_changes_when_station_leaves(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world), *sta_c = fake_sta_new(world);
	unsigned before;

	(void)state;
	world->setup.bss[0].group_rekey_strict = true;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_join(sta_c);
	world_send(world, broadcast, "1");
	before = group_key_id(world);
	soft_ap_deauthenticate(world->ap, 0, sta_b->addr, 1, world->now, &world->out);
	soft_ap_deauthenticate(world->ap, 0, sta_c->addr, 1, world->now, &world->out);
	world_apply_actions(world);
	world_advance(world, SECOND);
	world_send(world, broadcast, "2");
	assert_int_equal(group_key_id(world), 3 - before);
	assert_true(fake_sta_received(sta_a, "2"));
	assert_false(fake_sta_received(sta_b, "2"));
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1); /* one rekey for both */
	world_free(world);
}

/* 12.7.2: a new station learns the packet number, so that it refuses replays of old group frames. */
static void gtk_rsc_makes_old_group_frames_replays(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct frame *old;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	for (int i = 0; i < 20; i++)
		world_send(world, broadcast, "old news");
	old = world->air[world->sent - 1];
	old = frame_from(old->data, old->len, 0, 0);
	fake_sta_join(sta_b);
	fake_sta_receive(sta_b, old);
	frame_free(old);
	assert_int_equal(sta_b->data, 0);
	assert_int_equal(sta_b->drop, DROP_REPLAY);
	world_send(world, broadcast, "new");
	assert_true(fake_sta_received(sta_b, "new"));
	world_free(world);
}

/* A station that joins during a group rekey receives frames under the new keys. */
static void station_joins_during_group_rekey(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	sta_a->mute = true;
	soft_ap_rekey_group(world->ap, 0, world->now, &world->out);
	world_apply_actions(world);
	fake_sta_join(sta_b);
	sta_a->mute = false;
	world_advance(world, 2 * SECOND); /* the retry of group message 1 reaches it */
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1);
	world_send(world, broadcast, "to all");
	assert_true(fake_sta_received(sta_a, "to all") && fake_sta_received(sta_b, "to all"));
	world_free(world);
}

/* Packet numbers never repeat: the keys are renewed before they are exhausted. */
static void rekey_before_pn_exhaustion(void **state)
{
	struct world *world = world_new();
	struct fake_sta *joined_sta = fake_sta_new(world);
	struct soft_station *sta;

	(void)state;
	world_start(world);
	fake_sta_join(joined_sta);
	sta = soft_find(world->ap, &world->ap->bss[0], joined_sta->addr);
	sta->peer.pairwise.aes.pn.last = PN_MAX - 1000;
	world_send(world, joined_sta->addr, "one");
	world_advance(world, SECOND);
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	assert_true(sta->peer.pairwise.aes.pn.last < 1000);
	world->ap->bss[0].group_keys.gtk[1].aes.pn.last = PN_MAX - 1000;
	world_send(world, broadcast, "to all");
	world_advance(world, SECOND);
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1);
	world_send(world, broadcast, "to all, too");
	assert_true(fake_sta_received(joined_sta, "to all, too"));
	world_free(world);
}

/* ---- requests of stations, and countermeasures ---- */

static void send_key_request(struct fake_sta *sta, enum supplicant_request_type type)
{
	struct rsn_out out;

	assert_int_equal(supplicant_request(&sta->supplicant, type, &out), 0);
	fake_sta_apply_output(sta, &out);
	world_apply_actions(sta->world);
}

static void station_key_request_starts_rekey(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	send_key_request(sta, SUPPLICANT_REQUEST_PTK);
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	before = sta->eapols;
	send_key_request(sta, SUPPLICANT_REQUEST_GTK);
	assert_int_equal(sta->eapols, before + 1); /* the current group key again, not a group rekey */
	fake_sta_send(sta, wire_host, "well");
	assert_true(world_wire_got(world, "well"));
	world_free(world);
}

/* 12.5.2.4: the second failure within a minute, seen or reported, ends TKIP for a minute. */
static void two_michael_failures_within_60_s_disable_tkip_at_ap(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		struct world *world = suite_world(&suites[2]);
		struct fake_sta *sta_a = suite_sta(world, &suites[2]), *sta_b = suite_sta(world, &suites[2]);

		world_start(world);
		fake_sta_join(sta_a);
		fake_sta_join(sta_b);
		send_key_request(sta_a, SUPPLICANT_REPORT_MICHAEL);
		assert_true(world_has_station(world, sta_a));
		world_advance(world, late ? 61 * SECOND : 59 * SECOND);
		send_key_request(sta_b, SUPPLICANT_REPORT_MICHAEL_GROUP);
		assert_int_equal(world_note_count(world, NOTE_MICHAEL), 2);
		assert_int_equal(world_note_count(world, NOTE_COUNTERMEASURES), !late);
		assert_int_equal(world_has_station(world, sta_a), late);
		assert_int_equal(world_has_station(world, sta_b), late);
		if (!late) {
			assert_int_equal(sta_a->last[MGMT_DEAUTH >> 4].reason, REASON_MIC_FAILURE);
			fake_sta_auth(sta_a);
			fake_sta_assoc(sta_a);
			assert_int_equal(fake_sta_status(sta_a), STATUS_CIPHER_POLICY);
			world_advance(world, 60 * SECOND);
			fake_sta_join(sta_a);
		}
		world_free(world);
	}
}

/* A station without a TKIP key cannot have seen a Michael failure: its report is an attack on the others. */
static void michael_report_without_tkip_key_is_refused(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	uint64_t drops;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	drops = world_drops(world, DROP_EAPOL_UNEXPECTED);
	for (int i = 0; i < 3; i++)
		send_key_request(sta, i % 2 ? SUPPLICANT_REPORT_MICHAEL : SUPPLICANT_REPORT_MICHAEL_GROUP);
	assert_int_equal(world_drops(world, DROP_EAPOL_UNEXPECTED), drops + 3);
	assert_int_equal(world_note_count(world, NOTE_MICHAEL), 0);
	assert_int_equal(world_note_count(world, NOTE_COUNTERMEASURES), 0);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

/* A frame with a wrong Michael code, but a valid ICV and packet number. */
static void ap_counts_its_own_michael_failures(void **state)
{
	struct world *world = suite_world(&suites[2]);
	struct fake_sta *sta = suite_sta(world, &suites[2]);
	uint8_t tk[32];

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	memcpy(tk, sta->peer.pairwise.material, 32);
	tk[24] ^= 1; /* the Michael key for this direction, and nothing else */
	assert_int_equal(peer_set_key(&sta->peer, world->crypto, CIPHER_TKIP, tk, 32, (struct key_params){0}), 0);
	for (int i = 0; i < 20 && world_has_station(world, sta);
	     i++) /* the first ones are replays: their TSC is too low */
		fake_sta_send(sta, wire_host, "forged");
	assert_int_equal(world_drops(world, DROP_MICHAEL), 2);
	assert_int_equal(world_note_count(world, NOTE_COUNTERMEASURES), 1);
	assert_false(world_has_station(world, sta));
	assert_int_equal(world->wire_count, 0);
	world_free(world);
}

/* One burst holds the frame that ends the association and one with the Power Management bit. */
static void countermeasures_start_during_burst(void **state)
{
	struct world *world = suite_world(&suites[2]);
	struct fake_sta *sta = suite_sta(world, &suites[2]), *other = suite_sta(world, &suites[2]);
	struct frame *frames[20];
	struct tx_queue queue = {0};
	uint8_t tk[32];

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	memcpy(tk, sta->peer.pairwise.material, 32);
	tk[24] ^= 1;
	assert_int_equal(peer_set_key(&sta->peer, world->crypto, CIPHER_TKIP, tk, 32, (struct key_params){0}), 0);
	for (int i = 0; i < 20; i++) {
		struct tx_options options = {.power_save = i == 19};
		struct frame *frame = ethernet_frame(wire_host, sta->addr, ETHER_TEST, "forged");

		assert_int_equal(tx_data(&queue, &sta->peer, frame, &options), NOT_DROPPED);
	}
	tx_queue_seal(&queue);
	for (int i = 0; i < 20; i++)
		frames[i] = frame_from(queue.mpdus[i].frame->data, queue.mpdus[i].frame->len, 0, 0);
	tx_queue_free(&queue);
	soft_ap_receive(world->ap, frames, 20, world->now, &world->out);
	world_apply_actions(world);
	assert_false(world_has_station(world, sta));
	assert_int_equal(world_drops(world, DROP_NOT_ASSOCIATED), 1);
	/* No dozing station is left, so group frames are not buffered. */
	world_advance(world, 61 * SECOND);
	fake_sta_join(other);
	world_send(world, broadcast, "at once");
	assert_true(fake_sta_received(other, "at once"));
	world_free(world);
}

/* Countermeasures disconnect only the stations that use TKIP. */
static void countermeasures_spare_other_ciphers(void **state)
{
	struct rsn_suite tkip = {false, AKM_PSK, CIPHER_TKIP, CIPHER_CCMP_128, CIPHER_NONE, 0};
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].rsn_pairwise |= 1u << CIPHER_TKIP;
	sta_a->suite = tkip;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	send_key_request(sta_a, SUPPLICANT_REPORT_MICHAEL);
	send_key_request(sta_a, SUPPLICANT_REPORT_MICHAEL);
	assert_false(world_has_station(world, sta_a));
	assert_true(world_has_station(world, sta_b));
	world_advance(world, SECOND);
	world_send(world, broadcast, "new keys");
	assert_true(fake_sta_received(sta_b, "new keys"));
	assert_int_equal(world_note_count(world, NOTE_GROUP_REKEYED), 1);
	world_free(world);
}

/* Has control ask the plane for a key that is installed; `addr` NULL: a group key. */
static void install_again(struct world *world, const uint8_t *addr, const struct key *key, uint8_t id)
{
	struct plane_action *action = plane_actions_add(&world->ap->actions, PLANE_KEY_INSTALL);

	assert_non_null(action);
	if (addr)
		mac_copy(action->addr, addr);
	action->key = (struct plane_key){
		.group = !addr, .id = id, .cipher = key->cipher, .len = (uint8_t)cipher_key_len(key->cipher)};
	memcpy(action->key.bytes, key->material, action->key.len);
	soft_ap_tick(world->ap, world->now, &world->out);
	world_apply_actions(world);
}

/* The packet numbers go on, and nothing has failed (plane/plane.h). */
static void installed_key_stays_as_it_is(void **state)
{
	struct world *world = suite_world(&suites[5]);
	struct fake_sta *sta = suite_sta(world, &suites[5]);
	const struct soft_bss *bss;
	uint8_t gtk_id, igtk_id;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	bss = &world->ap->bss[0];
	gtk_id = bss->newest_gtk;
	igtk_id = bss->newest_igtk;
	install_again(world, NULL, &bss->group_keys.gtk[gtk_id], gtk_id ^ 3);
	install_again(world, NULL, &bss->group_keys.igtk[igtk_id & 1], igtk_id ^ 1);
	assert_int_equal(bss->newest_gtk, gtk_id);
	assert_int_equal(bss->newest_igtk, igtk_id);
	install_again(world, sta->addr,
		      &((struct soft_station *)mac_table_find(&world->ap->table, 0, sta->addr))->peer.pairwise, 0);
	assert_int_equal(world_drops(world, DROP_CIPHER_FAILED), 0);
	assert_true(world_has_station(world, sta));
	world_send(world, broadcast, "to all");
	assert_true(fake_sta_received(sta, "to all"));
	world_send(world, sta->addr, "down");
	assert_true(fake_sta_received(sta, "down"));
	fake_sta_send(sta, wire_host, "up");
	assert_true(world_wire_got(world, "up"));
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_rekeys_pairwise_and_group_keys),
		cmocka_unit_test(wrong_passphrase_is_reported_once),
		cmocka_unit_test(per_station_passphrases_are_used),
		cmocka_unit_test(message_4_before_message_2_is_refused),
		cmocka_unit_test(unanswered_handshake_deauthenticates_station),
		cmocka_unit_test(new_gtk_is_used_after_all_stations_confirm),
		cmocka_unit_test(gtk_changes_when_station_leaves),
		cmocka_unit_test(gtk_rsc_makes_old_group_frames_replays),
		cmocka_unit_test(station_joins_during_group_rekey),
		cmocka_unit_test(rekey_before_pn_exhaustion),
		cmocka_unit_test(station_key_request_starts_rekey),
		cmocka_unit_test(installed_key_stays_as_it_is),
		cmocka_unit_test(two_michael_failures_within_60_s_disable_tkip_at_ap),
		cmocka_unit_test(michael_report_without_tkip_key_is_refused),
		cmocka_unit_test(ap_counts_its_own_michael_failures),
		cmocka_unit_test(countermeasures_start_during_burst),
		cmocka_unit_test(countermeasures_spare_other_ciphers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

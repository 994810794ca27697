/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Presence checks of the access point, SA Query and polls; protected management frames. */
#include "ap_world.h"

/* A BSS with optional PMF, and a connected station that uses it. */
static struct world *pmf_world(struct fake_sta **sta)
{
	struct world *world = world_new();

	world->setup.bss[0].pmf = 1;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	world->setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	*sta = fake_sta_new(world);
	(*sta)->mfp = true;
	(*sta)->suite.group_management = CIPHER_BIP_CMAC_128;
	(*sta)->suite.akm = AKM_PSK_SHA256;
	(*sta)->answers_queries = true;
	world_start(world);
	fake_sta_join(*sta);
	return world;
}

/* An association request in the name of the station, by an attacker without its keys. */
static void forge_association(struct fake_sta *sta)
{
	struct frame *frame = fake_sta_assoc_frame(sta, MGMT_ASSOC_REQUEST, SSID);

	fake_sta_send_management(sta, frame, false);
}

/* IEEE 802.11-2016, 11.14 */
static void sa_query_protects_an_association(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);

	(void)state;
	fake_sta_auth(sta);
	forge_association(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	assert_uint_in_range(sta->comeback, 1000, 1001);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 1); /* the request, which it answered */
	assert_int_equal(sta->sealed, 1);
	world_advance(world, 5 * SECOND);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 1);
	forge_association(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	fake_sta_send(sta, wire_host, "undisturbed");
	assert_true(world_wire_got(world, "undisturbed"));
	world_free(world);
}

static void unanswered_sa_query_replaces_association(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);

	(void)state;
	sta->answers_queries = false; /* it has lost its keys */
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	world_advance(world, 500 * TU);
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	assert_uint_in_range(sta->comeback, 490, 501);
	world_advance(world, sta->comeback * TU);
	assert_int_equal(world_note_count(world, NOTE_SA_QUERY), 1);
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	assert_true(sta->peer.authorised);
	fake_sta_send(sta, wire_host, "new keys");
	assert_true(world_wire_got(world, "new keys"));
	world_free(world);
}

/* Requests are sent every 201 TU; the response must carry their identifier. */
static void sa_query_is_retried_and_response_id_compared(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);
	struct frame *frame;

	(void)state;
	sta->answers_queries = false;
	forge_association(sta);
	world_advance(world, 700 * TU);
	/* The station could decrypt the requests that came before the reset of its keys. */
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 4);
	frame = fake_sta_query_frame(sta, SA_QUERY_RESPONSE, (uint16_t)(sta->query_id + 1));
	fake_sta_send_management(sta, frame, true);
	world_advance(world, 201 * TU);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 5);
	frame = fake_sta_query_frame(sta, SA_QUERY_RESPONSE, sta->query_id);
	fake_sta_send_management(sta, frame, true);
	world_advance(world, 5 * SECOND);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 5);
	forge_association(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	world_free(world);
}

/* A failed SA Query allows no new association after the station has proved its presence. */
static void station_heard_again_gets_new_sa_query(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);

	(void)state;
	sta->answers_queries = false;
	forge_association(sta);
	world_advance(world, 3 * SECOND);
	fake_sta_send(sta, wire_host, "I am here");
	forge_association(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_REFUSED_TEMPORARILY);
	world_free(world);
}

static const uint8_t bssid_1[6] = {2, 0, 0, 0, 1, 1};

/* Adds a second BSS with the same SSID. */
static void add_sibling(struct world *world)
{
	world->setup.bss[1] = world->setup.bss[0];
	memcpy(world->setup.bss[1].bssid, bssid_1, 6);
	world->setup.bss_count = 2;
}

static void move_to_sibling(struct fake_sta *sta)
{
	memcpy(sta->bssid, bssid_1, 6);
	fake_sta_reset_keys(sta);
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_true(sta->peer.authorised);
}

/* The radio of a station acknowledges every frame to its address: polls would not detect the move. */
static void station_on_sibling_bss_with_same_ssid_has_left(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	add_sibling(world);
	world_start(world);
	fake_sta_join(sta);
	assert_true(world_has_station(world, sta));
	memset(sta->count, 0, sizeof(sta->count));
	move_to_sibling(sta);
	assert_false(world_has_station(world, sta));
	assert_int_equal(world_note_count(world, NOTE_DISCONNECTED), 1);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4] + sta->count[MGMT_DISASSOC >> 4], 0); /* its radio would obey */
	world_free(world);
}

static void station_on_sibling_bss_with_other_ssid_is_kept(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	add_sibling(world);
	world->setup.bss[1].ssid_len--;
	world_start(world);
	fake_sta_join(sta);
	memcpy(sta->bssid, bssid_1, 6);
	fake_sta_reset_keys(sta);
	fake_sta_auth(sta);
	fake_sta_assoc_as(sta, MGMT_ASSOC_REQUEST, "tes");
	assert_true(sta->peer.authorised);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

/* Anyone can connect to an open BSS in the station's name. */
static void open_sibling_bss_does_not_remove_protected_station(void **state)
{
	(void)state;
	for (int present = 0; present < 2; present++) {
		struct world *world = world_new();
		struct fake_sta *sta = fake_sta_new(world), *forger;

		add_sibling(world);
		world->setup.bss[1].rsn = false;
		world_start(world);
		fake_sta_join(sta);
		sta->mute = !present;
		forger = fake_sta_new(world);
		forger->open = true;
		memcpy(forger->addr, sta->addr, 6);
		move_to_sibling(forger);
		assert_true(world_has_station(world, sta));
		world_advance(world, 10 * SECOND);
		assert_int_equal(world_has_station(world, sta), present);
		world_free(world);
	}
}

static struct world *pmf_siblings(struct fake_sta **sta)
{
	struct world *world = world_new();

	world->setup.bss[0].pmf = 1;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	world->setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	add_sibling(world);
	for (int i = 0; i < 2; i++) {
		sta[i] = fake_sta_new(world);
		sta[i]->mfp = true;
		sta[i]->suite.group_management = CIPHER_BIP_CMAC_128;
		sta[i]->suite.akm = AKM_PSK_SHA256;
	}
	world_start(world);
	fake_sta_join(sta[0]);
	return world;
}

/* Under PMF not even a holder of the passphrase can end the association of another station. */
static void moved_station_gets_sa_query_under_pmf(void **state)
{
	struct fake_sta *sta[2];
	struct world *world;

	(void)state;
	for (int there = 0; there < 2; there++) {
		world = pmf_siblings(sta);
		sta[0]->answers_queries = there;
		sta[0]->mute = true;
		memcpy(sta[1]->addr, sta[0]->addr, 6);
		move_to_sibling(sta[1]);
		assert_true(world_has_station(world, sta[0]));
		assert_int_equal(world_note_count(world, NOTE_SA_QUERY), 1);
		world_advance(world, 2 * SECOND);
		assert_int_equal(world_has_station(world, sta[0]), there);
		world_free(world);
	}
}

/* Data under its keys proves its presence before the SA Query ends. */
static void moved_station_that_answers_stays(void **state)
{
	struct fake_sta *sta[2];
	struct world *world = pmf_siblings(sta);

	(void)state;
	sta[0]->mute = true;
	memcpy(sta[1]->addr, sta[0]->addr, 6);
	move_to_sibling(sta[1]);
	fake_sta_send(sta[0], wire_host, "I am here");
	world_advance(world, 2 * SECOND);
	assert_true(world_has_station(world, sta[0]));
	world_free(world);
}

static void sa_query_of_station_is_answered(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);
	struct frame *frame = fake_sta_query_frame(sta, SA_QUERY_REQUEST, 0x1234);

	(void)state;
	fake_sta_send_management(sta, frame, true);
	assert_int_equal(sta->last[MGMT_ACTION >> 4].action, SA_QUERY_RESPONSE);
	assert_int_equal(sta->sealed, 1);
	/* Unprotected or truncated requests are not answered. */
	fake_sta_send_management(sta, fake_sta_query_frame(sta, SA_QUERY_REQUEST, 0x1234), false);
	assert_int_equal(world_drops(world, DROP_UNPROTECTED), 1);
	frame = fake_sta_query_frame(sta, SA_QUERY_REQUEST, 0x1234);
	frame_trim(frame, 1);
	fake_sta_send_management(sta, frame, true);
	assert_int_equal(world_drops(world, DROP_TRUNCATED), 1);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 1);
	world_free(world);
}

static void ap_ignores_unprotected_deauth_under_pmf(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);
	struct frame *frame;

	(void)state;
	for (int i = 0; i < 2; i++) {
		frame = fake_sta_reason_frame(sta, i ? MGMT_DEAUTH : MGMT_DISASSOC, REASON_LEAVING);
		fake_sta_send_management(sta, frame, false);
		assert_true(world_has_station(world, sta));
	}
	assert_int_equal(world_drops(world, DROP_UNPROTECTED), 2);
	frame = fake_sta_reason_frame(sta, MGMT_DEAUTH, REASON_LEAVING);
	fake_sta_send_management(sta, frame, true);
	assert_false(world_has_station(world, sta));
	world_free(world);
}

/* A protected frame is valid only once. */
static void replayed_deauth_is_ignored(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);
	struct tx_queue queue = {0};
	struct tx_options options = {0};
	struct frame *frame = fake_sta_reason_frame(sta, MGMT_DISASSOC, REASON_LEAVING), *copy;

	(void)state;
	assert_int_equal(tx_management(&queue, &sta->peer, frame, &sta->seq, &options), NOT_DROPPED);
	tx_queue_seal(&queue);
	copy = frame_from(queue.mpdus[0].frame->data, queue.mpdus[0].frame->len, 0, 0);
	tx_queue_free(&queue);
	fake_sta_transmit(sta, frame_from(copy->data, copy->len, 0, 0));
	assert_false(world_has_station(world, sta));
	fake_sta_join(sta);
	fake_sta_transmit(sta, copy); /* sealed under the old keys */
	assert_true(world_has_station(world, sta));
	world_free(world);
}

/* A forged frame with the sequence number of a later genuine one does not make that a duplicate. */
static void forged_management_frame_does_not_mark_genuine_frame_duplicate(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);
	struct tx_queue queue = {0};
	struct tx_options options = {0};
	struct frame *real = fake_sta_reason_frame(sta, MGMT_DISASSOC, REASON_LEAVING),
		     *forged = fake_sta_reason_frame(sta, MGMT_DISASSOC, REASON_LEAVING);

	(void)state;
	assert_int_equal(tx_management(&queue, &sta->peer, real, &sta->seq, &options), NOT_DROPPED);
	tx_queue_seal(&queue);
	real = frame_from(queue.mpdus[0].frame->data, queue.mpdus[0].frame->len, 0, 0);
	tx_queue_free(&queue);
	memcpy(frame_make_writable(forged) + DOT11_OFF_SEQ, real->data + DOT11_OFF_SEQ, 2);
	fake_sta_transmit(sta, forged);
	assert_int_equal(world_drops(world, DROP_UNPROTECTED), 1);
	assert_true(world_has_station(world, sta));
	frame_make_writable(real)[1] |= FC_RETRY >> 8;
	fake_sta_transmit(sta, real);
	assert_false(world_has_station(world, sta));
	world_free(world);
}

/* The access point protects its own frames: to a station by the pairwise key, to the group by BIP. */
static void ap_sends_protected_deauth(void **state)
{
	struct fake_sta *sta;
	struct world *world = pmf_world(&sta);

	(void)state;
	soft_ap_deauthenticate(world->ap, 0, sta->addr, REASON_AP_BUSY, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_AP_BUSY);
	assert_int_equal(sta->sealed, 1);
	world_free(world);
}

/* ---- silent stations ---- */

static void silent_station_is_polled(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_inactivity_s = 10;
	world_start(world);
	fake_sta_join(sta);
	world_advance(world, 9 * SECOND);
	fake_sta_send(sta, wire_host, "hello");
	world_advance(world, 9 * SECOND);
	assert_int_equal(sta->nulls, 0);
	world_advance(world, 2 * SECOND);
	assert_int_equal(sta->nulls, 1); /* which its radio acknowledged */
	world_advance(world, 35 * SECOND);
	assert_int_equal(sta->nulls, 4);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

static void silent_station_goes_without_a_poll_if_so_configured(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_inactivity_s = 10;
	world->setup.bss[0].no_inactivity_poll = true;
	world_start(world);
	fake_sta_join(sta);
	world_advance(world, 9 * SECOND);
	assert_true(world_has_station(world, sta));
	world_advance(world, 3 * SECOND);
	assert_false(world_has_station(world, sta));
	assert_int_equal(sta->nulls, 0);
	assert_int_equal(world_last_note(world, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	world_free(world);
}

static void station_without_poll_answer_is_removed(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *other = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_inactivity_s = 10;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_join(other);
	sta->deaf = true;
	world_advance(world, 20 * SECOND);
	assert_false(world_has_station(world, sta));
	assert_true(world_has_station(world, other));
	assert_int_equal(world_last_note(world, NOTE_DISCONNECTED)->code, REASON_INACTIVE);
	world_free(world);
}

/* A station that vanishes during traffic is detected before max_inactivity_s. */
static void unacknowledged_frames_start_poll(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_station_info info;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	sta->deaf = true;
	for (int i = 0; i < 7; i++)
		world_send(world, sta->addr, "lost");
	world_advance(world, 5 * SECOND);
	assert_true(world_station_view(world, sta, &info) && info.tx_lost == 7);
	sta->deaf = false;
	world_send(world, sta->addr, "heard");
	sta->deaf = true;
	for (int i = 0; i < 8; i++)
		world_send(world, sta->addr, "lost");
	world_advance(world, 5 * SECOND);
	assert_false(world_has_station(world, sta));
	world_free(world);
}

static void operator_can_poll_station(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_inactivity_s = 0;
	world_start(world);
	assert_false(soft_ap_poll(world->ap, 0, sta->addr, world->now, &world->out));
	fake_sta_join(sta);
	assert_true(soft_ap_poll(world->ap, 0, sta->addr, world->now, &world->out));
	world_apply_actions(world);
	assert_int_equal(sta->nulls, 1);
	world_advance(world, 3600 * SECOND);
	assert_true(world_has_station(world, sta)); /* silent stations stay */
	assert_int_equal(sta->nulls, 1);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sa_query_protects_an_association),
		cmocka_unit_test(unanswered_sa_query_replaces_association),
		cmocka_unit_test(sa_query_is_retried_and_response_id_compared),
		cmocka_unit_test(station_heard_again_gets_new_sa_query),
		cmocka_unit_test(station_on_sibling_bss_with_same_ssid_has_left),
		cmocka_unit_test(station_on_sibling_bss_with_other_ssid_is_kept),
		cmocka_unit_test(open_sibling_bss_does_not_remove_protected_station),
		cmocka_unit_test(moved_station_gets_sa_query_under_pmf),
		cmocka_unit_test(moved_station_that_answers_stays),
		cmocka_unit_test(sa_query_of_station_is_answered),
		cmocka_unit_test(ap_ignores_unprotected_deauth_under_pmf),
		cmocka_unit_test(replayed_deauth_is_ignored),
		cmocka_unit_test(forged_management_frame_does_not_mark_genuine_frame_duplicate),
		cmocka_unit_test(ap_sends_protected_deauth),
		cmocka_unit_test(silent_station_is_polled),
		cmocka_unit_test(silent_station_goes_without_a_poll_if_so_configured),
		cmocka_unit_test(station_without_poll_answer_is_removed),
		cmocka_unit_test(unacknowledged_frames_start_poll),
		cmocka_unit_test(operator_can_poll_station),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What control wants of any plane, and in which order. */
#include "plane_pair.h"

static void both_ends_install_the_same_keys(void **state)
{
	struct pair *pair = pair_new();
	const struct plane_key *ap_key, *sta_key;

	(void)state;
	pair->gtk_pn = 1234;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	ap_key = log_key(&pair->at_ap, log_find_key(&pair->at_ap, 0, PLANE_KEY_INSTALL, false));
	sta_key = log_key(&pair->at_sta, log_find_key(&pair->at_sta, 0, PLANE_KEY_INSTALL, false));
	assert_int_equal(ap_key->len, 16);
	assert_memory_equal(ap_key->bytes, sta_key->bytes, 16);
	ap_key = log_key(&pair->at_ap, log_find_key(&pair->at_ap, 0, PLANE_KEY_INSTALL, true));
	sta_key = log_key(&pair->at_sta, log_find_key(&pair->at_sta, 0, PLANE_KEY_INSTALL, true));
	assert_memory_equal(ap_key->bytes, sta_key->bytes, 16);
	assert_int_equal(ap_key->id, sta_key->id);
	/* The packet number that the plane of the access point has reported. */
	assert_int_equal(sta_key->rsc, 1234);
	pair_free(pair);
}

/* The order that plane.h guarantees. */
static void ap_actions_keep_their_order(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t added, auth, associated, response, first_eapol, installed, open;

	(void)state;
	pair_start(pair);
	assert_true(log_find(log, 0, PLANE_BSS_START) < log_find_key(log, 0, PLANE_KEY_INSTALL, true));
	assert_true(log_find_key(log, 0, PLANE_KEY_INSTALL, true) < log_find(log, 0, PLANE_KEY_DEFAULT));
	added = log_find(log, 0, PLANE_STATION_ADD);
	auth = log_find_management(log, added, MGMT_AUTH);
	associated = log_find(log, auth, PLANE_STATION_SET);
	response = log_find_management(log, associated, MGMT_ASSOC_RESPONSE);
	first_eapol = log_find(log, response, PLANE_EAPOL);
	installed = log_find_key(log, first_eapol, PLANE_KEY_INSTALL, false);
	open = log_find(log, installed, PLANE_STATION_SET);
	assert_true(open < LOG_MAX);
	assert_true(log->log[associated].action.station.associated);
	assert_false(log->log[associated].action.station.authorised);
	assert_true(log->log[open].action.station.authorised);
	assert_int_equal(log->log[open].action.station.aid, 1);
	assert_int_equal(log->log[first_eapol].action.eapol_key, PLANE_EAPOL_CLEAR);
	pair_free(pair);
}

static void sta_actions_keep_their_order(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_sta;
	size_t link, auth, associated, message_2, message_4, installed, open;

	(void)state;
	pair_start(pair);
	link = log_find(log, log_find(log, 0, PLANE_SCAN), PLANE_LINK);
	auth = log_find(log, log_find(log, link, PLANE_TUNE), PLANE_AUTHENTICATE);
	associated = log_find(log, log_find(log, auth, PLANE_ASSOCIATE), PLANE_STATION_SET);
	message_2 = log_find(log, associated, PLANE_EAPOL);
	message_4 = log_find(log, message_2 + 1, PLANE_EAPOL);
	installed = log_find(log, associated, PLANE_KEY_INSTALL);
	/* Under the new key the access point could not read message 4. */
	assert_true(message_4 < installed);
	open = log_find(log, installed, PLANE_STATION_SET);
	assert_true(open < LOG_MAX);
	assert_true(log->log[associated].action.station.awake);
	assert_true(log->log[open].action.station.authorised);
	assert_memory_equal(log->log[link].action.link.bssid, pair_bssid, 6);
	assert_int_equal(log->log[link].action.link.freq_mhz, FREQ_MHZ);
	pair_free(pair);
}

/* During a rekey the plane accepts the next key before message 3 makes the station switch to it. */
static void next_key_is_expected_before_message_3(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t start, expected, message_3, installed;

	(void)state;
	pair->ap_setup.bss[0].ptk_rekey_s = 50;
	pair_start(pair);
	start = log->count;
	pair_run(pair, 51 * SECOND);
	expected = log_find(log, start, PLANE_KEY_EXPECT);
	message_3 = log_find(log, log_find(log, start, PLANE_EAPOL) + 1, PLANE_EAPOL);
	installed = log_find_key(log, start, PLANE_KEY_INSTALL, false);
	assert_true(expected < message_3 && message_3 < installed && installed < LOG_MAX);
	assert_memory_equal(log_key(log, expected)->bytes, log_key(log, installed)->bytes, 16);
	pair_free(pair);
}

/* Where a plane cannot replace a pairwise key in use, that end deauthenticates, and the station connects anew. */
static void pairwise_key_in_use_is_not_replaced(void **state)
{
	(void)state;
	for (int ap_replaces = 0; ap_replaces < 2; ap_replaces++) {
		struct pair *pair = pair_new();
		const struct recorder *log = ap_replaces ? &pair->at_sta : &pair->at_ap;
		size_t start, note, deauth, installed;

		pair->ap_plane.replaces_ptk = ap_replaces;
		pair->sta_plane.replaces_ptk = !ap_replaces;
		pair->ap_setup.bss[0].ptk_rekey_s = 50;
		pair_start(pair);
		start = log->count;
		pair_run(pair, 51 * SECOND);
		note = log_find_note(log, start, NOTE_NO_REKEY);
		deauth = log_find_management(log, note, MGMT_DEAUTH);
		assert_true(deauth < log_find(log, deauth, PLANE_STATION_REMOVE));
		installed = log_find_key(log, start, PLANE_KEY_INSTALL, false);
		assert_true(deauth < installed && installed < LOG_MAX);
		assert_int_equal(log_find_note(log, 0, NOTE_REKEYED), LOG_MAX);
		assert_true(pair_is_connected(pair));
		pair_free(pair);
	}
}

/* wpa_deny_ptk0_rekey=2 of a network, whatever the plane can do. */
static void user_forbids_to_replace_a_pairwise_key(void **state)
{
	struct pair *pair = pair_new();
	size_t note;

	(void)state;
	pair->network.deny_rekey = true;
	pair->ap_setup.bss[0].ptk_rekey_s = 50;
	pair_start(pair);
	pair_run(pair, 51 * SECOND);
	note = log_find_note(&pair->at_sta, 0, NOTE_NO_REKEY);
	assert_true(log_find_management(&pair->at_sta, note, MGMT_DEAUTH) < LOG_MAX);
	assert_int_equal(log_find_note(&pair->at_sta, 0, NOTE_REKEYED), LOG_MAX);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* A plane that knows only associated stations gets none before. */
static void station_is_added_when_the_plane_can_know_it(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;

	(void)state;
	pair->ap_plane.early_stations = false;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	assert_true(log_find_management(log, 0, MGMT_AUTH) < log_find(log, 0, PLANE_STATION_ADD));
	assert_int_equal(log_find(log, 0, PLANE_STATION_ADD) + 1, log_find(log, 0, PLANE_STATION_SET));
	pair_free(pair);
}

/* A driver with an MLME of its own gets the terms, and the elements of the request. */
static void connecting_plane_gets_no_authentication(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_sta;
	const struct plane_join *join;

	(void)state;
	pair->sta_plane.connects = pair->sta_plane.repeats_requests = true;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_count(log, 0, PLANE_AUTHENTICATE), 0);
	assert_int_equal(log_count(log, 0, PLANE_ASSOCIATE), 1);
	join = &log->log[log_find(log, 0, PLANE_ASSOCIATE)].action.join;
	assert_true(join->rsn && join->privacy && !join->wpa && !join->mfp && !join->reassociation);
	assert_int_equal(join->akm, AKM_PSK);
	assert_int_equal(join->pairwise, CIPHER_CCMP_128);
	assert_int_equal(join->group, CIPHER_CCMP_128);
	/* MAC header, capability, listen interval */
	assert_int_equal(join->elements_offset, DOT11_HDR_MIN + 4);
	pair_free(pair);
}

/* Control repeats a request that nobody answers, unless the plane does that. */
static void requests_are_repeated_by_one_of_the_two(void **state)
{
	(void)state;
	for (int plane_repeats = 0; plane_repeats < 2; plane_repeats++) {
		struct pair *pair = pair_new();
		const struct recorder *log = &pair->at_sta;
		size_t link;

		pair->sta_is_mute = true;
		pair->sta_plane.repeats_requests = plane_repeats;
		pair_start(pair);
		pair_run(pair, 9 * SECOND);
		link = log_find(log, log_find(log, 0, PLANE_LINK) + 1, PLANE_LINK); /* the next attempt */
		assert_true(plane_repeats == (link == LOG_MAX));
		assert_int_equal(log_count(log, 0, PLANE_AUTHENTICATE) > 2, !plane_repeats);
		if (plane_repeats) {
			pair_sta_hears(
				pair,
				(struct plane_event){
					.kind = PLANE_EVENT_TX_STATUS,
					.cookie = log->log[log_find(log, 0, PLANE_AUTHENTICATE)].action.join.cookie});
			pair_carry_out(pair);
			assert_true(log_find(log, log_find(log, 0, PLANE_AUTHENTICATE), PLANE_STATION_REMOVE) <
				    LOG_MAX);
		}
		pair_free(pair);
	}
}

/* The plane reports it once; each BSS answers. */
static void wildcard_probe_is_for_every_bss(void **state)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, pair_station, broadcast);
	struct frame *probe;
	size_t first, second;

	(void)state;
	pair->ap_setup.bss_count = 2;
	pair->ap_setup.bss[1] = pair->ap_setup.bss[0];
	pair->ap_setup.bss[1].bssid[5] = 1;
	pair_start(pair);
	write_element(&writer, EID_SSID, NULL, 0);
	probe = frame_writer_end(&writer);
	assert_non_null(probe);
	first = log->count;
	pair_send_to_ap(pair, probe);
	pair_carry_out(pair);
	first = log_find_management(log, first, MGMT_PROBE_RESPONSE);
	second = log_find_management(log, first + 1, MGMT_PROBE_RESPONSE);
	assert_true(second < LOG_MAX);
	assert_int_equal(log->log[first].action.bss, 0);
	assert_int_equal(log->log[second].action.bss, 1);
	frame_free(probe);
	pair_free(pair);
}

static void station_without_a_key_is_deauthenticated(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t installed, deauth;

	(void)state;
	pair->lose_station_keys = true;
	pair_start(pair);
	installed = log_find_key(log, 0, PLANE_KEY_INSTALL, false);
	deauth = log_find_management(log, installed, MGMT_DEAUTH);
	assert_true(deauth < log_find(log, deauth, PLANE_STATION_REMOVE));
	assert_true(log_find(log, deauth, PLANE_STATION_REMOVE) < LOG_MAX);
	pair_free(pair);
}

/* Without the new group key the plane goes on under the old one, and control tries again. */
static void failed_group_rekey_is_repeated(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t start;

	(void)state;
	pair_start(pair);
	start = log->count;
	pair->lose_group_keys = true;
	ap_rekey_group(pair->ap, 0, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	pair_run(pair, SECOND / 2);
	assert_int_equal(log_count(log, start, PLANE_KEY_REMOVE), 0);
	pair->lose_group_keys = false;
	pair_run(pair, 2 * SECOND);
	assert_int_equal(log_count(log, start, PLANE_KEY_INSTALL), 2);
	assert_int_equal(log_count(log, start, PLANE_KEY_REMOVE), 1);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* A plane begins with packet number 0. */
static void restarted_bss_has_fresh_group_keys(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t start;

	(void)state;
	pair_start(pair);
	start = log->count;
	ap_stop(pair->ap, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	assert_true(log_find(log, start, PLANE_STATION_REMOVE) < log_find(log, start, PLANE_BSS_STOP));
	assert_true(ap_deadline(pair->ap) == NEVER);
	ap_start(pair->ap, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	assert_memory_not_equal(log_key(log, log_find_key(log, 0, PLANE_KEY_INSTALL, true))->bytes,
				log_key(log, log_find_key(log, start, PLANE_KEY_INSTALL, true))->bytes, 16);
	pair_free(pair);
}

/* While message 1 waits for a dozing station its timeout does not run. */
static void buffered_message_is_not_repeated(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;

	(void)state;
	pair_start(pair);
	pair->sta_is_mute = true;
	ap_rekey_group(pair->ap, 0, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	pair_ap_hears(pair,
		      (struct plane_event){.kind = PLANE_EVENT_EAPOL_STATUS, .eapol_status = PLANE_EAPOL_BUFFERED});
	for (int sent = 0; sent < 2; sent++) {
		size_t start = log->count;

		pair_run(pair, 3 * SECOND);
		assert_int_equal(log_count(log, start, PLANE_EAPOL) > 0, sent);
		pair_ap_hears(pair,
			      (struct plane_event){.kind = PLANE_EVENT_EAPOL_STATUS, .eapol_status = PLANE_EAPOL_SENT});
	}
	pair_free(pair);
}

/* The plane knows when the station was last heard; control asks, probes, and gives up. */
static void silent_station_is_probed_and_removed(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;

	(void)state;
	pair->ap_setup.bss[0].max_inactivity_s = 30;
	pair_start(pair);
	pair->heard_ns = pair->now_ns + 20 * SECOND;
	pair_run(pair, 49 * SECOND);
	assert_int_equal(log_count(log, 0, PLANE_STATION_QUERY), 1);
	assert_int_equal(log_count(log, 0, PLANE_STATION_PROBE), 0);
	pair_run(pair, 3 * SECOND / 2);
	assert_int_equal(log_count(log, 0, PLANE_STATION_PROBE), 1);
	pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_HEARD});
	pair_run(pair, 29 * SECOND);
	assert_int_equal(log_count(log, 0, PLANE_STATION_PROBE), 1);
	pair_run(pair, 20 * SECOND);
	assert_int_equal(log_count(log, 0, PLANE_STATION_PROBE), 5);
	assert_true(log_find_management(log, 0, MGMT_DEAUTH) < LOG_MAX);
	assert_true(log_find(log, 0, PLANE_STATION_REMOVE) < LOG_MAX);
	pair_free(pair);
}

/* After the 4-way handshake, and after each group key handshake with its replay counter. What the driver has done counts. */
static void driver_can_renew_group_keys_by_itself(void **state)
{
	struct pair *pair = pair_new();
	const struct plane_rekey *first, *second;
	size_t at, before;

	(void)state;
	pair->sta_plane.rekeys_groups = true;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	at = log_find(&pair->at_sta, 0, PLANE_REKEY_DATA);
	assert_true(at < LOG_MAX && at > log_find_key(&pair->at_sta, 0, PLANE_KEY_INSTALL, true));
	first = &pair->at_sta.log[at].action.rekey;
	assert_int_equal(first->akm, AKM_PSK);
	assert_int_equal(first->kek_len, 16);
	assert_int_equal(first->kck_len, 16);
	assert_memory_not_equal(first->kek, first->kck, 16);
	before = pair->at_sta.count;
	ap_rekey_group(pair->ap, 0, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	second = &pair->at_sta.log[log_find(&pair->at_sta, before, PLANE_REKEY_DATA)].action.rekey;
	assert_memory_equal(first->kek, second->kek, 16);
	assert_true(second->replay_counter > first->replay_counter);
	/* The driver has answered later handshakes: an earlier message is a replay. */
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_REKEYED,
						  .replay_counter = second->replay_counter + 100});
	pair_carry_out(pair);
	before = pair->at_sta.count;
	ap_rekey_group(pair->ap, 0, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	assert_int_equal(log_count(&pair->at_sta, before, PLANE_EAPOL), 0);
	assert_int_equal(log_find_key(&pair->at_sta, before, PLANE_KEY_INSTALL, true), LOG_MAX);
	pair_free(pair);
}

/* The access point learns of beacons in its name, once in ten seconds: WNM notification, type 2. */
static void forged_beacon_is_reported_to_the_access_point(void **state)
{
	struct pair *pair = pair_new();
	size_t start;

	(void)state;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	for (int i = 0; i < 3; i++) {
		start = pair->at_sta.count;
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_FORGED_BEACON});
		pair_carry_out(pair);
		assert_int_equal(log_find_note(&pair->at_sta, start, NOTE_FORGED_BEACON) < LOG_MAX, i != 1);
		assert_int_equal(log_find_management(&pair->at_sta, start, MGMT_ACTION) < LOG_MAX, i != 1);
		if (i == 1)
			pair_run(pair, 10 * SECOND);
	}
	pair_free(pair);
}

static void respond(struct pair *pair, enum mgmt_subtype subtype, const uint16_t words[3])
{
	struct frame_writer writer = mgmt_begin(subtype, pair_station, pair_bssid, pair_bssid);
	struct frame *frame;

	for (int i = 0; i < 3; i++)
		write_le16(&writer, words[i]);
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	frame_free(frame);
	pair_carry_out(pair);
}

/* The access point accepts the station on terms that it does not accept: it must not remain associated there. */
/* A station that is the backhaul of another access point has four addresses, and leaves a BSS that does not serve it. */
static void backhaul_station_joins_what_serves_it(void **state)
{
	static const unsigned served[] = {AP_BACKHAUL, AP_BACKHAUL | AP_FRONTHAUL, AP_FRONTHAUL, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(served); i++) {
		struct pair *pair = pair_new();
		const struct recorder *log = &pair->at_sta;
		bool joins = served[i] & AP_BACKHAUL;
		size_t link, leaves;

		pair->ap_setup.bss[0].multi_ap = served[i];
		pair->ap_setup.bss[0].four_address = true;
		pair->network.multi_ap_backhaul = true;
		pair_start(pair);
		link = log_find(log, 0, PLANE_LINK);
		leaves = log_find_note(log, 0, NOTE_NO_BACKHAUL);
		assert_true(link < LOG_MAX && log->log[link].action.link.four_address);
		assert_int_equal(pair_is_connected(pair), joins);
		assert_int_equal(leaves == LOG_MAX, joins);
		assert_int_equal(log_find_note(log, 0, NOTE_CONNECTED) < LOG_MAX, joins);
		if (!joins)
			assert_true(log_find_management(log, leaves, MGMT_DEAUTH) <
				    log_find_note(log, leaves, NOTE_DISCONNECTED));
		pair_free(pair);
	}
}

static void unacceptable_association_is_ended(void **state)
{
	struct pair *pair = pair_new();
	size_t start;

	(void)state;
	pair->sta_is_mute = true;
	pair_start(pair);
	for (int i = 0; i < 100 && log_find(&pair->at_sta, 0, PLANE_AUTHENTICATE) == LOG_MAX; i++)
		pair_run(pair, 10 * MS);
	respond(pair, MGMT_AUTH, (const uint16_t[]){AUTH_OPEN, 2, STATUS_SUCCESS});
	assert_true(log_find(&pair->at_sta, 0, PLANE_ASSOCIATE) < LOG_MAX);
	start = pair->at_sta.count;
	respond(pair, MGMT_ASSOC_RESPONSE, (const uint16_t[]){CAPABILITY_ESS, STATUS_SUCCESS, 0}); /* no AID */
	assert_true(log_find_note(&pair->at_sta, start, NOTE_REJECTED) < LOG_MAX);
	assert_true(log_find_management(&pair->at_sta, start, MGMT_DEAUTH) < LOG_MAX);
	assert_true(log_find_note(&pair->at_sta, start, NOTE_DISCONNECTED) < LOG_MAX);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_install_the_same_keys),
		cmocka_unit_test(backhaul_station_joins_what_serves_it),
		cmocka_unit_test(ap_actions_keep_their_order),
		cmocka_unit_test(sta_actions_keep_their_order),
		cmocka_unit_test(next_key_is_expected_before_message_3),
		cmocka_unit_test(pairwise_key_in_use_is_not_replaced),
		cmocka_unit_test(user_forbids_to_replace_a_pairwise_key),
		cmocka_unit_test(station_is_added_when_the_plane_can_know_it),
		cmocka_unit_test(connecting_plane_gets_no_authentication),
		cmocka_unit_test(requests_are_repeated_by_one_of_the_two),
		cmocka_unit_test(wildcard_probe_is_for_every_bss),
		cmocka_unit_test(station_without_a_key_is_deauthenticated),
		cmocka_unit_test(failed_group_rekey_is_repeated),
		cmocka_unit_test(driver_can_renew_group_keys_by_itself),
		cmocka_unit_test(restarted_bss_has_fresh_group_keys),
		cmocka_unit_test(buffered_message_is_not_repeated),
		cmocka_unit_test(silent_station_is_probed_and_removed),
		cmocka_unit_test(forged_beacon_is_reported_to_the_access_point),
		cmocka_unit_test(unacceptable_association_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

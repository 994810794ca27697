/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control of an access point and that of a station, each on a plane that only records: no MAC, no cipher, no radio.
 * What one sends reaches the other in the clear. So these tests hold for every plane (plane/plane.h).
 */
#include "unit.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "mlme/sta.h"
#include "mlme/time.h"

#define LOG_MAX  512
#define FREQ_MHZ 2412

static const uint8_t bssid[6] = {2, 0, 0, 0, 1, 0}, sta_addr[6] = {2, 0, 0, 0, 0, 1};

/* A recorded action, without its frame. */
struct record {
	struct plane_action action;
	enum mgmt_subtype subtype; /* of PLANE_MANAGEMENT */
};

/* A plane that records. */
struct recorder {
	struct plane_actions out;
	struct record log[LOG_MAX];
	size_t count;
};

struct pair {
	struct crypto *crypto;
	struct ap_psk psk;
	struct ap_setup ap_setup;
	struct sta_network network;
	struct sta_setup sta_setup;
	struct plane_capabilities ap_plane, sta_plane;
	struct ap *ap;
	struct sta *sta;
	struct recorder at_ap, at_sta;
	struct frame *beacon;
	uint64_t now_ns;
	uint64_t gtk_pn;        /* reported before each EAPOL frame */
	uint64_t heard_ns;      /* what the plane of the access point answers to a query */
	bool sta_is_mute;       /* nothing of the station arrives */
	bool lose_station_keys; /* the plane of the access point cannot install pairwise keys */
	bool lose_group_keys;
};

/* ---- the planes ---- */

static void ap_hears(struct pair *pair, struct plane_event event)
{
	memcpy(event.addr, sta_addr, 6);
	ap_event(pair->ap, &event, pair->now_ns, &pair->at_ap.out);
}

static void sta_hears(struct pair *pair, struct plane_event event)
{
	memcpy(event.addr, bssid, 6);
	sta_event(pair->sta, &event, pair->now_ns, &pair->at_sta.out);
}

static void record(struct recorder *recorder, const struct plane_action *action)
{
	struct record *entry = &recorder->log[recorder->count++];

	assert_true(recorder->count < LOG_MAX);
	entry->action = *action;
	entry->action.frame = NULL;
	if (action->kind == PLANE_MANAGEMENT)
		entry->subtype = le16(action->frame->data) & FC_SUBTYPE;
}

static void carry_out_ap_action(struct pair *pair, struct plane_action *action)
{
	bool to_sta = mac_equal(action->addr, sta_addr) || mac_is_group(action->addr);

	if (action->kind == PLANE_BSS_START) {
		frame_free(pair->beacon);
		pair->beacon = action->frame;
		action->frame = NULL;
	} else if (action->kind == PLANE_MANAGEMENT && to_sta) {
		sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = action->frame});
		if (action->management.cookie)
			ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_TX_STATUS,
							    .cookie = action->management.cookie,
							    .acked = true});
	} else if (action->kind == PLANE_EAPOL) {
		sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_EAPOL,
						     .frame = action->frame,
						     .protected = action->eapol_key != PLANE_EAPOL_CLEAR});
	} else if (action->kind == PLANE_STATION_QUERY) {
		ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_STATION, .heard_ns = pair->heard_ns});
	} else if (action->kind == PLANE_KEY_INSTALL &&
		   (action->key.group ? pair->lose_group_keys : pair->lose_station_keys)) {
		ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_KEY_FAILED, .group = action->key.group});
	}
}

static void send_to_ap(struct pair *pair, struct frame *frame)
{
	ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	ap_send_answers(pair->ap, pair->now_ns, &pair->at_ap.out);
}

/* A driver that connects authenticates by itself. */
static void authenticate(struct pair *pair)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, bssid, sta_addr, bssid);
	struct frame *frame;

	write_le16(&writer, AUTH_OPEN);
	write_le16(&writer, 1);
	write_le16(&writer, STATUS_SUCCESS);
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	send_to_ap(pair, frame);
	frame_free(frame);
}

static void carry_out_sta_action(struct pair *pair, struct plane_action *action)
{
	if (action->kind == PLANE_SCAN) {
		pair->beacon->meta.freq_mhz = FREQ_MHZ;
		pair->beacon->meta.signal_dbm = -40;
		sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = pair->beacon});
		sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = PLANE_SCAN_DONE});
	} else if (pair->sta_is_mute) {
		return;
	} else if (action->kind == PLANE_MANAGEMENT || action->kind == PLANE_AUTHENTICATE ||
		   action->kind == PLANE_ASSOCIATE) {
		if (action->kind == PLANE_ASSOCIATE && pair->sta_plane.connects)
			authenticate(pair);
		send_to_ap(pair, action->frame);
	} else if (action->kind == PLANE_EAPOL) {
		ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_GROUP_PN, .gtk_pn = pair->gtk_pn});
		ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_EAPOL,
						    .frame = action->frame,
						    .protected = action->eapol_key != PLANE_EAPOL_CLEAR});
	}
}

/* Carries out the actions of both, and what follows from them. */
static void carry_out(struct pair *pair)
{
	struct recorder *const recorders[] = {&pair->at_ap, &pair->at_sta};

	while (pair->at_ap.out.count || pair->at_sta.out.count)
		for (size_t k = 0; k < COUNT(recorders); k++) {
			struct plane_actions batch = recorders[k]->out;

			recorders[k]->out = (struct plane_actions){0};
			for (size_t i = 0; i < batch.count; i++) {
				record(recorders[k], &batch.list[i]);
				(k ? carry_out_sta_action : carry_out_ap_action)(pair, &batch.list[i]);
			}
			plane_actions_free(&batch);
		}
}

static void run(struct pair *pair, uint64_t duration_ns)
{
	uint64_t until_ns = pair->now_ns + duration_ns;

	for (;;) {
		uint64_t next_ns = earlier(ap_deadline(pair->ap), sta_deadline(pair->sta));

		if (next_ns > until_ns)
			break;
		pair->now_ns = next_ns > pair->now_ns ? next_ns : pair->now_ns;
		if (ap_deadline(pair->ap) <= pair->now_ns)
			ap_tick(pair->ap, pair->now_ns, &pair->at_ap.out);
		if (sta_deadline(pair->sta) <= pair->now_ns)
			sta_tick(pair->sta, pair->now_ns, &pair->at_sta.out);
		carry_out(pair);
	}
	pair->now_ns = until_ns;
}

/* ---- the pair ---- */

static struct pair *pair_new(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct ap_bss_setup *bss;

	assert_non_null(pair);
	pair->crypto = crypto_new();
	pair->now_ns = SECOND;
	pair->ap_plane = (struct plane_capabilities){.replaces_ptk = true, .early_stations = true};
	pair->sta_plane = (struct plane_capabilities){.replaces_ptk = true};
	memset(pair->psk.pmk, 7, PMK_LEN);
	pair->ap_setup = (struct ap_setup){.freq_mhz = FREQ_MHZ, .beacon_tu = 100, .dtim_period = 2, .bss_count = 1};
	bss = &pair->ap_setup.bss[0];
	*bss = (struct ap_bss_setup){.ssid = "test",
				     .ssid_len = 4,
				     .rsn = true,
				     .akms = 1u << AKM_PSK,
				     .rsn_pairwise = 1u << CIPHER_CCMP_128,
				     .group = CIPHER_CCMP_128,
				     .wep = CIPHER_NONE,
				     .psks = &pair->psk,
				     .psk_count = 1,
				     .wmm = true};
	memcpy(bss->bssid, bssid, 6);
	pair->network = (struct sta_network){.ssid = "test",
					     .ssid_len = 4,
					     .any_bssid = true,
					     .rsn = true,
					     .akms = 1u << AKM_PSK,
					     .pairwise = 1u << CIPHER_CCMP_128,
					     .group = 1u << CIPHER_CCMP_128,
					     .wep = CIPHER_NONE};
	memcpy(pair->network.pmk, pair->psk.pmk, PMK_LEN);
	pair->sta_setup =
		(struct sta_setup){.networks = &pair->network, .network_count = 1, .freqs = {FREQ_MHZ}, .wmm = true};
	memcpy(pair->sta_setup.addr, sta_addr, 6);
	return pair;
}

static void pair_start(struct pair *pair)
{
	static const uint8_t seeds[2][RANDOM_SEED_LEN] = {{1}, {2}};

	pair->ap = ap_new(pair->crypto, &pair->ap_setup, &pair->ap_plane, seeds[0]);
	pair->sta = sta_new(pair->crypto, &pair->sta_setup, &pair->sta_plane, seeds[1]);
	assert_non_null(pair->ap);
	assert_non_null(pair->sta);
	ap_start(pair->ap, pair->now_ns, &pair->at_ap.out);
	carry_out(pair);
	sta_start(pair->sta, pair->now_ns, &pair->at_sta.out);
	carry_out(pair);
}

static void pair_free(struct pair *pair)
{
	ap_free(pair->ap);
	sta_free(pair->sta);
	plane_actions_free(&pair->at_ap.out);
	plane_actions_free(&pair->at_sta.out);
	frame_free(pair->beacon);
	crypto_free(pair->crypto);
	free(pair);
}

/* ---- looking at the records ---- */

/* The first action of this kind from `start` on; LOG_MAX: none. */
static size_t find(const struct recorder *recorder, size_t start, enum plane_action_kind kind)
{
	for (size_t i = start; i < recorder->count; i++)
		if (recorder->log[i].action.kind == kind)
			return i;
	return LOG_MAX;
}

static unsigned count(const struct recorder *recorder, size_t start, enum plane_action_kind kind)
{
	unsigned number = 0;

	while ((start = find(recorder, start, kind)) < LOG_MAX) {
		number++;
		start++;
	}
	return number;
}

static size_t find_management(const struct recorder *recorder, size_t start, enum mgmt_subtype subtype)
{
	while ((start = find(recorder, start, PLANE_MANAGEMENT)) < LOG_MAX && recorder->log[start].subtype != subtype)
		start++;
	return start;
}

static size_t find_key(const struct recorder *recorder, size_t start, enum plane_action_kind kind, bool group)
{
	while ((start = find(recorder, start, kind)) < LOG_MAX && recorder->log[start].action.key.group != group)
		start++;
	return start;
}

static size_t find_note(const struct recorder *recorder, size_t start, enum note note)
{
	while ((start = find(recorder, start, PLANE_REPORT)) < LOG_MAX) {
		const struct action *report = &recorder->log[start].action.report;

		if (report->kind == ACTION_NOTE && report->note == note)
			break;
		start++;
	}
	return start;
}

static const struct plane_key *key_at(const struct recorder *recorder, size_t index)
{
	assert_true(index < LOG_MAX);
	return &recorder->log[index].action.key;
}

static bool is_connected(const struct pair *pair)
{
	struct sta_info info;

	sta_info(pair->sta, &info);
	return info.state == STA_CONNECTED;
}

/* ---- tests ---- */

static void both_ends_install_the_same_keys(void **state)
{
	struct pair *pair = pair_new();
	const struct plane_key *ap_key, *sta_key;

	(void)state;
	pair->gtk_pn = 1234;
	pair_start(pair);
	assert_true(is_connected(pair));
	ap_key = key_at(&pair->at_ap, find_key(&pair->at_ap, 0, PLANE_KEY_INSTALL, false));
	sta_key = key_at(&pair->at_sta, find_key(&pair->at_sta, 0, PLANE_KEY_INSTALL, false));
	assert_int_equal(ap_key->len, 16);
	assert_memory_equal(ap_key->bytes, sta_key->bytes, 16);
	ap_key = key_at(&pair->at_ap, find_key(&pair->at_ap, 0, PLANE_KEY_INSTALL, true));
	sta_key = key_at(&pair->at_sta, find_key(&pair->at_sta, 0, PLANE_KEY_INSTALL, true));
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
	assert_true(find(log, 0, PLANE_BSS_START) < find_key(log, 0, PLANE_KEY_INSTALL, true));
	assert_true(find_key(log, 0, PLANE_KEY_INSTALL, true) < find(log, 0, PLANE_KEY_DEFAULT));
	added = find(log, 0, PLANE_STATION_ADD);
	auth = find_management(log, added, MGMT_AUTH);
	associated = find(log, auth, PLANE_STATION_SET);
	response = find_management(log, associated, MGMT_ASSOC_RESPONSE);
	first_eapol = find(log, response, PLANE_EAPOL);
	installed = find_key(log, first_eapol, PLANE_KEY_INSTALL, false);
	open = find(log, installed, PLANE_STATION_SET);
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
	link = find(log, find(log, 0, PLANE_SCAN), PLANE_LINK);
	auth = find(log, find(log, link, PLANE_TUNE), PLANE_AUTHENTICATE);
	associated = find(log, find(log, auth, PLANE_ASSOCIATE), PLANE_STATION_SET);
	message_2 = find(log, associated, PLANE_EAPOL);
	message_4 = find(log, message_2 + 1, PLANE_EAPOL);
	installed = find(log, associated, PLANE_KEY_INSTALL);
	/* Under the new key the access point could not read message 4. */
	assert_true(message_4 < installed);
	open = find(log, installed, PLANE_STATION_SET);
	assert_true(open < LOG_MAX);
	assert_true(log->log[associated].action.station.awake);
	assert_true(log->log[open].action.station.authorised);
	assert_memory_equal(log->log[link].action.link.bssid, bssid, 6);
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
	run(pair, 51 * SECOND);
	expected = find(log, start, PLANE_KEY_EXPECT);
	message_3 = find(log, find(log, start, PLANE_EAPOL) + 1, PLANE_EAPOL);
	installed = find_key(log, start, PLANE_KEY_INSTALL, false);
	assert_true(expected < message_3 && message_3 < installed && installed < LOG_MAX);
	assert_memory_equal(key_at(log, expected)->bytes, key_at(log, installed)->bytes, 16);
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
		run(pair, 51 * SECOND);
		note = find_note(log, start, NOTE_NO_REKEY);
		deauth = find_management(log, note, MGMT_DEAUTH);
		assert_true(deauth < find(log, deauth, PLANE_STATION_REMOVE));
		installed = find_key(log, start, PLANE_KEY_INSTALL, false);
		assert_true(deauth < installed && installed < LOG_MAX);
		assert_int_equal(find_note(log, 0, NOTE_REKEYED), LOG_MAX);
		assert_true(is_connected(pair));
		pair_free(pair);
	}
}

/* A plane that knows only associated stations gets none before. */
static void station_is_added_when_the_plane_can_know_it(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;

	(void)state;
	pair->ap_plane.early_stations = false;
	pair_start(pair);
	assert_true(is_connected(pair));
	assert_true(find_management(log, 0, MGMT_AUTH) < find(log, 0, PLANE_STATION_ADD));
	assert_int_equal(find(log, 0, PLANE_STATION_ADD) + 1, find(log, 0, PLANE_STATION_SET));
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
	assert_true(is_connected(pair));
	assert_int_equal(count(log, 0, PLANE_AUTHENTICATE), 0);
	assert_int_equal(count(log, 0, PLANE_ASSOCIATE), 1);
	join = &log->log[find(log, 0, PLANE_ASSOCIATE)].action.join;
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
		run(pair, 9 * SECOND);
		link = find(log, find(log, 0, PLANE_LINK) + 1, PLANE_LINK); /* the next attempt */
		assert_true(plane_repeats == (link == LOG_MAX));
		assert_int_equal(count(log, 0, PLANE_AUTHENTICATE) > 2, !plane_repeats);
		if (plane_repeats) {
			sta_hears(pair,
				  (struct plane_event){
					  .kind = PLANE_EVENT_TX_STATUS,
					  .cookie = log->log[find(log, 0, PLANE_AUTHENTICATE)].action.join.cookie});
			carry_out(pair);
			assert_true(find(log, find(log, 0, PLANE_AUTHENTICATE), PLANE_STATION_REMOVE) < LOG_MAX);
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
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, sta_addr, broadcast);
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
	send_to_ap(pair, probe);
	carry_out(pair);
	first = find_management(log, first, MGMT_PROBE_RESPONSE);
	second = find_management(log, first + 1, MGMT_PROBE_RESPONSE);
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
	installed = find_key(log, 0, PLANE_KEY_INSTALL, false);
	deauth = find_management(log, installed, MGMT_DEAUTH);
	assert_true(deauth < find(log, deauth, PLANE_STATION_REMOVE));
	assert_true(find(log, deauth, PLANE_STATION_REMOVE) < LOG_MAX);
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
	carry_out(pair);
	run(pair, SECOND / 2);
	assert_int_equal(count(log, start, PLANE_KEY_REMOVE), 0);
	pair->lose_group_keys = false;
	run(pair, 2 * SECOND);
	assert_int_equal(count(log, start, PLANE_KEY_INSTALL), 2);
	assert_int_equal(count(log, start, PLANE_KEY_REMOVE), 1);
	assert_true(is_connected(pair));
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
	carry_out(pair);
	assert_true(find(log, start, PLANE_STATION_REMOVE) < find(log, start, PLANE_BSS_STOP));
	assert_true(ap_deadline(pair->ap) == NEVER);
	ap_start(pair->ap, pair->now_ns, &pair->at_ap.out);
	carry_out(pair);
	assert_memory_not_equal(key_at(log, find_key(log, 0, PLANE_KEY_INSTALL, true))->bytes,
				key_at(log, find_key(log, start, PLANE_KEY_INSTALL, true))->bytes, 16);
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
	carry_out(pair);
	ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_EAPOL_STATUS, .eapol_status = PLANE_EAPOL_BUFFERED});
	for (int sent = 0; sent < 2; sent++) {
		size_t start = log->count;

		run(pair, 3 * SECOND);
		assert_int_equal(count(log, start, PLANE_EAPOL) > 0, sent);
		ap_hears(pair,
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
	run(pair, 49 * SECOND);
	assert_int_equal(count(log, 0, PLANE_STATION_QUERY), 1);
	assert_int_equal(count(log, 0, PLANE_STATION_PROBE), 0);
	run(pair, 3 * SECOND / 2);
	assert_int_equal(count(log, 0, PLANE_STATION_PROBE), 1);
	ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_HEARD});
	run(pair, 29 * SECOND);
	assert_int_equal(count(log, 0, PLANE_STATION_PROBE), 1);
	run(pair, 20 * SECOND);
	assert_int_equal(count(log, 0, PLANE_STATION_PROBE), 5);
	assert_true(find_management(log, 0, MGMT_DEAUTH) < LOG_MAX);
	assert_true(find(log, 0, PLANE_STATION_REMOVE) < LOG_MAX);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_install_the_same_keys),
		cmocka_unit_test(ap_actions_keep_their_order),
		cmocka_unit_test(sta_actions_keep_their_order),
		cmocka_unit_test(next_key_is_expected_before_message_3),
		cmocka_unit_test(pairwise_key_in_use_is_not_replaced),
		cmocka_unit_test(station_is_added_when_the_plane_can_know_it),
		cmocka_unit_test(connecting_plane_gets_no_authentication),
		cmocka_unit_test(requests_are_repeated_by_one_of_the_two),
		cmocka_unit_test(wildcard_probe_is_for_every_bss),
		cmocka_unit_test(station_without_a_key_is_deauthenticated),
		cmocka_unit_test(failed_group_rekey_is_repeated),
		cmocka_unit_test(restarted_bss_has_fresh_group_keys),
		cmocka_unit_test(buffered_message_is_not_repeated),
		cmocka_unit_test(silent_station_is_probed_and_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

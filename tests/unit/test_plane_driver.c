/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control on drivers that do a part of its work by themselves. */
#include "plane_pair.h"

/* A driver that answers requests by itself: control begins with the handshake. */
static void driver_associates_stations(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	struct ap_station_info info;
	size_t start;

	(void)state;
	pair->ap_plane = (struct plane_capabilities){.replaces_ptk = true, .associates = true};
	pair->sta_plane.connects = true;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	assert_true(ap_station_info_of(pair->ap, 0, pair_station, &info) && info.authorised && info.qos);
	assert_int_equal(log_count(log, 0, PLANE_STATION_ADD), 0);
	assert_int_equal(log_find_management(log, 0, MGMT_AUTH), LOG_MAX);
	assert_int_equal(log_find_management(log, 0, MGMT_ASSOC_RESPONSE), LOG_MAX);
	assert_true(log_find(log, 0, PLANE_STATION_SET) < log_find(log, 0, PLANE_EAPOL));
	start = log->count;
	pair_authenticate(pair); /* the driver would not report it */
	pair_carry_out(pair);
	assert_int_equal(log_find(log, start, PLANE_MANAGEMENT), LOG_MAX);
	pair_free(pair);
}

/* A removal would meet the next association, which the driver may have accepted already. */
static void station_that_the_driver_removed_is_not_removed_again(void **state)
{
	(void)state;
	for (int reassociates = 0; reassociates < 2; reassociates++) {
		struct pair *pair = pair_new();
		const struct recorder *log = &pair->at_ap;
		struct plane_event event = {.kind = PLANE_EVENT_DISCONNECTED, .reason = REASON_LEAVING};
		struct ap_station_info info;
		size_t start;

		pair->ap_plane.associates = pair->sta_plane.connects = true;
		pair->ap_plane.early_stations = false;
		pair->ap_setup.bss[0].rsn = pair->network.rsn = false;
		pair->ap_setup.bss[0].psk_count = 0;
		pair->network.open = true;
		pair_start(pair);
		assert_true(pair_is_connected(pair));
		start = log->count;
		if (reassociates)
			event = (struct plane_event){.kind = PLANE_EVENT_ASSOCIATED};
		pair_ap_hears(pair, event);
		pair_carry_out(pair);
		assert_true(log_find_note(log, start, NOTE_DISCONNECTED) < LOG_MAX);
		assert_int_equal(log_find(log, start, PLANE_STATION_REMOVE), LOG_MAX);
		assert_int_equal(log_count(log, start, PLANE_STATION_SET), 2 * reassociates); /* state 3, state 4 */
		assert_int_equal(ap_station_info_of(pair->ap, 0, pair_station, &info), reassociates);
		pair_free(pair);
	}
}

/* The driver has accepted it already. */
static void refused_station_of_the_driver_is_deauthenticated(void **state)
{
	static const struct ap_mac_list nobody = {0};
	static const uint8_t truncated[] = {EID_RSN};
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t deauth;

	(void)state;
	pair->ap_plane = (struct plane_capabilities){.associates = true};
	pair->sta_plane.connects = true;
	pair->ap_setup.bss[0].accept_listed_only = true;
	pair->ap_setup.bss[0].accept = nobody;
	pair_start(pair);
	assert_true(log_find_note(log, 0, NOTE_REJECTED_LIST) < LOG_MAX);
	deauth = log_find_management(log, log_find_note(log, 0, NOTE_REJECTED_LIST), MGMT_DEAUTH);
	assert_true(deauth < log_find(log, deauth, PLANE_STATION_REMOVE));
	assert_true(log_find(log, deauth, PLANE_STATION_REMOVE) < LOG_MAX);
	assert_int_equal(log_count(log, 0, PLANE_STATION_SET) + log_count(log, 0, PLANE_EAPOL), 0);
	/* An element that ends early, and none at all. */
	for (size_t len = 0; len < 2; len++) {
		size_t start = log->count;

		ap_set_acl(pair->ap, 0, false, nobody, nobody, pair->now_ns, &pair->at_ap.out);
		pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_ASSOCIATED, .elements = {truncated, len}});
		pair_carry_out(pair);
		assert_true(log_find_note(log, start, NOTE_REJECTED) < LOG_MAX);
		assert_true(log_find(log, start, PLANE_STATION_REMOVE) < LOG_MAX);
	}
	pair_free(pair);
}

/* ---- a station whose driver runs the handshakes ---- */

static struct pair *start_offloading_station(void)
{
	struct pair *pair = pair_new();

	pair->ap_plane = (struct plane_capabilities){.associates = true};
	pair->sta_plane = (struct plane_capabilities){.connects = true, .repeats_requests = true, .handshakes = true};
	pair->network.pairwise |= 1u << CIPHER_GCMP_256;
	pair_start(pair);
	return pair;
}

static void driver_gets_the_pmk_and_authorises(void **state)
{
	struct pair *pair = start_offloading_station();
	const struct recorder *log = &pair->at_sta;
	size_t start = log->count, set;

	(void)state;
	assert_memory_equal(log->log[log_find(log, 0, PLANE_ASSOCIATE)].action.join.pmk, pair->psk.pmk, PMK_LEN);
	assert_true(log_find_note(log, 0, NOTE_ASSOCIATED) < LOG_MAX);
	assert_false(pair_is_connected(pair));
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_AUTHORISED});
	pair_carry_out(pair);
	assert_true(pair_is_connected(pair));
	set = log_find(log, start, PLANE_STATION_SET);
	assert_true(set < LOG_MAX && log->log[set].action.station.authorised && !log->log[set].action.station.awake);
	assert_int_equal(log_count(log, 0, PLANE_KEY_INSTALL) + log_count(log, 0, PLANE_EAPOL), 0);
	/* The driver reports the end without a frame. */
	start = log->count;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_DISCONNECTED, .reason = REASON_INACTIVE});
	pair_carry_out(pair);
	assert_false(pair_is_connected(pair));
	assert_true(log_find_note(log, start, NOTE_DISCONNECTED) < log_find(log, start, PLANE_ASSOCIATE));
	pair_free(pair);
}

static void driver_without_authorisation_ends_the_attempt(void **state)
{
	static const struct {
		uint16_t reason; /* 0: the driver reports nothing */
		enum note note;
	} cases[] = {
		{REASON_4WAY_TIMEOUT, NOTE_WRONG_PASSPHRASE}, {REASON_AP_BUSY, NOTE_DISCONNECTED}, {0, NOTE_SILENT}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair *pair = start_offloading_station();
		const struct recorder *log = &pair->at_sta;
		size_t start = log->count, note;

		pair->sta_is_mute = true;
		if (cases[i].reason)
			pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_DISCONNECTED,
								  .reason = cases[i].reason});
		pair_carry_out(pair);
		sta_tick(pair->sta, pair->now_ns + 11 * SECOND, &pair->at_sta.out);
		pair_carry_out(pair);
		note = log_find_note(log, start, cases[i].note);
		assert_true(note < log_find(log, start, PLANE_STATION_REMOVE));
		assert_true(log_find_note(log, start, NOTE_WRONG_PASSPHRASE) == (i ? LOG_MAX : note));
		pair_free(pair);
	}
}

/* ---- a station whose driver opens the port later ---- */

static size_t find_authorised(const struct recorder *log)
{
	size_t set = log_find(log, 0, PLANE_STATION_SET);

	while (set < LOG_MAX && !log->log[set].action.station.authorised)
		set = log_find(log, set + 1, PLANE_STATION_SET);
	return set;
}

/* A program that hears of the connection sends its first frame at once. */
static void connection_is_reported_when_the_port_is_open(void **state)
{
	(void)state;
	for (int round = 0; round < 4; round++) {
		bool open = round & 1, confirms = round & 2;
		struct pair *pair = pair_new();
		const struct recorder *log = &pair->at_sta;
		struct sta_info info;

		pair->sta_plane.confirms_port = confirms;
		pair->ap_setup.bss[0].rsn = pair->network.rsn = !open;
		pair->network.open = open;
		if (open)
			pair->ap_setup.bss[0].psk_count = 0;
		pair_start(pair);
		assert_true(find_authorised(log) < LOG_MAX);
		if (confirms) {
			assert_int_equal(log_find_note(log, 0, NOTE_CONNECTED), LOG_MAX);
			sta_info(pair->sta, &info);
			assert_int_equal(info.state, open ? STA_ASSOCIATING : STA_HANDSHAKE);
			pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_PORT_OPEN});
			pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_PORT_OPEN});
			pair_carry_out(pair);
		}
		assert_true(pair_is_connected(pair));
		assert_true(find_authorised(log) < log_find_note(log, 0, NOTE_CONNECTED));
		assert_int_equal(log_find_note(log, log_find_note(log, 0, NOTE_CONNECTED) + 1, NOTE_CONNECTED),
				 LOG_MAX);
		pair_free(pair);
	}
}

static void connection_that_ends_before_the_port_is_open_is_never_reported(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->sta_plane.confirms_port = true;
	pair_start(pair);
	pair->sta_is_mute = pair->out_of_range = true;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_LOST});
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_PORT_OPEN});
	pair_carry_out(pair);
	assert_int_equal(log_find_note(&pair->at_sta, 0, NOTE_CONNECTED), LOG_MAX);
	assert_false(pair_is_connected(pair));
	pair_free(pair);
}

/* ---- a station whose driver roams ---- */

enum other_bss { OTHER_FITS, OTHER_SSID, OTHER_CIPHER };

/* The last byte of the first pairwise suite: element, version, group, count, OUI. */
static uint8_t *find_pairwise_suite(uint8_t *bytes, size_t len)
{
	struct mgmt mgmt;

	assert_int_equal(mgmt_parse(&mgmt, bytes, len), NOT_DROPPED);
	assert_true(mgmt.rsn.len > 13);
	return bytes + (mgmt.rsn.bytes - bytes) + 13;
}

/* The driver reports the beacon of another BSS. */
static void hear_other_bss(struct pair *pair, const uint8_t *other_bssid, enum other_bss kind)
{
	uint8_t bytes[256];
	struct frame *beacon;

	assert_true(pair->beacon->len <= sizeof(bytes));
	memcpy(bytes, pair->beacon->data, pair->beacon->len);
	memcpy(bytes + DOT11_OFF_ADDR2, other_bssid, 6);
	memcpy(bytes + DOT11_OFF_ADDR3, other_bssid, 6);
	if (kind == OTHER_SSID)
		bytes[DOT11_HDR_MIN + 14] ^= 1; /* after timestamp, interval, capability, id and length */
	if (kind == OTHER_CIPHER)
		*find_pairwise_suite(bytes, pair->beacon->len) = 9; /* GCMP-256 (Table 9-149) */
	beacon = frame_from(bytes, pair->beacon->len, 0, 0);
	assert_non_null(beacon);
	beacon->meta.freq_mhz = 2437;
	beacon->meta.signal_dbm = -50;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = beacon});
	frame_free(beacon);
}

static void driver_roams_to_another_bss(void **state)
{
	struct plane_event roamed = {.kind = PLANE_EVENT_ROAMED, .addr = {2, 0, 0, 0, 1, 9}, .freq_mhz = 2437};

	(void)state;
	for (enum other_bss kind = OTHER_FITS; kind <= OTHER_CIPHER; kind++) {
		struct pair *pair = start_offloading_station();
		const struct recorder *log = &pair->at_sta;
		struct sta_info info;
		size_t start, set;

		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_AUTHORISED});
		pair_carry_out(pair);
		hear_other_bss(pair, roamed.addr, kind);
		start = log->count;
		pair_sta_hears(pair, roamed);
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_AUTHORISED});
		pair_carry_out(pair);
		sta_info(pair->sta, &info);
		set = log_find(log, start, PLANE_STATION_SET);
		if (kind != OTHER_FITS) {
			size_t deauth = log_find_management(log, start, MGMT_DEAUTH);

			assert_true(deauth < log_find(log, start, PLANE_STATION_REMOVE));
			assert_true(log_find(log, start, PLANE_STATION_REMOVE) < LOG_MAX);
			assert_memory_equal(log->log[deauth].action.addr, roamed.addr, 6);
		} else {
			assert_int_equal(log_find(log, start, PLANE_STATION_REMOVE), LOG_MAX);
			assert_memory_equal(log->log[set].action.addr, roamed.addr, 6);
			assert_false(log->log[set].action.station.authorised);
			assert_int_equal(info.state, STA_CONNECTED);
			assert_memory_equal(info.bssid, roamed.addr, 6);
			assert_int_equal(info.freq_mhz, 2437);
			assert_true(log_find_note(log, start, NOTE_ROAMING) <
				    log_find_note(log, start, NOTE_CONNECTED));
		}
		pair_free(pair);
	}
}

/* The driver has associated anew with the same access point: the supplicant begins again. */
static void handshake_follows_when_the_driver_roams(void **state)
{
	struct pair *pair = pair_new();
	const struct recorder *at_ap = &pair->at_ap, *at_sta = &pair->at_sta;
	size_t ap_start, sta_start;

	(void)state;
	pair->ap_plane = (struct plane_capabilities){.associates = true};
	pair->sta_plane = (struct plane_capabilities){.connects = true};
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	ap_start = at_ap->count;
	sta_start = at_sta->count;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_ROAMED, .freq_mhz = FREQ_MHZ});
	assert_false(pair_is_connected(pair));
	pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_ASSOCIATED,
						 .elements = {pair->request, pair->request_len}});
	pair_carry_out(pair);
	assert_true(pair_is_connected(pair));
	assert_memory_equal(log_key(at_ap, log_find_key(at_ap, ap_start, PLANE_KEY_INSTALL, false))->bytes,
			    log_key(at_sta, log_find_key(at_sta, sta_start, PLANE_KEY_INSTALL, false))->bytes, 16);
	pair_free(pair);
}

/* The access point compares message 2 with the request that it has received. */
static void message_2_repeats_the_elements_that_the_driver_has_sent(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->ap_plane = (struct plane_capabilities){.associates = true};
	pair->sta_plane = (struct plane_capabilities){.connects = true};
	pair->driver_changes_request = true;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_find_note(&pair->at_ap, 0, NOTE_DOWNGRADE), LOG_MAX);
	pair_free(pair);
}

/* Over a driver no beacon reaches control while it is connected: the signal alone starts the search. */
static void weak_signal_starts_a_search_where_beacons_are_hidden(void **state)
{
	(void)state;
	for (int hides = 0; hides < 2; hides++) {
		struct pair *pair = pair_new();
		size_t start;

		pair->sta_plane.hides_beacons = hides;
		pair->sta_setup.freqs[0] = FREQ_MHZ;
		pair->sta_setup.freqs[1] = 2437;
		pair_start(pair);
		assert_true(pair_is_connected(pair));
		pair_run(pair, 20 * SECOND);
		start = pair->at_sta.count;
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SIGNAL, .signal_dbm = -80});
		pair_carry_out(pair);
		assert_int_equal(log_count(&pair->at_sta, start, PLANE_SCAN), hides);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_associates_stations),
		cmocka_unit_test(station_that_the_driver_removed_is_not_removed_again),
		cmocka_unit_test(refused_station_of_the_driver_is_deauthenticated),
		cmocka_unit_test(driver_gets_the_pmk_and_authorises),
		cmocka_unit_test(driver_without_authorisation_ends_the_attempt),
		cmocka_unit_test(connection_is_reported_when_the_port_is_open),
		cmocka_unit_test(connection_that_ends_before_the_port_is_open_is_never_reported),
		cmocka_unit_test(driver_roams_to_another_bss),
		cmocka_unit_test(handshake_follows_when_the_driver_roams),
		cmocka_unit_test(message_2_repeats_the_elements_that_the_driver_has_sent),
		cmocka_unit_test(weak_signal_starts_a_search_where_beacons_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

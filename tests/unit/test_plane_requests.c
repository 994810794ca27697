/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of the user to a station: networks at run time, scans, connect, disconnect, roam. On any plane. */
#include "plane_pair.h"

static enum sta_answer request(struct pair *pair, struct sta_request wanted)
{
	enum sta_answer answer = sta_request(pair->sta, &wanted, pair->now_ns, &pair->at_sta.out);

	pair_carry_out(pair);
	return answer;
}

static enum sta_answer set_networks(struct pair *pair, const struct sta_network *list, size_t count)
{
	return request(pair,
		       (struct sta_request){.kind = STA_REQUEST_NETWORKS, .networks = {.list = list, .count = count}});
}

static enum sta_state state_of(const struct pair *pair)
{
	struct sta_info info;

	sta_info(pair->sta, &info);
	return info.state;
}

static void networks_come_and_go(void **state)
{
	struct pair *pair = pair_new();
	struct sta_network networks[2] = {pair->network, pair->network};
	size_t start;

	(void)state;
	networks[0].id = 7;
	networks[1].id = 9;
	memcpy(networks[0].ssid, "none", 4);
	pair->sta_setup.network_count = 0;
	pair_start(pair);
	assert_int_equal(state_of(pair), STA_IDLE);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 0);
	/* A disabled network begins nothing. */
	networks[1].disabled = true;
	set_networks(pair, networks + 1, 1);
	assert_int_equal(state_of(pair), STA_IDLE);
	networks[1].disabled = false;
	set_networks(pair, networks + 1, 1);
	assert_true(pair_is_connected(pair));
	/* Another one comes before it: the association stays. */
	start = pair->at_sta.count;
	set_networks(pair, networks, 2);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_find_management(&pair->at_sta, start, MGMT_DEAUTH), LOG_MAX);
	/* It goes: so does the association. */
	set_networks(pair, networks, 1);
	assert_true(log_find_management(&pair->at_sta, start, MGMT_DEAUTH) < LOG_MAX);
	assert_false(pair_is_connected(pair));
	set_networks(pair, NULL, 0);
	assert_int_equal(state_of(pair), STA_IDLE);
	pair_free(pair);
}

static void other_keys_flush_the_cache(void **state)
{
	struct pair *pair = pair_new();
	struct sta_network next = pair->network;
	struct sta_pmksa entry;
	size_t start;

	(void)state;
	pair_start(pair);
	start = pair->at_sta.count;
	next.priority = 5;
	set_networks(pair, &next, 1);
	assert_int_equal(log_find(&pair->at_sta, start, PLANE_MANAGEMENT), LOG_MAX);
	assert_true(pair_is_connected(pair));
	/* Other keys: the connection stays, but no PMKSA of the old ones is offered again. */
	assert_true(sta_pmksa(pair->sta, 0, &entry));
	pair->network.revision = 1;
	set_networks(pair, &pair->network, 1);
	assert_int_equal(log_find(&pair->at_sta, start, PLANE_MANAGEMENT), LOG_MAX);
	assert_false(sta_pmksa(pair->sta, 0, &entry));
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

static void user_disconnects_and_reconnects(void **state)
{
	struct pair *pair = pair_new();
	size_t start, note;

	(void)state;
	pair_start(pair);
	start = pair->at_sta.count;
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	assert_true(log_find_management(&pair->at_sta, start, MGMT_DEAUTH) < LOG_MAX);
	note = log_find_note(&pair->at_sta, start, NOTE_DISCONNECTED);
	assert_true(pair->at_sta.log[note].action.report.local);
	assert_int_equal(state_of(pair), STA_IDLE);
	pair_run(pair, 300 * SECOND);
	assert_int_equal(state_of(pair), STA_IDLE);
	/* A network that is enabled meanwhile begins nothing. */
	set_networks(pair, &pair->network, 1);
	assert_int_equal(state_of(pair), STA_IDLE);
	request(pair, (struct sta_request){.kind = STA_REQUEST_CONNECT});
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* Clients hear of the end of an attempt, too. */
static void user_ends_an_attempt(void **state)
{
	struct pair *pair = pair_new();
	size_t start, note;

	(void)state;
	pair_start(pair);
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	pair->sta_is_mute = true;
	request(pair, (struct sta_request){.kind = STA_REQUEST_CONNECT});
	assert_int_equal(state_of(pair), STA_AUTHENTICATING);
	start = pair->at_sta.count;
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	note = log_find_note(&pair->at_sta, start, NOTE_DISCONNECTED);
	assert_true(note < LOG_MAX);
	assert_true(pair->at_sta.log[note].action.report.local);
	assert_int_equal(log_find_management(&pair->at_sta, start, MGMT_DEAUTH), LOG_MAX);
	pair_free(pair);
}

static void connection_is_renewed(void **state)
{
	struct pair *pair = pair_new();
	size_t start;

	(void)state;
	pair_start(pair);
	pair_run(pair, 20 * SECOND);
	start = pair->at_sta.count;
	request(pair, (struct sta_request){.kind = STA_REQUEST_CONNECT});
	assert_int_equal(log_find(&pair->at_sta, start, PLANE_AUTHENTICATE), LOG_MAX);
	request(pair, (struct sta_request){.kind = STA_REQUEST_REJOIN});
	/* The results are old: it scans first, and keeps its link meanwhile. */
	assert_true(log_find(&pair->at_sta, start, PLANE_SCAN) < log_find(&pair->at_sta, start, PLANE_AUTHENTICATE));
	assert_int_equal(log_find_management(&pair->at_sta, start, MGMT_DEAUTH), LOG_MAX);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

static void scan_on_request_reports_results(void **state)
{
	struct pair *pair = pair_new();
	const struct scan_results *results;
	size_t start, note;

	(void)state;
	pair->sta_setup.network_count = 0;
	pair_start(pair);
	assert_int_equal(request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN,
							    .scan = {.freqs = {2437, 2412}, .passive = true}}),
			 STA_ANSWER_DONE);
	start = log_find(&pair->at_sta, 0, PLANE_SCAN);
	assert_true(pair->at_sta.log[start].action.scan.passive);
	assert_int_equal(pair->at_sta.log[start].action.scan.freq_count, 2);
	note = log_find_note(&pair->at_sta, start, NOTE_BSS_ADDED);
	assert_true(note < log_find_note(&pair->at_sta, note, NOTE_SCANNED));
	assert_memory_equal(pair->at_sta.log[note].action.report.addr, pair_bssid, 6);
	results = sta_results(pair->sta);
	assert_int_equal(results->count, 1);
	assert_string_equal((const char *)results->list[0].ssid, "test");
	assert_true(results->list[0].len && results->list[0].beacon_len == results->list[0].len);
	assert_int_equal(state_of(pair), STA_IDLE);
	/* Known already. */
	request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN});
	assert_int_equal(log_find_note(&pair->at_sta, note + 1, NOTE_BSS_ADDED), LOG_MAX);
	request(pair, (struct sta_request){.kind = STA_REQUEST_FORGET_RESULTS});
	assert_true(log_find_note(&pair->at_sta, note, NOTE_BSS_REMOVED) < LOG_MAX);
	assert_int_equal(results->count, 0);
	pair_free(pair);
}

/* A driver keeps what it has heard: a result from before a FLUSH arrives after it, with the terms of an access point of before. */
static void forgotten_results_do_not_come_back(void **state)
{
	struct pair *pair = pair_new();
	const struct scan_results *results;
	struct plane_event event = {.kind = PLANE_EVENT_MANAGEMENT};

	(void)state;
	pair->sta_setup.network_count = 0;
	pair_start(pair);
	request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN});
	results = sta_results(pair->sta);
	assert_int_equal(results->count, 1);
	pair_run(pair, 5 * SECOND);
	request(pair, (struct sta_request){.kind = STA_REQUEST_FORGET_RESULTS});
	assert_int_equal(results->count, 0);
	event.frame = pair->beacon;
	event.heard_ns = pair->now_ns - 300 * MS;
	sta_event(pair->sta, &event, pair->now_ns + MS, &pair->at_sta.out);
	assert_int_equal(results->count, 0);
	event.heard_ns = pair->now_ns + 2 * MS;
	sta_event(pair->sta, &event, pair->now_ns + 50 * MS, &pair->at_sta.out);
	assert_int_equal(results->count, 1);
	assert_int_equal(results->list[0].heard_ns, event.heard_ns);
	/* What was heard before that is no news of it. */
	pair->beacon->meta.signal_dbm = -77;
	event.heard_ns -= MS;
	sta_event(pair->sta, &event, pair->now_ns + 60 * MS, &pair->at_sta.out);
	assert_int_equal(results->list[0].signal_dbm, -40);
	assert_int_equal(results->list[0].heard_ns, event.heard_ns + MS);
	pair_free(pair);
}

/* Brief visits miss beacons: a result is missed if it was not heard lately, or if the user wants only new ones. */
static void result_outlives_scans_that_miss_it(void **state)
{
	static const struct {
		uint64_t pause_ns;
		bool only_new, stays;
	} cases[] = {{SECOND, false, true}, {40 * SECOND, false, false}, {SECOND, true, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pair *pair = pair_new();
		struct sta_request scan = {.kind = STA_REQUEST_SCAN, .scan = {.freqs = {FREQ_MHZ}}};

		pair->sta_setup.network_count = 0;
		pair_start(pair);
		request(pair, scan);
		assert_int_equal(sta_results(pair->sta)->count, 1);
		pair->out_of_range = true;
		pair_run(pair, cases[i].pause_ns);
		scan.scan.only_new = cases[i].only_new;
		request(pair, scan);
		assert_int_equal(sta_results(pair->sta)->count, 1); /* it was missed once */
		request(pair, scan);
		assert_int_equal(sta_results(pair->sta)->count, cases[i].stays);
		pair_free(pair);
	}
}

/* A plane that does not share its time by itself visits one channel, and returns for data. */
static void scan_with_link_pauses(void **state)
{
	(void)state;
	for (int shares = 0; shares < 2; shares++) {
		struct pair *pair = pair_new();
		size_t start;

		pair->sta_plane.hides_beacons = shares;
		pair_start(pair);
		start = pair->at_sta.count;
		request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN, .scan = {.freqs = {2412, 2437, 2462}}});
		assert_int_equal(log_count(&pair->at_sta, start, PLANE_SCAN), 1);
		assert_int_equal(request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN}),
				 shares ? STA_ANSWER_DONE : STA_ANSWER_BUSY);
		pair_run(pair, SECOND);
		assert_true(log_find_note(&pair->at_sta, start, NOTE_SCANNED) < LOG_MAX);
		assert_int_equal(log_count(&pair->at_sta, start, PLANE_SCAN), shares ? 2 : 3);
		assert_true(pair_is_connected(pair));
		pair_free(pair);
	}
}

/* The network that was absent is there, and another program scans. */
static void other_program_scans(struct pair *pair)
{
	pair->out_of_range = false;
	pair->beacon->meta.freq_mhz = FREQ_MHZ;
	pair->beacon->meta.signal_dbm = -40;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = pair->beacon});
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = PLANE_SCAN_DONE});
	pair_carry_out(pair);
	pair_run(pair, 100 * MS);
}

/* Its results end the pause after a scan that has found no network, but not the one after failed attempts. */
static void scan_of_another_program_serves_the_station(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->out_of_range = true;
	pair_start(pair);
	while (state_of(pair) != STA_BACKOFF)
		pair_run(pair, 10 * MS);
	other_program_scans(pair);
	assert_true(pair_is_connected(pair));
	pair_free(pair);

	pair = pair_new();
	pair->sta_is_mute = true;
	pair_start(pair);
	while (state_of(pair) != STA_BACKOFF)
		pair_run(pair, 10 * MS);
	pair->sta_is_mute = false;
	other_program_scans(pair);
	assert_int_equal(state_of(pair), STA_BACKOFF);
	pair_free(pair);
}

static void roam_needs_a_known_bss_of_the_network(void **state)
{
	struct pair *pair = pair_new();
	struct sta_request roam = {.kind = STA_REQUEST_ROAM};
	size_t start;

	(void)state;
	pair_start(pair);
	mac_copy(roam.bssid, pair_station);
	assert_int_equal(request(pair, roam), STA_ANSWER_UNKNOWN_BSS);
	assert_true(pair_is_connected(pair));
	mac_copy(roam.bssid, pair_bssid);
	start = pair->at_sta.count;
	assert_int_equal(request(pair, roam), STA_ANSWER_DONE);
	assert_true(log_find(&pair->at_sta, start, PLANE_AUTHENTICATE) < LOG_MAX);
	assert_true(pair_is_connected(pair));
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	assert_int_equal(request(pair, roam), STA_ANSWER_NOT_CONNECTED);
	pair_free(pair);
}

/* bssid= says where to connect by itself; the user may choose another access point. */
static void roam_goes_to_another_bssid_than_that_of_the_network(void **state)
{
	struct pair *pair = pair_new();
	struct sta_request roam = {.kind = STA_REQUEST_ROAM};
	struct sta_network network = pair->network;

	(void)state;
	pair_start(pair);
	network.any_bssid = false;
	mac_copy(network.bssid, pair_station);
	set_networks(pair, &network, 1);
	mac_copy(roam.bssid, pair_bssid);
	assert_int_equal(request(pair, roam), STA_ANSWER_DONE);
	assert_true(pair_is_connected(pair));
	/* Its other terms count: here it would have to be open. */
	network.revision++;
	network.open = true;
	network.rsn = false;
	set_networks(pair, &network, 1);
	assert_int_equal(request(pair, roam), STA_ANSWER_UNSUITABLE);
	assert_true(pair_is_connected(pair));
	network = pair->network;
	network.any_bssid = false;
	mac_copy(network.bssid, pair_station);
	set_networks(pair, &network, 1);
	/* Afterwards it counts again. */
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	request(pair, (struct sta_request){.kind = STA_REQUEST_CONNECT});
	assert_false(pair_is_connected(pair));
	pair_free(pair);
}

/* Who ends a scan for a network does not want the next one at once. */
static void scan_that_the_user_ends_is_not_repeated_soon(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->out_of_range = true;
	pair_start(pair);
	while (state_of(pair) != STA_BACKOFF)
		pair_run(pair, 10 * MS);
	sta_request(pair->sta, &(struct sta_request){.kind = STA_REQUEST_CONNECT}, pair->now_ns, &pair->at_sta.out);
	assert_int_equal(state_of(pair), STA_SCANNING);
	assert_int_equal(request(pair, (struct sta_request){.kind = STA_REQUEST_SCAN_ABORT}), STA_ANSWER_DONE);
	while (state_of(pair) != STA_BACKOFF)
		pair_run(pair, 10 * MS);
	pair->at_sta.count = 0;
	pair_run(pair, 9 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 0);
	pair_run(pair, 2 * SECOND);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 1);
	pair_free(pair);
}

static void ignored_bssids_are_listed(void **state)
{
	struct pair *pair = pair_new();
	struct sta_request ignore = {.kind = STA_REQUEST_IGNORE, .bssid = {2}};
	uint8_t list[STA_IGNORED_MAX][6];

	(void)state;
	pair_start(pair);
	for (unsigned i = 0; i < STA_IGNORED_MAX + 1; i++) {
		ignore.bssid[5] = (uint8_t)i;
		assert_int_equal(request(pair, ignore), i < STA_IGNORED_MAX ? STA_ANSWER_DONE : STA_ANSWER_FULL);
	}
	ignore.bssid[5] = 0;
	assert_int_equal(request(pair, ignore), STA_ANSWER_DONE); /* it has it already */
	assert_int_equal(sta_ignored(pair->sta, list), STA_IGNORED_MAX);
	request(pair, (struct sta_request){.kind = STA_REQUEST_IGNORE_CLEAR});
	assert_int_equal(sta_ignored(pair->sta, list), 0);
	/* Where there is no other choice, it serves. */
	mac_copy(ignore.bssid, pair_bssid);
	request(pair, ignore);
	request(pair, (struct sta_request){.kind = STA_REQUEST_DISCONNECT});
	request(pair, (struct sta_request){.kind = STA_REQUEST_CONNECT});
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* All channels are scanned only for a network that does not list its own, and is enabled. */
static void scan_visits_the_channels_of_enabled_networks(void **state)
{
	(void)state;
	for (int enabled = 0; enabled < 2; enabled++) {
		struct pair *pair = pair_new();
		struct sta_network networks[2] = {pair->network, pair->network};
		size_t scan;

		networks[0].freqs[0] = FREQ_MHZ;
		networks[1].id = 1;
		networks[1].disabled = !enabled;
		pair->sta_setup.networks = networks;
		pair->sta_setup.network_count = 2;
		pair->sta_setup.freqs[1] = 2437;
		pair_start(pair);
		scan = log_find(&pair->at_sta, 0, PLANE_SCAN);
		assert_int_equal(pair->at_sta.log[scan].action.scan.freq_count, 1 + enabled);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_come_and_go),
		cmocka_unit_test(scan_visits_the_channels_of_enabled_networks),
		cmocka_unit_test(other_keys_flush_the_cache),
		cmocka_unit_test(user_disconnects_and_reconnects),
		cmocka_unit_test(user_ends_an_attempt),
		cmocka_unit_test(connection_is_renewed),
		cmocka_unit_test(scan_on_request_reports_results),
		cmocka_unit_test(forgotten_results_do_not_come_back),
		cmocka_unit_test(result_outlives_scans_that_miss_it),
		cmocka_unit_test(scan_with_link_pauses),
		cmocka_unit_test(scan_of_another_program_serves_the_station),
		cmocka_unit_test(roam_needs_a_known_bss_of_the_network),
		cmocka_unit_test(roam_goes_to_another_bssid_than_that_of_the_network),
		cmocka_unit_test(scan_that_the_user_ends_is_not_repeated_soon),
		cmocka_unit_test(ignored_bssids_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

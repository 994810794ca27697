/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio measurement between our access point and our station, and what wpa_cli sees of it. On any plane. */

#include "wpas_client.h"

#include "wire/measurement.h"

#define BLOCK "network={\nssid=\"test\"\npsk=" PMK "\n}\n"

static void measure(struct pair *pair)
{
	pair->ap_setup.bss[0].neighbour_report = pair->ap_setup.bss[0].beacon_report = true;
	pair->sta_plane.measures = pair->sta_plane.inserts_tx_power = true;
}

static void neighbours_are_told(void **state)
{
	(void)state;
	begin_at(BLOCK, measure);
	expect("NEIGHBOR_REP_REQUEST", "OK\n");
	expect_event("RRM-NEIGHBOR-REP-RECEIVED bssid=02:00:00:00:01:00 info=0x");
	expect_event(" op_class=81 chan=1 phy_type=6\n");
	expect("NEIGHBOR_REP_REQUEST lci civic", "OK\n");
	expect_event("RRM-NEIGHBOR-REP-RECEIVED");
	expect("NEIGHBOR_REP_REQUEST ssid=\"a name\" lci", "OK\n");
	expect_event("RRM-NEIGHBOR-REP-REQUEST-FAILED");
	expect("NEIGHBOR_REP_REQUEST ssid=74657374 civic", "OK\n");
	expect_event("RRM-NEIGHBOR-REP-RECEIVED");
	expect("NEIGHBOR_REP_REQUEST ssid=\"test", "FAIL\n");
	expect("NEIGHBOR_REP_REQUEST ssid=test", "FAIL\n");
	expect("NEIGHBOR_REP_REQUEST ssid=\"\"", "FAIL\n");
	expect("NEIGHBOR_REP_REQUEST everything", "FAIL\n");
	client.pair->sta_is_mute = true;
	expect("NEIGHBOR_REP_REQUEST", "OK\n");
	expect("NEIGHBOR_REP_REQUEST", "FAIL\n");
	expect("DISCONNECT", "OK\n");
	expect_event("RRM-NEIGHBOR-REP-REQUEST-FAILED");
	expect("NEIGHBOR_REP_REQUEST", "FAIL\n");
	end();
	begin(BLOCK); /* neither of them measures */
	expect("NEIGHBOR_REP_REQUEST", "FAIL\n");
	end();
}

static void location_is_set_by_hexadecimal_digits(void **state)
{
	(void)state;
	begin_at(BLOCK, measure);
	expect("SET LCI 0100", "OK\n");
	expect("SET lci ", "OK\n");
	expect("SET LCI 010", "FAIL\n");
	expect("SET LCI xy", "FAIL\n");
	end();
}

static size_t ask_station(const void *body, size_t len)
{
	struct pair *pair = client.pair;
	size_t start = pair->at_ap.count;
	struct ap_command request = {.kind = AP_COMMAND_SEND_ACTION, .body = {body, len}};

	mac_copy(request.addr, pair_station);
	assert_true(ap_run_command(pair->ap, &request, pair->now_ns, &pair->at_ap.out));
	pair_carry_out(pair);
	pair_run(pair, SECOND);
	return log_find_note(&pair->at_ap, start, NOTE_MEASUREMENT);
}

static void access_point_gets_its_reports(void **state)
{
	static const uint8_t table[] = {5, 0, 9, 0, 0, 38,  16,  1,   0,   5,   81, 0,
					0, 0, 0, 0, 2, 255, 255, 255, 255, 255, 255},
			     passive[] = {5, 0, 9, 0, 0, 38,  16,  1,   0,   5,   81, 1,
					  5, 0, 9, 0, 0, 255, 255, 255, 255, 255, 255};

	(void)state;
	begin_at(BLOCK, measure);
	assert_true(ask_station(table, sizeof(table)) < LOG_MAX);
	assert_true(ask_station(passive, sizeof(passive)) < LOG_MAX);
	assert_true(ask_station("\5\2\1\0\0", 5) < LOG_MAX); /* a link measurement */
	assert_int_equal(ask_station("\5\2\1\0", 4), LOG_MAX);
	end();
}

/* Joining again takes its place: the scan ends early, and what it has heard is not the answer. */
static void incomplete_scan_is_refused(void **state)
{
	static const uint8_t passive[] = {5, 0, 9, 0, 0, 38,  16,  1,   0,   5,   81, 1,
					  0, 0, 9, 0, 0, 255, 255, 255, 255, 255, 255};
	struct pair *pair;
	struct ap_command request = {.kind = AP_COMMAND_SEND_ACTION, .body = {passive, sizeof(passive)}};

	(void)state;
	begin_at(BLOCK, measure);
	pair = client.pair;
	mac_copy(request.addr, pair_station);
	pair->scans_hang = true;
	assert_true(ap_run_command(pair->ap, &request, pair->now_ns, &pair->at_ap.out));
	pair_carry_out(pair);
	pair_run(pair, SECOND);
	expect("SCAN", "FAIL-BUSY\n");
	expect("ABORT_SCAN", "OK\n");
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = PLANE_SCAN_DONE});
	pair_carry_out(pair);
	assert_true(log_find_note(&pair->at_ap, 0, NOTE_MEASUREMENT) < LOG_MAX);
	assert_memory_equal(pair->last_to_ap, "\5\1\x09\x27\3\1\4\5", 8);
	end();
}

static void status_tells_what_the_driver_measures(void **state)
{
	(void)state;
	begin("");
	client.wpas.rrm_flags = 0x1d;
	client.wpas.ifindex = 7;
	expect_in("STATUS-DRIVER", "ifindex=7\n");
	expect_in("STATUS-DRIVER", "capa.rrm_flags=0x1d\n");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_told),
		cmocka_unit_test(location_is_set_by_hexadecimal_digits),
		cmocka_unit_test(access_point_gets_its_reports),
		cmocka_unit_test(incomplete_scan_is_refused),
		cmocka_unit_test(status_tells_what_the_driver_measures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

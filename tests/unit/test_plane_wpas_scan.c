/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans and their results at the control socket of wpa_supplicant, for a station beside an access point. On any plane. */

#include "wpas_client.h"

/* Scripts of suspend and resume expect results afterwards, without a network, too. */
static void resumed_station_scans(void **state)
{
	(void)state;
	begin("");
	expect("SUSPEND", "OK\n");
	expect("RESUME", "OK\n");
	expect_event("CTRL-EVENT-SCAN-RESULTS");
	expect("SIGNAL_MONITOR THRESHOLD=45", "FAIL\n");
	end();
}

static void results_are_listed(void **state)
{
	(void)state;
	begin("");
	expect("SCAN TYPE=ONLY freq=2412-2437 use_id=1", "1\n");
	expect_event("CTRL-EVENT-SCAN-RESULTS id=1");
	expect("SCAN_RESULTS", "bssid / frequency / signal level / flags / ssid\n"
			       "02:00:00:00:01:00\t2412\t-40\t[WPA2-PSK-CCMP][ESS]\ttest\n");
	expect("BSS 02:00:00:00:01:00 MASK=0x1003", "id=0\nbssid=02:00:00:00:01:00\nssid=test\n");
	expect("BSS RANGE=ALL MASK=0x20001", "id=0\n####\n");
	expect_in("BSS FIRST", "flags=[WPA2-PSK-CCMP][ESS]\n");
	expect("BSS NEXT-0", "");
	expect("BSS CURRENT", "");
	expect("BSS p2p_dev_addr=02:00:00:00:01:00", "");
	expect("SCAN freq=2412,x", "FAIL\n");
	client.pair->out_of_range = true;
	run_timer(SECOND);
	expect("SCAN type=only only_new=1", "OK\n");
	expect_in("BSS FIRST", "id=0\n");
	expect("SCAN only_new=1", "OK\n");
	expect_event("CTRL-EVENT-BSS-REMOVED 0 02:00:00:00:01:00\n");
	client.pair->out_of_range = false;
	expect("SCAN", "OK\n");
	expect("BSS_FLUSH 0", "OK\n");
	expect_event("CTRL-EVENT-BSS-REMOVED 1 02:00:00:00:01:00\n");
	expect("BSS 0", "");
	end();
}

static void hear_of_scan(enum plane_scan_status status)
{
	client.events[0] = '\0';
	pair_sta_hears(client.pair, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = status});
	pair_carry_out(client.pair);
	pass_notes();
}

/* The scan of a client waits for that of another program, and only its own events have its id. */
static void scan_waits_for_that_of_another_program(void **state)
{
	(void)state;
	begin("");
	hear_of_scan(PLANE_SCAN_FOREIGN);
	expect_event("CTRL-EVENT-SCAN-STARTED \n");
	expect("SCAN TYPE=ONLY freq=2412 use_id=1", "1\n");
	assert_string_equal(client.events, "");
	hear_of_scan(PLANE_SCAN_DONE);
	expect_event("CTRL-EVENT-SCAN-RESULTS \n");
	expect_event("CTRL-EVENT-SCAN-STARTED id=1\n");
	expect_event("CTRL-EVENT-SCAN-RESULTS id=1\n");
	/* Its end is not reported: nobody waits for ever. */
	hear_of_scan(PLANE_SCAN_FOREIGN);
	expect("SCAN TYPE=ONLY freq=2412 use_id=1", "2\n");
	pair_run(client.pair, 30 * SECOND);
	pass_notes();
	expect_event("CTRL-EVENT-SCAN-RESULTS id=2\n");
	end();
}

/* The wishes of a user for probe requests reach the plane. */
static void probe_requests_are_as_the_user_says(void **state)
{
	static const char *const wrong[] = {
		"",
		"enable=1",
		"all",
		"all enable=2",
		"all enable=1 enable=0",
		"all other enable=1",
		"all enable=1 addr=00:11:22:33:44:55",
		"all enable=1 addr=01:11:22:33:44:55 mask=ff:ff:ff:ff:ff:ff",
		"all enable=1 addr=00:11:22:33:44:55 mask=fe:ff:ff:ff:ff:ff",
	};
	static const uint8_t mask[6] = {0xff, 0xff, 0xff, 0, 0, 0};
	const struct plane_scan *scan;
	char text[80];
	size_t start;

	(void)state;
	begin("");
	expect("VENDOR_ELEM_ADD 14 dd04aabbccdd", "OK\n");
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(text, sizeof(text), "MAC_RAND_SCAN %s", wrong[i]);
		expect(text, "FAIL\n");
	}
	expect("MAC_RAND_SCAN scan sched enable=1 addr=02:11:22:00:00:00 mask=ff:ff:ff:00:00:00", "OK\n");
	expect("SCAN TYPE=ONLY freq=2412 bssid=02:00:00:00:01:00", "OK\n");
	scan = &client.pair->at_sta.log[log_find(&client.pair->at_sta, 0, PLANE_SCAN)].action.scan;
	assert_memory_equal(scan->bssid, pair_bssid, 6);
	assert_int_equal(scan->ssid_count, 0); /* not heard before */
	assert_int_equal(scan->probes->elements.len, 6);
	assert_memory_equal(scan->probes->elements.bytes, "\xdd\x04\xaa\xbb\xcc\xdd", 6);
	assert_memory_equal(scan->probes->mask, mask, 6);
	assert_true(scan->probes->random_address);
	expect("VENDOR_ELEM_REMOVE 14 *", "OK\n");
	expect("MAC_RAND_SCAN all enable=0", "OK\n");
	for (unsigned wildcard = 0; wildcard < 2; wildcard++) {
		start = client.pair->at_sta.count;
		snprintf(text, sizeof(text), "SCAN freq=2412 bssid=02:00:00:00:01:00 wildcard_ssid=%u", wildcard);
		expect(text, "OK\n");
		scan = &client.pair->at_sta.log[log_find(&client.pair->at_sta, start, PLANE_SCAN)].action.scan;
		assert_int_equal(scan->ssid_count, 1 - wildcard);
		assert_int_equal(scan->probes->elements.len, 0);
		assert_false(scan->probes->random_address);
	}
	expect("SCAN bssid=02:00:00:00:01", "FAIL\n");
	expect_in("STATUS-DRIVER", "addr=");
	expect("SET relative_rssi 101", "FAIL\n");
	expect("SET relative_rssi disable", "OK\n");
	expect("SET relative_band_adjust 5G:-100", "OK\n");
	expect("SET relative_band_adjust 3G:1", "FAIL\n");
	end();
}

static void missing_network_is_looked_for_as_autoscan_says(void **state)
{
	uint64_t pause_ns;

	(void)state;
	begin("network={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	expect("AUTOSCAN periodic:7", "OK\n");
	expect("REASSOCIATE", "OK\n");
	pause_ns = sta_deadline(client.pair->sta) - client.pair->now_ns;
	assert_int_equal(pause_ns / SECOND, 7);
	sta_stop(client.pair->sta, client.pair->now_ns, &client.pair->at_sta.out);
	pair_carry_out(client.pair);
	expect("REASSOCIATE", "FAIL\n");
	expect("RECONNECT", "FAIL\n");
	expect("REATTACH", "FAIL\n");
	end();
}

/* The access point had another name before: that entry is not the one that the station uses. */
static void old_name_of_our_access_point_is_flushed(void **state)
{
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, pair_station, pair_bssid, pair_bssid);
	struct frame *beacon;

	(void)state;
	write_le64(&writer, 1);
	write_le16(&writer, 100);
	write_le16(&writer, CAPABILITY_ESS);
	write_element(&writer, EID_SSID, "old", 3);
	beacon = frame_writer_end(&writer);
	assert_non_null(beacon);
	beacon->meta.freq_mhz = FREQ_MHZ;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	pair_sta_hears(client.pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = beacon});
	frame_free(beacon);
	expect_in("SCAN_RESULTS", "\told\n");
	expect("BSS_FLUSH 0", "OK\n");
	assert_null(strstr(command("SCAN_RESULTS"), "\told\n"));
	expect_in("SCAN_RESULTS", "\ttest\n");
	end();
}

/* As of a driver that looks for the network by itself. */
static void ap_scan_2_reports_absence_as_rejection(void **state)
{
	(void)state;
	begin("");
	expect("AP_SCAN 2", "OK\n");
	expect("AP_SCAN 3", "FAIL\n");
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 ssid \"absent\"", "OK\n");
	expect("SET_NETWORK 0 key_mgmt NONE", "OK\n");
	expect("SELECT_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-ASSOC-REJECT status_code=1\n");
	assert_true(client.wpas.networks[0].scan_ssid);
	end();
}

static void scans_ask_for_networks_and_wait_for_reservations(void **state)
{
	(void)state;
	begin("");
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 ssid \"hidden\"", "OK\n");
	expect("RADIO_WORK add test", "1");
	expect("SCAN scan_id=0,0,7 use_id=1", "1\n");
	expect("SCAN", "FAIL-BUSY\n"); /* the first one keeps its id */
	assert_int_equal(client.wpas.waiting_scan.scan.ssid_count, 1);
	assert_memory_equal(client.wpas.waiting_scan.scan.ssids[0].bytes, "hidden", 6);
	expect("RADIO_WORK show", "ext:test@wlan0:0:1:0.000000\nscan@wlan0:0:0:0.000000\n");
	expect("RADIO_WORK done 1", "OK\n");
	expect_event("CTRL-EVENT-SCAN-RESULTS id=1");
	expect("SCAN scan_id=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "FAIL\n");
	expect("SET setband 5G", "OK\n");
	expect("SET setband x", "FAIL\n");
	expect("SET setband AUTO", "OK\n");
	expect("SCAN_INTERVAL -1", "FAIL\n");
	expect("SCAN_INTERVAL 7", "OK\n");
	end();
}

static void use_ht(struct pair *pair)
{
	pair->sta_plane.modes_2ghz = PLANE_HT;
}

/* Another access point of the network, with 802.11n, is heard. */
static void hear_faster_one(void)
{
	static const uint8_t ht[] = {EID_HT_CAPABILITIES, 1, 0};
	struct frame *frame = frame_from(client.pair->beacon->data, client.pair->beacon->len, 0, sizeof(ht));
	uint8_t *bytes = frame_make_writable(frame);

	frame->meta = client.pair->beacon->meta;
	bytes[DOT11_OFF_ADDR2 + 5] = bytes[DOT11_OFF_ADDR3 + 5] = 0x77;
	memcpy(frame_put(frame, sizeof(ht)), ht, sizeof(ht));
	pair_sta_hears(client.pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	frame_free(frame);
}

/* After a scan of the user the station moves to an access point that is much faster; after TYPE=ONLY it stays. */
static void scan_finds_a_faster_access_point(void **state)
{
	(void)state;
	begin_at("network={\nssid=\"test\"\npsk=" PMK "\n}\n", use_ht);
	hear_faster_one();
	expect_in("BSS 02:00:00:00:01:77", "snr=49\nest_throughput=65000\n");
	expect_in("BSS 02:00:00:00:01:00", "snr=49\nest_throughput=54000\n");
	expect("SCAN TYPE=ONLY", "OK\n");
	assert_null(strstr(client.events, "Trying to"));
	expect("SCAN", "OK\n");
	expect_event("CTRL-EVENT-SCAN-RESULTS");
	expect_event("Trying to authenticate with 02:00:00:00:01:77");
	end();
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n"); /* a radio without 802.11n */
	hear_faster_one();
	expect("SCAN", "OK\n");
	assert_null(strstr(client.events, "Trying to"));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_listed),
		cmocka_unit_test(scan_waits_for_that_of_another_program),
		cmocka_unit_test(probe_requests_are_as_the_user_says),
		cmocka_unit_test(missing_network_is_looked_for_as_autoscan_says),
		cmocka_unit_test(old_name_of_our_access_point_is_flushed),
		cmocka_unit_test(resumed_station_scans),
		cmocka_unit_test(ap_scan_2_reports_absence_as_rejection),
		cmocka_unit_test(scans_ask_for_networks_and_wait_for_reservations),
		cmocka_unit_test(scan_finds_a_faster_access_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station scans and connects. An established link: test_sta_link.c; attacks: test_sta_attack.c. */
#include "fake_ap.h"

static struct world world;

static void station_connects_and_exchanges_frames(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	assert_true(world_ping(&world, &world.ap[0]));
	assert_int_equal(world.count[NOTE_SCANNING], 1);
	assert_int_equal(world.count[NOTE_AUTHENTICATED], 1);
	assert_int_equal(world.count[NOTE_ASSOCIATED], 1);
	assert_int_equal(world.count[NOTE_CONNECTED], 1);
	assert_string_equal(world_last_note(&world, NOTE_CONNECTED)->about, "home");
	assert_int_equal(world_sta_view(&world).aid, 1);
	assert_true(world_sta_view(&world).qos);
	assert_int_equal(world_sta_view(&world).freq_mhz, 2437);
	world_free(&world);
}

static const struct {
	struct rsn_suite suite;
	unsigned pmf;
	bool mfpr, wmm;
} links[] = {
	{{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}, 0, false, false},
	{{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0}, 0, false, true},
	{{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}, 0, false, false},
	{{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHER_NONE, 0}, 1, false, true},
	{{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0}, 1, false, true},
	{{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_BIP_CMAC_128, 0}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256, 0}, 1, true, false},
};

static void station_connects_with_every_cipher(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		world_init(&world);
		world.ap[0].suite = links[i].suite;
		world.ap[0].mfpr = links[i].mfpr;
		world.ap[0].wmm = links[i].wmm;
		world.nets[0].pmf = links[i].pmf;
		world.nets[0].pairwise = world.nets[0].group = UINT32_MAX;
		world_start_connected(&world);
		assert_true(world_ping(&world, &world.ap[0]));
		assert_int_equal(world_sta_view(&world).mfp,
				 links[i].pmf && links[i].suite.group_management != CIPHER_NONE);
		assert_int_equal(world_sta_view(&world).qos, links[i].wmm);
		fake_ap_rekey(&world, &world.ap[0]);
		world_run(&world, 50 * MS_);
		assert_int_equal(world.count[NOTE_REKEYED], 1);
		assert_true(world_ping(&world, &world.ap[0]));
		fake_ap_group_rekey(&world, &world.ap[0]);
		world_run(&world, 50 * MS_);
		assert_int_equal(world.count[NOTE_GROUP_REKEYED], 1);
		assert_true(world_ping(&world, &world.ap[0]));
		world_free(&world);
	}
}

/* A mixed network may put both elements into message 3, in any order: the one of the negotiated protocol counts. */
static void message_3_may_hold_elements_of_both_protocols(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		world_init(&world);
		world.ap[0].suite.wpa = i & 1;
		world.ap[0].mixed = true;
		world.ap[0].other_first = i & 2;
		world.nets[0].rsn = !world.ap[0].suite.wpa;
		world_start_connected(&world);
		assert_true(world_ping(&world, &world.ap[0]));
		assert_int_equal(world.count[NOTE_DOWNGRADE], 0);
		world_free(&world);
	}
}

static void station_joins_open_network(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].open = true;
	world.nets[0].open = true;
	world_start_connected(&world);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void open_bss_with_same_ssid_is_not_joined(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].open = true;
	world_start(&world);
	assert_false(world_connect(&world, 5 * S_));
	assert_string_equal(world_last_note(&world, NOTE_NOT_FOUND)->about, "home: proto or key_mgmt differ");
	world.nets[0].open = true;
	world.ap[0].open = false;
	assert_false(world_connect(&world, 30 * S_));
	world.ap[0].open = true;
	world_free(&world);
}

static int first_probe_seq, first_nonce;

/* Notes the sequence number of the first probe request, and the first bytes of the nonce in message 2. */
static void observe_randomness(const struct frame *frame)
{
	size_t nonce = dot11_hdr_len(le16(frame->data)) + 8 + 4 + 13; /* LLC; EAPOL header; fields of EAPOL-Key */

	if (first_probe_seq < 0 && (le16(frame->data) & (FC_TYPE | FC_SUBTYPE)) == MGMT_PROBE_REQUEST)
		first_probe_seq = le16(frame->data + DOT11_OFF_SEQ) >> 4;
	else if (first_nonce < 0 && dot11_is_data(le16(frame->data)) && (le16(frame->data) & FC_TO_DS) &&
		 frame->len > nonce + 2)
		first_nonce = le16(frame->data + nonce) & 0xfff;
}

/* Control and plane draw from one seed, but not the same numbers. */
static void sequence_numbers_do_not_reveal_the_nonce(void **state)
{
	(void)state;
	first_probe_seq = first_nonce = -1;
	world_init(&world);
	world.observe = observe_randomness;
	world_start_connected(&world);
	assert_true(first_probe_seq >= 0 && first_nonce >= 0);
	assert_int_not_equal(first_probe_seq, first_nonce);
	world_free(&world);
}

static void passive_scan_sends_no_probe_request(void **state)
{
	(void)state;
	world_init(&world);
	world.setup.passive = true;
	world_start_connected(&world);
	assert_int_equal(world.ap[0].probes, 0);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* The beacon interval of 1200 TU is longer than the first dwell time on a channel. */
static void passive_scan_finds_rare_beacons(void **state)
{
	(void)state;
	world_init(&world);
	world.setup.passive = true;
	world.ap[0].interval = 1200;
	world_start(&world);
	assert_true(world_connect(&world, 60 * S_));
	world_free(&world);
}

static void hidden_network_gets_directed_probe(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].hidden = true;
	world_start(&world);
	assert_false(world_connect(&world, 10 * S_));
	assert_string_equal(world_last_note(&world, NOTE_NOT_FOUND)->about, "1 heard, as a hidden one");
	world.nets[0].scan_ssid = true;
	assert_true(world_connect(&world, 60 * S_));
	world_run(&world, 60 * S_);
	assert_int_equal(world.count[NOTE_CONNECTED], 1);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

static void absent_network_is_scanned_for_until_found(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].on_air = false;
	world_start(&world);
	assert_false(world_connect(&world, 3600 * S_));
	assert_string_equal(world_last_note(&world, NOTE_NOT_FOUND)->about, "nothing was heard");
	assert_uint_in_range(world.count[NOTE_NOT_FOUND], 120, 300);
	world.ap[0].on_air = true;
	world.ap[0].next_beacon_ns = world.now;
	assert_true(world_connect(&world, 40 * S_));
	world_free(&world);
}

static void network_choice_follows_priority_then_signal(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[1].on_air = true;
	strcpy(world.ap[1].ssid, "work");
	world.ap[1].signal = -80;
	world.nets[1] = world.nets[0];
	memcpy(world.nets[1].ssid, "work", 4);
	world.nets[1].priority = 1;
	world.setup.network_count = 2;
	world_start_connected(&world);
	assert_int_equal(world_sta_view(&world).network, 1);
	world_free(&world);

	world_init(&world);
	world.ap[1].on_air = true;
	world.ap[1].signal = -30;
	world.ap[1].freq = 2412;
	world_start_connected(&world);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	world_free(&world);
}

/* A strong access point ends the scan of 40 channels, unless a network of higher priority may still be found. */
static void strong_signal_ends_scan_early(void **state)
{
	uint64_t began;

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_init(&world);
		for (unsigned channel = 3; channel < 40; channel++)
			world.setup.freqs[channel] = (uint16_t)(5000 + 5 * channel);
		world.setup.freqs[2] = 2462;
		world.ap[0].signal = i == 1 ? -70 : -40;
		world.nets[1] = world.nets[0];
		memcpy(world.nets[1].ssid, "best", 4);
		world.nets[1].priority = i == 2;
		world.setup.network_count = 2;
		began = world.now;
		world_start_connected(&world);
		if (i)
			assert_true(world.now - began > 1500 * MS_);
		else
			assert_true(world.now - began < 200 * MS_);
		world_free(&world);
	}
}

static void own_bssiddisabled_and_channel_settings_are_followed(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[1].on_air = true;
	world.ap[1].signal = -30;
	world.ap[1].freq = 2412;
	world.nets[0].any_bssid = false;
	mac_copy(world.nets[0].bssid, world.ap[0].bssid);
	world_start_connected(&world);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	world_free(&world);

	world_init(&world);
	world.nets[0].freqs[0] = 2412;
	world.setup.freqs_only = true; /* scan them all nevertheless: scan_freq does not restrict the choice */
	world_start_connected(&world);
	world_free(&world);

	world_init(&world);
	world.nets[0].freqs[0] = 2412;
	world.nets[0].freqs_only = world.setup.freqs_only = true;
	world_start(&world);
	assert_false(world_connect(&world, 10 * S_));
	assert_string_equal(world_last_note(&world, NOTE_NOT_FOUND)->about, "home: on a channel not listed");
	world_free(&world);

	world_init(&world);
	world.nets[0].disabled = true;
	world_start(&world);
	assert_false(world_connect(&world, 10 * S_));
	world_free(&world);
}

static void refusal_reports_status_code(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].assoc_status = STATUS_AP_FULL;
	world_start(&world);
	assert_false(world_connect(&world, 20 * S_));
	assert_int_equal(world_last_note(&world, NOTE_REJECTED)->code, STATUS_AP_FULL);
	assert_uint_in_range(world.ap[0].assocs, 3, 10);
	world.ap[0].assoc_status = 0;
	world.ap[0].auth_status = STATUS_AUTH_ALGORITHM;
	assert_false(world_connect(&world, 80 * S_));
	assert_int_equal(world_last_note(&world, NOTE_REJECTED)->code, STATUS_AUTH_ALGORITHM);
	world.ap[0].auth_status = 0;
	assert_true(world_connect(&world, 80 * S_));
	world_free(&world);
}

static void full_ap_is_replaced_by_another(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].assoc_status = STATUS_AP_FULL;
	world.ap[1].on_air = true;
	world.ap[1].signal = -70;
	world_start(&world);
	assert_true(world_connect(&world, 2 * S_));
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[1].bssid, 6);
	world_free(&world);
}

static void comeback_time_is_respected(void **state)
{
	uint64_t asked;

	(void)state;
	world_init(&world);
	world.ap[0].assoc_status = STATUS_REFUSED_TEMPORARILY;
	world.ap[0].comeback_tu = 1000;
	world_start(&world);
	while (!world.ap[0].assocs)
		world_run(&world, 5 * MS_);
	asked = world.now;
	world.ap[0].assoc_status = 0;
	assert_true(world_connect(&world, 2 * S_));
	assert_true(world.now - asked > 1000 * TU_ && world.now - asked < 1100 * TU_);
	assert_int_equal(world.ap[0].auths, 1);
	assert_int_equal(world_last_note(&world, NOTE_REJECTED)->code, STATUS_REFUSED_TEMPORARILY);
	world_free(&world);
}

/* While it waits to repeat the request nothing answers it: a forged success would leave the station without a handshake. */
static void forged_response_is_ignored_until_comeback(void **state)
{
	static const uint8_t rates[] = {0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 108};

	(void)state;
	world_init(&world);
	world.ap[0].assoc_status = STATUS_REFUSED_TEMPORARILY;
	world.ap[0].comeback_tu = 1000;
	world_start(&world);
	while (!world.count[NOTE_REJECTED])
		world_run(&world, 5 * MS_);
	world.ap[0].assoc_status = 0;
	for (int status = STATUS_SUCCESS; status <= STATUS_UNSPECIFIED; status++) {
		const uint8_t *own_bssid = world.ap[0].bssid;
		struct frame_writer writer = mgmt_begin(MGMT_ASSOC_RESPONSE, world.setup.addr, own_bssid, own_bssid);

		write_le16(&writer, CAPABILITY_ESS | CAPABILITY_PRIVACY);
		write_le16(&writer, (uint16_t)status);
		write_le16(&writer, 0xc001);
		write_element(&writer, EID_RATES, rates, sizeof(rates));
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
		world_run(&world, 5 * MS_);
	}
	assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 2);
	assert_int_equal(world.count[NOTE_ASSOCIATED], 0);
	assert_true(world_connect(&world, 1100 * TU_));
	world_free(&world);
}

static void silent_ap_is_reported_and_retried(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].no_message_1 = true;
	world_start(&world);
	assert_false(world_connect(&world, 15 * S_));
	assert_int_equal(world.count[NOTE_SILENT], 1);
	assert_int_equal(world_last_note(&world, NOTE_SILENT)->awaited, AWAITED_MESSAGE_1);
	world.ap[0].no_message_1 = false;
	assert_true(world_connect(&world, 15 * S_));
	world_free(&world);

	world_init(&world);
	world_start(&world);
	world_run(&world, 30 * MS_);
	world.ap[0].deaf = true; /* beacons only */
	assert_false(world_connect(&world, 5 * S_));
	world.ap[0].deaf = false;
	assert_true(world_connect(&world, 15 * S_));
	world_free(&world);
}

static void wrong_passphrase_is_reported_with_backoff(void **state)
{
	unsigned first, later;

	(void)state;
	world_init(&world);
	world.ap[0].pmk[0] ^= 1;
	world_start(&world);
	assert_false(world_connect(&world, 200 * S_));
	assert_string_equal(world_last_note(&world, NOTE_WRONG_PASSPHRASE)->about, "home");
	first = world.count[NOTE_WRONG_PASSPHRASE];
	assert_uint_in_range(first, 3, 6);
	assert_int_equal(world.ap[0].finding, RSN_WRONG_PASSPHRASE);
	assert_false(world_connect(&world, 3600 * S_));
	later = world.count[NOTE_WRONG_PASSPHRASE] - first;
	assert_uint_in_range(later, 5, 12);
	/* The station retries forever: the passphrase of the access point may be corrected. */
	world.ap[0].pmk[0] ^= 1;
	assert_true(world_connect(&world, 800 * S_));
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/*
 * An access point compares the elements after it has verified the MIC of message 2: the passphrase is right. They differ if a
 * forger has sent the association request that the access point has accepted.
 */
static void mismatch_of_elements_is_no_wrong_passphrase(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].pmk[0] ^= 1; /* it does not answer message 2 */
	world_start(&world);
	for (int i = 0; i < 5000 && !world.ap[0].associated; i++)
		world_run(&world, MS_);
	assert_true(world.ap[0].associated);
	world_run(&world, 50 * MS_);
	fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, world.setup.addr, REASON_ELEMENT_MISMATCH, true);
	world_run(&world, 5 * MS_);
	assert_int_equal(world_last_note(&world, NOTE_DISCONNECTED)->code, REASON_ELEMENT_MISMATCH);
	assert_int_equal(world.count[NOTE_WRONG_PASSPHRASE], 0);
	world.ap[0].pmk[0] ^= 1;
	assert_true(world_connect(&world, 5 * S_));
	world_free(&world);
}

/* A stronger access point of the same name has another passphrase: its BSSID rests, not the network (evil twin). */
static void wrong_passphrase_rests_the_bssid(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[1].on_air = true;
	strcpy(world.ap[1].ssid, world.ap[0].ssid);
	memcpy(world.ap[1].pmk, world.ap[0].pmk, PMK_LEN);
	world.ap[1].pmk[0] ^= 1;
	world.ap[1].signal = world.ap[0].signal + 20;
	world_start(&world);
	assert_true(world_connect(&world, 20 * S_));
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	assert_int_equal(world.count[NOTE_WRONG_PASSPHRASE], 1);
	world_run(&world, 60 * S_);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 1); /* by the other one */
	world_free(&world);
}

/* The backoff after a wrong passphrase applies to that network only. */
static void next_network_is_tried_during_backoff(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].pmk[0] ^= 1;
	world.ap[1].on_air = true;
	strcpy(world.ap[1].ssid, "work");
	world.nets[1] = world.nets[0];
	memcpy(world.nets[1].ssid, "work", 4);
	world.nets[0].priority = 5;
	world.setup.network_count = 2;
	world_start(&world);
	assert_true(world_connect(&world, 20 * S_));
	assert_int_equal(world_sta_view(&world).network, 1);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_connects_and_exchanges_frames),
		cmocka_unit_test(station_connects_with_every_cipher),
		cmocka_unit_test(message_3_may_hold_elements_of_both_protocols),
		cmocka_unit_test(station_joins_open_network),
		cmocka_unit_test(open_bss_with_same_ssid_is_not_joined),
		cmocka_unit_test(sequence_numbers_do_not_reveal_the_nonce),
		cmocka_unit_test(passive_scan_sends_no_probe_request),
		cmocka_unit_test(passive_scan_finds_rare_beacons),
		cmocka_unit_test(hidden_network_gets_directed_probe),
		cmocka_unit_test(absent_network_is_scanned_for_until_found),
		cmocka_unit_test(network_choice_follows_priority_then_signal),
		cmocka_unit_test(strong_signal_ends_scan_early),
		cmocka_unit_test(own_bssiddisabled_and_channel_settings_are_followed),
		cmocka_unit_test(refusal_reports_status_code),
		cmocka_unit_test(full_ap_is_replaced_by_another),
		cmocka_unit_test(comeback_time_is_respected),
		cmocka_unit_test(forged_response_is_ignored_until_comeback),
		cmocka_unit_test(silent_ap_is_reported_and_retried),
		cmocka_unit_test(wrong_passphrase_is_reported_with_backoff),
		cmocka_unit_test(mismatch_of_elements_is_no_wrong_passphrase),
		cmocka_unit_test(wrong_passphrase_rests_the_bssid),
		cmocka_unit_test(next_network_is_tried_during_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

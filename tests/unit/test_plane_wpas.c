/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands and events of wpa_supplicant, for a station beside an access point. On any plane. */

#include "wpas_client.h"

static void laptop_is_set_up_by_commands(void **state)
{
	(void)state;
	begin("update_config=1\n# mine\n");
	expect_in("STATUS", "wpa_state=INACTIVE\n");
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 ssid \"test\"", "OK\n");
	expect("SET_NETWORK 0 psk " PMK, "OK\n");
	expect("SET_NETWORK 0 psk \"short\"", "FAIL\n");
	expect("GET_NETWORK 0 psk", "*");
	expect("GET_NETWORK 0 ssid", "\"test\"");
	expect("GET_NETWORK 0 no_such", "FAIL\n");
	expect("LIST_NETWORKS", "network id / ssid / bssid / flags\n0\ttest\tany\t[DISABLED]\n");
	expect("SELECT_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-SCAN-STARTED");
	expect_event("CTRL-EVENT-BSS-ADDED 0 02:00:00:00:01:00\nCTRL-EVENT-SCAN-RESULTS");
	expect_event("SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='test' freq=2412 MHz)\n");
	expect_event("Trying to associate with 02:00:00:00:01:00 (SSID='test' freq=2412 MHz)\n");
	expect_event("WPA: Key negotiation completed with 02:00:00:00:01:00 [PTK=CCMP GTK=CCMP]\n");
	expect_event("CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=0 id_str=]\n");
	expect_in("STATUS", "bssid=02:00:00:00:01:00\nfreq=2412\nssid=test\nid=0\nmode=station\npairwise_cipher=CCMP\n"
			    "group_cipher=CCMP\nkey_mgmt=WPA2-PSK\nwpa_state=COMPLETED\nip_address=192.0.2.7\n");
	expect_in("LIST_NETWORKS", "0\ttest\tany\t[CURRENT]\n");
	expect("SAVE_CONFIG", "OK\n");
	assert_string_equal(client.file, "update_config=1\n# mine\nnetwork={\n\tssid=\"test\"\n\tpsk=" PMK "\n}\n");
	end();
}

/* wpa_supplicant refuses a file with a network that lacks its key. What was in the file before stays there. */
static void unfinished_networks_are_not_saved(void **state)
{
	(void)state;
	begin("update_config=1\nnetwork={\n\tssid=\"mine\"\n}\n");
	expect("ADD_NETWORK", "1\n");
	expect("SAVE_CONFIG", "OK\n");
	assert_null(strstr(client.file, "network={\n}"));
	expect("SET_NETWORK 1 ssid \"test\"", "OK\n");
	expect("SET_NETWORK 1 key_mgmt WPA-PSK", "OK\n");
	expect("SET_NETWORK 1 sae_password \"of another method\"", "OK\n");
	expect("SAVE_CONFIG", "OK\n");
	assert_string_equal(client.file, "update_config=1\nnetwork={\n\tssid=\"mine\"\n}\n");
	expect("SET_NETWORK 1 psk " PMK, "OK\n");
	expect("SAVE_CONFIG", "OK\n");
	assert_non_null(strstr(client.file, "ssid=\"test\""));
	expect("SET_NETWORK 1 key_mgmt SAE", "OK\n");
	expect("SET_NETWORK 1 sae_password NULL", "OK\n");
	expect("SAVE_CONFIG", "OK\n"); /* SAE needs a password */
	assert_null(strstr(client.file, "ssid=\"test\""));
	expect("SET_NETWORK 1 key_mgmt WPA-PSK", "OK\n");
	expect("SET_NETWORK 1 psk NULL", "OK\n");
	expect("SET_NETWORK 1 mem_only_psk 1", "OK\n");
	expect("SAVE_CONFIG", "OK\n"); /* a client has the key */
	assert_non_null(strstr(client.file, "ssid=\"test\""));
	end();
}

static void connection_follows_networks(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK
	      "\nid_str=\"home\"\n}\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\ndisabled=1\n"
	      "}\n");
	expect_in("STATUS", "id_str=home\n");
	expect("SAVE_CONFIG", "FAIL\n"); /* without update_config */
	expect("DISABLE_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:01:00 reason=3 locally_generated=1\n");
	expect("ENABLE_NETWORK all", "OK\n");
	expect_event("completed [id=0 id_str=home]");
	expect("SELECT_NETWORK 1", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED");
	expect_event("CTRL-EVENT-NETWORK-NOT-FOUND");
	expect_in("LIST_NETWORKS", "0\ttest\tany\t[DISABLED]\n1\tx\tany\t\n");
	expect("SET_NETWORK 0 bssid 02:00:00:00:01:00", "OK\n");
	expect("SET_NETWORK 0 bssid ", "OK\n");
	expect("SET_NETWORK 0 scan_freq 2412", "OK\n");
	expect("SET_NETWORK 0 scan_freq ", "OK\n");
	expect("GET_NETWORK 0 scan_freq", "FAIL\n");
	expect("SET_NETWORK 0 bssid_ignore ", "OK\n");
	expect("SET_NETWORK 0 psk ", "FAIL\n");
	expect("SET_NETWORK 0 ssid ", "FAIL\n");
	expect("SET_NETWORK 0 ssid   ", "FAIL\n");
	expect("SET_NETWORK 1 ieee80211w 2", "OK\n");
	expect("SELECT_NETWORK id=1", "OK\n");
	expect_in("STATUS", "wpa_state=INACTIVE\n");
	expect("SELECT_NETWORK any", "OK\n");
	expect_event("CTRL-EVENT-CONNECTED");
	expect("DISCONNECT", "OK\n");
	expect_in("STATUS", "wpa_state=DISCONNECTED\n");
	expect("REASSOCIATE", "OK\n");
	expect_event("CTRL-EVENT-CONNECTED");
	expect("REMOVE_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED");
	expect("REMOVE_NETWORK 0", "FAIL\n");
	expect("REMOVE_NETWORK all", "OK\n");
	expect_in("STATUS", "wpa_state=INACTIVE\n");
	end();
}

static void reconfigure_keeps_the_connection(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	strcpy(client.file,
	       "network={\nssid=\"new\"\nkey_mgmt=NONE\n}\nnetwork={\nssid=\"test\"\npsk=" PMK "\npriority=2\n}\n");
	expect("RECONFIGURE", "OK\n");
	assert_null(strstr(client.events, "CTRL-EVENT-DISCONNECTED"));
	expect_in("STATUS", "id=1\n");
	strcpy(client.file, "network={\nssid=\"test\"\npsk=wrong\n}\n");
	expect("RECONFIGURE", "FAIL\n");
	expect_in("STATUS", "id=1\n");
	strcpy(client.file, "network={\nssid=\"test\"\npsk=\"another one\"\n}\n");
	expect("RECONFIGURE", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED");
	for (int i = 0; i < 100; i++) {
		pair_run(client.pair, SECOND / 10);
		pass_notes();
	}
	expect_event("CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"test\" auth_failures=1 duration=");
	end();
}

static void note_wrong_key(uint64_t pause_ns)
{
	struct action note = {.kind = ACTION_NOTE,
			      .note = NOTE_WRONG_PASSPHRASE,
			      .until_ns = client.pair->now_ns + pause_ns,
			      .id = wpa_store_find(&client.wpas.store, 0)->handle,
			      .detail = "test"};

	client.events[0] = '\0';
	wpas_note(&client.wpas, &note);
}

static void resting_network_is_enabled_again(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\ndisabled=1\n}\n");
	note_wrong_key(17 * SECOND);
	expect_event("SSID-TEMP-DISABLED id=0 ssid=\"test\" auth_failures=1 duration=17 reason=WRONG_KEY\n");
	run_timer(16 * SECOND);
	assert_string_equal(client.events, "");
	run_timer(SECOND);
	assert_string_equal(client.events, "CTRL-EVENT-SSID-REENABLED id=0 ssid=\"test\"\n");
	run_timer(60 * SECOND);
	assert_string_equal(client.events, "");
	note_wrong_key(34 * SECOND);
	expect_event("auth_failures=2 duration=34 ");
	expect("SELECT_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-SSID-REENABLED id=0 ssid=\"test\"\n");
	expect_event("CTRL-EVENT-CONNECTED");
	note_wrong_key(0);
	expect_event("auth_failures=1 duration=10 "); /* the connection has ended the row of failures */
	end();
}

/* Clients wait for its connection in vain. */
static void unusable_network_rests(void **state)
{
	(void)state;
	begin("");
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 ssid \"test\"", "OK\n");
	expect("SET_NETWORK 0 psk " PMK, "OK\n");
	expect("SET_NETWORK 0 key_mgmt SAE", "OK\n");
	assert_null(strstr(client.events, "TEMP-DISABLED"));
	expect("SELECT_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"test\" auth_failures=1 duration=10 reason=CONN_FAILED");
	end();
}

static void disconnection_ends_what_waits_for_the_radio(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\ndisabled=1\n}\n");
	expect("RADIO_WORK add survey-of-all-channels-that-this-card-has-in-two-bands", "1");
	expect("SELECT_NETWORK 0", "OK\n");
	expect_in("RADIO_WORK show", "sme-connect@");
	expect("DISCONNECT", "OK\n");
	assert_null(strstr(command("RADIO_WORK show"), "connect"));
	expect("RADIO_WORK done 1", "OK\n");
	assert_false(pair_is_connected(client.pair));
	expect("RECONNECT", "OK\n");
	assert_true(pair_is_connected(client.pair));
	end();
}

static void reservation_of_the_radio_ends_by_itself(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\ndisabled=1\n}\n");
	expect("RADIO_WORK add first timeout=3", "1");
	expect_event("EXT-RADIO-WORK-START 1\n");
	expect("RADIO_WORK add second freq=2412", "2");
	expect("ENABLE_NETWORK 0", "OK\n");
	expect_in("STATUS", "wpa_state=INACTIVE\n");
	run_timer(2 * SECOND);
	assert_string_equal(client.events, "");
	run_timer(SECOND);
	assert_string_equal(client.events, "EXT-RADIO-WORK-TIMEOUT 1\nEXT-RADIO-WORK-START 2\n");
	expect_in("RADIO_WORK show", "ext:second@wlan0:2412:1:");
	run_timer(10 * SECOND); /* without a timeout: ten seconds. What has waited happens then */
	expect_event("EXT-RADIO-WORK-TIMEOUT 2\n");
	expect("RADIO_WORK show", "");
	expect_in("STATUS", "wpa_state=COMPLETED\n");
	expect("RADIO_WORK done 2", "FAIL\n");
	end();
}

static void other_notes_are_reported(void **state)
{
	struct action note = {.kind = ACTION_NOTE, .note = NOTE_REGDOM, .initiator = 1, .detail = "DE"};

	(void)state;
	begin("");
	wpas_note(&client.wpas, &note);
	expect_event("CTRL-EVENT-REGDOM-CHANGE init=USER type=COUNTRY alpha2=DE\n");
	note = (struct action){.kind = ACTION_NOTE, .note = NOTE_REGDOM, .domain = 1};
	wpas_note(&client.wpas, &note);
	expect_event("CTRL-EVENT-REGDOM-CHANGE init=CORE type=WORLD\n");
	note = (struct action){.kind = ACTION_NOTE,
			       .note = NOTE_REJECTED,
			       .addr = {2, 0, 0, 0, 1},
			       .authentication = true,
			       .algorithm = AUTH_SAE,
			       .transaction = 1,
			       .code = STATUS_UNKNOWN_IDENTIFIER};
	wpas_note(&client.wpas, &note);
	expect_event("CTRL-EVENT-SAE-UNKNOWN-PASSWORD-IDENTIFIER 02:00:00:00:01:00\n");
	end();
}

static void width_of_the_channel_is_reported(void **state)
{
	struct action note = {.kind = ACTION_NOTE, .note = NOTE_CHANNEL, .channel = {5180, 80, 5210}};

	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	assert_null(strstr(command("SIGNAL_POLL"), "WIDTH"));
	client.center_mhz = 2412;
	expect_in("SIGNAL_POLL", "FREQUENCY=2412\nWIDTH=20 MHz (no HT)\nCENTER_FRQ1=2412\n");
	client.width_mhz = 40;
	client.center_mhz = 2422;
	expect_in("SIGNAL_POLL", "FREQUENCY=2412\nWIDTH=40 MHz\nCENTER_FRQ1=2422\n");
	wpas_note(&client.wpas, &note);
	expect_event("CTRL-EVENT-CHANNEL-SWITCH freq=5180 ht_enabled=1 ch_offset=1 ch_width=80 MHz cf1=5210 cf2=0\n");
	note = (struct action){.kind = ACTION_NOTE, .note = NOTE_SWITCHING, .channel = {.freq_mhz = 2437}};
	wpas_note(&client.wpas, &note);
	expect_event(
		"CTRL-EVENT-STARTED-CHANNEL-SWITCH freq=2437 ht_enabled=0 ch_offset=0 ch_width=20 MHz (no HT) cf1=2437 "
		"cf2=0\n");
	end();
}

static void other_keys_are_another_revision(void **state)
{
	const struct wpa_store_network *network;
	uint32_t revision;

	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	network = wpa_store_find(&client.wpas.store, 0);
	revision = network->sta.revision;
	expect("SET_NETWORK 0 priority 3", "OK\n");
	expect("SET pmf 1", "OK\n");
	assert_int_equal(network->sta.revision, revision);
	expect_in("PMKSA", "1 02:00:00:00:01:00 ");
	expect("SET_NETWORK 0 psk \"another one\"", "OK\n");
	assert_int_equal(network->sta.revision, revision + 1);
	assert_null(strstr(command("PMKSA"), "1 02:00:00:00:01:00 "));
	expect_in("STATUS", "wpa_state=COMPLETED\n");
	end();
}

static void parameters_are_checked(void **state)
{
	(void)state;
	begin("");
	expect("SET pmf 2", "OK\n");
	expect("GET pmf", "2");
	expect("SET pmf 7", "FAIL\n");
	expect("SET no_such_key 1", "FAIL\n");
	/* What has no effect must be right nevertheless, as wpa_supplicant demands. */
	expect("SET eapol_version 4", "FAIL\n");
	expect("SET eapol_version 2", "OK\n");
	expect("SET dot11RSNAConfigSATimeout 0", "FAIL\n");
	expect("SET dot11RSNAConfigSATimeout 60", "OK\n");
	expect("SET pbc_in_m1 yes", "FAIL\n");
	expect("SET device_name a name that is longer than that, by far", "FAIL\n");
	expect("IFNAME", "wlan0");
	expect("TDLS_SETUP 02:00:00:00:01:00", "FAIL\n");
	expect("SET ap_scan 1", "OK\n");
	expect("RELOG", "OK\n");
	assert_true(client.reopened);
	expect_in("DUMP", "pmf=2\n");
	expect_in("GET_CAPABILITY group_mgmt", "AES-128-CMAC BIP-GMAC-128");
	expect("GET_CAPABILITY", "FAIL\n");
	expect("BSSID_IGNORE 02:00:00:00:00:01", "OK\n");
	expect("BLACKLIST", "02:00:00:00:00:01\n");
	expect("BLACKLIST clear", "OK\n");
	expect("BSSID_IGNORE", "");
	expect("BSSID_IGNORE x", "FAIL\n");
	expect("AUTOSCAN periodic:0", "FAIL\n");
	expect("AUTOSCAN exponential:3:300", "OK\n");
	expect("GET autoscan", "exponential:3:300");
	expect("AUTOSCAN ", "OK\n");
	expect("SET ps 1", "OK\n");
	assert_true(client.power_save);
	expect("SET ps 0", "OK\n");
	assert_false(client.power_save);
	expect("SET ps 3", "FAIL\n");
	expect("SIGNAL_POLL", "FAIL\n");
	expect("NO_SUCH_COMMAND", "UNKNOWN COMMAND\n");
	expect("", "UNKNOWN COMMAND\n");
	assert_false(client.terminated);
	expect("TERMINATE", "OK\n");
	assert_true(client.terminated);
	end();
}

static void network_without_ssid_is_that_of_its_bssid(void **state)
{
	(void)state;
	begin("network={\nbssid=02:00:00:00:01:00\npsk=" PMK "\n}\n");
	expect_in("STATUS", "ssid=test\n");
	expect_in("STATUS", "wpa_state=COMPLETED\n");
	end();
}

static void excluded_access_points_are_left(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	expect("SET disallow_aps bssid 02:00:00:00:00:01", "OK\n");
	expect_in("STATUS", "wpa_state=COMPLETED\n");
	expect("SET disallow_aps bssid x", "FAIL\n");
	expect("SET disallow_aps ssid 7", "FAIL\n");
	expect("SET disallow_aps ssid", "FAIL\n");
	expect("SET disallow_aps name 74657374", "FAIL\n");
	expect("SET disallow_aps ssid 74657374", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED");
	pair_run(client.pair, 10 * SECOND);
	expect_in("STATUS", "wpa_state=SCANNING\n");
	expect("FLUSH", "OK\n"); /* forgets them, as wpa_supplicant does */
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 ssid \t \"test\" ", "OK\n");
	expect("SET_NETWORK 0 psk " PMK, "OK\n");
	expect("ENABLE_NETWORK 0", "OK\n");
	expect_event("CTRL-EVENT-CONNECTED");
	expect("SET bssid_filter 02:00:00:00:00:01", "OK\n");
	expect_event("CTRL-EVENT-DISCONNECTED");
	expect("BSS_FLUSH 0", "OK\n");
	expect("SCAN", "OK\n");
	pair_run(client.pair, 10 * SECOND);
	expect("SCAN_RESULTS", "bssid / frequency / signal level / flags / ssid\n");
	expect("REATTACH", "FAIL\n");
	end();
}

static void elements_and_log_are_as_clients_set_them(void **state)
{
	(void)state;
	begin("");
	expect("VENDOR_ELEM_ADD 1 ", "OK\n");
	expect("VENDOR_ELEM_ADD 1", "FAIL\n");
	expect("VENDOR_ELEM_ADD 26 dd00", "FAIL\n");
	expect("VENDOR_ELEM_ADD 1 12", "FAIL\n");
	expect("VENDOR_ELEM_REMOVE 1 0000", "FAIL\n");
	expect("VENDOR_ELEM_ADD 1 000100", "OK\n");
	expect("VENDOR_ELEM_GET 1", "000100");
	expect("VENDOR_ELEM_REMOVE 1 ", "OK\n");
	expect("VENDOR_ELEM_REMOVE 1 000100", "OK\n");
	expect("VENDOR_ELEM_GET 1", "");
	expect("LOG_LEVEL", "Current level: INFO\nTimestamp: 0\n");
	expect("LOG_LEVEL  MSGDUMP  1", "OK\n");
	assert_int_equal(client.debug, 2);
	expect_in("LOG_LEVEL", "Current level: MSGDUMP\n");
	expect("LOG_LEVEL LOUD", "FAIL\n");
	expect("SET blob ca 00ff", "OK\n");
	expect("SET blob ca 0", "FAIL\n");
	expect("SET blob ca", "FAIL\n");
	expect("SET uapsd 1,1,1,1;1", "OK\n");
	expect("SET uapsd 0,0", "FAIL\n");
	expect("SET pno 0", "OK\n");
	expect("SET pno 1", "FAIL\n");
	expect("EVENT_TEST 2", "OK\n");
	expect_event("TEST-EVENT-MESSAGE 2/2\n");
	end();
}

static void answers_for_other_methods_are_taken(void **state)
{
	(void)state;
	begin("network={\nssid=\"test\"\npsk=" PMK "\n}\n");
	expect("CTRL-RSP-IDENTITY-0:me", "OK\n");
	expect("CTRL-RSP-IDENTITY-1:me", "FAIL\n");
	expect("CTRL-RSP-foo-0:", "FAIL\n");
	expect("CTRL-RSP-PSK_PASSPHRASE-0:x", "FAIL\n");
	end();
}

static void driver_is_described(void **state)
{
	(void)state;
	begin("");
	expect("DRIVER_FLAGS", "0000000000000000:\n");
	client.wpas.driver_flags = UINT64_C(0x8000000080000020);
	expect("DRIVER_FLAGS", "8000000080000020:\nSME\nAP_CSA\nEXTENDED_KEY_ID\n");
	expect_in("STATUS-DRIVER", "capa.flags=0x8000000080000020\n");
	expect_in("STATUS-DRIVER", "freq=0\n");
	end();
}

/* Without a connection, or without an access point that does it, there is nobody to ask. */
static void transition_queries_are_checked(void **state)
{
	static const char *const wrong[] = {"WNM_BSS_QUERY", "WNM_BSS_QUERY 256", "WNM_BSS_QUERY 0 lists",
					    "WNM_BSS_QUERY 0 neighbor=02:00:00:00:00:01,0,81",
					    "WNM_BSS_QUERY 0 list neighbor=02:00:00:00:00:01,0,81,6,7"};

	(void)state;
	begin("");
	for (size_t i = 0; i < COUNT(wrong); i++)
		expect(wrong[i], "FAIL\n");
	expect("SET disable_btm 2", "FAIL\n");
	expect("SET disable_btm 1", "OK\n");
	expect("GET disable_btm", "1");
	end();
}

static void commands_of_absent_features_fail(void **state)
{
	static const char *const commands[] = {"PREAUTH 02:00:00:00:00:01", "TDLS_CANCEL_CHAN_SWITCH 02:00:00:00:00:01",
					       "GET_PREF_FREQ_LIST STATION", "WPS_NFC_TAG_READ 00",
					       "INTERWORKING_SELECT auto"};

	(void)state;
	begin("");
	for (size_t i = 0; i < COUNT(commands); i++)
		expect(commands[i], "FAIL\n");
	expect("SET ps -1", "OK\n");
	expect("SET ps 2", "FAIL\n");
	expect("SET mesh_fwding 2", "FAIL\n");
	expect("ADD_NETWORK", "0\n");
	expect("SET_NETWORK 0 proto  \t WPA2 ", "OK\n");
	expect("GET_NETWORK 0 proto", "RSN");
	expect("SET_NETWORK 0 proto RSN WPA", "OK\n");
	expect("GET_NETWORK 0 proto", "WPA RSN");
	end();
}

static void sleep_commands_are_checked(void **state)
{
	static const char *const wrong[] = {"WNM_SLEEP",
					    "WNM_SLEEP foo",
					    "WNM_SLEEP enter now",
					    "WNM_SLEEP enter interval=65536",
					    "WNM_SLEEP exit tfs_req=123 interval=10",
					    "WNM_SLEEP enter tfs_req=qq interval=10",
					    "WNM_SLEEP enter" /* there is no connection */};

	(void)state;
	begin("");
	for (size_t i = 0; i < COUNT(wrong); i++)
		expect(wrong[i], "FAIL\n");
	expect("SET no_keep_alive 2", "FAIL\n");
	expect("SET no_keep_alive 1", "OK\n");
	end();
}

static void transition_requests_are_reported(void **state)
{
	static const uint8_t ap[6] = {2, 0, 0, 0, 1, 0}, body[] = {10, 7, 9, 0x15, 20, 0, 3, 3, 'u', '"', 'l'};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, ap, ap, ap);
	struct action note = {.kind = ACTION_NOTE, .note = NOTE_TRANSITION_REQUEST};

	(void)state;
	begin("");
	write_bytes(&writer, body, sizeof(body));
	note.frame = frame_writer_end(&writer);
	client.events[0] = '\0';
	wpas_note(&client.wpas, &note);
	expect_event("WNM: BSS Transition Management Request: dialog_token=9 request_mode=0x15 disassoc_timer=20 "
		     "validity_interval=3\nESS-DISASSOC-IMMINENT 0 2048 u\\\"l\n"
		     "WNM: Disassociation Imminent - Disassociation Timer 20\nWNM: Preferred List Available\n");
	frame_free(note.frame);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laptop_is_set_up_by_commands),
		cmocka_unit_test(unfinished_networks_are_not_saved),
		cmocka_unit_test(connection_follows_networks),
		cmocka_unit_test(reconfigure_keeps_the_connection),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(resting_network_is_enabled_again),
		cmocka_unit_test(other_notes_are_reported),
		cmocka_unit_test(transition_queries_are_checked),
		cmocka_unit_test(commands_of_absent_features_fail),
		cmocka_unit_test(sleep_commands_are_checked),
		cmocka_unit_test(transition_requests_are_reported),
		cmocka_unit_test(width_of_the_channel_is_reported),
		cmocka_unit_test(other_keys_are_another_revision),
		cmocka_unit_test(unusable_network_rests),
		cmocka_unit_test(disconnection_ends_what_waits_for_the_radio),
		cmocka_unit_test(reservation_of_the_radio_ends_by_itself),
		cmocka_unit_test(network_without_ssid_is_that_of_its_bssid),
		cmocka_unit_test(driver_is_described),
		cmocka_unit_test(excluded_access_points_are_left),
		cmocka_unit_test(elements_and_log_are_as_clients_set_them),
		cmocka_unit_test(answers_for_other_methods_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

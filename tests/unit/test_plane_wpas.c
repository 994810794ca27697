/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands and events of wpa_supplicant, for a station beside an access point. On any plane. */
#include "plane_pair.h"

#include "ctrl/sta/wpas.h"

/* What wpa_cli sees, and the owner of the station. */
struct client {
	struct pair *pair;
	struct wpas wpas;
	char reply[4096], events[8192], file[1024];
	size_t passed; /* notes of the log that were passed on */
	uint32_t debug;
	bool has_file, terminated, reopened, power_save;
};

static struct client client;

static void pass_notes(void)
{
	for (; client.passed < client.pair->at_sta.count; client.passed++) {
		const struct plane_action *action = &client.pair->at_sta.log[client.passed].action;

		if (action->kind == PLANE_REPORT && action->report.kind == ACTION_NOTE)
			wpas_note(&client.wpas, &action->report);
	}
}

static enum sta_answer request(void *user, const struct sta_request *wanted)
{
	enum sta_answer answer = sta_request(client.pair->sta, wanted, client.pair->now_ns, &client.pair->at_sta.out);

	(void)user;
	pair_carry_out(client.pair);
	pass_notes();
	return answer;
}

static const struct sta *control(void *user)
{
	(void)user;
	return client.pair->sta;
}

static void info(void *user, struct sta_info *out)
{
	(void)user;
	sta_info(client.pair->sta, out);
	out->tx_frames = 11;
}

static void event(void *user, int level, const char *text)
{
	(void)user;
	(void)level;
	strncat(client.events, text, sizeof(client.events) - strlen(client.events) - 2);
	strcat(client.events, "\n");
}

static bool save(void *user, const char *text, struct error *error)
{
	(void)user;
	snprintf(client.file, sizeof(client.file), "%s", text);
	return client.has_file || error_set(error, false, "no file");
}

static char *load(void *user, struct error *error)
{
	(void)user;
	(void)error;
	return strdup(client.file);
}

static void set_country(void *user, const char *country)
{
	(void)user;
	(void)country;
}

static bool set_power_save(void *user, bool on)
{
	(void)user;
	client.power_save = on;
	return true;
}

static bool ip_address(void *user, char text[16])
{
	(void)user;
	strcpy(text, "192.0.2.7");
	return true;
}

static void log_text(void *user, const char *text)
{
	(void)user;
	(void)text;
}

static void terminate(void *user)
{
	(void)user;
	client.terminated = true;
}

static void log_detail(void *user, bool set, uint32_t *debug, bool *timestamps)
{
	(void)user;
	client.debug = set ? *debug : client.debug;
	*debug = client.debug;
	*timestamps = set && *timestamps;
}

static bool reopen_log(void *user)
{
	(void)user;
	client.reopened = true;
	return true;
}

static uint64_t now_ns(void *user)
{
	(void)user;
	return client.pair->now_ns;
}

static struct ap_sae_password ap_password;

/* The access point also offers SAE, with the password "correct horse", and says that the rest is obsolete. */
static void offer_wpa3(struct pair *pair)
{
	static const unsigned groups[] = {19};
	struct ap_bss_setup *bss = &pair->ap_setup.bss[0];
	struct sae_password *secret = &ap_password.secret;

	secret->password_len = 13;
	memcpy(secret->password, "correct horse", 13);
	assert_int_equal(
		sae_password_derive(pair->crypto, secret, (struct span){(const uint8_t *)"test", 4}, groups, 1), 0);
	bss->akms |= 1u << AKM_SAE;
	bss->pmf = 1;
	bss->group_mgmt = CIPHER_BIP_CMAC_128;
	bss->transition_disable = TRANSITION_DISABLE_PERSONAL;
	bss->sae = (struct ap_sae_setup){
		.passwords = &ap_password, .password_count = 1, .groups = {19, 0}, .pwe = 2, .token_threshold = 5};
}

/* Begins with a file, and an access point "test" whose PMK is sevens. */
static void begin_at(const char *file, void (*prepare)(struct pair *))
{
	static const struct wpas_owner owner = {.request = request,
						.control = control,
						.info = info,
						.event = event,
						.save = save,
						.load = load,
						.set_country = set_country,
						.set_power_save = set_power_save,
						.ip_address = ip_address,
						.log = log_text,
						.log_detail = log_detail,
						.reopen_log = reopen_log,
						.terminate = terminate,
						.now_ns = now_ns};
	struct error error;

	client = (struct client){.pair = pair_new(), .has_file = true};
	if (prepare)
		prepare(client.pair);
	snprintf(client.file, sizeof(client.file), "%s", file);
	assert_true(wpas_init(&client.wpas, &owner, client.pair->crypto, file, &error));
	strcpy(client.wpas.interface, "wlan0");
	client.pair->sta_setup.networks = wpas_networks(&client.wpas, &client.pair->sta_setup.network_count);
	pair_start(client.pair);
	pass_notes();
}

static void begin(const char *file)
{
	begin_at(file, NULL);
}

static void end(void)
{
	wpas_free(&client.wpas);
	pair_free(client.pair);
}

static const char *command(const char *text)
{
	struct ctrl_reply reply = ctrl_reply_begin(client.reply, sizeof(client.reply));
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	client.events[0] = '\0';
	wpas_command(&client.wpas, line, &reply);
	pass_notes();
	return client.reply;
}

#define expect(text, answer)   assert_string_equal(command(text), answer)
#define expect_in(text, piece) assert_non_null(strstr(command(text), piece))
#define expect_event(piece)    assert_non_null(strstr(client.events, piece))

#define PMK "0707070707070707070707070707070707070707070707070707070707070707"

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

/* Time goes on, and the timer of the control socket runs. */
static void run_timer(uint64_t ns)
{
	client.events[0] = '\0';
	client.pair->now_ns += ns;
	if (wpas_deadline(&client.wpas) <= client.pair->now_ns)
		wpas_tick(&client.wpas, client.pair->now_ns);
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
	assert_false(scan->probes->own_address);
	expect("VENDOR_ELEM_REMOVE 14 *", "OK\n");
	expect("MAC_RAND_SCAN all enable=0", "OK\n");
	for (unsigned wildcard = 0; wildcard < 2; wildcard++) {
		start = client.pair->at_sta.count;
		snprintf(text, sizeof(text), "SCAN freq=2412 bssid=02:00:00:00:01:00 wildcard_ssid=%u", wildcard);
		expect(text, "OK\n");
		scan = &client.pair->at_sta.log[log_find(&client.pair->at_sta, start, PLANE_SCAN)].action.scan;
		assert_int_equal(scan->ssid_count, 1 - wildcard);
		assert_int_equal(scan->probes->elements.len, 0);
		assert_true(scan->probes->own_address);
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

static void offer_sae(struct pair *pair)
{
	offer_wpa3(pair);
	pair->ap_setup.bss[0].transition_disable = 0;
}

static void offer_sae_without_pmf(struct pair *pair)
{
	offer_sae(pair);
	pair->ap_setup.bss[0].pmf = 0;
}

#define SAE_NETWORK "network={\n\tssid=\"test\"\n\tpsk=\"correct horse\"\n\tkey_mgmt=WPA-PSK SAE\n"

static void reconnect(void)
{
	expect("DISCONNECT", "OK\n");
	expect("RECONNECT", "OK\n");
	assert_true(pair_is_connected(client.pair));
}

/* A program keeps the PMKSA over a restart. */
static void pmksa_is_kept_by_a_program(void **state)
{
	static const char *const wrong[] = {"", " 1", " 1 1024", " 9 8 1024 0", " 1 8 1 0", " 1 8 1024 2", " 1 8 3 0"};
	char line[300], add[340], pmksa[200];

	(void)state;
	begin_at(SAE_NETWORK "\tieee80211w=1\n}\n", offer_sae);
	expect_in("STATUS", "sae_group=19\nsae_h2e=1\n");
	expect_in("STATUS", "ssid_verified=1\n");
	expect("PMKSA_GET 1", "FAIL\n");
	snprintf(line, sizeof(line), "%.250s", command("PMKSA_GET 0"));
	assert_int_equal(strncmp(line, "02:00:00:00:01:00 ", 18), 0);
	assert_string_equal(line + 18 + 33 + 65, "30240 43200 1024 0\n");
	line[18 + 33 + 64] = '\0'; /* BSSID, PMKID and PMK */
	expect("PMKSA_FLUSH", "OK\n");
	expect("PMKSA_GET 0", "");
	reconnect();
	expect_in("STATUS", "sae_group=19\n"); /* another exchange */
	expect("PMKSA_FLUSH", "OK\n");
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(add, sizeof(add), "PMKSA_ADD 0 %s%s", line, wrong[i]);
		expect(add, "FAIL\n");
	}
	snprintf(add, sizeof(add), "PMKSA_ADD 0 %s 50 60 1024 0", line);
	expect(add, "OK\n");
	snprintf(pmksa, sizeof(pmksa), "1 %.50s 60 0\n", line);
	expect_in("PMKSA", pmksa);
	reconnect();
	assert_null(strstr(command("STATUS"), "sae_group=")); /* no exchange */
	expect_in("STATUS", "key_mgmt=SAE\n");
	end();
}

/* Access points of a network may share their PMKSAs; one that does not is told once. */
static void pmksa_serves_another_access_point(void **state)
{
	char pmk[100], add[340];

	(void)state;
	begin_at("okc=1\n" SAE_NETWORK "\tieee80211w=1\n}\n", offer_sae);
	snprintf(pmk, sizeof(pmk), "%.97s", command("PMKSA_GET 0") + 18);
	for (unsigned known = 1; known < 2; known--) {
		snprintf(add, sizeof(add), "PMKSA_ADD 0 02:00:00:00:01:01 %c%s 50 60 1024 0",
			 known           ? pmk[0]
			 : pmk[0] == '0' ? '1'
					 : '0',
			 pmk + 1);
		expect("PMKSA_FLUSH", "OK\n");
		expect(add, "OK\n");
		expect("SET_NETWORK 0 proactive_key_caching 0", "OK\n");
		reconnect();
		expect_in("STATUS", "sae_group=19\n");
		expect("PMKSA_FLUSH", "OK\n");
		expect(add, "OK\n");
		expect("SET_NETWORK 0 proactive_key_caching 2", "OK\n");
		reconnect();
		assert_int_equal(!strstr(command("STATUS"), "sae_group=19\n"), known);
		assert_int_equal(strstr(command("PMKSA"), " 1\n") != NULL, known);
		expect_in("PMKSA", "02:00:00:00:01:00");
	}
	end();
}

static void sae_depends_on_protected_management_frames(void **state)
{
	static const struct {
		unsigned ap_pmf;
		const char *file, *key_mgmt;
	} cases[] = {
		{1, SAE_NETWORK "\tieee80211w=1\n}\n", "key_mgmt=SAE\n"},
		{0, SAE_NETWORK "\tieee80211w=1\n}\n", "key_mgmt=SAE\n"},
		{1, "sae_check_mfp=1\n" SAE_NETWORK "\tieee80211w=1\n}\n", "key_mgmt=SAE\n"},
		{0, "sae_check_mfp=1\n" SAE_NETWORK "\tieee80211w=1\n}\n", "key_mgmt=WPA2-PSK\n"},
		{1, "sae_check_mfp=1\n" SAE_NETWORK "\tieee80211w=0\n}\n", "key_mgmt=WPA2-PSK\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin_at(cases[i].file, cases[i].ap_pmf ? offer_sae : offer_sae_without_pmf);
		expect_in("STATUS", cases[i].key_mgmt);
		end();
	}
}

/* The network says that WPA2 is obsolete: the block, and with update_config=1 the file, forbid it from now on. */
static void transition_ends_where_the_network_says_so(void **state)
{
	static const char network[] = "network={\n\tssid=\"test\"\n\tpsk=\"correct horse\"\n\tkey_mgmt=WPA-PSK SAE\n"
				      "\tieee80211w=1\n}\n";
	char file[256];

	(void)state;
	for (unsigned saves = 0; saves < 2; saves++) {
		snprintf(file, sizeof(file), "%s%s", saves ? "update_config=1\n" : "", network);
		begin_at(file, offer_wpa3);
		assert_true(pair_is_connected(client.pair));
		expect_event("TRANSITION-DISABLE 01\n");
		expect("GET_NETWORK 0 key_mgmt", "SAE");
		expect("GET_NETWORK 0 ieee80211w", "2");
		expect("GET_NETWORK 0 group", "CCMP");
		expect("GET_NETWORK 0 proto", "RSN");
		assert_int_equal(strstr(client.file, "key_mgmt=SAE\n") != NULL, saves);
		strcpy(client.file, "edited since");
		expect("DISCONNECT", "OK\n");
		expect("RECONNECT", "OK\n");
		assert_true(pair_is_connected(client.pair));
		expect_event("TRANSITION-DISABLE 01\n");
		assert_string_equal(client.file, "edited since"); /* nothing has changed */
		end();
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laptop_is_set_up_by_commands),
		cmocka_unit_test(connection_follows_networks),
		cmocka_unit_test(reconfigure_keeps_the_connection),
		cmocka_unit_test(results_are_listed),
		cmocka_unit_test(probe_requests_are_as_the_user_says),
		cmocka_unit_test(missing_network_is_looked_for_as_autoscan_says),
		cmocka_unit_test(old_name_of_our_access_point_is_flushed),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(resting_network_is_enabled_again),
		cmocka_unit_test(other_notes_are_reported),
		cmocka_unit_test(other_keys_are_another_revision),
		cmocka_unit_test(pmksa_is_kept_by_a_program),
		cmocka_unit_test(pmksa_serves_another_access_point),
		cmocka_unit_test(sae_depends_on_protected_management_frames),
		cmocka_unit_test(transition_ends_where_the_network_says_so),
		cmocka_unit_test(reservation_of_the_radio_ends_by_itself),
		cmocka_unit_test(ap_scan_2_reports_absence_as_rejection),
		cmocka_unit_test(network_without_ssid_is_that_of_its_bssid),
		cmocka_unit_test(driver_is_described),
		cmocka_unit_test(excluded_access_points_are_left),
		cmocka_unit_test(scans_ask_for_networks_and_wait_for_reservations),
		cmocka_unit_test(elements_and_log_are_as_clients_set_them),
		cmocka_unit_test(answers_for_other_methods_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostapd.conf: networks, channels, errors, and what reaches the set-up of an access point. */

#include "hostapd_parse.h"

/* A typical file. Each unsupported key causes a warning with its line. */
static void typical_file_is_read(void **state)
{
	static const char text[] = "# my access point\n"
				   "interface=wlan0\n"
				   "driver=nl80211\n"
				   "bridge=br0\n"
				   "logger_syslog=-1\n"
				   "ctrl_interface=/var/run/hostapd\n"
				   "ssid=My Network \n"
				   "country_code=DE\n"
				   "ieee80211d=1\n"
				   "hw_mode=a\n"
				   "channel=40 # least used\n"
				   "ieee80211n=1\n"
				   "ht_capab=[HT40-][SHORT-GI-20]\n"
				   "vht_oper_chwidth=1\n"
				   "beacon_int=200\n"
				   "dtim_period=1\n"
				   "rts_threshold=-1\n"
				   "fragm_threshold=1000\n"
				   "auth_algs=3\n"
				   "ignore_broadcast_ssid=1\n"
				   "wmm_enabled=1\n"
				   "\n"
				   "wpa=2\r\n"
				   "wpa_key_mgmt=WPA-PSK WPA-PSK-SHA256\n"
				   "wpa_pairwise=TKIP\n"
				   "rsn_pairwise=CCMP\n"
				   "wpa_passphrase=correct horse # battery \n"
				   "ieee80211w=1\n"
				   "max_num_sta=20";
	struct hostapd_bss *bss = first_bss(text);

	(void)state;
	assert_string_equal(bss->interface, "wlan0");
	assert_string_equal(bss->bridge, "br0");
	assert_int_equal(bss->ssid.len, 11); /* with the blank at its end */
	assert_string_equal(bss->passphrase.passphrase, "correct horse # battery ");
	assert_int_equal(bss->wpa_pairwise, 0);
	assert_int_equal(bss->rsn_pairwise, BIT(CCMP_128));
	assert_int_equal(bss->group, BIT(CCMP_128));
	assert_int_equal(bss->akms.set, 3);
	assert_int_equal(bss->pmf, 1);
	assert_int_equal(bss->hidden, 1);
	assert_int_equal(bss->max_stations, 20);
	assert_int_equal(bss->group_rekey_s, 86400);
	assert_int_equal(conf.freq_mhz, 5200);
	assert_int_equal(conf.radio.beacon_int, 200);
	assert_int_equal(conf.radio.fragment, 1000);
	assert_string_equal(conf.radio.country, "DE");
	assert_int_equal(conf.radio.rts, 0);
	assert_int_equal(conf.warnings.count, 1);
	assert_string_equal(conf.warnings.list[0].text,
			    "ap.conf:5: `logger_syslog` has no effect: this configures hostapd's log; vifi writes its "
			    "messages to standard error, or to --log-file");
	/* On the medium of `vifi air`, the keys of cards have no effect. */
	assert_true(hostapd_conf_check_air(&conf, "ap.conf", &error));
	assert_int_equal(conf.warnings.count, 5);
	assert_string_equal(conf.warnings.list[1].text,
			    "ap.conf:17: `rts_threshold` needs a card: it has no effect on the medium of vifi air");
	assert_string_equal(conf.warnings.list[3].text,
			    "ap.conf:13: `ht_capab` needs a card: it has no effect on the medium of vifi air");
}

static void keys_of_802_11n_and_later_are_read(void **state)
{
	static const char network[] = "interface=wlan0\nssid=home\nhw_mode=a\nchannel=36\nieee80211n=1\n";
	char text[512];

	(void)state;
	first_bss(network);
	assert_false(conf.radio.phy.ht.given);
	assert_int_equal(hostapd_phy_width_mhz(&conf.radio.phy), 20);
	hostapd_conf_free(&conf);
	snprintf(text, sizeof(text), "%sht_capab=[HT40+][SHORT-GI-20][RX-STBC12][LDPC]\n", network);
	first_bss(text);
	assert_true(conf.radio.phy.ht.given);
	assert_int_equal(conf.radio.phy.ht.secondary, 1);
	assert_int_equal(conf.radio.phy.ht.capab, 0x000c | 0x0020 | 0x0200 | 0x0001);
	assert_int_equal(hostapd_phy_width_mhz(&conf.radio.phy), 40);
	hostapd_conf_free(&conf);
	snprintf(text, sizeof(text),
		 "%sieee80211ac=1\nvht_capab=[SHORT-GI-80][MAX-A-MPDU-LEN-EXP7]\nvht_oper_chwidth=1\n"
		 "vht_oper_centr_freq_seg0_idx=42\nrts_threshold=2000\nwmm_ac_vo_txop_limit=50\nwmm_ac_vo_acm=1\n",
		 network);
	first_bss(text);
	assert_int_equal(conf.radio.phy.vht.capab, 0x03800020);
	assert_int_equal(hostapd_phy_width_mhz(&conf.radio.phy), 80);
	assert_int_equal(hostapd_phy_center(&conf.radio.phy), 42);
	assert_int_equal(conf.radio.rts, 2000);
	assert_int_equal(conf.radio.wmm[3].txop, 50);
	assert_true(conf.radio.wmm[3].mandatory_admission);
	assert_int_equal(conf.radio.wmm[1].aifs, 7); /* background, by default */
	hostapd_conf_free(&conf);
	snprintf(text, sizeof(text), "%stx_queue_data0_burst=2.0\ntx_queue_data3_cwmin=31\ntx_queue_beacon_aifs=2\n",
		 network);
	first_bss(text);
	assert_true(conf.radio.queues[0].given && conf.radio.queues[3].given);
	assert_false(conf.radio.queues[1].given || conf.radio.queues[2].given);
	assert_int_equal(conf.radio.queues[0].txop, 63);
	assert_int_equal(conf.radio.queues[0].aifs, 1); /* hostapd's default */
	assert_int_equal(conf.radio.queues[3].cw_min, 31);
	assert_int_equal(conf.radio.queues[3].cw_max, 1023);
	assert_int_equal(conf.warnings.count, 1);
}

/* [HT40+][HT40-]: the half that the channel permits, the lower one first, as with hostapd. */
static void either_half_may_be_the_secondary_channel(void **state)
{
	static const struct {
		const char *mode;
		int channel, secondary;
	} rows[] = {{"g", 1, 1},   {"g", 4, 1},   {"g", 6, -1},   {"g", 11, -1}, {"a", 36, 1},
		    {"a", 40, -1}, {"a", 100, 1}, {"a", 144, -1}, {"a", 149, 1}, {"a", 161, -1}};
	char text[256];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text),
			 "interface=a\nssid=b\nhw_mode=%s\nchannel=%d\nieee80211n=1\nht_capab=[HT40+][HT40-]\n",
			 rows[i].mode, rows[i].channel);
		first_bss(text);
		assert_int_equal(conf.radio.phy.ht.secondary, rows[i].secondary);
		assert_int_equal(conf.warnings.count, 0);
	}
	first_bss("interface=a\nssid=b\nht_capab=[HT40]\n");
	assert_non_null(strstr(conf.warnings.list[0].text, "ignored: for 40 MHz write [HT40+] or [HT40-]"));
}

static void keys_of_preambles_and_coexistence_are_read(void **state)
{
	(void)state;
	first_bss("interface=wlan0\nssid=home\n");
	assert_false(conf.radio.phy.short_preamble || conf.radio.phy.noscan || conf.radio.phy.no_swap);
	assert_true(conf.radio.phy.ht_coex);
	assert_int_equal(conf.radio.phy.obss_interval, 0);
	hostapd_conf_free(&conf);
	first_bss("interface=wlan0\nssid=home\npreamble=1\nnoscan=1\nht_coex=0\nno_pri_sec_switch=1\n"
		  "obss_interval=300\n");
	assert_true(conf.radio.phy.short_preamble && conf.radio.phy.noscan && conf.radio.phy.no_swap);
	assert_false(conf.radio.phy.ht_coex);
	assert_int_equal(conf.radio.phy.obss_interval, 300);
}

static void multiple_bss_on_one_radio(void **state)
{
	first_bss("interface=wlan0\nssid=home\nwpa=2\nwpa_passphrase=password1\nap_isolate=1\nchannel=6\n"
		  "bss=guest0\nssid2=\"guests\"\nbssid=02:00:00:00:00:01\n"
		  "bss=old0\nssid2=6f6c64\nwep_key0=\"abcde\"\n");
	(void)state;
	assert_int_equal(conf.bss_count, 3);
	assert_int_equal(conf.freq_mhz, 2437);
	assert_true(conf.bss[0].ap_isolate);
	assert_false(conf.bss[1].ap_isolate); /* each network has its own defaults */
	assert_string_equal(conf.bss[1].interface, "guest0");
	assert_memory_equal(conf.bss[1].ssid.bytes, "guests", 6);
	assert_int_equal(conf.bss[1].wpa, 0);
	assert_int_equal(conf.bss[1].bssid[5], 1);
	assert_memory_equal(conf.bss[2].ssid.bytes, "old", 3);
	assert_int_equal(conf.bss[2].wep[0].cipher, CIPHER_WEP_40);
}

#define LONG      "0123456789012345678901234567890123456789012345678901234567890123"
#define SIX(name) "bss=" name "1\nbss=" name "2\nbss=" name "3\nbss=" name "4\nbss=" name "5\nbss=" name "6\n"

/* Messages name the file, the line, the key, and the remedy. */
static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"interface=wlan0\nsid=test\n", "ap.conf:2: unknown key `sid`; did you mean `ssid`?"},
		{"sssid=test\n", "ap.conf:1: unknown key `sssid`; did you mean `ssid`?"},
		{"passphrase=secret12\n", "ap.conf:1: unknown key `passphrase`; did you mean `wpa_passphrase`?"},
		{"update_config=1\n", "ap.conf:1: `update_config` is for wpa_supplicant.conf"},
		{"network={\n", "ap.conf:1: `network` is for wpa_supplicant.conf; `vifi sta` reads such a file"},
		{"wpa_passphras=secret12\n", "ap.conf:1: unknown key `wpa_passphras`; did you mean `wpa_passphrase`?"},
		{"channel = 6\n", "ap.conf:1: blanks before `=`"},
		{"ssid = hello\n", "ap.conf:1: blanks before `=`"},
		{"auth_algs=0\n", "ap.conf:1: auth_algs permits no authentication"},
		{"ieee80211w=4\n", "ieee80211w must be a number from 0 to 3"},
		{"ht_capab=SHORT-GI-20\n", "must be a list"},
		{"vht_capab=[SHORT-GI-80\n", "must be a list"},
		{"interface=x\nssid=x\nieee80211d=1\n", "ieee80211d needs country_code"},
		{"rts_threshold=70000\n", "rts_threshold must be a number"},
		{"rts_treshold=5\n", "did you mean `rts_threshold`?"},
		{"interface=wlan0\n[ap]\n", "ap.conf:2: expected KEY=VALUE or a comment (#)"},
		{"ssid=\n", "ap.conf:1: ssid has 0 bytes"},
		{"ssid=123456789012345678901234567890123\n", "ssid has 33 bytes"},
		{"ssid2=P\"\\\"\n", "ssid2 is empty"},
		{"channel=x\n", "ap.conf:1: channel must be a number"},
		{"tx_queue_data0_burst=1844674407370955162\n", "must be milliseconds from 0 to 2097"},
		{WPA2 "chanlist=1-\n", "ap.conf:5: chanlist must be numbers and ranges like `1 6 11-13`"},
		{WPA2 "chanlist=9-6\n", "ap.conf:5: chanlist must be numbers and ranges"},
		{WPA2 "freqlist=\n", "ap.conf:5: freqlist is empty"},
		{WPA2 "acs_chan_bias=1=0.8\n", "ap.conf:5: acs_chan_bias must be pairs CHANNEL:FACTOR"},
		{WPA2 "local_pwr_constraint=256\n", "ap.conf:5: local_pwr_constraint must be a number of dB"},
		{WPA2 "channel=1\nlocal_pwr_constraint=1\n", "ap.conf:6: local_pwr_constraint needs country_code"},
		{WPA2 "channel=1\ncountry_code=DE\nspectrum_mgmt_required=1\n",
		 "ap.conf:7: spectrum_mgmt_required needs local_pwr_constraint and country_code"},
		{WPA2 "channel=1\nvendor_elements=dd0511\n",
		 "ap.conf:6: vendor_elements and assocresp_elements must be whole elements"},
		{WPA2 "ieee80211h=1\n", "ap.conf:5: ieee80211h needs country_code"},
		{"hw_mode=n\n", "hw_mode must be one of a, b, g, any"},
		{WPA2 "hw_mode=g\nchannel=36\n", "ap.conf:6: no channel 36 in the 2.4 GHz band (hw_mode=g)"},
		{WPA2 "channel=37\nhw_mode=a\n", "ap.conf:5: no channel 37 in the 5 GHz band"},
		{"ssid=x\n", "ap.conf:1: the network has no interface"},
		{"interface=x\n", "the network has no name"},
		{"interface=x\nssid=x\nbss=y\nwpa=2\n", "ap.conf:3: the network has no name"},
		{"interface=x\nssid=x\nbss=x\nssid=y\n", "ap.conf:3: two networks have the same interface"},
		{"interface=x\nssid=x\nwpa=2\n", "ap.conf:3: wpa needs wpa_passphrase"},
		{"interface=x\nssid=x\nwpa_passphrase=password\n",
		 "ap.conf:3: the network has a passphrase or key, but would be open without wpa=2"},
		{"wpa_passphrase=1234567\n", "ap.conf:1: the passphrase has 7 characters; it must have 8 to 63"},
		{"wpa_passphrase=0123456789012345678901234567890123456789012345678901234567890123\n",
		 "ap.conf:1: the passphrase has 64 characters; it must have 8 to 63 (64 hexadecimal digits are a key"},
		{"wpa_passphrase=pass\x07word\n", "character 5 of the passphrase is a control character"},
		{"wpa_psk=0123\n", "the key has 4 characters; it must have 64 hexadecimal digits"},
		{"wpa=4\n", "wpa must be a number from 0 to 3, not 4"},
		{WPA2 "wpa_key_mgmt=FT-EAP\n", "ap.conf:5: wpa_key_mgmt=FT-EAP is not supported; use"},
		{WPA2 "wpa_key_mgmt=FT-PSK\n",
		 "ap.conf:1: FT-PSK, FT-SAE and FT-SAE-EXT-KEY need nas_identifier with 1 to 48 bytes"},
		{WPA2 "r0kh=02:00:00:00:03:00 nas1\n", "ap.conf:5: r0kh and r1kh must be ADDRESS ID KEY"},
		{WPA2 "supported_rates=fast\n", "ap.conf:5: supported_rates and basic_rates must be rates"},
		{"ctrl_interface=" LONG LONG LONG "\n",
		 "ap.conf:1: ctrl_interface and ctrl_interface_group have at most"},
		{WPA2 "mobility_domain=12\n", "mobility_domain must be 4 hexadecimal digits, not `12`"},
		{WPA2 "r0kh=02:00:00:00:03:00 nas1 0011\n",
		 "the key of r0kh and r1kh must be 64 hexadecimal digits (or 32)"},
		{WPA2 "r1kh=02:00:00:00:03:00 nas1 000102030405060708090a0b0c0d0e0f\n",
		 "the identifier of an R1KH must be an address"},
		{WPA2 "wpa_key_mgmt=SAE\nsae_require_mfp=1\n", "ap.conf:6: sae_require_mfp=1 needs ieee80211w=1 or 2"},
		{"interface=x\nssid=x\nwpa=1\nwpa_passphrase=password\nwpa_key_mgmt=WPA-PSK SAE\n",
		 "ap.conf:5: SAE needs WPA2: wpa=2"},
		{"sae_password=|mac=02:00:00:00:00:01\n", "sae_password must have 1 to 128 bytes"},
		{"sae_password=x|mac=02:00\n", "sae_password: |mac= must be a MAC address"},
		{"sae_groups=0 19\n", "sae_groups has none of the supported groups, 19, 20 and 21"},
		{"sae_groups=15 26\n", "sae_groups has none of the supported groups, 19, 20 and 21"},
		{WPA2 "wpa_key_mgmt=WPA-EAP\n",
		 "wpa_key_mgmt=WPA-EAP is not supported; use WPA-PSK, WPA-PSK-SHA256 or SAE"},
		{WPA2 "wpa_key_mgmt=WPA-PKS\n",
		 "unknown word `WPA-PKS` in wpa_key_mgmt; known are WPA-PSK, WPA-PSK-SHA256"},
		{WPA2 "rsn_pairwise=AES\n",
		 "unknown word `AES` in rsn_pairwise; known are CCMP, CCMP-256, GCMP, GCMP-256, TKIP"},
		{WPA2 "wpa=1\nwpa_pairwise=GCMP\n", "ap.conf:6: WPA version 1 supports only TKIP and CCMP"},
		{WPA2 "wpa=1\nwpa_key_mgmt=WPA-PSK-SHA256\n", "ap.conf:6: WPA-PSK-SHA256 needs WPA2"},
		{WPA2 "wpa=1\nieee80211w=1\n", "ap.conf:6: ieee80211w needs wpa=2"},
		{WPA2 "wpa_pairwise=TKIP\nieee80211w=2\n", "ap.conf:6: WPA version 1 and TKIP have no PMF"},
		{WPA2 "group_mgmt_cipher=CCMP\n", "unknown word `CCMP` in group_mgmt_cipher; known are AES-128-CMAC"},
		{WPA2 "group_cipher=CCMP TKIP\n", "group_cipher names several ciphers; it must be one"},
		{WPA2 "wep_key0=1234567890\n", "ap.conf:3: wpa and wep_key0 exclude each other"},
		{"wep_key0=12345\n", "ap.conf:1: a WEP key must be 10 or 26 hexadecimal digits"},
		{"interface=x\nssid=x\nwep_key1=\"abcde\"\n", "only wep_key0 is supported, and it is missing"},
		{"interface=x\nssid=x\nwep_key0=\"abcde\"\nwep_default_key=1\n",
		 "ap.conf:4: only wep_key0 is supported: set wep_default_key=0"},
		{WPA2 "auth_algs=2\n", "ap.conf:5: shared-key authentication"},
		{WPA2 "macaddr_acl=2\n", "RADIUS"},
		{WPA2 "ieee8021x=1\n", "802.1X is not supported"},
		{WPA2 "country_code=de\n", "country_code must be two capital letters"},
		{WPA2 "hw_mode=a\nchannel=149\nop_class=131\n", "ap.conf:7: the 6 GHz band needs ieee80211ax=1"},
		{WPA2 "hw_mode=a\nchannel=149\nop_class=131\nieee80211ax=1\n",
		 "the 6 GHz band has WPA3 and Enhanced Open only"},
		{WPA2 "hw_mode=a\nchannel=149\nop_class=135\n",
		 "ap.conf:7: channels of 80+80 and 320 MHz (op_class 135 and 137)"},
		{WPA2 "he_su_beamformer=2\n", "he_su_beamformer and its like must be 0 or 1"},
		{WPA2 "he_spr_srg_bss_colors=1 64\n", "he_spr_srg_… must be numbers from 0 to 63"},
		{WPA2 "tx_queue_data1_aifs=256\n", "tx_queue_data…_aifs must be a number from 0 to 255"},
		{WPA2 "tx_queue_data1_cwmax=16\n", "tx_queue_data…_cwmax must be one of 1, 3, 7"},
		{WPA2 "tx_queue_data1_burst=2100\n", "tx_queue_data…_burst must be milliseconds"},
		{WPA2 "country3=outdoors\n", "country3 must be a hexadecimal number of one byte"},
		{WPA2 "fragm_threshold=100\n", "fragm_threshold must be a number from 256 to 2346"},
		{WPA2 "bssid=01:00:00:00:00:00\n", "bssid must be an individual MAC address"},
		{SIX("a") SIX("b") SIX("c") SIX("d"), "ap.conf:24: too many networks; a radio has at most 24"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (parse(rows[i].text))
			fail_msg("accepted: %s", rows[i].text);
		if (!strstr(error.text, rows[i].message))
			fail_msg("`%s` is not in: %s", rows[i].message, error.text);
	}
}

static void values_are_read_as_in_hostapd(void **state)
{
	static const struct {
		const char *line;
		size_t warnings;
		bool stock_refuses;
	} rows[] = {
		{"wme_enabled=0\nwme_ac_be_aifs=5\n", 0, false},
		{"auth_algs=-1\n", 1, false},
		{"ap_max_inactivity=-1\nwpa_group_rekey=-1\nwpa_ptk_rekey=-1\n", 3, false},
		{"bridge=\n", 0, false},
		{"macaddr_acl=1\n", 1, false},
		{"skip_inactivity_poll=-1\nmulticast_to_unicast=1\n", 0, false},
		{"ieee80211w=3\n", 1, false},
		{"channel= 6 # comment\n", 0, false},
		{"hw_mode=g # comment\n", 1, true},
		{"  channel=6\n", 1, true},
		{"channel=6\r\n", 0, false},
		{"hw_mode=g\r\nssid=b\r\n", 1, true},
		{"ieee80211n=1\nht_capab=[DSSS_CK-40][SHORT-GI-20]\n", 1, false},
		{"ieee80211n=1\nht_capab=[HT40+][HT40-]\n", 0, false},
		{"driver=rtl871xdrv\n", 1, true},
		{"driver=wired\n", 1, false},
		{"driver=nl80211\ndriver=none\n", 0, false},
		{"driver=air\n", 0, true},
		{"ap_max_inactivity=4294967295\nap_max_inactivity=100000\n", 0, false},
		{"ap_max_inactivity=-5\n", 1, false},
		{"vht_oper_chwidth=3\nhe_oper_chwidth=3\n", 2, false},
		{"vht_oper_chwidth=1 # 80 MHz\n", 0, false},
		{"eap_server=1\ntx_queue_data0_aifs=1\nown_ip_addr=127.0.0.1\ntx_queue_data4_aifs=1\n", 2, false},
		{"peerkey=1\ntime_zone=EST5\ndebug=0\nradio_measurements=1\n", 4, false},
		{"ieee80211be=1\n", 1, true},
		{"noscan=1\n", 1, true},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), WPA2 "%s", rows[i].line);
		first_bss(text);
		assert_int_equal(conf.warnings.count, rows[i].warnings);
		assert_int_equal(conf.warnings.stock_refuses, rows[i].stock_refuses);
	}
	first_bss(WPA2
		  "wme_enabled=0\nauth_algs=-1\nap_max_inactivity=-1\nwpa_group_rekey=-1\nieee80211w=3\nbridge=br0\n"
		  "bridge=\n");
	assert_false(conf.bss[0].wmm || conf.bss[0].bridge[0] || conf.bss[0].inactivity_s || conf.bss[0].group_rekey_s);
	assert_int_equal(conf.bss[0].auth_algs, 3);
	assert_int_equal(conf.bss[0].pmf, 1);
	first_bss(WPA2 "eap_server=1\nown_ip_addr=127.0.0.1\nradius_client_addr=127.0.0.1\n");
	assert_string_equal(
		conf.warnings.list[0].text,
		"ap.conf:5: `eap_server`, `own_ip_addr`, `radius_client_addr` have no effect: only 802.1X and "
		"RADIUS need that");
	first_bss(WPA2 "driver=nl80211\nap_max_inactivity=100000\nvht_oper_chwidth=3\nhe_oper_chwidth=2\n");
	assert_string_equal(conf.radio.driver, "nl80211");
	assert_int_equal(conf.bss[0].inactivity_s, 100000);
	assert_int_equal(conf.radio.phy.vht_width, 1); /* 80 instead of 80+80 MHz */
	assert_int_equal(conf.radio.phy.he_width, 2);
	/* Blanks belong to these values. */
	first_bss("interface=a\nssid= b \n");
	assert_int_equal(conf.bss[0].ssid.len, 3);
	assert_false(parse("interface=a\nssid=b\nwpa_passphrase=password\n"));
	assert_true(conf.warnings.stock_accepts);
}

/* As hostapd has them from atoi(), where the text has digits. */
static void numbers_are_read_as_in_hostapd(void **state)
{
	(void)state;
	first_bss(
		"interface=a\nssid=b\nap_isolate=2\ndtim_period=3 beacons\nhe_bss_color=130\nreassociation_deadline=0\n"
		"channel=Auto\nieee80211ac=1\nnas_identifier=ap # 1\n");
	assert_int_equal(conf.warnings.count, 6);
	assert_false(conf.warnings.stock_refuses);
	assert_true(conf.bss[0].ap_isolate && conf.radio.choice.automatic && !conf.radio.phy.ac);
	assert_int_equal(conf.radio.dtim_period, 3);
	assert_int_equal(conf.radio.phy.he.bss_color, 2);
	assert_int_equal(conf.bss[0].ft.deadline_tu, 1000);
	assert_string_equal(conf.bss[0].ft.nas_identifier, "ap # 1");
	assert_false(parse("interface=a\nssid=b\nap_isolate=yes\n"));
	assert_non_null(strstr(error.text, "which hostapd reads as 0"));
	assert_true(conf.warnings.stock_accepts);
	assert_false(parse("interface=a\nssid=b\nap_isolate=yes\nsid=c\n"));
	assert_non_null(strstr(error.text, "ap.conf:3: "));
	assert_false(conf.warnings.stock_accepts);
	assert_false(parse("interface=a\nssid=b\nbeacon_int=0x64\n"));
	assert_false(conf.warnings.stock_accepts);
	first_bss("interface=a\nssid=b\nwpa_group_update_count=3 times\n # comment\n");
	assert_true(conf.warnings.stock_refuses);
}

/* The PMK is the first PBKDF2 vector of IEEE 802.11-2016 J.4.2. */
static void ap_setup_follows_file(void **state)
{
	static const uint8_t pmk[] = {0xf4, 0x2c, 0x6f, 0xc5, 0x2d, 0xf0, 0xeb, 0xef, 0x9e, 0xbb, 0x4b,
				      0x90, 0xb3, 0x8a, 0x5f, 0x90, 0x2e, 0x83, 0xfe, 0x1b, 0x13, 0x5a,
				      0x70, 0xe2, 0x3a, 0xed, 0x76, 0x2e, 0x97, 0x10, 0xa1, 0x2e};
	struct crypto *crypto = crypto_new();
	struct ap_setup setup;

	(void)state;
	first_bss("interface=wlan0\nssid=IEEE\nwpa=2\nwpa_passphrase=password\nbssid=02:00:00:00:00:09\nieee80211w="
		  "2\nchannel=11\n"
		  "bss=wlan1\nssid=open\n");
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.freq_mhz, 2462);
	assert_true(setup.dsss_rates);
	assert_int_equal(setup.bss_count, 2);
	assert_true(setup.bss[0].rsn);
	assert_false(setup.bss[0].wpa);
	assert_int_equal(setup.bss[0].psk_count, 1);
	assert_memory_equal(setup.bss[0].psks[0].pmk, pmk, sizeof(pmk));
	assert_string_equal(conf.bss[0].passphrase.passphrase, ""); /* wiped */
	assert_int_equal(setup.bss[0].group, CIPHER_CCMP_128);
	assert_int_equal(setup.bss[0].group_mgmt, CIPHER_BIP_CMAC_128);
	assert_int_equal(setup.bss[0].bssid[5], 9);
	assert_int_equal(setup.bss[0].wep, CIPHER_NONE);
	assert_false(setup.bss[1].rsn);
	assert_int_equal(setup.bss[1].psk_count, 0);
	crypto_free(crypto);
}

static void the_choice_of_a_channel_is_read(void **state)
{
	const struct nl80211_ap_choice *choice = &conf.radio.choice;

	(void)state;
	first_bss(WPA2 "channel=acs_survey\nhw_mode=a\nacs_num_scans=2\nacs_exclude_dfs=1\nchanlist=36 100-140\n"
		       "freqlist=5180,5500-5700\nacs_chan_bias=36:0.5 40:2 44:1.25\nmin_tx_power=14\n");
	assert_true(choice->automatic && choice->exclude_dfs && choice->band_5ghz && !choice->band_2ghz);
	assert_int_equal(choice->scans, 2);
	assert_int_equal(choice->min_power_dbm, 14);
	assert_int_equal(choice->channels.count, 2);
	assert_int_equal(choice->channels.list[1].first, 100);
	assert_int_equal(choice->channels.list[1].last, 140);
	assert_int_equal(choice->freqs.list[0].last, 5180);
	assert_int_equal(choice->freqs.list[1].first, 5500);
	assert_int_equal(choice->bias_count, 3);
	assert_int_equal(choice->biases[0].permille, 500);
	assert_int_equal(choice->biases[1].permille, 2000);
	assert_int_equal(choice->biases[2].permille, 1250);
	assert_int_equal(conf.warnings.count, 0);
	first_bss(WPA2 "hw_mode=any\n");
	assert_true(choice->automatic && choice->band_5ghz && choice->band_2ghz);
	assert_int_equal(conf.freq_mhz, 2412); /* on a medium */
	assert_int_equal(conf.radio.power_constraint_db, -1);
	first_bss(WPA2 "channel=1\ncountry_code=DE\nieee80211h=1\n");
	assert_true(!choice->automatic && choice->band_2ghz);
	assert_int_equal(conf.radio.power_constraint_db, 3);
	assert_int_equal(conf.radio.environment, 0);
	first_bss(WPA2
		  "channel=1\ncountry_code=DE\ncountry3=0x4f\nieee80211d=1\nieee80211h=1\nlocal_pwr_constraint=0\n");
	assert_int_equal(conf.radio.environment, AP_OUTDOORS);
	assert_int_equal(conf.warnings.count, 0);
	assert_int_equal(conf.radio.power_constraint_db, 0);
}

static void channels_map_to_frequencies(void **state)
{
	(void)state;
	assert_int_equal(hostapd_channel_freq(false, 1), 2412);
	assert_int_equal(hostapd_channel_freq(false, 13), 2472);
	assert_int_equal(hostapd_channel_freq(false, 14), 2484);
	assert_int_equal(hostapd_channel_freq(false, 15), 0);
	assert_int_equal(hostapd_channel_freq(true, 36), 5180);
	assert_int_equal(hostapd_channel_freq(true, 64), 5320);
	assert_int_equal(hostapd_channel_freq(true, 68), 0);
	assert_int_equal(hostapd_channel_freq(true, 144), 5720);
	assert_int_equal(hostapd_channel_freq(true, 165), 5825);
	assert_int_equal(hostapd_channel_freq(true, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(typical_file_is_read, tear_down),
		cmocka_unit_test_teardown(keys_of_802_11n_and_later_are_read, tear_down),
		cmocka_unit_test_teardown(either_half_may_be_the_secondary_channel, tear_down),
		cmocka_unit_test_teardown(keys_of_preambles_and_coexistence_are_read, tear_down),
		cmocka_unit_test_teardown(multiple_bss_on_one_radio, tear_down),
		cmocka_unit_test_teardown(errors_name_file_and_line, tear_down),
		cmocka_unit_test_teardown(values_are_read_as_in_hostapd, tear_down),
		cmocka_unit_test_teardown(numbers_are_read_as_in_hostapd, tear_down),
		cmocka_unit_test_teardown(ap_setup_follows_file, tear_down),
		cmocka_unit_test(channels_map_to_frequencies),
		cmocka_unit_test(the_choice_of_a_channel_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

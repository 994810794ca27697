/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What wpa_supplicant 2.10 takes as values; tests/interop/test_file_values.py asks it. */
#include "unit.h"

#include "conf/ignored.h"
#include "conf/wpa_conf.h"
#include "conf/wpa_stock.h"

static struct wpa_conf conf;
static struct error error;

static void each_kind_of_value_has_a_form(void **state)
{
	static const struct {
		const char *key;
		enum wpa_place place;
		const char *takes[8], *refuses[8];
	} rows[] = {
		{"eapol_version", WPA_OUTSIDE, {"1", "3", "0x2", " 1", "4294967297"}, {"0", "4", "1x", "yes", ""}},
		{"p2p_intra_bss", WPA_OUTSIDE, {"0", "1", "-1", ""}, {"2", "true", "1 1"}},
		{"filter_rssi", WPA_OUTSIDE, {"-100", "0", "5"}, {"-101"}},
		{"fast_reauth", WPA_OUTSIDE, {"7", "-7", "010", "99999999999999999999"}, {"x", "08"}},
		{"device_name",
		 WPA_OUTSIDE,
		 {"", " x", "12345678901234567890123456789012"},
		 {"123456789012345678901234567890123"}},
		{"fst_llt", WPA_OUTSIDE, {"1", "1073741823"}, {"0", "1073741824"}},
		{"opensc_engine_path", WPA_OUTSIDE, {"/dev/null"}, {"/nonexistent", ""}},
		{"fst_group_id", WPA_OUTSIDE, {"x"}, {"", "12345678901234567"}},
		{"hessid",
		 WPA_OUTSIDE,
		 {"02:00:00:00:00:01", "020000000001", "0200.0000.0001x"},
		 {"2:0:0:0:0:1", "", "any"}},
		{"uuid",
		 WPA_OUTSIDE,
		 {"12345678-9abc-def0-1234-56789abcdef0 x"},
		 {"12345678-9abc-def0-1234-56789abcdef", ""}},
		{"device_type", WPA_OUTSIDE, {"1-0050F204-1", "x-0050F204-"}, {"1-0050F204", "1-0050F2-1", ""}},
		{"os_version", WPA_OUTSIDE, {"01020300", "01020300x"}, {"0102030", ""}},
		{"ip_addr_go", WPA_OUTSIDE, {"192.168.1.1", "127.1", "0x7f.1", "1"}, {"192.168.1.256", "::1", "x", ""}},
		{"ap_vendor_elements", WPA_OUTSIDE, {"", "dd00"}, {"dd0", "x"}},
		{"wps_vendor_ext_m1", WPA_OUTSIDE, {"00", "000"}, {"", "0", "x0"}},
		{"p2p_pref_chan", WPA_OUTSIDE, {"", "81:1", "81:1,81:6", "81:1,", ":"}, {"81", "81:1,81"}},
		{"config_methods", WPA_OUTSIDE, {"label", "x", ""}, {"label display"}},
		{"dot11RSNAConfigPMKReauthThreshold", WPA_OUTSIDE, {"0", "100", ""}, {"101", "-1"}},
		{"bgscan", WPA_OUTSIDE, {"\"x\"", "", "6162"}, {"x", "NULL"}},
		{"wmm_ac_be_aifs", WPA_OUTSIDE, {"1", "255x"}, {"", "0", "256"}},
		{"country", WPA_OUTSIDE, {"DE", " D", "de"}, {"", "D"}},
		{"identity",
		 WPA_IN_NETWORK,
		 {"\"x\"", "P\"x\"", "6162", "", "NULL", "\"x\"y\""},
		 {"x", "616", "\"x\"y", "\"x", " \"x\""}},
		{"roaming_consortium_selection", WPA_IN_NETWORK, {"112233", "\"x\""}, {"\"1234567890123456\""}},
		{"ssid",
		 WPA_IN_NETWORK,
		 {"P\"\\x41\\\"", "NULL", ""},
		 {"home", "\"123456789012345678901234567890123\""}},
		{"psk", WPA_IN_NETWORK, {"\"correct horse\"x"}, {"\"1234567\"", "\"with\ttabulator\"", "ext:x", ""}},
		{"password",
		 WPA_IN_NETWORK,
		 {"hash:0123456789abcdef0123456789abcdef", "\"x\"", "NULL"},
		 {"hash:", "ext:x"}},
		{"wep_key1", WPA_IN_NETWORK, {"\"x\"", "", "0123456789"}, {"\"12345678901234567\"", "NULL", "x"}},
		{"bssid_hint",
		 WPA_IN_NETWORK,
		 {"any", "\"\"", "", "02:00:00:00:00:01 x"},
		 {"02-00-00-00-00-01", " any"}},
		{"bssid_ignore",
		 WPA_IN_NETWORK,
		 {"", " 02:00:00:00:00:01", "02:00:00:00:00:01\tx"},
		 {"02:00:00:00:00:01 x", "02:00:00:00:00:01x"}},
		{"p2p_client_list",
		 WPA_IN_NETWORK,
		 {"", "02:00:00:00:00:01 x"},
		 {"x", "02:00:00:00:00:01/ff:ff:ff:ff:ff:ff"}},
		{"proto", WPA_IN_NETWORK, {"OSEN", " RSN\tWPA"}, {"", "rsn", "RSN,WPA"}},
		{"group", WPA_IN_NETWORK, {"WEP40", "GTK_NOT_USED", "CCMP"}, {"NONE", "AES-128-CMAC", ""}},
		{"key_mgmt", WPA_IN_NETWORK, {"DPP", "WPA-PSK SAE"}, {"SAE-EXT-KEY", "WPA-PSK,SAE"}},
		{"eap", WPA_IN_NETWORK, {"", "PEAP TTLS"}, {"peap"}},
		{"macsec_port", WPA_IN_NETWORK, {"0", "1", "65534"}, {"65535", "-1"}},
		{"edmg_channel", WPA_IN_NETWORK, {"0", "9", "13"}, {"8", "14"}},
		{"ieee80211w", WPA_IN_NETWORK, {"0", "3", "-1"}, {"4"}},
		{"ocv", WPA_IN_NETWORK, {"0", "1"}, {"-1", "2"}},
		{"mka_cak", WPA_IN_NETWORK, {"0123456789abcdef0123456789abcdef"}, {"00", ""}},
		{"peerkey", WPA_IN_NETWORK, {"", "x"}, {"\"x"}},
		{"realm", WPA_IN_CRED, {"\"x\"", "6162", ""}, {"x", "NULL", "\"x"}},
		{"password", WPA_IN_CRED, {"\"x\"", "ext:x"}, {"x", "hash:00"}},
		{"excluded_ssid",
		 WPA_IN_CRED,
		 {"\"12345678901234567890123456789012\""},
		 {"\"123456789012345678901234567890123\""}},
		{"roaming_consortium", WPA_IN_CRED, {"112233", "\"xyz\""}, {"1122", "", "NULL"}},
		{"roaming_consortiums",
		 WPA_IN_CRED,
		 {"\"0011,22\"", "\"0011,\"", ""},
		 {"\",0011\"", "\"001\"", "\"00 11\""}},
		{"roaming_partner",
		 WPA_IN_CRED,
		 {"\"example.com,1,1,*\"", "\"x,y,z,\""},
		 {"\"x,1,1,USA\"", "\"x,1,1\"", "x,1,1,US"}},
		{"eap", WPA_IN_CRED, {"PEAP", "WSC"}, {"peap", " PEAP", "TEAP", ""}},
		{"sp_priority", WPA_IN_CRED, {"0", "255", "x"}, {"256", "-1"}},
		{"priority", WPA_IN_CRED, {"x", "-1", ""}, {"\"1"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(wpa_stock_knows(rows[i].place, rows[i].key));
		for (size_t k = 0; k < 8 && rows[i].takes[k]; k++)
			if (!wpa_stock_takes(rows[i].place, rows[i].key, rows[i].takes[k], &error))
				fail_msg("%s=%s: %s", rows[i].key, rows[i].takes[k], error.text);
		for (size_t k = 0; k < 8 && rows[i].refuses[k]; k++)
			if (wpa_stock_takes(rows[i].place, rows[i].key, rows[i].refuses[k], &error))
				fail_msg("%s=%s is taken", rows[i].key, rows[i].refuses[k]);
	}
}

/* Whether vifi would start with a line of a block with a psk, and whether wpa_supplicant would. */
static void lines_have_a_verdict(void **state)
{
	static const struct {
		const char *line;
		bool accepted, stock;
	} rows[] = {
		{"ieee80211w=3", true, true},
		{"ieee80211w=3\nieee80211w=2", true, true},
		{"ieee80211w=2\nieee80211w=3", true, false},
		{"edmg_channel=9\nedmg_channel=0", true, false},
		{"}\ncred={\npriority=1\nrealm=\"x\"", true, true},
		{"}\ncred={\nrealm=x", true, false},
		{"}\ncred={\nunknown=1", true, false},
		{"}\ncred={\npriority", true, false},
		{"}\ncred={\npriority = 1", true, false},
		{"scan_ssid=yes", false, false},
		{"scan_ssid=-1", true, true},
		{"scan_ssid=4294967297", true, true},
		{"scan_ssid=2", false, false},
		{"ocv=-1", false, false},
		{"priority=99999999999", true, true},
		{"proactive_key_caching=2", false, false},
		{"proactive_key_caching=-1", true, true},
		{"id_str=6162", true, true},
		{"id_str=x", false, false},
		{"bssid=02:00:00:00:00:01 x", true, true},
		{"bssid_accept=02:00:00:00:00:01/ff:ff:ff:00:00:00x", true, true},
		{"proto=OSEN", true, true},
		{"group=WEP40", true, true},
		{"pairwise=NONE CCMP", true, true},
		{"wep_key0=12", true, true},
		{"sae_password=\"x\"y", false, false},
		{"sae_password=P\"x\"", true, true},
		{"ht_x=1", true, false},
		{"identity= \"x\"", true, false},
		{"mode=5", true, false},
		{"ocv=1\nieee80211w=0", true, false},
		{"ieee80211w=0\nocv=1", true, true},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool accepted;

		snprintf(text, sizeof(text), "network={\nssid=\"a\"\npsk=\"password\"\n%s\n}\n", rows[i].line);
		accepted = wpa_conf_parse(&conf, text, "sta.conf", &error);
		if (accepted != rows[i].accepted ||
		    (!conf.warnings.stock_refuses && (accepted || conf.warnings.stock_accepts)) != rows[i].stock)
			fail_msg("%s", rows[i].line);
		wpa_conf_free(&conf);
	}
}

static void blocks_of_no_use_are_skipped(void **state)
{
	static const char *const lines[] = {"proto=OSEN", "pairwise=NONE", "group=WEP40 GTK_NOT_USED",
					    "key_mgmt=NONE\nwep_key0=\"sixteen letters!\""};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		bool open = strstr(lines[i], "NONE\n");

		snprintf(text, sizeof(text), "network={\nssid=\"a\"\n%s%s\n}\n", open ? "" : "psk=\"password\"\n",
			 lines[i]);
		assert_true(wpa_conf_parse(&conf, text, "sta.conf", &error));
		assert_int_equal(conf.count, 0);
		assert_non_null(strstr(conf.warnings.list[0].text, "this network is skipped: "));
		assert_false(conf.warnings.stock_refuses);
		wpa_conf_free(&conf);
	}
}

/* What wpa_supplicant says is part of the remark. */
static void remark_says_what_the_value_must_be(void **state)
{
	(void)state;
	assert_true(wpa_conf_parse(&conf, "eapol_version=4\n", "sta.conf", &error));
	assert_int_equal(conf.warnings.count, 2);
	assert_string_equal(
		conf.warnings.list[1].text,
		"sta.conf:1: wpa_supplicant refuses the value of `eapol_version`: it must be a number from 1 to 3");
	wpa_conf_free(&conf);
	assert_false(wpa_conf_parse(&conf, "passive_scan=yes\n", "sta.conf", &error));
	assert_string_equal(error.text, "sta.conf:1: passive_scan must be 0 or 1, not `yes`");
	wpa_conf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_value_has_a_form),
		cmocka_unit_test(lines_have_a_verdict),
		cmocka_unit_test(blocks_of_no_use_are_skipped),
		cmocka_unit_test(remark_says_what_the_value_must_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

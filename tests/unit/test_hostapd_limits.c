/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hostapd 2.10 takes as values; tests/interop/test_file_values.py asks it. */
#include "hostapd_parse.h"

#include "conf/hostapd_limits.h"

#include <stdio.h>
#include <string.h>

static void values_of_ignored_keys_have_limits(void **state)
{
	static const struct {
		const char *key, *takes[6], *refuses[6];
	} rows[] = {
		{"eapol_version", {"1", "2", "2x", "4294967297"}, {"0", "3", "", "x", "-1"}},
		{"multi_ap", {"0", "3", "", "x"}, {"4", "-1", "99999999999999999999"}},
		{"assoc_sa_query_max_timeout", {"1", "-1"}, {"0", "", "x", "4294967296"}},
		{"fst_priority", {"1", "255", "0x10"}, {"0", "256", "1x", "", "1 "}},
		{"device_name", {"", "12345678901234567890123456789012"}, {"123456789012345678901234567890123"}},
		{"check_cert_subject", {"x"}, {""}},
		{"ext_capa", {"", "00ff"}, {"0", "0x", "00112233445566778899aabbccddeeff"}},
		{"os_version", {"01020300", "01020300xx"}, {"010203", "x", ""}},
		{"own_ip_addr", {"127.0.0.1", "127.1", "1", "::1"}, {"", "x", "1.2.3.4.5", "-1"}},
		{"hessid", {"02:00:00:00:00:01", "02:00:00:00:00:01 x"}, {"", "02-00-00-00-00-01", "02:00"}},
		{"uuid", {"12345678-9abc-def0-1234-56789abcdef0"}, {"", "12345678-9abc"}},
		{"device_type", {"1-0050F204-1", "x-0050F204-"}, {"", "1-0050F2-1", "1-0050F204"}},
		{"beacon_rate", {"10", "10000", "ht:31", "vht:9", "he:"}, {"9", "ht:32", "vht:10", "he:-1", "x"}},
		{"venue_name", {"eng:Hall", "P\"eng:Hall\""}, {"Hall", "e:Hall", "engl:Hall", "\"eng:Hall"}},
		{"nai_realm", {"0,a;b,13[5:6],21[2:4][5:7]", "0,"}, {"0", "0,a,13[5", "0,a,1,2,3,4,5,6"}},
		{"anqp_3gpp_cell_net", {"", "244,91", "244,91;310,026;"}, {"244", "244,9", "24,91", "x"}},
		{"qos_map_set", {"53,2,22,6,8,15,0,7,255,255,16,31,32,39,255,255,40,47"}, {"", "0,1", "53,256"}},
		{"hs20_icon", {"32:32:eng:image/png:icon32:/tmp/icon32.png"}, {"", "32:32:engl:a:b:c", "1:2:3:4:5"}},
		{"hs20_wan_metrics", {"01:8000:1000:80:240:3000"}, {"1:2", "01", "x:1:2:3:4:5"}},
		{"radius_auth_req_attr", {"126", "126:s:x", "126:d:1", "126:x:00"}, {"126:", "126:y:1", "126:x:0"}},
		{"dpp_controller", {NULL}, {"", "ipaddr=127.0.0.1 pkhash=00", "pkhash=x"}},
		{"ignore_auth_probability", {"", "0.5", "1"}, {"2", "-1", "x", "0.5 "}},
		{"anything else", {"", "x"}, {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t k = 0; k < 6 && rows[i].takes[k]; k++)
			if (hostapd_limits_fault(rows[i].key, rows[i].takes[k]))
				fail_msg("%s=%s is refused", rows[i].key, rows[i].takes[k]);
		for (size_t k = 0; k < 6 && rows[i].refuses[k]; k++)
			if (!hostapd_limits_fault(rows[i].key, rows[i].refuses[k]))
				fail_msg("%s=%s is taken", rows[i].key, rows[i].refuses[k]);
	}
}

/* Of lines that are right by themselves. */
static void lines_depend_on_others(void **state)
{
	static const struct {
		const char *lines;
		bool accepted, stock_accepts;
	} rows[] = {
		{"auth_server_addr=127.0.0.1\nauth_server_port=1812\n", true, true},
		{"auth_server_port=1812\nauth_server_addr=127.0.0.1\n", true, false},
		{"auth_server_addr=127.0.0.1\nbss=wlan1\nssid=b\nauth_server_port=1\n", true, false},
		{"osu_server_uri=x\nosu_nai=x\n", true, true},
		{"osu_nai=x\n", true, false},
		{"ieee8021x=1\n", false, false},
		{"ctrl_interface_group=\n", true, false},
		{"multi_ap=4\n", false, false},
		{"ap_isolate=yes\nspectrum_mgmt_required=1\n", false, false},
		{"ieee80211d=1\nap_isolate=yes\n", false, false},
		{"ieee80211d=1\nap_isolate=yes\ncountry_code=DE\n", false, true},
		{"ap_isolate=yes\nbss=wlan1\nssid=b\nwpa=2\nwpa_key_mgmt=WPA-PSK\n", false, false},
		{"ieee8021x=1\neap_server=1\n", false, true},
		{"ieee8021x=1\nauth_server_addr=127.0.0.1\n", false, true},
		{"mbo=1\n", true, false},
		{"mbo=1\nieee80211w=1\n", true, true},
		{"wep_key_len_unicast=5\n", true, false},
		{"country_code=DE\nieee80211h=1\n", true, false},
		{"country_code=DE\nieee80211d=1\nieee80211h=1\n", true, true},
		{"unsol_bcast_probe_resp_interval=20\n", true, false},
		{"unsol_bcast_probe_resp_interval=20\nfils_discovery_min_interval=0\n", true, true},
		{"wmm_ac_be_cwmin=11\n", true, false},
		{"wmm_ac_be_cwmin=11\nwmm_ac_be_cwmax=12\n", true, true},
		{"fragm_threshold=0\n", true, false},
		{"ap_isolate=4294967296\nmax_num_sta=4294967296\n", false, true},
		{"rts_threshold=x\n", false, true},
		{"vendor_elements=abcd\n", false, true},
		{"vendor_elements=abc\n", false, false},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool accepted, stock;

		snprintf(text, sizeof(text), WPA2 "%s", rows[i].lines);
		accepted = parse(text);
		stock = !conf.warnings.stock_refuses && (accepted || conf.warnings.stock_accepts);
		if (accepted != rows[i].accepted || stock != rows[i].stock_accepts)
			fail_msg("%s: accepted %d, by hostapd %d", rows[i].lines, accepted, stock);
	}
}

static void secret_values_are_not_shown(void **state)
{
	(void)state;
	first_bss(WPA2 "dpp_netaccesskey=biscotte0\nradius_das_client=biscotte0\n");
	assert_true(conf.warnings.stock_refuses);
	for (size_t i = 0; i < conf.warnings.count; i++)
		assert_null(strstr(conf.warnings.list[i].text, "biscotte0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(values_of_ignored_keys_have_limits, tear_down),
		cmocka_unit_test_teardown(lines_depend_on_others, tear_down),
		cmocka_unit_test_teardown(secret_values_are_not_shown, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

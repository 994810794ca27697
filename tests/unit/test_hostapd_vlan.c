/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLANs in hostapd.conf and its files. */
#include "unit.h"

#include "conf/hostapd_conf.h"

#include <stdlib.h>
#include <string.h>

static void lines_of_vlan_file_are_read(void **state)
{
	struct hostapd_vlans vlans = {0};
	struct error error;

	(void)state;
	assert_true(hostapd_vlans_parse(&vlans, "# comment\n\n5 wlan0.five br5\n 7\twlan0.7 # seven\n* wlan0.#\n",
					"vlans", &error));
	assert_int_equal(vlans.count, 3);
	assert_int_equal(vlans.list[0].id, 5);
	assert_string_equal(vlans.list[0].name, "wlan0.five");
	assert_string_equal(vlans.list[0].bridge, "br5");
	assert_string_equal(vlans.list[1].bridge, "");
	assert_int_equal(vlans.list[2].id, 0);
	free(vlans.list);
}

static void wrong_lines_are_named(void **state)
{
	static const char *const wrong[][2] = {
		{"5\n", "vlans:1: expected ID INTERFACE [BRIDGE]"},
		{"\n0 wlan0.0\n", "vlans:2: a VLAN id must be a number from 1 to 4094, not `0`"},
		{"5x wlan0.0\n", "not `5x`"},
		{"* wlan0\n", "needs a # for the VLAN id"},
		{"5 a\n5 b\n", "vlans:2: a VLAN has two lines"},
		{"5 a-name-that-is-too-long\n", "at most 15 characters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct hostapd_vlans vlans = {0};
		struct error error;

		assert_false(hostapd_vlans_parse(&vlans, wrong[i][0], "vlans", &error));
		assert_non_null(strstr(error.text, wrong[i][1]));
		free(vlans.list);
	}
}

/* A file, and one station in VLAN 5. */
static bool collect(const char *lines, uint32_t dynamic_vlan, struct hostapd_bss *bss, struct error *error)
{
	static uint8_t addrs[1][6] = {{2, 0, 0, 0, 0, 1}};
	static uint16_t vlans[1] = {5};

	*bss = (struct hostapd_bss){.interface = "wlan0", .dynamic_vlan = dynamic_vlan};
	bss->accept = (struct hostapd_addrs){.list = addrs, .vlans = vlans, .count = 1};
	assert_true(hostapd_vlans_parse(&bss->vlans, lines, "vlans", error));
	return hostapd_vlans_collect(bss, error);
}

static void each_vlan_needs_an_interface(void **state)
{
	struct hostapd_bss bss;
	struct error error;

	(void)state;
	assert_false(collect("", 0, &bss, &error));
	assert_non_null(strstr(error.text, "wlan0: VLAN 5 has no interface: add a line `5 wlan0.5` or `* wlan0.#`"));
	assert_false(collect("6 wlan0.6\n", 1, &bss, &error));
	free(bss.vlans.list);
	free(bss.used_vlans);
	assert_true(collect("", 1, &bss, &error));
	assert_int_equal(bss.used_vlan_count, 1);
	assert_false(bss.used_vlans[0].permanent);
	assert_true(hostapd_bss_uses_vlans(&bss));
	free(bss.used_vlans);
	assert_true(collect("5 five\n* wlan0.#\n6 six\n", 0, &bss, &error));
	assert_int_equal(bss.used_vlan_count, 2);
	assert_int_equal(bss.used_vlans[1].id, 6);
	assert_true(bss.used_vlans[0].permanent && bss.used_vlans[1].permanent);
	free(bss.vlans.list);
	free(bss.used_vlans);
}

static void passwords_of_sae_have_vlans(void **state)
{
	struct hostapd_bss bss = {.interface = "wlan0"};
	struct error error;

	(void)state;
	assert_true(hostapd_sae_add(&bss.sae, "secret|vlanid=7|id=office", &error));
	assert_int_equal(bss.sae.list[0].vlan, 7);
	assert_int_equal(bss.sae.list[0].secret.identifier_len, 6);
	assert_false(hostapd_vlans_collect(&bss, &error)); /* not into the main network */
	assert_non_null(strstr(error.text, "VLAN 7 has no interface"));
	bss.dynamic_vlan = 1;
	assert_true(hostapd_vlans_collect(&bss, &error));
	assert_int_equal(bss.used_vlans[0].id, 7);
	assert_false(hostapd_sae_add(&bss.sae, "secret|vlanid=0", &error));
	free(bss.used_vlans);
	free(bss.sae.list);
}

static void keys_are_read_and_vlans_refused_on_the_medium(void **state)
{
	struct hostapd_conf conf;
	struct error error;

	(void)state;
	assert_true(hostapd_conf_parse(&conf,
				       "interface=ap0\nssid=a\nwds_sta=1\nwds_bridge=br1\nvlan_tagged_interface=eth0\n"
				       "vlan_naming=1\nvlan_bridge=brv\ndynamic_vlan=1\n",
				       "ap.conf", &error));
	assert_int_equal(conf.warnings.count, 0);
	assert_true(conf.bss[0].wds);
	assert_string_equal(conf.bss[0].wds_bridge, "br1");
	assert_string_equal(conf.bss[0].vlan_tagged, "eth0");
	assert_string_equal(conf.bss[0].vlan_bridge, "brv");
	assert_int_equal(conf.bss[0].vlan_naming, 1);
	assert_true(hostapd_conf_check_air(&conf, "ap.conf", &error));
	assert_true(hostapd_vlans_parse(&conf.bss[0].vlans, "5 ap0.5\n", "vlans", &error));
	assert_false(hostapd_conf_check_air(&conf, "ap.conf", &error));
	assert_non_null(strstr(error.text, "ap0: VLANs need a Wi-Fi card"));
	hostapd_conf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_vlan_file_are_read),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(each_vlan_needs_an_interface),
		cmocka_unit_test(passwords_of_sae_have_vlans),
		cmocka_unit_test(keys_are_read_and_vlans_refused_on_the_medium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf about keys, passphrases and authentication. */

#include "hostapd_parse.h"

/* TKIP and WEP are used only where the file names them. */
static void legacy_security_must_be_named_in_file(void **state)
{
	static const struct {
		const char *text;
		uint32_t wpa, rsn, group, rekey;
	} rows[] = {
		{"wpa=2\n", 0, BIT(CCMP_128), BIT(CCMP_128), 86400},
		{"wpa=1\n", BIT(TKIP), 0, BIT(TKIP), 600},
		{"wpa=3\n", BIT(TKIP), BIT(CCMP_128), BIT(TKIP), 600},
		{"wpa=1\nwpa_pairwise=CCMP\n", BIT(CCMP_128), 0, BIT(CCMP_128), 86400},
		{"wpa=2\nwpa_pairwise=TKIP\n", 0, BIT(TKIP), BIT(TKIP), 600},
		{"wpa=2\nwpa_pairwise=TKIP CCMP\n", 0, BIT(TKIP) | BIT(CCMP_128), BIT(TKIP), 600},
		{"wpa=3\nwpa_pairwise=TKIP\nrsn_pairwise=CCMP\n", BIT(TKIP), BIT(CCMP_128), BIT(TKIP), 600},
		{"wpa=2\nrsn_pairwise=GCMP-256\n", 0, BIT(GCMP_256), BIT(GCMP_256), 86400},
		{"wpa=2\nrsn_pairwise=GCMP-256 CCMP-256\n", 0, BIT(GCMP_256) | BIT(CCMP_256), BIT(GCMP_256), 86400},
		{"wpa=2\nrsn_pairwise=GCMP-256 CCMP\nwpa_group_rekey=30\n", 0, BIT(GCMP_256) | BIT(CCMP_128),
		 BIT(CCMP_128), 30},
		{"wpa=2\nrsn_pairwise=CCMP\ngroup_cipher=GCMP\n", 0, BIT(CCMP_128), BIT(GCMP_128), 86400},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "interface=a\nssid=b\nwpa_passphrase=password\n%s", rows[i].text);
		struct hostapd_bss *bss = first_bss(text);
		assert_int_equal(bss->wpa_pairwise, rows[i].wpa);
		assert_int_equal(bss->rsn_pairwise, rows[i].rsn);
		assert_int_equal(bss->group, rows[i].group);
		assert_int_equal(bss->group_rekey_s, rows[i].rekey);
	}
}

/* As in hostapd. */
static void last_of_passphrase_and_psk_counts(void **state)
{
	static const char psk[] = "wpa_psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
	char text[300];

	(void)state;
	snprintf(text, sizeof(text), "interface=a\nssid=b\nwpa=2\n%swpa_passphrase=password\n", psk);
	assert_true(first_bss(text)->passphrase.set);
	assert_false(conf.bss[0].psk.set);
	snprintf(text, sizeof(text), "interface=a\nssid=b\nwpa=2\nwpa_passphrase=password\n%s", psk);
	assert_true(first_bss(text)->psk.set);
	assert_false(conf.bss[0].passphrase.set || conf.bss[0].passphrase.passphrase[0]);
}

static void secrets_do_not_appear_in_messages(void **state)
{
	static const char *const texts[] = {
		"wpa_passphrase=Sesame1\n",
		"wpa_psk=Sesame\n",
		"wep_key0=Sesame\n",
		"interface=x\nssid=x\nwpa_passphrase=SesameSesame\n",
		"interface=x\nssid=x\nwpa=2\nsae_password=Sesame\nsae_pwe=4\n",
		"Sesame\n",
		"interface=x\nssid=x\nwpa=2\nwpa_passphrase=SesameSesame\nwpa_key_mgmt=FT-SAE\n",
		"interface=x\nssid=x\nr0kh=02:00:00:00:03:00 nas1 Sesame\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_false(parse(texts[i]));
		assert_null(strstr(error.text, "Sesame"));
		for (size_t k = 0; k < conf.warnings.count; k++)
			assert_null(strstr(conf.warnings.list[k].text, "Sesame"));
	}
}

static void sae_keys_are_read(void **state)
{
	const struct ap_sae_setup *sae;
	struct ap_setup setup;
	struct crypto *crypto = crypto_new();

	(void)state;
	first_bss("interface=wlan0\nssid=test\nwpa=2\nwpa_key_mgmt=SAE\nieee80211w=2\nsae_groups=21 15 19 0 20\n"
		  "sae_password=common\nsae_password=of guests|id=guest\n"
		  "sae_password=of one|mac=02:00:00:00:00:01|vlanid=3|id=a b\n"
		  "sae_anti_clogging_threshold=0\nsae_confirm_immediate=1\ntransition_disable=0x01\n");
	assert_int_equal(conf.bss[0].sae.count, 3);
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	sae = &setup.bss[0].sae;
	assert_int_equal(sae->password_count, 3);
	assert_int_equal(sae->passwords[0].addr[5], 1); /* those of one station come first */
	assert_memory_equal(sae->passwords[0].secret.password, "of one", 6);
	assert_memory_equal(sae->passwords[0].secret.identifier, "a b", 3);
	assert_int_equal(sae->passwords[1].secret.password_len, 6);
	assert_int_equal(sae->passwords[1].secret.identifier_len, 0);
	assert_int_equal(sae->pwe, 2); /* because of the identifiers */
	assert_int_equal(sae->passwords[2].secret.pt_count, 2);
	assert_int_equal(sae->groups[0], 21);
	assert_int_equal(sae->groups[1], 19);
	assert_int_equal(sae->groups[2], 0);
	assert_int_equal(sae->token_threshold, 0);
	assert_int_equal(setup.bss[0].transition_disable, 1);
	assert_int_equal(setup.bss[0].psk_count, 0);
	crypto_free(crypto);
}

/* hostapd starts with a network of SAE that nobody can join yet: passwords can come by the control socket. */
static void sae_may_begin_without_a_password_or_a_group(void **state)
{
	struct ap_setup setup;
	struct crypto *crypto = crypto_new();

	(void)state;
	first_bss("interface=a\nssid=b\nwpa=2\nwpa_key_mgmt=SAE\nieee80211w=2\n");
	assert_int_equal(conf.warnings.count, 1);
	assert_non_null(strstr(conf.warnings.list[0].text, "without sae_password no station can authenticate"));
	first_bss(WPA2 "wpa_key_mgmt=SAE\nieee80211w=2\nsae_password_psk=1\nsae_groups=0\nsae_pwe=3\n");
	assert_int_equal(conf.warnings.count, 3); /* one: hostapd 2.10 does not know sae_password_psk */
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.bss[0].sae.password_count, 0);
	assert_int_equal(setup.bss[0].sae.groups[0], 0);
	assert_int_equal(setup.bss[0].sae.pwe, 0);
	first_bss(WPA2 "wpa_key_mgmt=SAE\nieee80211w=2\nsae_groups=0\nsae_groups=20\nsae_password=x|id=y\nsae_pwe=3\n");
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.bss[0].sae.groups[0], 20);
	assert_int_equal(setup.bss[0].sae.pwe, 0); /* in spite of the identifier */
	crypto_free(crypto);
}

static void keys_of_handshakes_reach_the_setup(void **state)
{
	struct ap_setup setup;
	struct crypto *crypto = crypto_new();

	(void)state;
	first_bss(WPA2 "wpa_pairwise_update_count=1\nwpa_group_update_count=2\nwpa_disable_eapol_key_retries=1\n"
		       "wpa_deny_ptk0_rekey=2\ndisable_pmksa_caching=1\nnotify_mgmt_frames=1\n");
	assert_int_equal(conf.warnings.count, 0);
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.bss[0].pairwise_tries, 1);
	assert_int_equal(setup.bss[0].group_tries, 2);
	assert_true(setup.bss[0].no_key_retries && setup.bss[0].never_replaces_ptk && setup.bss[0].no_pmksa_caching &&
		    setup.bss[0].notes_frames);
	assert_false(parse(WPA2 "wpa_pairwise_update_count=0\n"));
	assert_false(parse(WPA2 "wpa_group_update_count=0\n"));
	crypto_free(crypto);
}

/* In transition mode the passphrase serves both; SAE without PMF is remarked on. */
static void transition_mode_is_read(void **state)
{
	struct ap_setup setup;
	struct crypto *crypto = crypto_new();

	(void)state;
	first_bss(WPA2 "wpa_key_mgmt=WPA-PSK SAE\n");
	assert_int_equal(conf.bss[0].akms.set, 1u << AKM_PSK | 1u << AKM_SAE);
	assert_int_equal(conf.warnings.count, 1);
	assert_non_null(strstr(conf.warnings.list[0].text, "ap.conf:5: SAE without ieee80211w is not WPA3"));
	assert_true(hostapd_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.bss[0].psk_count, 1);
	assert_int_equal(setup.bss[0].sae.password_count, 1);
	assert_memory_equal(setup.bss[0].sae.passwords[0].secret.password, "biscotte", 8);
	assert_int_equal(setup.bss[0].sae.groups[0], 19);
	crypto_free(crypto);
}

static void passphrase_file_is_read(void **state)
{
	struct hostapd_psks psks = {0};
	struct text_warnings warnings = {0};

	(void)state;
	assert_true(hostapd_psks_parse(&psks,
				       "# ours\n"
				       "00:00:00:00:00:00 shared secret\n"
				       "\n"
				       "keyid=phone vlanid=3 02:11:22:33:44:55 a b c d e f\r\n"
				       "02:11:22:33:44:66 "
				       "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef",
				       "psks", &warnings, &error));
	assert_int_equal(psks.count, 3);
	assert_string_equal(psks.list[0].psk.passphrase, "shared secret");
	assert_string_equal(psks.list[1].keyid, "phone");
	assert_int_equal(psks.list[1].addr[5], 0x55);
	assert_string_equal(psks.list[1].psk.passphrase, "a b c d e f");
	assert_true(psks.list[2].psk.has_pmk);
	assert_int_equal(psks.list[2].psk.pmk[31], 0xef);
	assert_int_equal(warnings.count, 0);
	assert_int_equal(psks.list[0].vlan, 0);
	assert_int_equal(psks.list[1].vlan, 3);
	assert_false(hostapd_psks_parse(&psks, "\n02:11:22:33:44:55 short\n", "psks", &warnings, &error));
	assert_string_equal(error.text, "psks:2: the passphrase has 5 characters; it must have 8 to 63");
	assert_false(hostapd_psks_parse(&psks, "02:11:22:33:44 password\n", "psks", &warnings, &error));
	assert_non_null(strstr(error.text, "psks:1: expected [keyid=NAME] ADDRESS PASSPHRASE"));
	free(psks.list);
	text_warnings_free(&warnings);
}

static void address_file_is_read(void **state)
{
	struct hostapd_addrs addrs = {0};

	(void)state;
	assert_true(hostapd_addrs_parse(
		&addrs, "02:00:00:00:00:01\n#02:00:00:00:00:02\n 02:00:00:00:00:03 7\n-02:00:00:00:00:01\n", "macs",
		&error));
	assert_int_equal(addrs.count, 1);
	assert_int_equal(addrs.list[0][5], 3);
	assert_int_equal(addrs.vlans[0], 7);
	assert_false(hostapd_addrs_parse(&addrs, "02:00:00:00:00:01\nnonsense\n", "macs", &error));
	assert_string_equal(error.text, "macs:2: `nonsense` is not a MAC address (02:00:00:12:34:56)");
	assert_false(hostapd_addrs_parse(&addrs, "02:00:00:00:00:01 4095\n", "macs", &error));
	assert_string_equal(error.text, "macs:1: a VLAN id must be a number from 1 to 4094, not `4095`");
	free(addrs.list);
	free(addrs.vlans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(legacy_security_must_be_named_in_file, tear_down),
		cmocka_unit_test_teardown(last_of_passphrase_and_psk_counts, tear_down),
		cmocka_unit_test_teardown(secrets_do_not_appear_in_messages, tear_down),
		cmocka_unit_test_teardown(sae_keys_are_read, tear_down),
		cmocka_unit_test_teardown(sae_may_begin_without_a_password_or_a_group, tear_down),
		cmocka_unit_test_teardown(keys_of_handshakes_reach_the_setup, tear_down),
		cmocka_unit_test_teardown(transition_mode_is_read, tear_down),
		cmocka_unit_test(passphrase_file_is_read),
		cmocka_unit_test(address_file_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

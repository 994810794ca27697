/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/wpa_conf.h"

#define LONG   "0123456789012345678901234567890123456789012345678901234567890123"
#define BIT(c) (1u << CIPHER_##c)

static struct wpa_conf conf;
static struct error error;

static bool parse(const char *text)
{
	wpa_conf_free(&conf);
	return wpa_conf_parse(&conf, text, "sta.conf", &error);
}

static struct wpa_network *first_network(const char *text)
{
	if (!parse(text))
		fail_msg("%s", error.text);
	return &conf.networks[0];
}

static void typical_file_is_read(void **state)
{
	static const char text[] = "ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev\n"
				   "update_config=1\n"
				   "country=DE\n"
				   "p2p_disabled=1\n"
				   "\n"
				   "# at home\n"
				   "network={\n"
				   "\tssid=\"My # Network\"  # the one upstairs\n"
				   "\t#psk=\"old password\"\n"
				   "\tpsk=\"correct # \"horse\"\n" /* the # is between quotes */
				   "\tkey_mgmt=WPA-PSK WPA-PSK-SHA256\n"
				   "\tieee80211w=1\n"
				   "\tpriority=5\n"
				   "\tid_str=\"home\"\n"
				   "\tscan_ssid=1\n"
				   "\tfreq_list=2412 2437\n"
				   "\tdisable_sgi=1\n"
				   "}\n"
				   "network = {\n"
				   "    ssid=63616665\r\n"
				   "    key_mgmt=NONE\n"
				   "    disabled=1\n"
				   "    bssid=02:00:00:00:00:01\n"
				   "}\n"
				   "network={\n"
				   "\tssid=\"work\"\n"
				   "\tkey_mgmt=WPA-EAP\n"
				   "\teap=PEAP\n"
				   "\tidentity=\"me\"\n"
				   "\tpassword=\"secret\"\n"
				   "}\n"
				   "network={\n"
				   "\tssid=\"six\"\n"
				   "\tkey_mgmt=FT-EAP\n"
				   "\tpsk=\"password\"\n"
				   "}\n"
				   "blob-base64-ca={\n"
				   "AAAA\n"
				   "}\n"
				   "network={\n"
				   "\tssid=P\"t\\xc3\\xa4st\\n\"\n"
				   "\tpsk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
				   "}";
	struct wpa_network *network = first_network(text);

	(void)state;
	assert_int_equal(conf.count, 3);
	assert_int_equal(network->ssid.len, 12);
	assert_memory_equal(network->ssid.bytes, "My # Network", 12);
	assert_string_equal(network->psk.passphrase, "correct # \"horse");
	assert_int_equal(network->akms.set, 3);
	assert_int_equal(network->pmf, 1);
	assert_int_equal(network->priority, 5);
	assert_true(network->scan_ssid);
	assert_int_equal(network->freq_list.list[1], 2437);
	assert_int_equal(network->freq_list.list[2], 0);
	assert_true(network->rsn);
	assert_true(network->wpa);
	assert_int_equal(network->pairwise, TEXT_CIPHERS_DEFAULT | BIT(TKIP));
	assert_int_equal(network->group, TEXT_CIPHERS_DEFAULT | BIT(TKIP));
	network = &conf.networks[1];
	assert_memory_equal(network->ssid.bytes, "cafe", 4);
	assert_true(network->akms.none);
	assert_int_equal(network->disabled, 1);
	assert_true(network->bssid.set);
	network = &conf.networks[2];
	assert_int_equal(network->ssid.len, 6);
	assert_memory_equal(network->ssid.bytes, "t\xc3\xa4st\n", 6);
	assert_true(network->psk.has_pmk);
	assert_int_equal(conf.warnings.count, 6); /* one about the blanks of `network = {` */
	assert_true(conf.warnings.stock_refuses);
	assert_string_equal(conf.warnings.list[1].text,
			    "sta.conf:17: `disable_sgi` has no effect: vifi does not support it");
	assert_string_equal(
		conf.warnings.list[3].text,
		"sta.conf:27: this network is skipped: 802.1X is not supported; wpa_supplicant can join it. It "
		"has key_mgmt=WPA-EAP");
	assert_string_equal(
		conf.warnings.list[4].text,
		"sta.conf:34: this network is skipped: 802.1X is not supported; wpa_supplicant can join it. It "
		"has key_mgmt=FT-EAP");
}

/* The defaults are those of wpa_supplicant. */
static void tkip_is_accepted_unless_block_excludes_it(void **state)
{
	static const struct {
		const char *text;
		bool wpa, rsn;
		uint32_t pairwise, group;
	} rows[] = {
		{"", true, true, TEXT_CIPHERS_DEFAULT | BIT(TKIP), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"group=CCMP\n", true, true, TEXT_CIPHERS_DEFAULT | BIT(TKIP), BIT(CCMP_128)},
		{"proto=RSN\n", false, true, TEXT_CIPHERS_DEFAULT | BIT(TKIP), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"key_mgmt=SAE\n", false, true, TEXT_CIPHERS_DEFAULT, TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"proto=WPA\n", true, false, TEXT_CIPHERS_DEFAULT | BIT(TKIP), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"proto=WPA RSN\n", true, true, TEXT_CIPHERS_DEFAULT | BIT(TKIP), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"proto=WPA2\npairwise=CCMP\n", false, true, BIT(CCMP_128), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"pairwise=CCMP TKIP\n", true, true, BIT(CCMP_128) | BIT(TKIP), TEXT_CIPHERS_DEFAULT | BIT(TKIP)},
		{"pairwise=CCMP\ngroup=CCMP TKIP WEP104 WEP40\n", true, true, BIT(CCMP_128), BIT(CCMP_128) | BIT(TKIP)},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "network={\nssid=\"a\"\npsk=\"password\"\n%s}\n", rows[i].text);
		struct wpa_network *network = first_network(text);
		assert_int_equal(network->wpa, rows[i].wpa);
		assert_int_equal(network->rsn, rows[i].rsn);
		assert_int_equal(network->pairwise, rows[i].pairwise);
		assert_int_equal(network->group, rows[i].group);
	}
}

/* Without an SSID the BSSID must say which network it is. */
static void protected_network_without_ssid_needs_bssid(void **state)
{
	struct crypto *crypto = crypto_new();
	struct wpa_network *network =
		first_network("network={\nbssid=02:00:00:00:00:01\nkey_mgmt=WPA-PSK SAE\npsk=\"password\"\n}\n"
			      "network={\npsk=\"password\"\n}\n"
			      "network={\nbssid=02:00:00:00:00:01\nkey_mgmt=SAE\npsk=\"password\"\n}\n");
	struct sta_setup setup;

	(void)state;
	assert_int_equal(conf.count, 1);
	assert_int_equal(network->akms.set, 1u << AKM_PSK);
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_string_equal(setup.networks[0].passphrase, "password");
	crypto_free(crypto);
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"network={\nsid=\"x\"\n}\n", "sta.conf:2: unknown key `sid` in a network; did you mean `ssid`?"},
		{"network={\npassphrase=\"x\"\n}\n",
		 "sta.conf:2: unknown key `passphrase` in a network; did you mean `psk`?"},
		{"interface=wlan0\n", "sta.conf:1: `interface` is a key of hostapd.conf; `vifi ap` reads such a file"},
		{"updat_config=1\n", "sta.conf:1: unknown key `updat_config`; did you mean `update_config`?"},
		{"ssid=\"x\"\n", "sta.conf:1: `ssid` belongs in a block network={ … }"},
		{"network={\nssid=x\n}\n", "sta.conf:2: ssid must be \"text\" in quotes"},
		{"network={\nssid=\"x\"\npsk=\"1234567\"\n}\n", "sta.conf:3: the passphrase has 7 characters"},
		{"network={\nssid=\"x\"\npsk=\"0123456789012345678901234567890123456789012345678901234567890123\"\n}\n",
		 "sta.conf:3: the passphrase has 64 characters"},
		{"network={\nssid=\"x\"\npsk=password\n}\n",
		 "sta.conf:3: psk must be a passphrase of 8 to 63 characters in quotes"},
		{"network={\nssid=\"x\"\n", "sta.conf:1: the block that begins here is not closed"},
		{"network={\nssid=\"x\"\nkey_mgmt=NONE\nwep_key0=x\n}\n", "sta.conf:4: a WEP key must be"},
		{"network={\nssid=\"x\"\npsk=\"password\"\npairwise=AES\n}\n",
		 "sta.conf:4: unknown word `AES` in pairwise; known are CCMP"},
		{"network={\nssid=\"x\"\npsk=\"password\"\nfreq_list=6\n}\n", "sta.conf:4: frequencies must be in MHz"},
		{"ctrl_interface=" LONG LONG LONG "\n",
		 "sta.conf:1: ctrl_interface and ctrl_interface_group have at most"},
		{"}\n", "sta.conf:1: expected KEY=VALUE, network={ or a comment (#)"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (parse(rows[i].text))
			fail_msg("accepted: %s", rows[i].text);
		if (!strstr(error.text, rows[i].message))
			fail_msg("`%s` is not in: %s", rows[i].message, error.text);
	}
}

/* Such a block is left out, so that the others can be used; the file is valid, also without any network. */
static void block_that_cannot_be_used_is_skipped(void **state)
{
	static const struct {
		const char *keys, *message;
	} rows[] = {
		{"ssid=\"x\"\n", "sta.conf:4: this network is skipped: it has no psk, which means 802.1X"},
		{"ssid=\"x\"\nkey_mgmt=WPA-PSK\n", "sta.conf:5: this network is skipped: it has no psk"},
		{"ssid=\"x\"\nkey_mgmt=NONE\npsk=\"password\"\n",
		 "sta.conf:6: this network is skipped: it has a psk, but"},
		{"psk=\"password\"\n", "sta.conf:3: this network is skipped: it has no name"},
		{"ssid=\"x\"\npsk=\"password\"\nproto=WPA\nieee80211w=2\n",
		 "sta.conf:7: this network is skipped: ieee80211w=2 needs WPA2"},
		{"ssid=\"x\"\npsk=\"password\"\nkey_mgmt=WPA-EAP\n",
		 "sta.conf:6: this network is skipped: 802.1X is not supported; wpa_supplicant can join it"},
		{"ssid=\"x\"\nmode=2\nkey_mgmt=NONE\n",
		 "sta.conf:5: this network is skipped: mode=2 is an access point: start it by vifi ap"},
		{"ssid=\"x\"\nmode=5\nkey_mgmt=SAE\n", "sta.conf:5: this network is skipped: mode=5 is a mesh"},
		{"ssid=\"x\"\nkey_mgmt=NONE\nwep_key1=1234567890\n",
		 "sta.conf:3: this network is skipped: only wep_key0"},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "\n\nnetwork={\n%s}\nnetwork={\nssid=\"a\"\nkey_mgmt=NONE\n}\n",
			 rows[i].keys);
		first_network(text);
		assert_int_equal(conf.count, 1);
		assert_int_equal(conf.warnings.count, 1);
		assert_memory_equal(conf.warnings.list[0].text, rows[i].message, strlen(rows[i].message));
	}
	assert_true(parse(""));
	assert_int_equal(conf.count, 0);
	first_network("network={\nssid=\"x\"\npsk=\"password\"\nwep_key0=1234567890\n}\n");
	assert_string_equal(conf.warnings.list[0].text, "sta.conf:4: WEP keys have no effect without key_mgmt=NONE");
}

/* Quotes are paired as in wpa_supplicant 2.10. A line with another meaning for older versions is refused. */
static void quotes_are_paired(void **state)
{
	static const struct {
		const char *line, *passphrase; /* NULL: refused */
		const char *message;
	} rows[] = {
		{"psk=\"password\"# comment", "password", NULL},
		{"psk=\"pass#word\" # x", "pass#word", NULL},
		{"psk=\"password\";", "password", NULL},
		{"psk=\"pass\"word\"", "pass\"word", NULL},
		{"psk=\"pass # \"word\"", "pass # \"word", NULL},
		{"psk=\"password\" # was \"another one of more than sixty-three characters, which is too long\"",
		 "password", NULL},
		{"psk=\"password\" # was \"secret\"", NULL, "the value of `psk` ends at the second quote"},
		{"psk=\"new\" # was \"secret\"", NULL, "the passphrase has 3 characters"},
		{"psk=\"password # x", NULL, "psk must be a passphrase"},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "network={\nssid=\"a\"\n%s\n}\n", rows[i].line);
		if (rows[i].passphrase) {
			assert_string_equal(first_network(text)->psk.passphrase, rows[i].passphrase);
			continue;
		}
		assert_false(parse(text));
		assert_non_null(strstr(error.text, rows[i].message));
		assert_null(strstr(error.text, "secret"));
	}
	assert_false(parse("network={\nssid=\"home\" # not \"work\"\nkey_mgmt=NONE\n}\n"));
	assert_true(conf.warnings.stock_accepts);
	/* A value without effect has one meaning. */
	first_network("network={\nssid=\"a\"\nidentity=\"a\" # \"b\"\nkey_mgmt=NONE\n}\n");
}

static void access_points_are_listed(void **state)
{
	const struct wpa_network *network = first_network(
		"network={\nssid=\"a\"\nkey_mgmt=NONE\nbssid_blacklist=02:00:00:00:00:01  02:00:00:00:00:02\n"
		"bssid_whitelist=02:00:00:00:00:00/ff:ff:ff:00:00:00\n}\n");

	(void)state;
	assert_int_equal(network->ignore.count, 2);
	assert_int_equal(network->ignore.list[1].addr[5], 2);
	assert_int_equal(network->ignore.list[1].mask[5], 0xff);
	assert_int_equal(network->accept.count, 1);
	assert_int_equal(network->accept.list[0].mask[2], 0xff);
	assert_int_equal(network->accept.list[0].mask[3], 0);
	assert_int_equal(conf.warnings.count, 0);
	network = first_network(
		"network={\nssid=\"a\"\nkey_mgmt=NONE\nbssid_ignore=02:00:00:00:00:01\nbssid_ignore=\n}\n");
	assert_int_equal(network->ignore.count, 0);
	assert_false(parse("network={\nssid=\"a\"\nbssid_accept=02:00:00:00:00:01/24\n}\n"));
}

/* What wpa_supplicant reads, and what it makes of it. */
static void values_are_read_as_in_wpa_supplicant(void **state)
{
	const struct wpa_network *network =
		first_network("country=gb\nnetwork={\nssid=P\"\\q\\x41\"\nkey_mgmt=NONE\npriority=0x10\n"
			      "disabled=0x0\nfreq_list=2412,2437 5180 5955 7200\nbssid=\n}\n");

	(void)state;
	assert_string_equal(conf.global.country, "GB");
	assert_int_equal(network->ssid.len, 2);
	assert_memory_equal(network->ssid.bytes, "qA", 2);
	assert_int_equal(network->priority, 16);
	assert_int_equal(network->freq_list.list[0], 2412);
	assert_int_equal(network->freq_list.list[1], 5180);
	assert_int_equal(network->freq_list.list[2], 5955);
	assert_int_equal(network->freq_list.list[3], 0);
	assert_int_equal(conf.warnings.count, 2);
	assert_false(conf.warnings.stock_refuses);
	assert_true(parse("country=\"DE\"\nwmm_ac_be_aifs=3\nwowlan_disconnect_on_deinit=1\n"));
	assert_string_equal(conf.global.country, "DE");
	assert_false(parse("include=/etc/other.conf\n"));
	assert_non_null(strstr(error.text, "cannot include"));
}

/* What has no effect here must still be a value for wpa_supplicant, for the verdict of --check. */
/* What wpa_supplicant takes and vifi refuses, and the other way round, decides the exit code of --check. */
static void what_wpa_supplicant_takes_is_known(void **state)
{
	static const struct {
		const char *text;
		bool accepted, stock;
	} rows[] = {
		{"country=GERMANY\n", true, true},
		{"country=<none>\n", true, true},
		{"ap_scan=\n", true, true},
		{"ap_scan= 1\n", true, true},
		{"ap_scan=7\n", false, true},
		{"ap_scan=7\nnetwork={\nsid=1\n}\n", false, false},
		{"fast_reauth=yes\n", true, false},
		{"sae_check_mfp=-1\n", false, false},
		{"network={\nsid=1\n}\n", false, false},
		{"network={\nssid=\"a\"\nauth_alg=open\n}\n", true, false},
		{"autoscan=often\n", false, true},
		{"ctrl_interface=\n", true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse(rows[i].text), rows[i].accepted);
		assert_int_equal(!conf.warnings.stock_refuses && (rows[i].accepted || conf.warnings.stock_accepts),
				 rows[i].stock);
	}
}

static void keys_without_effect_say_why(void **state)
{
	static const struct {
		const char *line, *message;
		bool stock_refuses;
	} rows[] = {
		{"identity=\"me\"\n", "`identity` has no effect: only 802.1X and RADIUS need that", false},
		{"password=\"x\"\n", "`password` has no effect", false},
		{"password=hash:0123456789abcdef0123456789abcdef\n", "`password` has no effect", false},
		{"ca_cert2=2f657463\n", "`ca_cert2` has no effect", false},
		{"identity=me\n", "wpa_supplicant refuses the value of `identity`", true},
		{"password=ext:x\n", "wpa_supplicant refuses the value of `password`", true},
		{"phase2=\"auth=MSCHAPV2\" x\n", "wpa_supplicant refuses the value of `phase2`", true},
		{"auth_alg=OPEN\n", "`auth_alg` has no effect: key_mgmt decides", false},
		{"disable_eht=1\n", "vifi does not support it; wpa_supplicant 2.10 refuses it", true},
		{"mac_value=02:00:00:00:00:01\n", "wpa_supplicant 2.10 refuses `mac_value`", true},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "network={\nssid=\"x\"\nkey_mgmt=NONE\n%s}\n", rows[i].line);
		first_network(text);
		assert_int_equal(conf.warnings.stock_refuses, rows[i].stock_refuses);
		assert_non_null(strstr(conf.warnings.list[conf.warnings.count - 1].text, rows[i].message));
	}
	assert_true(parse("fast_reauth=1\n"));
	assert_string_equal(conf.warnings.list[0].text,
			    "sta.conf:1: `fast_reauth` has no effect: only 802.1X and RADIUS need that");
	assert_true(parse("network={\nssid=\"x\"\nkey_mgmt=NONE\nauth_alg=OPEN\n}\n"
			  "network={\nssid=\"y\"\nkey_mgmt=NONE\nauth_alg=OPEN\n}\n"));
	assert_int_equal(conf.warnings.count, 1);
	assert_non_null(strstr(conf.warnings.list[0].text, "sta.conf:4: `auth_alg` has no effect"));
	assert_false(parse("as_rand_mac_addr=1\n"));
	assert_non_null(strstr(error.text, "which wpa_supplicant 2.10 does not know, either; remove the line"));
	assert_false(parse("network={ ssid=\"x\" psk=\"correct horse\" }\n"));
	assert_non_null(strstr(error.text, "sta.conf:1: `network={` must be a line of its own"));
	assert_false(parse("network={\nssid=\"x\"\nscan_ssid=\"1\"\n}\n"));
	assert_non_null(strstr(error.text, "scan_ssid must be 0 or 1, not `\"1\"`"));
}

/* Sample files list NONE and WPA-PSK in one block; the psk decides which one is used. */
static void network_is_open_or_protected(void **state)
{
	(void)state;
	assert_true(first_network("network={\nssid=\"x\"\nkey_mgmt=NONE WPA-PSK WPA-EAP\npsk=\"password\"\n}\n")
			    ->akms.set == 1);
	assert_false(conf.networks[0].akms.none);
	assert_true(first_network("network={\nkey_mgmt=NONE WPA-PSK\n}\n")->akms.none);
	assert_int_equal(conf.networks[0].akms.set, 0);
	assert_int_equal(conf.warnings.count, 1);
}

/* A 0 ends the list; the empty list is the default. A blank ends a word, of which the first number counts. */
static void sae_groups_end_at_zero(void **state)
{
	(void)state;
	first_network("sae_groups=21 19 0 20\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	assert_int_equal(conf.global.sae_groups[0], 21);
	assert_int_equal(conf.global.sae_groups[1], 19);
	assert_int_equal(conf.global.sae_groups[2], 0);
	first_network("sae_groups=21\nsae_groups=0\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	assert_int_equal(conf.global.sae_groups[0], 0);
	first_network("sae_groups=21\nsae_groups=\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	assert_int_equal(conf.global.sae_groups[0], 0);
	assert_int_equal(conf.warnings.count, 0);
	first_network("sae_groups=19,20 21\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	assert_int_equal(conf.global.sae_groups[0], 19);
	assert_int_equal(conf.global.sae_groups[1], 21);
	assert_int_equal(conf.global.sae_groups[2], 0);
	assert_non_null(strstr(conf.warnings.list[0].text, "separate groups with blanks"));
}

static void address_and_bgscan_have_defaults_outside_of_blocks(void **state)
{
	struct crypto *crypto = crypto_new();
	struct sta_setup setup;

	(void)state;
	first_network("mac_addr=1\npreassoc_mac_addr=2\nrand_addr_lifetime=90\ndot11RSNAConfigPMKLifetime="
		      "100\ndot11RSNAConfigPMKReauthThreshold=60\nbgscan=\"simple:30:-60:300\"\n"
		      "network={\nssid=\"x\"\nkey_mgmt=NONE\n}\n"
		      "network={\nssid=\"y\"\nkey_mgmt=NONE\nmac_addr=0\nbgscan=\"\"\n}\n"
		      "network={\nssid=\"z\"\nkey_mgmt=NONE\nmac_addr=3\nmac_value=02:00:00:00:00:09\n}\n"
		      "network={\nssid=\"without a value\"\nkey_mgmt=NONE\nmac_addr=3\n}\n");
	assert_int_equal(conf.count, 3);
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.scan_address, STA_ADDRESS_RANDOM_OF_VENDOR);
	assert_int_equal(setup.address_lifetime_s, 90);
	assert_int_equal(setup.pmksa_terms.lifetime_s, 100);
	assert_int_equal(setup.pmksa_terms.renewal_percent, 60);
	assert_int_equal(setup.networks[0].address, STA_ADDRESS_RANDOM);
	assert_int_equal(setup.networks[0].bgscan.long_s, 300);
	assert_int_equal(setup.networks[1].address, STA_ADDRESS_OWN);
	assert_int_equal(setup.networks[1].bgscan.short_s, 0);
	assert_int_equal(setup.networks[2].address, STA_ADDRESS_FIXED);
	assert_memory_equal(setup.networks[2].address_value, "\2\0\0\0\0\11", 6);
	first_network("rand_addr_lifetime=0\nnetwork={\nssid=\"x\"\nkey_mgmt=NONE\n}\n");
	wpa_conf_scan_setup(&conf, &setup);
	assert_int_equal(setup.address_lifetime_s, 1); /* not the default */
	crypto_free(crypto);
}

static void secrets_do_not_appear_in_messages(void **state)
{
	static const char *const texts[] = {
		"network={\nssid=\"x\"\npsk=\"Sesame\"\n}\n",
		"network={\nssid=\"x\"\npsk=Sesame\n}\n",
		"network={\nssid=\"x\"\nkey_mgmt=NONE\npsk=\"SesameSesame\"\n}\n",
		"network={\nssid=\"x\"\nkey_mgmt=NONE\nwep_key0=\"Sesame\"\n}\n",
		"network={\nssid=\"x\"\nkey_mgmt=SAE\nsae_password=\"\"\npsk=\"Sesame\"\n}\n",
		"network={\nSesame\n}\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		error.text[0] = '\0';
		parse(texts[i]);
		assert_int_equal(conf.count, 0);
		assert_null(strstr(error.text, "Sesame"));
		for (size_t k = 0; k < conf.warnings.count; k++)
			assert_null(strstr(conf.warnings.list[k].text, "Sesame"));
	}
}

/* With sae_pwe=0 a password identifier needs hash to element nevertheless, and ocv turns PMF on: as with wpa_supplicant. */
static void some_keys_imply_others(void **state)
{
	struct crypto *crypto = crypto_new();
	struct sta_setup setup;

	(void)state;
	first_network(
		"sae_pwe=0\nnetwork={\nssid=\"a\"\nkey_mgmt=SAE\nsae_password=\"secret\"\nsae_password_id=\"me\"\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.networks[0].sae_pwe, 2);
	first_network("sae_pwe=0\nnetwork={\nssid=\"a\"\nkey_mgmt=SAE\nsae_password=\"secret\"\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.networks[0].sae_pwe, 0);
	first_network("network={\nssid=\"a\"\npsk=\"interoperable\"\nocv=1\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_true(setup.networks[0].ocv && setup.networks[0].pmf == 1);
	wpa_conf_free(&conf);
	crypto_free(crypto);
}

/* A scan of all channels takes a second and a half, so it is done only if a network lists no frequencies. */
static void all_channels_unless_each_network_lists_its_own(void **state)
{
	struct crypto *crypto = crypto_new();
	struct sta_setup setup;

	(void)state;
	first_network("network={\nssid=\"a\"\nkey_mgmt=NONE\nscan_freq=2437\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.freqs[0], 2412);
	assert_int_equal(setup.networks[0].freqs[0], 2437);
	assert_false(setup.freqs_only || setup.networks[0].freqs_only);
	first_network("network={\nssid=\"a\"\nkey_mgmt=NONE\nfreq_list=2437\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_true(setup.networks[0].freqs_only && !setup.freqs_only);
	assert_int_equal(setup.networks[0].disabled_modes, 0);
	first_network("network={\nssid=\"a\"\nkey_mgmt=NONE\ndisable_ht=1\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.networks[0].disabled_modes, PLANE_HT | PLANE_VHT | PLANE_HE);
	first_network("network={\nssid=\"a\"\nkey_mgmt=NONE\ndisable_vht=1\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.networks[0].disabled_modes, PLANE_VHT);
	first_network("freq_list=2437\nnetwork={\nssid=\"a\"\nkey_mgmt=NONE\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_true(setup.freqs_only);
	first_network(
		"network={\nssid=\"a\"\nkey_mgmt=NONE\nscan_freq=2437\n}\nnetwork={\nssid=\"b\"\nkey_mgmt=NONE\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.freqs[0], 2412);
	crypto_free(crypto);
}

static void station_setup_follows_file(void **state)
{
	struct crypto *crypto = crypto_new();
	struct sta_setup setup;

	(void)state;
	first_network("pmf=2\nnetwork={\nssid=\"IEEE\"\npsk=\"password\"\n}\nnetwork={\nssid=\"old\"\nkey_mgmt=NONE\n"
		      "wep_key0=0102030405060708090a0b0c0d\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.network_count, 2);
	assert_int_equal(setup.freqs[0], 2412);
	assert_int_equal(setup.networks[0].pmk[0], 0xf4); /* IEEE 802.11-2016 J.4.2 */
	assert_int_equal(setup.networks[0].pmf, 2);
	assert_true(setup.networks[0].any_bssid);
	assert_int_equal(setup.networks[0].wep, CIPHER_NONE);
	assert_true(setup.networks[1].open);
	assert_int_equal(setup.networks[1].pmf, 0);
	assert_int_equal(setup.networks[1].wep, CIPHER_WEP_104);
	assert_int_equal(setup.networks[1].wep_key[12], 0x0d);
	first_network("network={\nssid=\"a\"\nkey_mgmt=NONE\nscan_freq=2437\n}\nnetwork={\nssid=\"b\"\nkey_mgmt="
		      "NONE\ndisabled="
		      "1\n}\n");
	assert_true(wpa_conf_setup(&conf, crypto, &setup, &error));
	assert_int_equal(setup.freqs[0], 2412);
	assert_int_equal(setup.networks[0].freqs[0], 2437);
	crypto_free(crypto);
}

/* As for a station whose networks come from elsewhere: the passphrase is not needed any more. */
static void scan_setup_needs_no_network(void **state)
{
	struct sta_setup setup;

	(void)state;
	first_network("passive_scan=1\nfreq_list=2412\nnetwork={\nssid=\"a\"\npsk=\"correct horse\"\n}\n");
	wpa_conf_forget_networks(&conf);
	assert_true(conf.count == 0 && !conf.networks);
	wpa_conf_scan_setup(&conf, &setup);
	assert_true(setup.passive && setup.freqs_only && setup.network_count == 0);
	assert_int_equal(setup.freqs[0], 2412);
	assert_int_equal(setup.freqs[1], 0);
	assert_true(wpa_conf_parse(&conf, "network={\nssid=\"b\"\nkey_mgmt=NONE\n}\n", "sta.conf", &error));
	wpa_conf_scan_setup(&conf, &setup);
	assert_true(!setup.passive && !setup.freqs_only && setup.freqs[0] == 2412 && setup.freqs[13] == 5180);
}

static int tear_down(void **state)
{
	(void)state;
	wpa_conf_free(&conf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(typical_file_is_read, tear_down),
		cmocka_unit_test_teardown(tkip_is_accepted_unless_block_excludes_it, tear_down),
		cmocka_unit_test_teardown(protected_network_without_ssid_needs_bssid, tear_down),
		cmocka_unit_test_teardown(scan_setup_needs_no_network, tear_down),
		cmocka_unit_test_teardown(errors_name_file_and_line, tear_down),
		cmocka_unit_test_teardown(block_that_cannot_be_used_is_skipped, tear_down),
		cmocka_unit_test_teardown(quotes_are_paired, tear_down),
		cmocka_unit_test_teardown(access_points_are_listed, tear_down),
		cmocka_unit_test_teardown(values_are_read_as_in_wpa_supplicant, tear_down),
		cmocka_unit_test_teardown(what_wpa_supplicant_takes_is_known, tear_down),
		cmocka_unit_test_teardown(keys_without_effect_say_why, tear_down),
		cmocka_unit_test_teardown(network_is_open_or_protected, tear_down),
		cmocka_unit_test_teardown(sae_groups_end_at_zero, tear_down),
		cmocka_unit_test_teardown(address_and_bgscan_have_defaults_outside_of_blocks, tear_down),
		cmocka_unit_test_teardown(secrets_do_not_appear_in_messages, tear_down),
		cmocka_unit_test(some_keys_imply_others),
		cmocka_unit_test_teardown(all_channels_unless_each_network_lists_its_own, tear_down),
		cmocka_unit_test_teardown(station_setup_follows_file, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cached keys, SAE and transition_disable at the control socket of wpa_supplicant. On any plane. */

#include "wpas_client.h"

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

/* dot11RSNAConfigPMKLifetime and dot11RSNAConfigPMKReauthThreshold. */
static void pmksa_has_the_lifetime_that_the_user_sets(void **state)
{
	(void)state;
	begin_at(SAE_NETWORK "\tieee80211w=1\n}\n", offer_sae);
	expect_event("PMKSA-CACHE-ADDED 02:00:00:00:01:00 0\n");
	expect("SET dot11RSNAConfigPMKLifetime 0", "FAIL\n");
	expect("SET dot11RSNAConfigPMKLifetime 10", "OK\n");
	expect("SET dot11RSNAConfigPMKReauthThreshold 50", "OK\n");
	expect("PMKSA_FLUSH", "OK\n");
	expect_event("PMKSA-CACHE-REMOVED 02:00:00:00:01:00 0\n");
	reconnect();
	expect_in("PMKSA_GET 0", " 5 10 1024 0\n");
	pair_run(client.pair, 4 * SECOND);
	reconnect();
	assert_null(strstr(command("STATUS"), "sae_group=")); /* no exchange */
	pair_run(client.pair, 2 * SECOND);
	reconnect();
	expect_in("STATUS", "sae_group=19\n");
	/* An entry outlives its end only while it is in use. */
	pair_run(client.pair, 20 * SECOND);
	expect_in("PMKSA", "02:00:00:00:01:00");
	expect("DISCONNECT", "OK\n");
	pair_run(client.pair, 2 * SECOND);
	pass_notes();
	expect_event("PMKSA-CACHE-REMOVED 02:00:00:00:01:00 0\n");
	/* FLUSH ends what SET has begun. */
	expect("FLUSH", "OK\n");
	assert_int_equal(client.wpas.pmksa_terms.lifetime_s, 0);
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
		expect("SET_NETWORK 0 proactive_key_caching 1", "OK\n");
		reconnect();
		assert_int_equal(!strstr(command("STATUS"), "sae_group=19\n"), known);
		assert_int_equal(strstr(command("PMKSA"), " 1\n") != NULL, known);
		expect_in("PMKSA", "02:00:00:00:01:00");
	}
	/* A user who empties the cache ends that memory, too. */
	snprintf(add, sizeof(add), "PMKSA_ADD 0 02:00:00:00:01:01 %s 50 60 1024 0", pmk);
	expect("PMKSA_FLUSH", "OK\n");
	expect(add, "OK\n");
	reconnect();
	assert_null(strstr(command("STATUS"), "sae_group=19\n"));
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

/* WPA3 wants PMF, so that SAE uses it by default; who writes ieee80211w=0 gets none, as with wpa_supplicant. */
static void sae_uses_pmf_unless_the_block_forbids_it(void **state)
{
	static const struct {
		const char *file;
		bool pmf;
	} cases[] = {
		{SAE_NETWORK "}\n", true},
		{"pmf=0\n" SAE_NETWORK "}\n", true},
		{SAE_NETWORK "\tieee80211w=3\n}\n", true},
		{SAE_NETWORK "\tieee80211w=0\n}\n", false},
		{"pmf=1\n" SAE_NETWORK "\tieee80211w=0\n}\n", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin_at(cases[i].file, offer_sae);
		expect_in("STATUS", "key_mgmt=SAE\n");
		assert_int_equal(strstr(command("STATUS"), "pmf=1\n") != NULL, cases[i].pmf);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pmksa_is_kept_by_a_program),
		cmocka_unit_test(pmksa_has_the_lifetime_that_the_user_sets),
		cmocka_unit_test(pmksa_serves_another_access_point),
		cmocka_unit_test(sae_depends_on_protected_management_frames),
		cmocka_unit_test(sae_uses_pmf_unless_the_block_forbids_it),
		cmocka_unit_test(transition_ends_where_the_network_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

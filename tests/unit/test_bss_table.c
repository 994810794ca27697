/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "mlme/bss_table.h"
#include "plane/plane.h"

#define SECOND UINT64_C(1000000000)

static struct bss_table table;
static const uint8_t addr[6] = {2, 0, 0, 0, 0, 1};

static int tear_down_table(void **state)
{
	(void)state;
	bss_table_free(&table);
	return 0;
}

/* Enters a beacon (or probe response) for channel 6 that was received on `freq`. */
static struct bss *receive_beacon(const uint8_t *bssid, const char *ssid, size_t len, bool response, uint16_t freq,
				  uint64_t now)
{
	struct mgmt mgmt = {.subtype = response ? MGMT_PROBE_RESPONSE : MGMT_BEACON,
			    .bssid = bssid,
			    .interval = 100,
			    .channel = 6,
			    .ssid = {(const uint8_t *)ssid, len}};
	struct frame_meta meta = {.freq_mhz = freq, .signal_dbm = -40};

	return bss_update(&table, &mgmt, &meta, now);
}

/* The entry of receive_beacon() on channel 6. */
static struct bss *find(const uint8_t *bssid, const char *ssid)
{
	struct bss bss = {.freq_mhz = 2437, .interval = 100, .ssid_len = strlen(ssid)};

	memcpy(bss.bssid, bssid, 6);
	memcpy(bss.ssid, ssid, bss.ssid_len);
	return bss_find(&table, &bss);
}

static void older_frame_does_not_replace_a_newer_one(void **state)
{
	struct mgmt mgmt = {.subtype = MGMT_BEACON,
			    .bssid = addr,
			    .interval = 100,
			    .channel = 6,
			    .capability = CAPABILITY_PRIVACY,
			    .ssid = {(const uint8_t *)"a", 1}};
	struct frame_meta meta = {.freq_mhz = 2437, .signal_dbm = -70};

	(void)state;
	receive_beacon(addr, "a", 1, false, 2437, 5);
	assert_non_null(bss_update(&table, &mgmt, &meta, 4));
	assert_int_equal(table.count, 1);
	assert_int_equal(table.at[0].capability, 0);
	assert_int_equal(table.at[0].heard_ns, 5);
	bss_update(&table, &mgmt, &meta, 6);
	assert_int_equal(table.at[0].capability, CAPABILITY_PRIVACY);
}

static void entry_is_keyed_by_bssid_and_ssid(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 0, 2};

	(void)state;
	assert_non_null(receive_beacon(addr, "a", 1, false, 2437, 1));
	assert_non_null(receive_beacon(addr, "a", 1, true, 2437, 2));
	assert_int_equal(table.count, 1);
	assert_int_equal(table.at[0].heard_ns, 2);
	receive_beacon(addr, "b", 1, false, 2437, 3);
	receive_beacon(other, "a", 1, false, 2437, 4);
	assert_int_equal(table.count, 3);
	bss_expire(&table, 4);
	assert_int_equal(table.count, 1);
	assert_memory_equal(table.at[0].bssid, other, 6);
	bss_lost(&table, other);
	assert_int_equal(table.count, 0);
}

/* Frames of channel 6 are received on channel 5, too: the DSSS element decides, except at 5 GHz. */
static void channel_is_taken_from_sender(void **state)
{
	(void)state;
	assert_int_equal(receive_beacon(addr, "a", 1, false, 2432, 1)->freq_mhz, 2437);
	assert_int_equal(receive_beacon(addr, "a", 1, false, 5180, 1)->freq_mhz, 5180);
	assert_int_equal(receive_beacon(addr, "a", 1, false, 0, 1)->freq_mhz, 2437);
	assert_int_equal(table.count, 1);
}

static void hidden_bss_learns_and_keeps_ssid(void **state)
{
	static const char zeroes[5];
	struct bss *bss;

	(void)state;
	assert_int_equal(receive_beacon(addr, NULL, 0, false, 2437, 1)->ssid_len, 0);
	assert_int_equal(receive_beacon(addr, zeroes, sizeof(zeroes), false, 2437, 2)->ssid_len, 0);
	assert_int_equal(table.count, 1);
	bss = receive_beacon(addr, "where", 5, true, 2437, 3);
	assert_int_equal(table.count, 1);
	assert_int_equal(bss->ssid_len, 5);
	bss = receive_beacon(addr, zeroes, sizeof(zeroes), false, 2437, 4);
	assert_int_equal(table.count, 1);
	assert_int_equal(bss->ssid_len, 5);
	assert_int_equal(bss->heard_ns, 4);
}

/* Forged networks evict the oldest entries; the table does not grow beyond BSS_MAX. */
static void flood_does_not_grow_table_beyond_limit(void **state)
{
	uint8_t many[6] = {2};
	char name[8];
	struct bss *good;

	(void)state;
	good = receive_beacon(addr, "good", 4, false, 2437, 0);
	good->worked = true;
	for (unsigned i = 0; i < 10000; i++) {
		many[4] = (uint8_t)(i >> 8);
		many[5] = (uint8_t)i;
		snprintf(name, sizeof(name), "%u", i % 1000);
		receive_beacon(many, name, strlen(name), false, 2437, i + 1);
	}
	assert_int_equal(table.count, BSS_MAX);
	good = find(addr, "good");
	assert_non_null(good);
	assert_true(good->worked);
	assert_null(find(addr, "goo"));
}

/* A flood in the name of one network evicts neither other networks nor a BSS that has worked, nor one that answers. */
static void flood_of_one_ssid_evicts_only_its_own_entries(void **state)
{
	static const uint8_t worked[6] = {2, 0, 0, 0, 0, 2}, answering[6] = {2, 0, 0, 0, 0, 3};
	uint8_t many[6] = {2};

	(void)state;
	receive_beacon(addr, "other", 5, false, 2437, 0);
	receive_beacon(worked, "home", 4, false, 2437, 0)->worked = true;
	receive_beacon(answering, "home", 4, true, 2437, 0);
	for (unsigned i = 0; i < 10000; i++) {
		many[4] = (uint8_t)(i >> 8) + 1;
		many[5] = (uint8_t)i;
		receive_beacon(many, "home", 4, false, 2437, i + 1);
	}
	assert_int_equal(table.count, BSS_PER_SSID_MAX + 1);
	assert_non_null(find(addr, "other"));
	assert_non_null(find(worked, "home"));
	assert_non_null(find(answering, "home"));
}

/* A beacon with other terms does not change an entry that has worked: it may be forged. Losing it leaves it as unheard. */
static void entry_that_worked_keeps_its_terms(void **state)
{
	struct bss *bss;

	(void)state;
	receive_beacon(addr, "a", 1, false, 2437, 1)->worked = true;
	bss = receive_beacon(addr, "a", 1, false, 5180, 2);
	assert_false(bss->worked);
	assert_int_equal(table.count, 2);
	bss = receive_beacon(addr, "a", 1, false, 2437, 3);
	assert_true(bss->worked);
	assert_int_equal(table.count, 2);
	/* A beacon without an SSID refreshes it. */
	bss = receive_beacon(addr, NULL, 0, false, 2437, 4);
	assert_true(bss->worked);
	assert_int_equal(bss->ssid_len, 1);
	bss_lost(&table, addr);
	assert_int_equal(table.count, 1);
	assert_int_equal(table.at[0].heard_ns, 0);
	assert_true(receive_beacon(addr, "a", 1, false, 2437, 5)->worked);
}

static struct sta_network block(void)
{
	return (struct sta_network){.ssid = "a",
				    .ssid_len = 1,
				    .any_bssid = true,
				    .wpa = true,
				    .rsn = true,
				    .akms = 1u << AKM_PSK,
				    .pairwise = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
				    .group = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
				    .wep = CIPHER_NONE};
}

/* RSN with CCMP and these AKMs. */
static void protect_by(struct bss *bss, uint32_t akms, enum cipher group, uint16_t capabilities)
{
	struct rsn_element rsne = {.pairwise = 1u << CIPHER_CCMP_128,
				   .group = group,
				   .group_management = capabilities ? CIPHER_BIP_CMAC_128 : CIPHER_NONE,
				   .akms = akms,
				   .capabilities = capabilities};

	bss->rsn_len = rsn_element_write(&rsne, bss->rsn);
}

static void protect(struct bss *bss, bool wpa, uint32_t pairwise, enum cipher group, uint16_t capabilities)
{
	struct rsn_element rsne = {.wpa = wpa,
				   .pairwise = pairwise,
				   .group = group,
				   .group_management = capabilities ? CIPHER_BIP_CMAC_128 : CIPHER_NONE,
				   .akms = 1u << AKM_PSK,
				   .capabilities = capabilities};

	if (wpa)
		bss->wpa_len = rsn_element_write(&rsne, bss->wpa);
	else
		bss->rsn_len = rsn_element_write(&rsne, bss->rsn);
}

static void strongest_common_suite_is_chosen(void **state)
{
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	protect(bss, true, 1u << CIPHER_TKIP, CIPHER_TKIP, 0);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	assert_true(terms.suite.wpa);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){.no_tkip = true}, &terms), BSS_TKIP);
	protect(bss, false, 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP, CIPHER_TKIP, 0);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	assert_false(terms.suite.wpa);
	assert_int_equal(terms.suite.pairwise, CIPHER_CCMP_128);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){.no_tkip = true}, &terms),
			 BSS_TKIP); /* the group cipher is TKIP */
	network.group = 1u << CIPHER_CCMP_128;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_GROUP);
	network.pairwise = 1u << CIPHER_GCMP_256;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PAIRWISE);
	network.akms = 1u << AKM_PSK_SHA256;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_AKM);
	network.rsn = network.wpa = false;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PROTECTION);
	bss->unsupported_rates = true;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_RATES);
}

/* Membership selectors (Table 9-93), as of access points with require_ht: they are no rates. */
static void a_network_that_requires_80211n_is_for_radios_that_have_it(void **state)
{
	static const struct {
		uint8_t selector, mode;
	} cases[] = {{0xff, PLANE_HT}, {0xfe, PLANE_VHT}, {0xfa, PLANE_HE}};
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint8_t ext_rates[] = {0x30, 0x6c, cases[i].selector};
		struct mgmt mgmt = {.subtype = MGMT_BEACON,
				    .bssid = addr,
				    .interval = 100,
				    .channel = 6,
				    .ssid = {(const uint8_t *)"a", 1},
				    .rates = {(const uint8_t *)"\x82\x84\x8b\x96", 4},
				    .ext_rates = {ext_rates, sizeof(ext_rates)}};
		struct bss *bss = bss_update(&table, &mgmt, &(struct frame_meta){.freq_mhz = 2437}, i);
		struct bss_limits limits = {.modes = cases[i].mode};

		protect(bss, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
		assert_false(bss->unsupported_rates);
		assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_FITS);
		limits.modes = (uint8_t)~cases[i].mode;
		assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_RATES);
	}
}

static void lists_restrict_access_points(void **state)
{
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;
	struct sta_bssids list = {.count = 1};

	(void)state;
	protect(bss, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	memcpy(list.list[0].addr, addr, 6);
	memset(list.list[0].mask, 0xff, 6);
	network.accept = list;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	network.ignore = list;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_OTHER_BSSID);
	network.ignore.list[0].addr[5] ^= 1;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	network.ignore.list[0].mask[5] = 0xfe;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_OTHER_BSSID);
	network.ignore.count = 0;
	network.accept.list[0].addr[0] ^= 4;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_OTHER_BSSID);
}

static void pmf_follows_both_capabilities(void **state)
{
	/* PMF of both ends (0 none, 1 capable, 2 required) → may they associate, and is PMF used? */
	static const struct {
		unsigned ours, theirs;
		bool meet, mfp;
	} row[] = {{0, 0, true, false},  {0, 1, true, false}, {0, 2, false, false},
		   {1, 0, true, false},  {1, 1, true, true},  {1, 2, true, true},
		   {2, 0, false, false}, {2, 1, true, true},  {2, 2, true, true}};
	static const uint16_t capabilities[] = {0, RSN_MFPC, RSN_MFPC | RSN_MFPR};
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		protect(bss, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, capabilities[row[i].theirs]);
		network.pmf = row[i].ours;
		assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms),
				 row[i].meet ? BSS_FITS : BSS_PMF);
		if (row[i].meet)
			assert_int_equal(terms.mfp, row[i].mfp);
	}
	network.pmf = 2;
	network.group_mgmt = 1u << CIPHER_BIP_GMAC_256;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PMF);
	/* TKIP protects data only. */
	network.group_mgmt = 0;
	protect(bss, false, 1u << CIPHER_TKIP, CIPHER_TKIP, RSN_MFPC);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PMF);
	network.pmf = 1;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	assert_false(terms.mfp);
	network.pmf = 2;
	/* WPA has no PMF. */
	bss->rsn_len = 0;
	protect(bss, true, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PMF);
}

/* A network that has said so is joined by SAE and with PMF only. */
static void older_protection_is_not_used_after_transition(void **state)
{
	const struct bss_limits limits = {.transition_disable = TRANSITION_DISABLE_PERSONAL}, open = {0};
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	network.akms |= 1u << AKM_SAE;
	network.sae.password_len = network.sae_group_count = 1;
	network.pmf = 1;
	protect(bss, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, RSN_MFPC);
	assert_int_equal(bss_match(bss, &network, &open, &terms), BSS_FITS);
	assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_AKM);
	protect_by(bss, 1u << AKM_PSK | 1u << AKM_SAE, CIPHER_CCMP_128, RSN_MFPC);
	assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_FITS);
	assert_int_equal(terms.suite.akm, AKM_SAE);
	protect_by(bss, 1u << AKM_SAE, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(bss, &network, &open, &terms), BSS_FITS);
	assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_PMF);
	protect_by(bss, 1u << AKM_SAE, CIPHER_TKIP, RSN_MFPC);
	network.group |= 1u << CIPHER_TKIP;
	assert_int_equal(bss_match(bss, &network, &open, &terms), BSS_FITS);
	assert_int_equal(bss_match(bss, &network, &limits, &terms), BSS_GROUP);
	bss->rsn_len = 0;
	network.wpa = true;
	protect(bss, true, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(bss, &network, &open, &terms), BSS_FITS);
	assert_true(bss_match(bss, &network, &limits, &terms) < BSS_FITS);
}

/* The pair of an open network and its hidden twin with OWE, which has another name. */
static void owe_transition_pair_is_matched(void **state)
{
	static const uint8_t twin[6] = {2, 0, 0, 0, 0, 9};
	const struct bss_limits found = {0}, not_found = {.owe_not_found = true},
				forbidden = {.owe_not_found = true, .transition_disable = TRANSITION_DISABLE_OPEN};
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	network.wpa = false;
	network.akms = 1u << AKM_OWE;
	assert_int_equal(bss_match(bss, &network, &found, &terms), BSS_FITS); /* open, and no hint at OWE */
	assert_int_equal(terms.kind, BSS_TERMS_OPEN);
	bss->owe = (struct owe_transition){.ssid = "secret", .ssid_len = 6};
	assert_true(bss_hints_at_owe(bss, &network));
	assert_int_equal(bss_match(bss, &network, &found, &terms), BSS_PROTECTION);
	assert_int_equal(bss_match(bss, &network, &not_found, &terms), BSS_FITS);
	assert_int_equal(bss_match(bss, &network, &forbidden, &terms), BSS_PROTECTION);
	network.owe_only = true;
	assert_int_equal(bss_match(bss, &network, &not_found, &terms), BSS_PROTECTION);
	bss->owe.ssid_len = 0;
	assert_int_equal(bss_match(bss, &network, &not_found, &terms), BSS_PROTECTION);
	bss = receive_beacon(twin, "secret", 6, false, 2437, 1);
	protect_by(bss, 1u << AKM_OWE, CIPHER_CCMP_128, RSN_MFPC);
	assert_int_equal(bss_match(bss, &network, &found, &terms), BSS_OTHER_SSID);
	bss->owe = (struct owe_transition){.ssid = "a", .ssid_len = 1};
	assert_int_equal(bss_match(bss, &network, &found, &terms), BSS_FITS);
	assert_int_equal(terms.suite.akm, AKM_OWE);
	network.akms = 1u << AKM_PSK; /* only a block for OWE follows the element */
	assert_int_equal(bss_match(bss, &network, &found, &terms), BSS_OTHER_SSID);
}

static void open_wep_and_rsn_are_distinguished(void **state)
{
	struct bss *bss = receive_beacon(addr, "a", 1, false, 2437, 1);
	struct sta_network network = block();
	struct bss_terms terms;

	(void)state;
	network.open = true;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	assert_int_equal(terms.kind, BSS_TERMS_OPEN);
	bss->capability = CAPABILITY_PRIVACY;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PROTECTION);
	network.wep = CIPHER_WEP_104;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_FITS);
	assert_int_equal(terms.kind, BSS_TERMS_WEP);
	protect(bss, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PROTECTION);
	network.wep = CIPHER_NONE;
	assert_int_equal(bss_match(bss, &network, &(struct bss_limits){0}, &terms), BSS_PROTECTION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(entry_is_keyed_by_bssid_and_ssid, tear_down_table),
		cmocka_unit_test_teardown(older_frame_does_not_replace_a_newer_one, tear_down_table),
		cmocka_unit_test_teardown(channel_is_taken_from_sender, tear_down_table),
		cmocka_unit_test_teardown(hidden_bss_learns_and_keeps_ssid, tear_down_table),
		cmocka_unit_test_teardown(flood_does_not_grow_table_beyond_limit, tear_down_table),
		cmocka_unit_test_teardown(flood_of_one_ssid_evicts_only_its_own_entries, tear_down_table),
		cmocka_unit_test_teardown(entry_that_worked_keeps_its_terms, tear_down_table),
		cmocka_unit_test_teardown(strongest_common_suite_is_chosen, tear_down_table),
		cmocka_unit_test_teardown(a_network_that_requires_80211n_is_for_radios_that_have_it, tear_down_table),
		cmocka_unit_test_teardown(lists_restrict_access_points, tear_down_table),
		cmocka_unit_test_teardown(pmf_follows_both_capabilities, tear_down_table),
		cmocka_unit_test_teardown(older_protection_is_not_used_after_transition, tear_down_table),
		cmocka_unit_test_teardown(owe_transition_pair_is_matched, tear_down_table),
		cmocka_unit_test_teardown(open_wep_and_rsn_are_distinguished, tear_down_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

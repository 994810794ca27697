/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "mlme/bss_table.h"

#define SECOND UINT64_C(1000000000)

static struct bss_table table;
static const uint8_t addr[6] = {2, 0, 0, 0, 0, 1};

static int drop_table(void **state)
{
	(void)state;
	bss_free(&table);
	return 0;
}

/* A beacon (or probe response) from `bssid` with a name, on channel 6, heard on `freq`. */
static struct bss *hear(const uint8_t *bssid, const char *ssid, size_t len, bool response, uint16_t freq, uint64_t now)
{
	struct mgmt m = {.subtype = response ? MGMT_PROBE_RESPONSE : MGMT_BEACON,
			 .bssid = bssid,
			 .interval = 100,
			 .channel = 6,
			 .ssid = {(const uint8_t *)ssid, len}};
	struct frame_meta meta = {.freq_mhz = freq, .signal_dbm = -40};

	return bss_hear(&table, &m, &meta, now);
}

static void one_entry_for_an_address_and_a_name(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 0, 2};

	(void)state;
	assert_non_null(hear(addr, "a", 1, false, 2437, 1));
	assert_non_null(hear(addr, "a", 1, true, 2437, 2));
	assert_int_equal(table.count, 1);
	assert_true(table.at[0].answers);
	assert_int_equal(table.at[0].heard_ns, 2);
	hear(addr, "b", 1, false, 2437, 3);
	hear(other, "a", 1, false, 2437, 4);
	assert_int_equal(table.count, 3);
	bss_age(&table, 4);
	assert_int_equal(table.count, 1);
	assert_memory_equal(table.at[0].bssid, other, 6);
	bss_forget(&table, other);
	assert_int_equal(table.count, 0);
}

/* On channel 5 one hears channel 6 too; what the frame says of itself counts. At 5 GHz it says nothing of the kind. */
static void the_channel_is_that_of_the_sender(void **state)
{
	(void)state;
	assert_int_equal(hear(addr, "a", 1, false, 2432, 1)->freq_mhz, 2437);
	assert_int_equal(hear(addr, "a", 1, false, 5180, 1)->freq_mhz, 5180);
	assert_int_equal(hear(addr, "a", 1, false, 0, 1)->freq_mhz, 2437);
	assert_int_equal(table.count, 1);
}

static void a_hidden_network_gets_its_name_and_keeps_it(void **state)
{
	static const char zeroes[5];
	struct bss *b;

	(void)state;
	assert_int_equal(hear(addr, NULL, 0, false, 2437, 1)->ssid_len, 0);
	assert_int_equal(hear(addr, zeroes, sizeof zeroes, false, 2437, 2)->ssid_len, 0);
	assert_int_equal(table.count, 1);
	b = hear(addr, "where", 5, true, 2437, 3);
	assert_int_equal(table.count, 1);
	assert_int_equal(b->ssid_len, 5);
	b = hear(addr, zeroes, sizeof zeroes, false, 2437, 4);
	assert_int_equal(table.count, 1);
	assert_int_equal(b->ssid_len, 5);
	assert_int_equal(b->heard_ns, 4);
}

/* A flood of made-up networks pushes out the old ones, and takes no more memory than there is a place for. */
static void a_flood_fills_the_table_and_no_more(void **state)
{
	uint8_t many[6] = {2};

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		many[4] = (uint8_t)(i >> 8);
		many[5] = (uint8_t)i;
		hear(many, "evil", 4, false, 2437, i);
		hear(addr, "good", 4, false, 2437, i);
	}
	assert_int_equal(table.count, BSS_MAX);
	assert_non_null(bss_find(&table, addr, (const uint8_t *)"good", 4));
	assert_null(bss_find(&table, addr, (const uint8_t *)"goo", 3));
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
				    .wep = CIPHERS};
}

static void protect(struct bss *b, bool wpa, uint32_t pairwise, enum cipher group, uint16_t capabilities)
{
	struct rsn_element e = {.wpa = wpa,
				.pairwise = pairwise,
				.group = group,
				.management = capabilities ? CIPHER_BIP_CMAC_128 : CIPHERS,
				.akms = 1u << AKM_PSK,
				.capabilities = capabilities};

	if (wpa)
		b->wpa_len = rsn_write(&e, b->wpa);
	else
		b->rsn_len = rsn_write(&e, b->rsn);
}

static void the_strongest_that_both_have(void **state)
{
	struct bss *b = hear(addr, "a", 1, false, 2437, 1);
	struct sta_network n = block();
	struct bss_terms t;

	(void)state;
	protect(b, true, 1u << CIPHER_TKIP, CIPHER_TKIP, 0);
	assert_int_equal(bss_match(b, &n, true, &t), BSS_FITS);
	assert_true(t.suite.wpa);
	assert_int_equal(bss_match(b, &n, false, &t), BSS_TKIP);
	protect(b, false, 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP, CIPHER_TKIP, 0);
	assert_int_equal(bss_match(b, &n, true, &t), BSS_FITS);
	assert_false(t.suite.wpa);
	assert_int_equal(t.suite.pairwise, CIPHER_CCMP_128);
	assert_int_equal(bss_match(b, &n, false, &t), BSS_TKIP); /* the group's keys are TKIP's */
	n.group = 1u << CIPHER_CCMP_128;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_GROUP);
	n.pairwise = 1u << CIPHER_GCMP_256;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PAIRWISE);
	n.akms = 1u << AKM_PSK_SHA256;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_AKM);
	n.rsn = n.wpa = false;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PROTECTION);
	b->foreign_rates = true;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_RATES);
}

static void protected_management_frames_as_both_want(void **state)
{
	/* ours, theirs (0 none, 1 capable, 2 required) → may they meet, and with protection? */
	static const struct {
		unsigned ours, theirs;
		bool meet, mfp;
	} row[] = {{0, 0, true, false},  {0, 1, true, false}, {0, 2, false, false},
		   {1, 0, true, false},  {1, 1, true, true},  {1, 2, true, true},
		   {2, 0, false, false}, {2, 1, true, true},  {2, 2, true, true}};
	static const uint16_t capabilities[] = {0, RSN_MFPC, RSN_MFPC | RSN_MFPR};
	struct bss *b = hear(addr, "a", 1, false, 2437, 1);
	struct sta_network n = block();
	struct bss_terms t;

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		protect(b, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, capabilities[row[i].theirs]);
		n.pmf = row[i].ours;
		assert_int_equal(bss_match(b, &n, true, &t), row[i].meet ? BSS_FITS : BSS_PMF);
		if (row[i].meet)
			assert_int_equal(t.mfp, row[i].mfp);
	}
	n.pmf = 2;
	n.group_mgmt = 1u << CIPHER_BIP_GMAC_256;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PMF);
	/* TKIP protects data only. */
	n.group_mgmt = 0;
	protect(b, false, 1u << CIPHER_TKIP, CIPHER_TKIP, RSN_MFPC);
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PMF);
	n.pmf = 1;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_FITS);
	assert_false(t.mfp);
	n.pmf = 2;
	/* WPA has none of it. */
	b->rsn_len = 0;
	protect(b, true, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PMF);
}

static void open_wep_and_protected_are_three_things(void **state)
{
	struct bss *b = hear(addr, "a", 1, false, 2437, 1);
	struct sta_network n = block();
	struct bss_terms t;

	(void)state;
	n.open = true;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_FITS);
	assert_int_equal(t.kind, BSS_TERMS_OPEN);
	b->capability = CAPABILITY_PRIVACY;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PROTECTION);
	n.wep = CIPHER_WEP_104;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_FITS);
	assert_int_equal(t.kind, BSS_TERMS_WEP);
	protect(b, false, 1u << CIPHER_CCMP_128, CIPHER_CCMP_128, 0);
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PROTECTION);
	n.wep = CIPHERS;
	assert_int_equal(bss_match(b, &n, true, &t), BSS_PROTECTION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(one_entry_for_an_address_and_a_name, drop_table),
		cmocka_unit_test_teardown(the_channel_is_that_of_the_sender, drop_table),
		cmocka_unit_test_teardown(a_hidden_network_gets_its_name_and_keeps_it, drop_table),
		cmocka_unit_test_teardown(a_flood_fills_the_table_and_no_more, drop_table),
		cmocka_unit_test_teardown(the_strongest_that_both_have, drop_table),
		cmocka_unit_test_teardown(protected_management_frames_as_both_want, drop_table),
		cmocka_unit_test_teardown(open_wep_and_protected_are_three_things, drop_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

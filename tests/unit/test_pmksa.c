/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"
#include "handshake_pair.h"

#include "rsn/pmksa.h"

#define SECOND UINT64_C(1000000000)

static const struct rsn_addresses home_ssid = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};
static const struct span any;

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

/* AKM 2: the example of hashcat's mode 16800 (hashcat.net/wiki/doku.php?id=example_hashes); AKM 6: computed with Python's hmac. */
static void published_pmkid_vector(void **state)
{
	struct rsn_addresses ends;
	uint8_t ssid[32], pmk[PMK_LEN], id[PMKID_LEN];
	size_t len = unhex(ssid, sizeof(ssid), "ed487162465a774bfba60eb603a39f3a");

	unhex(ends.aa, 6, "4604ba734d4e");
	unhex(ends.spa, 6, "89acf0e761f4");
	assert_int_equal(kdf_pmk(*state, "hashcat!", 8, ssid, len, pmk), 0);
	assert_int_equal(pmksa_derive_pmkid(*state, AKM_PSK, pmk, &ends, id), 0);
	assert_hex(id, sizeof(id), "2582a8281bf9d4308d6f5731d0e61c61");
	assert_int_equal(pmksa_derive_pmkid(*state, AKM_PSK_SHA256, pmk, &ends, id), 0);
	assert_hex(id, sizeof(id), "2631f3167ea84219fef10646acd50e75");
}

/* Returns the station of this number, and the PMK of its passphrase. */
static struct rsn_addresses addresses_of(unsigned station)
{
	struct rsn_addresses pair = home_ssid;

	pair.spa[4] = (uint8_t)(station >> 8);
	pair.spa[5] = (uint8_t)station;
	return pair;
}

static void add_pmksa(struct pmksa_cache *cache, struct crypto *crypto, unsigned station, unsigned tag, uint64_t now_s)
{
	uint8_t pmk[PMK_LEN] = {(uint8_t)tag};
	struct rsn_addresses ends = addresses_of(station);

	assert_int_equal(pmksa_add(cache, crypto, AKM_PSK, pmk, &ends, tag, now_s * SECOND), 0);
}

static const struct pmksa *find_pmksa(const struct pmksa_cache *cache, unsigned station, struct span pmkids,
				      uint64_t now_s)
{
	struct rsn_addresses ends = addresses_of(station);

	return pmksa_find(cache, AKM_PSK, &ends, pmkids, now_s * SECOND);
}

/* By addresses, AKM and PMKID; without a PMKID the newest. */
static void entry_is_found_by_pmkid_and_addresses(void **state)
{
	uint8_t list[3 * PMKID_LEN] = {0};
	struct rsn_addresses other = addresses_of(1);
	struct pmksa_cache cache;

	assert_int_equal(pmksa_init(&cache, 8, PMKSA_LIFETIME_NS), 0);
	assert_null(find_pmksa(&cache, 1, any, 0));
	add_pmksa(&cache, *state, 1, 10, 1);
	add_pmksa(&cache, *state, 1, 11, 2);
	add_pmksa(&cache, *state, 2, 12, 3);
	assert_int_equal(cache.count, 3);
	assert_int_equal(find_pmksa(&cache, 1, any, 4)->tag, 11);
	assert_int_equal(find_pmksa(&cache, 2, any, 4)->tag, 12);
	assert_null(find_pmksa(&cache, 3, any, 4));
	other.aa[5]++;
	assert_null(pmksa_find(&cache, AKM_PSK, &other, any, 4 * SECOND));
	other.aa[5]--;
	assert_non_null(pmksa_find(&cache, AKM_PSK, &other, any, 4 * SECOND));
	assert_null(pmksa_find(&cache, AKM_PSK_SHA256, &other, any, 4 * SECOND));
	/* The last of three PMKIDs, two of them unknown. */
	memcpy(list + 2 * PMKID_LEN, cache.entries[0].pmkid, PMKID_LEN);
	assert_int_equal(find_pmksa(&cache, 1, (struct span){list, sizeof(list)}, 4)->tag, 10);
	assert_null(find_pmksa(&cache, 1, (struct span){list, 2 * PMKID_LEN}, 4));
	/* The PMKID of another station names nothing. */
	assert_null(find_pmksa(&cache, 2, (struct span){list, sizeof(list)}, 4));
	pmksa_free(&cache);
}

static void entry_expires(void **state)
{
	struct pmksa_cache cache;

	assert_int_equal(pmksa_init(&cache, 8, PMKSA_LIFETIME_NS), 0);
	add_pmksa(&cache, *state, 1, 1, 100);
	assert_non_null(find_pmksa(&cache, 1, any, 100 + 43199));
	assert_null(find_pmksa(&cache, 1, any, 100 + 43200));
	/* Added again, it restarts its lifetime and is not stored twice. */
	add_pmksa(&cache, *state, 1, 1, 200);
	assert_int_equal(cache.count, 1);
	assert_non_null(find_pmksa(&cache, 1, any, 100 + 43200));
	pmksa_free(&cache);
}

static void entry_that_ends_first_is_evicted(void **state)
{
	struct pmksa_cache cache;

	assert_int_equal(pmksa_init(&cache, 3, PMKSA_LIFETIME_NS), 0);
	for (unsigned station = 0; station < 3; station++)
		add_pmksa(&cache, *state, station, station, station);
	add_pmksa(&cache, *state, 0, 0, 5); /* now number 1 is the oldest */
	add_pmksa(&cache, *state, 7, 7, 6);
	assert_int_equal(cache.count, 3);
	assert_null(find_pmksa(&cache, 1, any, 7));
	assert_non_null(find_pmksa(&cache, 0, any, 7));
	assert_non_null(find_pmksa(&cache, 2, any, 7));
	assert_non_null(find_pmksa(&cache, 7, any, 7));
	/* A user has added number 0 with a shorter lifetime. */
	for (size_t i = 0; i < cache.count; i++)
		if (cache.entries[i].addresses.spa[5] == 0)
			cache.entries[i].until_ns = 8 * SECOND;
	add_pmksa(&cache, *state, 8, 8, 9);
	assert_non_null(find_pmksa(&cache, 2, any, 9));
	assert_non_null(find_pmksa(&cache, 7, any, 9));
	assert_non_null(find_pmksa(&cache, 8, any, 9));
	/* For any number of entries. */
	for (unsigned station = 100; station < 1000; station++)
		add_pmksa(&cache, *state, station, station, station);
	assert_int_equal(cache.count, 3);
	for (unsigned station = 997; station < 1000; station++)
		assert_int_equal(find_pmksa(&cache, station, any, 1000)->tag, station);
	pmksa_free(&cache);
}

/* Opportunistic key caching: the newest one of the same network, station and AKM, while it is valid. */
static void copy_is_for_another_access_point(void **state)
{
	static const uint8_t newer[PMK_LEN] = {9};
	struct rsn_addresses own = addresses_of(1), target = own, stranger = addresses_of(2);
	struct pmksa_cache cache;
	const struct pmksa *copy;

	assert_int_equal(pmksa_init(&cache, 8, PMKSA_LIFETIME_NS), 0);
	target.aa[5]++;
	stranger.aa[5]++;
	add_pmksa(&cache, *state, 1, 10, 1);
	assert_int_equal(pmksa_add(&cache, *state, AKM_PSK, newer, &own, 10, 2 * SECOND), 0);
	assert_null(pmksa_copy_for(&cache, AKM_PSK_SHA256, &target, 10, 3 * SECOND));
	assert_null(pmksa_copy_for(&cache, AKM_PSK, &target, 11, 3 * SECOND));
	assert_null(pmksa_copy_for(&cache, AKM_PSK, &stranger, 10, 3 * SECOND));
	assert_null(pmksa_copy_for(&cache, AKM_PSK, &target, 10, 2 * SECOND + PMKSA_LIFETIME_NS));
	assert_int_equal(cache.count, 2);
	copy = pmksa_copy_for(&cache, AKM_PSK, &target, 10, 3 * SECOND);
	assert_non_null(copy);
	assert_true(copy->opportunistic);
	assert_memory_equal(&copy->addresses, &target, sizeof(target));
	assert_memory_equal(copy->pmk, newer, PMK_LEN);
	assert_int_equal(copy->until_ns, 2 * SECOND + PMKSA_LIFETIME_NS); /* no longer than the original */
	assert_int_equal(cache.count, 3);
	pmksa_free(&cache);
}

static void pmksa_flush_wipes_keys(void **state)
{
	static const struct pmksa none;
	struct rsn_addresses ends = addresses_of(2);
	struct pmksa_cache cache;

	assert_int_equal(pmksa_init(&cache, 8, PMKSA_LIFETIME_NS), 0);
	for (unsigned station = 1; station <= 4; station++)
		for (unsigned tag = 1; tag <= 2; tag++)
			add_pmksa(&cache, *state, station, tag, station);
	assert_int_equal(pmksa_flush(&cache, ends.spa), 2);
	assert_int_equal(cache.count, 6);
	assert_null(find_pmksa(&cache, 2, any, 5));
	assert_non_null(find_pmksa(&cache, 4, any, 5));
	for (size_t i = cache.count; i < cache.room; i++)
		assert_memory_equal(&cache.entries[i], &none, sizeof(none));
	assert_int_equal(pmksa_flush(&cache, ends.spa), 0);
	assert_int_equal(pmksa_flush(&cache, home_ssid.aa), 6);
	assert_int_equal(cache.count, 0);
	for (size_t i = 0; i < cache.room; i++)
		assert_memory_equal(&cache.entries[i], &none, sizeof(none));
	pmksa_free(&cache);
	pmksa_free(&cache);
}

/* End to end: both ends store the PMK, the returning station names it, and the handshake is the same. */
static void association_request_names_pmkid(void **state)
{
	struct pmksa_cache at_ap, at_station;
	struct rsn_element rsne;
	struct handshake_pair pair;

	for (size_t i = 2; i < COUNT(suites); i++) {
		const struct rsn_addresses *ends = &pair.authenticator.setup.addresses;
		enum akm akm = suites[i].akm;
		const struct pmksa *known;
		struct eapol_key eapol;

		assert_int_equal(pmksa_init(&at_ap, 8, PMKSA_LIFETIME_NS), 0);
		assert_int_equal(pmksa_init(&at_station, 8, PMKSA_LIFETIME_NS), 0);
		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_run(&pair);
		assert_int_equal(pmksa_add(&at_ap, *state, akm, pair.pmks[pair.authenticator.pmk_index], ends,
					   (unsigned)pair.authenticator.pmk_index, pair.now),
				 0);
		assert_int_equal(pmksa_add(&at_station, *state, akm, pair.supplicant.setup.pmk, ends, 0, pair.now), 0);
		pair_free(&pair);

		pair_setup(&pair, *state, &suites[i]);
		known = pmksa_find(&at_station, akm, ends, any, pair.now);
		assert_int_equal(rsn_element_parse(&rsne, (struct span){pair.supplicant.setup.own_element,
									pair.supplicant.setup.own_element_len}),
				 NOT_DROPPED);
		rsne.pmkids = (struct span){known->pmkid, PMKID_LEN};
		pair.supplicant.setup.own_element_len = pair.authenticator.setup.peer_element_len =
			rsn_element_write(&rsne, pair.supplicant.setup.own_element);
		memcpy(pair.authenticator.setup.peer_element, pair.supplicant.setup.own_element,
		       pair.supplicant.setup.own_element_len);
		assert_int_equal(rsn_element_parse(&rsne, (struct span){pair.authenticator.setup.peer_element,
									pair.authenticator.setup.peer_element_len}),
				 NOT_DROPPED);
		known = pmksa_find(&at_ap, akm, ends, rsne.pmkids, pair.now);
		assert_int_equal(known->tag, 1);
		pair.authenticator.setup.likely_pmk = known->tag;
		pair_start(&pair);
		/* Message 1 does not name it: anybody can request one. */
		assert_int_equal(eapol_key_parse(&eapol, pair.in_flight[0].bytes, pair.in_flight[0].len, EAPOL_MIC_LEN),
				 NOT_DROPPED);
		assert_int_equal(eapol.data.len, 0);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.authenticator.pmk_index, 1);
		pair_free(&pair);
		pmksa_free(&at_ap);
		pmksa_free(&at_station);
	}
}

/* A PMKID in message 1 has no effect: there is no MIC, and the passphrase is known without it. */
static void pmkid_in_message_1_is_ignored(void **state)
{
	static const char *const data[] = {
		"dd14 000fac04 00112233445566778899aabbccddeeff", /* an unknown PMKID */
		"dd14 000fac04 0011",                             /* truncated */
		"dd",
		"ffffffffffffffff",
	};
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t count = 0; count < COUNT(data); count++) {
			uint8_t kde[64];
			struct eapol_key eapol;
			struct handshake_frame message, named;

			pair_setup_and_start(&pair, *state, &suites[i]);
			message = pair_take_frame(&pair, 0);
			assert_int_equal(
				eapol_key_parse(&eapol, message.bytes, message.len, rsn_profile(&suites[i]).mic_len),
				NOT_DROPPED);
			eapol.data = (struct span){kde, unhex(kde, sizeof(kde), data[count])};
			named = message;
			named.len = eapol_key_write(&eapol, named.bytes);
			pair_deliver(&pair, &named);
			assert_int_equal(pair.at_supplicant.drop, NOT_DROPPED);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			pair_free(&pair);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_pmkid_vector),
		cmocka_unit_test(entry_is_found_by_pmkid_and_addresses),
		cmocka_unit_test(entry_expires),
		cmocka_unit_test(entry_that_ends_first_is_evicted),
		cmocka_unit_test(copy_is_for_another_access_point),
		cmocka_unit_test(pmksa_flush_wipes_keys),
		cmocka_unit_test(association_request_names_pmkid),
		cmocka_unit_test(pmkid_in_message_1_is_ignored),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

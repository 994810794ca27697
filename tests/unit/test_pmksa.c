/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"
#include "pair.h"

#include "rsn/pmksa.h"

#define SECOND UINT64_C(1000000000)

static const struct rsn_pair home = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};
static const struct span any;

static int begin(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int end(void **state)
{
	crypto_free(*state);
	return 0;
}

/* Of AKM 2 the example of hashcat's mode 16800 (hashcat.net/wiki/doku.php?id=example_hashes); of AKM 6 Python's hmac. */
static void published_pmkid(void **state)
{
	struct rsn_pair ends;
	uint8_t ssid[32], pmk[PMK_LEN], id[PMKID_LEN];
	size_t len = unhex(ssid, sizeof ssid, "ed487162465a774bfba60eb603a39f3a");

	unhex(ends.aa, 6, "4604ba734d4e");
	unhex(ends.spa, 6, "89acf0e761f4");
	assert_int_equal(kdf_pmk(*state, "hashcat!", 8, ssid, len, pmk), 0);
	assert_int_equal(pmkid(*state, AKM_PSK, pmk, &ends, id), 0);
	assert_hex(id, sizeof id, "2582a8281bf9d4308d6f5731d0e61c61");
	assert_int_equal(pmkid(*state, AKM_PSK_SHA256, pmk, &ends, id), 0);
	assert_hex(id, sizeof id, "2631f3167ea84219fef10646acd50e75");
}

/* A station with this number; and the PMK of its passphrase. */
static struct rsn_pair ends_of(unsigned n)
{
	struct rsn_pair e = home;

	e.spa[4] = (uint8_t)(n >> 8);
	e.spa[5] = (uint8_t)n;
	return e;
}

static void add(struct pmksa_cache *p, struct crypto *c, unsigned n, unsigned tag, uint64_t now_s)
{
	uint8_t pmk[PMK_LEN] = {(uint8_t)tag};
	struct rsn_pair ends = ends_of(n);

	assert_int_equal(pmksa_add(p, c, AKM_PSK, pmk, &ends, tag, now_s * SECOND), 0);
}

static const struct pmksa *find(const struct pmksa_cache *p, unsigned n, struct span pmkids, uint64_t now_s)
{
	struct rsn_pair ends = ends_of(n);

	return pmksa_find(p, AKM_PSK, &ends, pmkids, now_s * SECOND);
}

/* By the two addresses, the AKM and the PMKID; without one the newest. */
static void found_by_what_it_is_of(void **state)
{
	uint8_t list[3 * PMKID_LEN] = {0};
	struct rsn_pair other = ends_of(1);
	struct pmksa_cache p;

	assert_int_equal(pmksa_init(&p, 8, PMKSA_LIFETIME_NS), 0);
	assert_null(find(&p, 1, any, 0));
	add(&p, *state, 1, 10, 1);
	add(&p, *state, 1, 11, 2);
	add(&p, *state, 2, 12, 3);
	assert_int_equal(p.count, 3);
	assert_int_equal(find(&p, 1, any, 4)->tag, 11);
	assert_int_equal(find(&p, 2, any, 4)->tag, 12);
	assert_null(find(&p, 3, any, 4));
	other.aa[5]++;
	assert_null(pmksa_find(&p, AKM_PSK, &other, any, 4 * SECOND));
	other.aa[5]--;
	assert_non_null(pmksa_find(&p, AKM_PSK, &other, any, 4 * SECOND));
	assert_null(pmksa_find(&p, AKM_PSK_SHA256, &other, any, 4 * SECOND));
	/* Named as the last of three, two of which nobody knows. */
	memcpy(list + 2 * PMKID_LEN, p.list[0].pmkid, PMKID_LEN);
	assert_int_equal(find(&p, 1, (struct span){list, sizeof list}, 4)->tag, 10);
	assert_null(find(&p, 1, (struct span){list, 2 * PMKID_LEN}, 4));
	/* Somebody else's PMKID names nothing. */
	assert_null(find(&p, 2, (struct span){list, sizeof list}, 4));
	pmksa_free(&p);
}

static void ends_with_its_lifetime(void **state)
{
	struct pmksa_cache p;

	assert_int_equal(pmksa_init(&p, 8, PMKSA_LIFETIME_NS), 0);
	add(&p, *state, 1, 1, 100);
	assert_non_null(find(&p, 1, any, 100 + 43199));
	assert_null(find(&p, 1, any, 100 + 43200));
	/* Used again, it begins anew, and is not kept twice. */
	add(&p, *state, 1, 1, 200);
	assert_int_equal(p.count, 1);
	assert_non_null(find(&p, 1, any, 100 + 43200));
	pmksa_free(&p);
}

static void the_oldest_gives_way(void **state)
{
	struct pmksa_cache p;

	assert_int_equal(pmksa_init(&p, 3, PMKSA_LIFETIME_NS), 0);
	for (unsigned n = 0; n < 3; n++)
		add(&p, *state, n, n, n);
	add(&p, *state, 0, 0, 5); /* now number 1 is the oldest */
	add(&p, *state, 7, 7, 6);
	assert_int_equal(p.count, 3);
	assert_null(find(&p, 1, any, 7));
	assert_non_null(find(&p, 0, any, 7));
	assert_non_null(find(&p, 2, any, 7));
	assert_non_null(find(&p, 7, any, 7));
	/* However many come. */
	for (unsigned n = 100; n < 1000; n++)
		add(&p, *state, n, n, n);
	assert_int_equal(p.count, 3);
	for (unsigned n = 997; n < 1000; n++)
		assert_int_equal(find(&p, n, any, 1000)->tag, n);
	pmksa_free(&p);
}

static void flushed_and_wiped(void **state)
{
	static const struct pmksa none;
	struct rsn_pair ends = ends_of(2);
	struct pmksa_cache p;

	assert_int_equal(pmksa_init(&p, 8, PMKSA_LIFETIME_NS), 0);
	for (unsigned n = 1; n <= 4; n++)
		for (unsigned tag = 1; tag <= 2; tag++)
			add(&p, *state, n, tag, n);
	assert_int_equal(pmksa_flush(&p, ends.spa), 2);
	assert_int_equal(p.count, 6);
	assert_null(find(&p, 2, any, 5));
	assert_non_null(find(&p, 4, any, 5));
	for (size_t i = p.count; i < p.room; i++)
		assert_memory_equal(&p.list[i], &none, sizeof none);
	assert_int_equal(pmksa_flush(&p, ends.spa), 0);
	assert_int_equal(pmksa_flush(&p, home.aa), 6);
	assert_int_equal(p.count, 0);
	for (size_t i = 0; i < p.room; i++)
		assert_memory_equal(&p.list[i], &none, sizeof none);
	pmksa_free(&p);
	pmksa_free(&p);
}

/* The whole way: both ends remember, the station names the key when it comes again, and the handshake is the same. */
static void named_in_the_association_request(void **state)
{
	struct pmksa_cache at_ap, at_station;
	struct rsn_element e;
	struct pair p;

	for (size_t i = 2; i < COUNT(suites); i++) {
		const struct rsn_pair *ends = &p.a.setup.ends;
		enum akm akm = suites[i].akm;
		const struct pmksa *known;
		struct eapol_key k;

		assert_int_equal(pmksa_init(&at_ap, 8, PMKSA_LIFETIME_NS), 0);
		assert_int_equal(pmksa_init(&at_station, 8, PMKSA_LIFETIME_NS), 0);
		pair_begin(&p, *state, &suites[i]);
		pair_run(&p);
		assert_int_equal(pmksa_add(&at_ap, *state, akm, p.pmks[p.a.pmk], ends, (unsigned)p.a.pmk, p.now), 0);
		assert_int_equal(pmksa_add(&at_station, *state, akm, p.s.setup.pmk, ends, 0, p.now), 0);
		drop_pair(&p);

		pair_setup(&p, *state, &suites[i]);
		known = pmksa_find(&at_station, akm, ends, any, p.now);
		assert_int_equal(rsn_parse(&e, (struct span){p.s.setup.own, p.s.setup.own_len}), NOT_DROPPED);
		e.pmkids = (struct span){known->pmkid, PMKID_LEN};
		p.s.setup.own_len = p.a.setup.theirs_len = rsn_write(&e, p.s.setup.own);
		memcpy(p.a.setup.theirs, p.s.setup.own, p.s.setup.own_len);
		assert_int_equal(rsn_parse(&e, (struct span){p.a.setup.theirs, p.a.setup.theirs_len}), NOT_DROPPED);
		known = pmksa_find(&at_ap, akm, ends, e.pmkids, p.now);
		assert_int_equal(known->tag, 1);
		p.a.setup.likely = known->tag;
		pair_start(&p);
		/* Message 1 does not name it: anybody may ask for one. */
		assert_int_equal(eapol_key_parse(&k, p.flying[0].bytes, p.flying[0].len), NOT_DROPPED);
		assert_int_equal(k.data.len, 0);
		pair_run(&p);
		assert_true(pair_agrees(&p));
		assert_int_equal(p.a.pmk, 1);
		drop_pair(&p);
		pmksa_free(&at_ap);
		pmksa_free(&at_station);
	}
}

/* Whatever message 1 names, or seems to: it has no MIC, and the passphrase is known without it. */
static void a_pmkid_in_message_1_is_ignored(void **state)
{
	static const char *const data[] = {
		"dd14 000fac04 00112233445566778899aabbccddeeff", /* a PMKID that nobody knows */
		"dd14 000fac04 0011",                             /* cut */
		"dd",
		"ffffffffffffffff",
	};
	struct pair p;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t n = 0; n < COUNT(data); n++) {
			uint8_t kde[64];
			struct eapol_key k;
			struct flying f, named;

			pair_begin(&p, *state, &suites[i]);
			f = pair_next(&p, 0);
			assert_int_equal(eapol_key_parse(&k, f.bytes, f.len), NOT_DROPPED);
			k.data = (struct span){kde, unhex(kde, sizeof kde, data[n])};
			named = f;
			named.len = eapol_key_write(&k, named.bytes);
			pair_deliver(&p, &named);
			assert_int_equal(p.at_s.drop, NOT_DROPPED);
			pair_run(&p);
			assert_true(pair_agrees(&p));
			drop_pair(&p);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_pmkid),
		cmocka_unit_test(found_by_what_it_is_of),
		cmocka_unit_test(ends_with_its_lifetime),
		cmocka_unit_test(the_oldest_gives_way),
		cmocka_unit_test(flushed_and_wiped),
		cmocka_unit_test(named_in_the_association_request),
		cmocka_unit_test(a_pmkid_in_message_1_is_ignored),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

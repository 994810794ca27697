/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fast BSS transition: its elements and its key hierarchy. */
#include "hex.h"
#include "unit.h"

#include "rsn/ft.h"

#include <string.h>

static const struct rsn_addresses ends = {{2, 0, 0, 0, 1, 0}, {2, 0, 0, 0, 0, 1}};
static const struct ft_key_holders holders = {
	.mdid = {0xa1, 0xb2}, .r0kh = "nas1.w1.fi", .r0kh_len = 10, .r1kh = {0, 1, 2, 3, 4, 5}};

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

/* There are no published vectors: these are computed with Python's hmac and hashlib. */
static void keys_and_names_are_those_of_another_implementation(void **state)
{
	static const char ssid[] = "vifi ft";
	const struct span name = {(const uint8_t *)ssid, strlen(ssid)};
	uint8_t psk[PMK_LEN], anonce[RSN_NONCE_LEN], snonce[RSN_NONCE_LEN], ptk[48];
	struct ft_key r0, r1, again;

	memset(anonce, 0xa1, sizeof(anonce));
	memset(snonce, 0x51, sizeof(snonce));
	assert_int_equal(kdf_pmk(*state, "SesameSesame", 12, name.bytes, name.len, psk), 0);
	assert_int_equal(ft_derive_r0(*state, psk, name, &holders, ends.spa, &r0), 0);
	assert_hex(r0.pmk, PMK_LEN, "9cbcb2653c2c5fc2b124ba232c72a964a74bb138ccda16190c7a750c8171c5c0");
	assert_hex(r0.name, PMKID_LEN, "707893a09c148513caeea5dd1d1ea482");
	assert_int_equal(ft_derive_r1(*state, &r0, holders.r1kh, ends.spa, &r1), 0);
	assert_hex(r1.pmk, PMK_LEN, "3c5cfdf16f0c9e903d9504d1bdfd838290a3ee33c3c506b2d48c361970fce3f4");
	assert_hex(r1.name, PMKID_LEN, "c544546c1c35af65da26147374966af8");
	assert_int_equal(ft_derive_ptk(*state, r1.pmk, &ends, anonce, snonce, ptk, sizeof(ptk)), 0);
	assert_hex(ptk, sizeof(ptk),
		   "1f026244088fc74aa082dd9780c8cf42bcf26a6cfb7b3714f79d806d08bc05b4c4d6bbb4ec4edef1115181573794e483");
	assert_int_equal(ft_derive_keys(*state, psk, name, &holders, ends.spa, NULL, &again), 0);
	assert_memory_equal(&again, &r1, sizeof(r1));
	assert_int_equal(ft_derive_r0(*state, psk, (struct span){0}, &holders, ends.spa, &r0), -22);
}

/* ---- elements ---- */

static void an_element_is_read_as_it_was_written(void **state)
{
	static const uint8_t anonce[FT_NONCE_LEN] = {1}, snonce[FT_NONCE_LEN] = {2}, keys[3][40] = {{3}, {4}, {5}};
	struct ft_element ft = {.count = 3,
				.rsnx_used = true,
				.anonce = anonce,
				.snonce = snonce,
				.r0kh = {holders.r0kh, holders.r0kh_len},
				.r1kh = {holders.r1kh, FT_R1KH_LEN},
				.gtk = {keys[0], 35},
				.igtk = {keys[1], 33},
				.bigtk = {keys[2], 33}},
			  read;
	uint8_t bytes[ELEMENT_MAX], domain[FT_DOMAIN_LEN];
	struct ft_key_holders named;
	size_t len = ft_write(&ft, bytes);

	(void)state;
	assert_int_equal(len, 2 + bytes[1]);
	assert_true(ft_parse(&read, (struct span){bytes, len}));
	assert_int_equal(read.count, 3);
	assert_true(read.rsnx_used);
	assert_memory_equal(read.anonce, anonce, sizeof(anonce));
	assert_memory_equal(read.snonce, snonce, sizeof(snonce));
	assert_true(span_equals(read.gtk, keys[0], 35));
	assert_true(span_equals(read.igtk, keys[1], 33));
	assert_true(span_equals(read.bigtk, keys[2], 33));
	ft_domain_write(holders.mdid, FT_OVER_DS, domain);
	assert_true(ft_key_holders_parse(&named, (struct span){domain, sizeof(domain)}, &read));
	assert_memory_equal(&named, &holders, sizeof(named));
	for (size_t cut = 0; cut < len; cut++)
		assert_false(ft_parse(&read, (struct span){bytes, cut}));
	ft.gtk.len = ft.igtk.len = ft.bigtk.len = 40;
	ft.r0kh.len = FT_R0KH_MAX;
	assert_int_equal(ft_write(&ft, bytes), 0);
}

/* ---- the MIC and the group keys of a reassociation ---- */

static void a_mic_covers_each_element(void **state)
{
	static const uint8_t kck[RSN_KCK_LEN] = {7};
	uint8_t rsn[22] = {EID_RSN, 20}, domain[FT_DOMAIN_LEN], rsnx[RSNX_LEN], bytes[ELEMENT_MAX];
	struct ft_element ft = {.count = 4, .r0kh = {holders.r0kh, holders.r0kh_len}, .r1kh = {holders.r1kh, 6}};
	size_t len = ft_write(&ft, bytes);
	struct ft_mic_input input = {.response = true,
				     .rsn = {rsn, sizeof(rsn)},
				     .mobility_domain = {domain, sizeof(domain)},
				     .ft = {bytes, len},
				     .rsnx = {rsnx, sizeof(rsnx)}};
	uint8_t *covered[] = {rsn + 5, domain + 3, bytes + 2, bytes + len - 1, rsnx + 2, bytes + FT_OFF_MIC};

	ft_domain_write(holders.mdid, 0, domain);
	rsnx_write(RSNX_SAE_HASH_TO_ELEMENT, rsnx);
	assert_int_equal(ft_mic_count(&input), 4);
	assert_int_equal(ft_mic_write(*state, kck, &ends, &input, bytes), 0);
	assert_true(ft_mic_verify(*state, kck, &ends, &input));
	for (size_t i = 0; i < sizeof(covered) / sizeof(*covered); i++) {
		*covered[i] ^= 1;
		assert_false(ft_mic_verify(*state, kck, &ends, &input));
		*covered[i] ^= 1;
	}
	input.response = false; /* its sequence number is that of the other message */
	assert_false(ft_mic_verify(*state, kck, &ends, &input));
}

static void group_keys_are_unwrapped_as_they_were_wrapped(void **state)
{
	static const uint8_t kek[RSN_KEK_LEN] = {9}, wrong_kek[RSN_KEK_LEN] = {8};
	static const struct {
		enum ft_group_key kind;
		uint8_t id, len, wrapped;
	} keys[] = {{FT_GTK, 2, 16, 35}, {FT_GTK, 1, 32, 51}, {FT_IGTK, 5, 16, 33}, {FT_BIGTK, 6, 32, 49}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct rsn_key key = {.len = keys[i].len, .id = keys[i].id, .rsc = 0xfedcba987654}, got;
		uint8_t bytes[FT_GROUP_KEY_MAX];
		int len;

		memset(key.bytes, 0x40 + (int)i, key.len);
		len = ft_wrap_group_key(*state, kek, keys[i].kind, &key, bytes);
		assert_int_equal(len, keys[i].wrapped);
		assert_int_equal(
			ft_unwrap_group_key(*state, kek, keys[i].kind, (struct span){bytes, (size_t)len}, &got), 0);
		assert_int_equal(got.id, key.id);
		assert_int_equal(got.len, key.len);
		assert_int_equal(got.rsc, key.rsc);
		assert_memory_equal(got.bytes, key.bytes, key.len);
		assert_int_equal(
			ft_unwrap_group_key(*state, wrong_kek, keys[i].kind, (struct span){bytes, (size_t)len}, &got),
			-74);
		for (int cut = 0; cut < len; cut++)
			assert_int_equal(
				ft_unwrap_group_key(*state, kek, keys[i].kind, (struct span){bytes, (size_t)cut}, &got),
				-74);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_and_names_are_those_of_another_implementation, set_up, tear_down),
		cmocka_unit_test(an_element_is_read_as_it_was_written),
		cmocka_unit_test_setup_teardown(a_mic_covers_each_element, set_up, tear_down),
		cmocka_unit_test_setup_teardown(group_keys_are_unwrapped_as_they_were_wrapped, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fast BSS transition: its elements and its key hierarchy. */
#include "hex.h"
#include "unit.h"

#include "rsn/ft.h"
#include "rsn/handshake.h"
#include "wire/mgmt.h"

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
	assert_int_equal(ft_derive_r0(*state, (struct piece){psk, PMK_LEN}, name, &holders, ends.spa, &r0), 0);
	assert_hex(r0.pmk, PMK_LEN, "9cbcb2653c2c5fc2b124ba232c72a964a74bb138ccda16190c7a750c8171c5c0");
	assert_hex(r0.name, PMKID_LEN, "707893a09c148513caeea5dd1d1ea482");
	assert_int_equal(ft_derive_r1(*state, &r0, holders.r1kh, ends.spa, &r1), 0);
	assert_hex(r1.pmk, PMK_LEN, "3c5cfdf16f0c9e903d9504d1bdfd838290a3ee33c3c506b2d48c361970fce3f4");
	assert_hex(r1.name, PMKID_LEN, "c544546c1c35af65da26147374966af8");
	assert_int_equal(
		ft_derive_ptk(*state, (struct piece){r1.pmk, r1.pmk_len}, &ends, anonce, snonce, ptk, sizeof(ptk)), 0);
	assert_hex(ptk, sizeof(ptk),
		   "1f026244088fc74aa082dd9780c8cf42bcf26a6cfb7b3714f79d806d08bc05b4c4d6bbb4ec4edef1115181573794e483");
	assert_int_equal(ft_derive_keys(*state, (struct piece){psk, PMK_LEN}, name, &holders, ends.spa, NULL, &again),
			 0);
	assert_memory_equal(again.pmk, r1.pmk, PMK_LEN);
	assert_memory_equal(again.name, r1.name, PMKID_LEN);
	assert_int_equal(ft_derive_r0(*state, (struct piece){psk, PMK_LEN}, (struct span){0}, &holders, ends.spa, &r0),
			 -22);
}

/* FT-SAE-EXT-KEY: the hash is as long as the PMK. */
static void hash_follows_from_the_length_of_the_pmk(void **state)
{
	static const struct {
		uint8_t len;
		const char *r1, *r0_name, *r1_name, *ptk;
	} vectors[] = {
		{32, "91c9fade730b574e487fc5eef7ae1d8dcd975a925504ce5323e3a2485d4a4407",
		 "cb916dae6591adf2ceb825ccb2ee91cc", "25470329bc99f8e47c7437c5684d5f5e",
		 "7c01815e1af16319d6a0087ef4967e86b441571dc742e465db07b5082fee71563b95afcbe538e1bd49b1e4f1f193cb65"},
		{48, "ca1cfff469ee9696b973c3097d800ae75463506c659c0c1312f2d99365c78ae9cdf0356fa2452a83de9e9774c48f4c71",
		 "27d2f30c5663be80d8ae22181f34e564", "b74a0406a1e44166d88754d1a119cc25",
		 "aab86e6bb0ea13ed6e02067bd71004dce4cb179b1c7b237c7149b0715a17b2d122398159b8cf4175220b68afaabc8494"
		 "df4053332397f5a58c9d4402c4022de1bbb62b9d0c9e2318"},
		{64,
		 "e6e9c1405baaed0d0f7d9461b0dce260ccb27d98ad011a4a7a2e687e34ab9c64a7b7451b2c4168d616e2c7e07aa9c6f3"
		 "d4519a2aad7140ed2b1a06161b163f8f",
		 "c271225789be72c096293335c0ab7d04", "a78be927232018bfdb99ba9569b6ee08",
		 "0d7e0558653afedc7bbfacb7d2b08b7453a0ed162f6237514755668a6357a227ff6a8384bf0d518f312999330037c659"
		 "0df53ec78cb557afffc87acf11d9e44542210d203fe88ddf48eb12d7680764b9"},
	};
	const struct span ssid = {(const uint8_t *)"vifi ft", 7};
	uint8_t pmk[PMK_MAX], anonce[RSN_NONCE_LEN], snonce[RSN_NONCE_LEN], expected[80];
	struct ft_key r0, r1;
	struct ptk ptk;

	memset(anonce, 0xa1, sizeof(anonce));
	memset(snonce, 0x51, sizeof(snonce));
	for (size_t i = 0; i < sizeof(pmk); i++)
		pmk[i] = (uint8_t)(0x10 + i);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct rsn_suite suite = {
			.akm = AKM_FT_SAE_EXT_KEY, .pairwise = CIPHER_CCMP_128, .pmk_len = vectors[i].len};
		const struct rsn_profile profile = rsn_profile(&suite);

		assert_int_equal(
			ft_derive_keys(*state, (struct piece){pmk, vectors[i].len}, ssid, &holders, ends.spa, &r0, &r1),
			0);
		assert_int_equal(r1.pmk_len, vectors[i].len);
		assert_hex(r0.name, PMKID_LEN, vectors[i].r0_name);
		assert_hex(r1.name, PMKID_LEN, vectors[i].r1_name);
		assert_hex(r1.pmk, r1.pmk_len, vectors[i].r1);
		assert_int_equal(rsn_derive_ptk(*state, &suite, r1.pmk, &ends, anonce, snonce, &ptk), 0);
		memcpy(expected, ptk.kck, profile.kck_len);
		memcpy(expected + profile.kck_len, ptk.kek, profile.kek_len);
		memcpy(expected + profile.kck_len + profile.kek_len, ptk.tk, 16);
		assert_hex(expected, profile.kck_len + profile.kek_len + 16u, vectors[i].ptk);
	}
	assert_int_equal(ft_derive_r0(*state, (struct piece){pmk, 40}, ssid, &holders, ends.spa, &r0), -22);
}

/* ---- elements ---- */

static void check_element(uint8_t mic_len)
{
	static const uint8_t anonce[FT_NONCE_LEN] = {1}, snonce[FT_NONCE_LEN] = {2}, keys[3][40] = {{3}, {4}, {5}};
	struct ft_element ft = {.count = 3,
				.mic_len = mic_len,
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

	assert_int_equal(len, 2 + bytes[1]);
	assert_true(ft_parse(&read, (struct span){bytes, len}));
	assert_int_equal(read.count, 3);
	assert_int_equal(read.mic_len, mic_len);
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

static void an_element_is_read_as_it_was_written(void **state)
{
	uint8_t bytes[ELEMENT_MAX];
	struct ft_element ft = {0};
	size_t len;

	(void)state;
	for (uint8_t mic_len = FT_MIC_LEN; mic_len <= FT_MIC_MAX; mic_len += 8)
		check_element(mic_len);
	len = ft_write(&ft, bytes);
	bytes[FT_OFF_MIC_CONTROL] = 3 << FT_MIC_LEN_SHIFT; /* 40 bytes: no AKM has those */
	assert_false(ft_parse(&ft, (struct span){bytes, len}));
}

/* ---- the MIC and the group keys of a reassociation ---- */

static void check_mic(struct crypto *crypto, const struct rsn_suite *suite)
{
	static const uint8_t kck[RSN_KCK_MAX] = {7};
	uint8_t rsn[22] = {EID_RSN, 20}, domain[FT_DOMAIN_LEN], rsnx[RSNX_LEN], bytes[ELEMENT_MAX];
	struct ft_element ft = {.count = 6,
				.mic_len = rsn_profile(suite).mic_len,
				.r0kh = {holders.r0kh, holders.r0kh_len},
				.r1kh = {holders.r1kh, 6}};
	struct rsn_suite other = *suite;
	uint8_t ric[] = {EID_RIC_DATA, 4, 7, 1, 0, 0, EID_VENDOR, 3, 0, 0x50, 0xf2};
	size_t len = ft_write(&ft, bytes);
	struct ft_mic_input input = {.response = true,
				     .rsn = {rsn, sizeof(rsn)},
				     .mobility_domain = {domain, sizeof(domain)},
				     .ft = {bytes, len},
				     .ric = {ric, sizeof(ric)},
				     .rsnx = {rsnx, sizeof(rsnx)}};
	uint8_t *covered[] = {rsn + 5, domain + 3, bytes + 2, bytes + len - 1,
			      ric + 3, ric + 9,    rsnx + 2,  bytes + FT_OFF_MIC + ft.mic_len - 1};

	ft_domain_write(holders.mdid, 0, domain);
	rsnx_write(RSNX_SAE_HASH_TO_ELEMENT, rsnx);
	assert_int_equal(ft_mic_count(&input), 6);
	assert_int_equal(ft_mic_write(crypto, suite, kck, &ends, &input, bytes), 0);
	assert_true(ft_mic_verify(crypto, suite, kck, &ends, &input));
	for (size_t i = 0; i < sizeof(covered) / sizeof(*covered); i++) {
		*covered[i] ^= 1;
		assert_false(ft_mic_verify(crypto, suite, kck, &ends, &input));
		*covered[i] ^= 1;
	}
	other.akm = AKM_FT_SAE_EXT_KEY; /* another length, or another algorithm */
	other.pmk_len = suite->pmk_len == 64 ? 48 : 64;
	assert_false(ft_mic_verify(crypto, &other, kck, &ends, &input));
	assert_int_equal(ft_mic_write(crypto, &other, kck, &ends, &input, bytes), -22);
	input.response = false; /* its sequence number is that of the other message */
	assert_false(ft_mic_verify(crypto, suite, kck, &ends, &input));
}

static void a_mic_covers_each_element(void **state)
{
	check_mic(*state, &(struct rsn_suite){.akm = AKM_FT_PSK});
	check_mic(*state, &(struct rsn_suite){.akm = AKM_FT_SAE});
	for (uint8_t len = 32; len <= 64; len += 16)
		check_mic(*state, &(struct rsn_suite){.akm = AKM_FT_SAE_EXT_KEY, .pmk_len = len});
}

/* The count of the MIC tells where the requests end, and what follows them. */
static void resource_requests_are_declined(void **state)
{
	static const uint8_t requests[] = {
		EID_RIC_DATA,        4, 7, 1, 0, 0, EID_VENDOR,   3, 0, 0x50, 0xf2,
		EID_RIC_DATA,        4, 9, 0, 0, 0, EID_RIC_DATA, 0, /* too short for an identifier */
		EID_HT_CAPABILITIES, 1, 0};
	static const uint8_t answers[] = {EID_RIC_DATA, 4, 7, 0, STATUS_DECLINED, 0,
					  EID_RIC_DATA, 4, 9, 0, STATUS_DECLINED, 0};
	const struct span rest = {requests, sizeof(requests)};
	uint8_t rsnx[RSNX_LEN], many[6 * 20], out[FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN];
	struct ft_mic_input input = {.rsnx = {rsnx, sizeof(rsnx)}};

	(void)state;
	assert_int_equal(ft_ric(&input, rest, 4).len, 0);
	assert_int_equal(ft_ric(&input, rest, 5).len, 6);
	assert_int_equal(ft_ric(&input, rest, 8).len, sizeof(requests) - 3);
	assert_int_equal(ft_ric(&input, rest, 255).len, sizeof(requests));
	assert_int_equal(ft_ric(&input, (struct span){0}, 5).len, 0);
	assert_int_equal(ft_ric_decline(ft_ric(&input, rest, 8), out), sizeof(answers));
	assert_memory_equal(out, answers, sizeof(answers));
	for (size_t i = 0; i < sizeof(many); i += 6)
		memcpy(many + i, requests, 6);
	assert_int_equal(ft_ric_decline((struct span){many, sizeof(many)}, out), sizeof(out));
}

static void group_keys_are_unwrapped_as_they_were_wrapped(void **state)
{
	static const uint8_t kek_bytes[RSN_KEK_MAX] = {9}, wrong_bytes[RSN_KEK_MAX] = {8};
	static const struct {
		enum ft_group_key kind;
		uint8_t id, len, wrapped;
	} keys[] = {{FT_GTK, 2, 16, 35}, {FT_GTK, 1, 32, 51}, {FT_IGTK, 5, 16, 33}, {FT_BIGTK, 6, 32, 49}};

	for (size_t i = 0; i < 2 * sizeof(keys) / sizeof(*keys); i++) {
		const struct piece kek = {kek_bytes, i % 2 ? 32 : 16}, wrong_kek = {wrong_bytes, kek.len};
		struct rsn_key key = {.len = keys[i / 2].len, .id = keys[i / 2].id, .rsc = 0xfedcba987654}, got;
		uint8_t bytes[FT_GROUP_KEY_MAX];
		int len;

		memset(key.bytes, 0x40 + (int)i, key.len);
		len = ft_wrap_group_key(*state, kek, keys[i / 2].kind, &key, bytes);
		assert_int_equal(len, keys[i / 2].wrapped);
		assert_int_equal(
			ft_unwrap_group_key(*state, kek, keys[i / 2].kind, (struct span){bytes, (size_t)len}, &got), 0);
		assert_int_equal(got.id, key.id);
		assert_int_equal(got.len, key.len);
		assert_int_equal(got.rsc, key.rsc);
		assert_memory_equal(got.bytes, key.bytes, key.len);
		assert_int_equal(ft_unwrap_group_key(*state, wrong_kek, keys[i / 2].kind,
						     (struct span){bytes, (size_t)len}, &got),
				 -74);
		for (int cut = 0; cut < len; cut++)
			assert_int_equal(ft_unwrap_group_key(*state, kek, keys[i / 2].kind,
							     (struct span){bytes, (size_t)cut}, &got),
					 -74);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_and_names_are_those_of_another_implementation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hash_follows_from_the_length_of_the_pmk, set_up, tear_down),
		cmocka_unit_test(an_element_is_read_as_it_was_written),
		cmocka_unit_test_setup_teardown(a_mic_covers_each_element, set_up, tear_down),
		cmocka_unit_test(resource_requests_are_declined),
		cmocka_unit_test_setup_teardown(group_keys_are_unwrapped_as_they_were_wrapped, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

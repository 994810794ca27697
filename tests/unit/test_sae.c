/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of SAE. The exchange of group 19, and PT and PWE of group 19 by hash to element, are the vectors of IEEE
 * 802.11-2020, J.10 (also in hostap's src/common/common_module_tests.c); the points of groups 20 and 21 were computed with
 * Python's integers from the formulas of 12.4.4.2, which reproduce the published ones.
 */
#include "hex.h"

#include "rsn/owe.h"
#include "rsn/sae.h"

#include <errno.h>
#include <string.h>

static const struct rsn_addresses annex_j = {{0x4d, 0x3f, 0x2f, 0xff, 0xe3, 0x87},
					     {0xa5, 0xd8, 0xaa, 0x95, 0x8e, 0x3c}};
static const struct rsn_addresses hashed = {{0x00, 0x09, 0x5b, 0x66, 0xec, 0x1e}, {0x00, 0x0b, 0x6b, 0xd9, 0x02, 0x46}};

struct vector {
	unsigned group;
	const char *pt, *pwe, *hunted;
};

static const struct vector vectors[] = {
	{19,
	 "b6e38c98750c684b5d17c3d8c9a4100b39931279187ca6cced5f37ef46ddfa975687e972e50f73e3898861e7edad21be"
	 "a7d5f622df88243bb804920ae8e647fa",
	 "c93049b9e64000f848201649e999f2b5c22dea69b5632c9df4d633b8aa1f6c1e73634e94b53d82e7383a8d258199d9dc"
	 "1a5ee8269d060382ccbf33e614ff59a0",
	 "da6eb7b06a1ac5624974f90afdd6a8e9d5722634cf987c34defc91a9874e5658f4fefd130bd5be08fe68af3e4a290272"
	 "ec065fd3671f3c25bf8ec419ddc9b822"},
	{20,
	 "c20f7de2ff2c6a2482c81aeaa525fb969c0897cec0f05f32942c3dcd4f3a3c83ac68a9ad918eb4b0ac068c9fef93f584"
	 "7e9bc499f475bc3fe4f345bb14007dabdc7568f7f74f3e5dbb046475903736a395f3570d2c778dc96641d8d2910c75e8",
	 "aeb85bd3dfe654a7940fb328b39db8e0b20ea289465d8b68d184bd8e98e2c419165a31eac7d9091d196ed9066d12c3fb"
	 "f0a27ca78906cab38d3be51601a08127ccf5b68ac5f3854e7efb521eac433030feb681650dc88980efdf542bd4bfaf00",
	 "8fdf12ec95ba0290fbea732470ece9f83245a82c0afc14a9998744d117d6f0b4398c9133ac5871ccce9c6c091625566f"
	 "c71b54c2e6537eb78203ca60d1ebd58babe0e0621687b486dd44023920311353595f551089b668b8592dd4a04a86786e"},
	{21,
	 "0055fa9b73212b56b6c31861fad6d6bd79cf613a14d3e39de7f81f213f31977c3959991a7e54492359b1e0920c67e769"
	 "8e4ceaf07695c749fb2bf65166f7cc5de60c009080882b71f2bd7f5eca80ca6c1e1156b791d7561047783d2c8408070b"
	 "35a5fc467d13d8813efee38f188429c07f4eb09da9f09d115c1ad86df333b556d0b2199d",
	 "00d8991b493a965a97f163c3b1197715ea9d2191f31c0f5e8828d729769cfb520ecc9719288aefa5d93287f3083fb837"
	 "a7dff08f19227f5bebe546ea23fc175efa88008f400b544c5c755570fbbf7ba77fac7ab647fe2142cfd44197ddfe0bc2"
	 "10a7222dc8d58de93a49c868929d2c28ae608a87f9035f04035d1ebcd7b849841bb27d85",
	 "014d23eaef5b1a7ff7c81d04aa778774acae9e4a96a57b3924c16e1853d3cb2f8a3bb91e762158a537ac5a2bad9e2296"
	 "0462168d37f7790c116c003a8be91e9a037d0108b8bfaa12b59f3a43050016dd884118f325c624de9a918561ca2f7e73"
	 "bbfe397339d2ca9864aaa8c80d66da4689fe6610bf692e302885621d0815e5f1aef2f48a"},
};

static struct sae_password annex_j_password(bool identified)
{
	struct sae_password password = {.password = "mekmitasdigoat", .password_len = 14};

	if (identified) {
		memcpy(password.identifier, "psk4internet", 12);
		password.identifier_len = 12;
	}
	return password;
}

static struct random new_random(struct crypto *crypto)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {7};
	struct random random;

	random_init(&random, crypto, seed);
	return random;
}

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

static void hash_to_element_vectors(void **state)
{
	static const unsigned groups[] = {19, 20, 21};
	struct sae_password password = annex_j_password(true);
	uint8_t pwe[EC_POINT_MAX];

	assert_int_equal(sae_password_derive(*state, &password, (struct span){(const uint8_t *)"byteme", 6}, groups, 3),
			 0);
	assert_int_equal(password.pt_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct ec_curve *curve = ec_curve(*state, groups[i]);
		size_t len = 2 * ec_len(curve);

		assert_hex(password.pts[i].point, len, vectors[i].pt);
		assert_int_equal(sae_pwe_from_pt(*state, curve, password.pts[i].point, &hashed, pwe), 0);
		assert_hex(pwe, len, vectors[i].pwe);
		/* The order of the addresses does not matter. */
		assert_int_equal(sae_pwe_derive(*state, curve, NULL, &password, true,
						&(struct rsn_addresses){{0x00, 0x0b, 0x6b, 0xd9, 0x02, 0x46},
									{0x00, 0x09, 0x5b, 0x66, 0xec, 0x1e}},
						pwe),
				 0);
		assert_hex(pwe, len, vectors[i].pwe);
	}
}

static void hunting_and_pecking_vectors(void **state)
{
	struct sae_password password = annex_j_password(false);
	struct random random = new_random(*state);
	uint8_t pwe[EC_POINT_MAX];

	for (size_t i = 0; i < 3; i++) {
		const struct ec_curve *curve = ec_curve(*state, vectors[i].group);

		assert_int_equal(sae_pwe_hunt(*state, curve, &random, &password, &annex_j, pwe), 0);
		assert_hex(pwe, 2 * ec_len(curve), vectors[i].hunted);
	}
}

static const char peer_commit[] = "1300"
				  "591b96f3397fb945100848e7b550543b6720d88337ee93fc49fd6df7e08b5223"
				  "e71b9bb048d3873f20556953a96c91536fd8ee6ca9b4a68a148b056a909be03e"
				  "83ae208f60f8ef5537858074db06687032399862999b511e0a1552a5fea317c2";

/* The factor and the mask of J.10 in the place of random ones. */
static void take_annex_j_scalars(struct sae *sae)
{
	uint8_t mask[32], product[EC_POINT_MAX];

	unhex(sae->own_factor, 32, "992465fd3daa3c60aa6565b7f62a2a7f2e12dd12f198faf4fbed89d7ff1ace94");
	unhex(mask, 32, "9507a90f777a044d6a0830b91ea3d5dd70bece44e1acffb86983b5e1bf9fb322");
	assert_int_equal(ec_scalar_add(sae->curve, sae->own_factor, mask, sae->own_scalar), 0);
	assert_int_equal(ec_multiply(sae->curve, mask, sae->pwe, product), 0);
	assert_int_equal(ec_negate(sae->curve, product, sae->own_element), 0);
}

static void annex_j_exchange(void **state)
{
	struct sae_password password = annex_j_password(false);
	struct random random = new_random(*state);
	struct sae sae = {.crypto = *state, .random = &random, .curve = ec_curve(*state, 19), .addresses = annex_j};
	struct sae_out out = {0};
	struct sae_commit commit;
	uint8_t body[98];

	assert_int_equal(sae_pwe_hunt(*state, sae.curve, &random, &password, &annex_j, sae.pwe), 0);
	take_annex_j_scalars(&sae);
	sae_add_commit(&sae, 0, &out);
	assert_hex(out.frames[0].body, out.frames[0].len,
		   "1300"
		   "2e2c0f0db52440ad146d967114ce005ce1eab0aa2c2e5c2871b774f6c2575c65"
		   "d5ad9e00829707aa36ba8b859738fc961d08243505f47c035376d7ac4bc8d7b9"
		   "5083bf43827d0fc31ed778dd3671fd21a46d1091d64b6f9a1e1272621325dbe1");
	assert_int_equal(unhex(body, sizeof(body), peer_commit), 98);
	assert_int_equal(sae_commit_parse(&commit, (struct span){body, sizeof(body)}, false), NOT_DROPPED);
	assert_true(sae_commit_is_valid(sae.curve, &commit));
	assert_int_equal(sae_derive_keys(&sae, &commit), 0);
	assert_hex(sae.kck, sae.kck_len, "1e733f6d9bd5325628730433 8831b09a39406d121017073a5c30db36f36cb81a");
	assert_hex(sae.pmk, sae.pmk_len, "4e4dfab1a2dd8ac1a91790f953faaa452ae5c6873ab75b63605ba663f8a7fe59");
	assert_hex(sae.pmkid, PMKID_LEN, "8747a600eea3f9f22475df58ca1e5498");
}

/* Of hunting and pecking: nothing but their lengths tells an identifier after the fields from a token before them. */
static void token_and_identifier_are_told_apart(void **state)
{
	uint8_t token[32], fields[96], body[SAE_BODY_MAX];
	struct sae_commit commit, read;

	(void)state;
	memset(token, 0x5a, sizeof(token));
	memset(fields, 0x21, sizeof(fields));
	for (unsigned parts = 0; parts < 4; parts++)
		for (size_t len = 1; len < 60; len += 29) { /* with 29 bytes the element is as long as a token */
			size_t written;

			commit = (struct sae_commit){
				.group = 19, .scalar = fields, .element = fields + 32, .akm = AKM_NONE};
			if (parts & 1)
				commit.token = (struct span){token, sizeof(token)};
			if (parts & 2)
				commit.identifier = (struct span){
					(const uint8_t *)"an identifier of up to 60 characters, all of which count...",
					len == 30 ? 29 : len};
			written = sae_commit_write(&commit, 32, false, body);
			assert_int_equal(sae_commit_parse(&read, (struct span){body, written}, false), NOT_DROPPED);
			assert_memory_equal(read.scalar, fields, sizeof(fields));
			assert_true(span_equals(read.token, commit.token.bytes, commit.token.len));
			assert_true(span_equals(read.identifier, commit.identifier.bytes, commit.identifier.len));
		}
}

static void scalars_and_points_are_validated(void **state)
{
	for (size_t i = 0; i < 3; i++) {
		const struct ec_curve *curve = ec_curve(*state, vectors[i].group);
		size_t len = ec_len(curve);
		uint8_t scalar[EC_LEN_MAX] = {0}, point[EC_POINT_MAX], prime[EC_LEN_MAX], zero[EC_POINT_MAX] = {0};

		assert_false(ec_scalar_is_valid(curve, scalar));
		scalar[len - 1] = 1;
		assert_false(ec_scalar_is_valid(curve, scalar));
		scalar[len - 1] = 2;
		assert_true(ec_scalar_is_valid(curve, scalar));
		memset(scalar, 0xff, len);
		assert_false(ec_scalar_is_valid(curve, scalar));
		unhex(point, sizeof(point), vectors[i].pwe);
		assert_true(ec_point_is_valid(curve, point));
		point[2 * len - 1] ^= 1;
		assert_false(ec_point_is_valid(curve, point));
		assert_false(ec_point_is_valid(curve, zero));
		ec_prime(curve, prime); /* p is 0, but not in its only encoding */
		memcpy(point, prime, len);
		assert_false(ec_point_is_valid(curve, point));
	}
	assert_null(ec_curve(*state, 18));
	assert_null(ec_curve(*state, 22));
}

/* The point at infinity has no encoding: (order - 1) G + G. */
static void infinity_is_refused(void **state)
{
	const struct ec_curve *curve = ec_curve(*state, 19);
	uint8_t scalar[32], one[32] = {[31] = 1}, point[64], generator[64], out[64];

	unhex(scalar, 32, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550");
	assert_int_equal(ec_multiply(curve, scalar, NULL, point), 0);
	assert_int_equal(ec_multiply(curve, one, NULL, generator), 0);
	assert_int_equal(ec_add(curve, point, generator, out), -EBADMSG);
	assert_int_equal(ec_multiply_sum(curve, one, scalar, generator, generator, out), -EBADMSG);
}

/* Both ends of OWE derive the same; a public key that is no point of the curve is refused. */
static void owe_ends_agree(void **state)
{
	struct random random = new_random(*state);
	uint8_t elements[2][OWE_ELEMENT_MAX];
	struct owe station, ap, again;
	struct owe_keys keys[2];

	for (unsigned group = 19; group <= 21; group++) {
		struct span spans[2] = {{elements[0], 0}, {elements[1], 0}};

		assert_int_equal(owe_begin(&station, group, *state, &random), 0);
		assert_int_equal(owe_begin(&ap, group, *state, &random), 0);
		again = ap;
		spans[0].len = owe_write(&station, elements[0]);
		spans[1].len = owe_write(&ap, elements[1]);
		assert_int_equal(owe_group(spans[0]), group);
		assert_int_equal(owe_group((struct span){elements[0], 5}), 0);
		assert_int_equal(owe_derive(&ap, *state, spans[0], true, &keys[0]), 0);
		assert_int_equal(owe_derive(&station, *state, spans[1], false, &keys[1]), 0);
		assert_int_equal(keys[0].pmk_len, (group - 17) * 16);
		assert_memory_equal(keys[0].pmk, keys[1].pmk, keys[0].pmk_len);
		assert_memory_equal(keys[0].pmkid, keys[1].pmkid, PMKID_LEN);
		memset(elements[0] + 5, 0xff, spans[0].len - 5);
		assert_true(owe_derive(&again, *state, spans[0], true, &keys[0]) < 0);
		spans[1].len--;
		assert_true(owe_derive(&again, *state, spans[1], true, &keys[0]) < 0);
	}
	assert_int_equal(owe_begin(&ap, 15, *state, &random), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_and_identifier_are_told_apart),
		cmocka_unit_test(hash_to_element_vectors),
		cmocka_unit_test(hunting_and_pecking_vectors),
		cmocka_unit_test(annex_j_exchange),
		cmocka_unit_test(scalars_and_points_are_validated),
		cmocka_unit_test(infinity_is_refused),
		cmocka_unit_test(owe_ends_agree),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "crypto/random.h"

/*
 * The first block of AES-256 in counter mode over zeroes is AES-256 of the zero block. With the zero key it is
 * dc95c078a2408989ad48a21492842087 (NIST GCM specification, test case 13's H); the output begins at the 33rd byte.
 */
static void stream_starts_with_published_block(void **state)
{
	static const uint8_t first[16] = {0xdc, 0x95, 0xc0, 0x78, 0xa2, 0x40, 0x89, 0x89,
					  0xad, 0x48, 0xa2, 0x14, 0x92, 0x84, 0x20, 0x87};
	struct crypto *crypto = crypto_new();
	uint8_t seed[RANDOM_SEED_LEN] = {0}, out[8];
	struct random rng;

	(void)state;
	random_init(&rng, crypto, seed);
	assert_int_equal(random_bytes(&rng, out, sizeof(out)), 0);
	assert_memory_equal(rng.key, first, sizeof(first)); /* the key of the next call */
	crypto_free(crypto);
}

static void same_seed_gives_same_bytes_without_repeats(void **state)
{
	struct crypto *crypto = crypto_new();
	uint8_t seed[RANDOM_SEED_LEN] = {7}, first[100], second[100], zero[100] = {0};
	struct random one, two;

	(void)state;
	random_init(&one, crypto, seed);
	random_init(&two, crypto, seed);
	random_bytes(&one, first, sizeof(first));
	random_bytes(&two, second, sizeof(second));
	assert_memory_equal(first, second, sizeof(first));
	random_bytes(&two, second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
	assert_memory_not_equal(second, zero, sizeof(second));
	for (int i = 0; i < 1000; i++)
		assert_true(random_below(&one, 3) < 3);
	crypto_free(crypto);
}

static void split_seed_gives_different_streams(void **state)
{
	struct crypto *crypto = crypto_new();
	uint8_t seed[RANDOM_SEED_LEN] = {7}, seeds[2][RANDOM_SEED_LEN], again[2][RANDOM_SEED_LEN];
	uint8_t streams[3][32];
	struct random random;

	(void)state;
	assert_int_equal(random_split(crypto, seed, seeds), 0);
	assert_int_equal(random_split(crypto, seed, again), 0);
	assert_memory_equal(seeds, again, sizeof(seeds));
	random_init(&random, crypto, seed);
	assert_int_equal(random_bytes(&random, streams[2], sizeof(streams[2])), 0);
	for (int i = 0; i < 2; i++) {
		random_init(&random, crypto, seeds[i]);
		assert_int_equal(random_bytes(&random, streams[i], sizeof(streams[i])), 0);
		assert_memory_not_equal(streams[i], streams[2], sizeof(streams[i]));
	}
	assert_memory_not_equal(streams[0], streams[1], sizeof(streams[0]));
	crypto_free(crypto);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_starts_with_published_block),
		cmocka_unit_test(same_seed_gives_same_bytes_without_repeats),
		cmocka_unit_test(split_seed_gives_different_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "crypto/random.h"

/*
 * The first block of AES-256 in counter mode over zeroes is AES-256 of the zero block.  With the zero key it is
 * dc95c078a2408989ad48a21492842087 (NIST GCM specification, test case 13's H); the 33rd byte on is what a caller gets.
 */
static void starts_with_the_published_block(void **state)
{
	static const uint8_t first[16] = {0xdc, 0x95, 0xc0, 0x78, 0xa2, 0x40, 0x89, 0x89,
					  0xad, 0x48, 0xa2, 0x14, 0x92, 0x84, 0x20, 0x87};
	struct crypto *c = crypto_new();
	uint8_t seed[RANDOM_SEED] = {0}, out[8];
	struct random r;

	(void)state;
	random_init(&r, c, seed);
	assert_int_equal(random_bytes(&r, out, sizeof out), 0);
	assert_memory_equal(r.key, first, sizeof first); /* the key of the next call */
	crypto_free(c);
}

static void same_seed_same_bytes_and_never_twice(void **state)
{
	struct crypto *c = crypto_new();
	uint8_t seed[RANDOM_SEED] = {7}, a[100], b[100], zero[100] = {0};
	struct random one, two;

	(void)state;
	random_init(&one, c, seed);
	random_init(&two, c, seed);
	random_bytes(&one, a, sizeof a);
	random_bytes(&two, b, sizeof b);
	assert_memory_equal(a, b, sizeof a);
	random_bytes(&two, b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(b, zero, sizeof b);
	for (int i = 0; i < 1000; i++)
		assert_true(random_below(&one, 3) < 3);
	crypto_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_with_the_published_block),
		cmocka_unit_test(same_seed_same_bytes_and_never_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

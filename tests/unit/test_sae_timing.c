/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hunting and pecking takes the same time for every password (CVE-2019-9494), although the candidate that becomes the
 * element is the first one for some of them and the third or a later one for others. The time is processor time of the
 * thread. A processor is faster while its neighbour is idle, and slower while that is busy: so a password of each sort is
 * measured right after one of the other, and the median of the ratios counts. The median of a whole round can still be off on a
 * busy machine: then there is another, which is no nearer if the true times differ.
 */
#include "hex.h"

#include "crypto/ec.h"
#include "rsn/sae_pwe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PASSWORDS 32
#define PAIRS     101 /* of a round; odd */
#define ROUNDS    20  /* at most */

static const struct rsn_addresses addresses = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};

static uint64_t thread_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The counter of the candidate that fits, found by the same tests, but one after the other. */
static unsigned rounds_needed(struct crypto *crypto, const struct sae_password *password, const uint8_t *x)
{
	static const uint8_t macs[] = {2, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 1};
	uint8_t seed[32], prime[32], value[32], counter;

	ec_prime(ec_curve(crypto, 19), prime);
	for (counter = 1; counter < UINT8_MAX; counter++) {
		struct piece pieces[] = {{password->password, password->password_len}, {&counter, 1}};

		assert_int_equal(digest(crypto, DIGEST_HMAC_SHA256, macs, sizeof(macs), pieces, 2, seed, 32), 0);
		assert_int_equal(kdf(crypto, DIGEST_HMAC_SHA256, (struct piece){seed, 32}, "SAE Hunting and Pecking",
				     (struct piece){prime, 32}, value, 32),
				 0);
		if (memcmp(value, x, 32) == 0)
			return counter;
	}
	fail();
	return 0;
}

/* Of one sort: the element is found early, or late. */
struct sort {
	struct sae_password passwords[PASSWORDS];
	unsigned count;
};

/* Returns the ns that the hunt took. */
static uint64_t hunt(struct crypto *crypto, struct random *random, const struct sae_password *password,
		     uint8_t pwe[EC_POINT_MAX])
{
	uint64_t before = thread_time();

	assert_int_equal(sae_pwe_hunt(crypto, ec_curve(crypto, 19), random, password, &addresses, pwe), 0);
	return thread_time() - before;
}

static void sort_passwords(struct crypto *crypto, struct random *random, struct sort *early, struct sort *late)
{
	uint8_t pwe[EC_POINT_MAX];
	unsigned rounds;

	for (unsigned i = 0; i < PASSWORDS; i++) {
		struct sae_password password = {.password_len = 12};

		snprintf((char *)password.password, sizeof(password.password), "password %03u", i);
		hunt(crypto, random, &password, pwe);
		rounds = rounds_needed(crypto, &password, pwe);
		if (rounds == 1)
			early->passwords[early->count++] = password;
		else if (rounds >= 3)
			late->passwords[late->count++] = password;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of late times by early ones. */
static double ratio_of_round(struct crypto *crypto, struct random *random, const struct sort *early,
			     const struct sort *late)
{
	double ratios[PAIRS];
	uint8_t pwe[EC_POINT_MAX];

	for (unsigned i = 0; i < PAIRS; i++) {
		const struct sae_password *first = &early->passwords[i % early->count],
					  *second = &late->passwords[i % late->count];
		uint64_t early_ns, late_ns;

		if (i % 2) {
			late_ns = hunt(crypto, random, second, pwe);
			early_ns = hunt(crypto, random, first, pwe);
		} else {
			early_ns = hunt(crypto, random, first, pwe);
			late_ns = hunt(crypto, random, second, pwe);
		}
		ratios[i] = (double)late_ns / (double)early_ns;
	}
	qsort(ratios, PAIRS, sizeof(*ratios), compare);
	return ratios[PAIRS / 2];
}

/*
 * If the loop ended with the candidate, a password with 4 rounds would take 4 times as long as one with 1. So the times may not
 * differ by a twentieth.
 */
static void hunting_takes_the_same_time(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {1};
	static struct sort early, late;
	struct random random;
	double ratio = 0;

	random_init(&random, *state, seed);
	sort_passwords(*state, &random, &early, &late);
	assert_true(early.count >= 5 && late.count >= 3);
	for (unsigned round = 0; round < ROUNDS && (ratio < 1 / 1.05 || ratio > 1.05); round++) {
		ratio = ratio_of_round(*state, &random, &early, &late);
		print_message("%u early, %u late: %.3f\n", early.count, late.count, ratio);
	}
	assert_true(ratio > 1 / 1.05 && ratio < 1.05);
}

/* The blinded test says the same as the equation, for numbers of both sorts, and takes no number above p. */
static void blinded_test_is_right(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {2};
	const struct ec_curve *curve = ec_curve(*state, 19);
	unsigned points = 0, others = 0;
	struct random random;
	uint8_t x[32] = {0}, point[EC_POINT_MAX], is_x;

	random_init(&random, *state, seed);
	for (unsigned i = 0; i < 200; i++) {
		x[31] = (uint8_t)i;
		assert_int_equal(ec_test_x(curve, &random, x, &is_x), 0);
		assert_int_equal(is_x, ec_point_from_x(curve, x, 0, point) ? 0 : 0xff);
		points += is_x == 0xff;
		others += !is_x;
	}
	assert_true(points > 60 && others > 60);
	memset(x, 0xff, sizeof(x));
	for (unsigned i = 0; i < 20; i++, x[31]--) {
		assert_int_equal(ec_test_x(curve, &random, x, &is_x), 0);
		assert_int_equal(is_x, 0);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hunting_takes_the_same_time),
		cmocka_unit_test(blinded_test_is_right),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

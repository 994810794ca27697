/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hunting and pecking takes the same time for every password (CVE-2019-9494), although the candidate that becomes the
 * element is the first one for some of them and the third or a later one for others. The time is processor time of the
 * thread, and the least of many runs. A busy machine, or one that is emulated, may lengthen each run of one sort: then both are
 * measured again. Their least times come closer to the true ones, and no nearer to each other if those differ.
 */
#include "hex.h"

#include "crypto/ec.h"
#include "rsn/sae_pwe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PASSWORDS 32
#define RUNS      15
#define ROUNDS    20 /* at most */

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

struct sample {
	unsigned rounds;
	uint64_t ns;
};

static struct sample measure(struct crypto *crypto, struct random *random, unsigned number)
{
	const struct ec_curve *curve = ec_curve(crypto, 19);
	struct sample sample = {.ns = UINT64_MAX};
	struct sae_password password = {.password_len = 12};
	uint8_t pwe[EC_POINT_MAX];

	snprintf((char *)password.password, sizeof(password.password), "password %03u", number);
	for (unsigned run = 0; run < RUNS; run++) {
		uint64_t before = thread_time(), ns;

		assert_int_equal(sae_pwe_hunt(crypto, curve, random, &password, &addresses, pwe), 0);
		ns = thread_time() - before;
		sample.ns = ns < sample.ns ? ns : sample.ns;
	}
	sample.rounds = rounds_needed(crypto, &password, pwe);
	return sample;
}

/* The passwords of a sort, and their least time. */
struct sort {
	unsigned count;
	uint64_t ns;
};

static void add_sample(struct sort *sort, uint64_t ns)
{
	sort->count++;
	sort->ns = ns < sort->ns ? ns : sort->ns;
}

static bool are_near(uint64_t ns, uint64_t other_ns)
{
	return ns * 10 < other_ns * 11 && other_ns * 10 < ns * 11;
}

/*
 * If the loop ended with the candidate, a password with 4 rounds would take 4 times as long as one with 1. So the least times
 * of both sorts may not differ by a tenth.
 */
static void hunting_takes_the_same_time(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {1};
	struct sort early = {.ns = UINT64_MAX}, late = {.ns = UINT64_MAX};
	struct random random;

	random_init(&random, *state, seed);
	for (unsigned round = 0; round < ROUNDS && (!round || !are_near(early.ns, late.ns)); round++) {
		early.count = late.count = 0;
		for (unsigned i = 0; i < PASSWORDS; i++) {
			struct sample sample = measure(*state, &random, i);

			if (sample.rounds == 1)
				add_sample(&early, sample.ns);
			else if (sample.rounds >= 3)
				add_sample(&late, sample.ns);
		}
		print_message("early: %u, %lu us; late: %u, %lu us\n", early.count, (unsigned long)early.ns / 1000,
			      late.count, (unsigned long)late.ns / 1000);
	}
	assert_true(early.count >= 5 && late.count >= 3);
	assert_true(are_near(early.ns, late.ns));
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

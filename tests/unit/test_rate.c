/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "radio/rate.h"

static const uint8_t peer[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 2}, same_place[6] = {2, 0, 0, 0, 8, 0};

enum { FREQ = 2437, FREQ_5GHZ = 5180 };

static void report(struct rates *rates, unsigned count, bool acked, unsigned tries)
{
	for (unsigned i = 0; i < count; i++)
		rate_report(rates, peer, acked, tries);
}

static void frames_at_the_first_try_climb(void **state)
{
	struct rates rates = {0};

	(void)state;
	assert_int_equal(rate_choose(&rates, peer, FREQ), 24000);
	report(&rates, 9, true, 1);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 24000);
	report(&rates, 1, true, 1);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 36000);
	report(&rates, 1000, true, 1);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 54000);
}

static void losses_and_retries_descend_to_the_lowest_rate(void **state)
{
	struct rates rates = {0};

	(void)state;
	rate_choose(&rates, peer, FREQ);
	report(&rates, 1, false, 7);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 11000);
	report(&rates, 1, true, 3);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 5500);
	report(&rates, 1, true, 2); /* neither up nor down */
	assert_int_equal(rate_choose(&rates, peer, FREQ), 5500);
	report(&rates, 100, false, 7);
	assert_int_equal(rate_choose(&rates, peer, FREQ), rate_lowest(FREQ));
	assert_int_equal(rate_choose(&rates, peer, FREQ_5GHZ), rate_lowest(FREQ_5GHZ));
	assert_int_equal(rate_lowest(FREQ_5GHZ), 6000);
}

static void climb_that_fails_at_once_takes_twice_as_long_again(void **state)
{
	struct rates rates = {0};

	(void)state;
	rate_choose(&rates, peer, FREQ);
	report(&rates, 10, true, 1);
	report(&rates, 1, false, 7); /* at 36 Mbit/s */
	assert_int_equal(rate_choose(&rates, peer, FREQ), 24000);
	report(&rates, 19, true, 1);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 24000);
	report(&rates, 1, true, 1);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 36000);
}

static void peers_have_rates_of_their_own(void **state)
{
	struct rates rates = {0};

	(void)state;
	rate_choose(&rates, peer, FREQ);
	rate_choose(&rates, other, FREQ);
	report(&rates, 1, false, 7);
	assert_int_equal(rate_choose(&rates, other, FREQ), 24000);
	assert_int_equal(rate_choose(&rates, peer, FREQ), 11000);
	rate_report(&rates, same_place, false, 7); /* unknown */
	assert_int_equal(rate_choose(&rates, peer, FREQ), 11000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_at_the_first_try_climb),
		cmocka_unit_test(losses_and_retries_descend_to_the_lowest_rate),
		cmocka_unit_test(climb_that_fails_at_once_takes_twice_as_long_again),
		cmocka_unit_test(peers_have_rates_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

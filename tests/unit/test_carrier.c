/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 25: what a change of the uplink means. */
#include "unit.h"

#include "bridge/policy/carrier.h"

#define S 1000000000ull

static const uint8_t one[6] = {2, 0, 0, 0, 0, 1}, two[6] = {2, 0, 0, 0, 0, 2};

static void nothing_new_is_no_action(void **state)
{
	struct carrier c;

	(void)state;
	assert_int_equal(carrier_start(&c, CARRIER_GUESTS, true, one, 0), CARRIER_VETH_UP);
	assert_int_equal(carrier_step(&c, true, one, 9 * S), 0);
	assert_int_equal(carrier_start(&c, CARRIER_GUESTS, false, one, 0), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&c, false, one, 9 * S), 0);
}

static void a_short_loss_is_announced_without_a_pulse(void **state)
{
	struct carrier c;

	(void)state;
	carrier_start(&c, CARRIER_GUESTS, true, one, 0);
	assert_int_equal(carrier_step(&c, false, one, 10 * S), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&c, true, one, 13 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE);
}

static void after_a_long_loss_guests_look_anew(void **state)
{
	struct carrier c;

	(void)state;
	carrier_start(&c, CARRIER_GUESTS, true, one, 0);
	carrier_step(&c, false, one, 10 * S);
	assert_int_equal(carrier_step(&c, true, one, 13 * S + 1), CARRIER_VETH_UP | CARRIER_ANNOUNCE | CARRIER_PULSE);
	assert_int_equal(carrier_step(&c, true, one, 14 * S), 0);
}

static void another_mac_address_is_followed(void **state)
{
	struct carrier c;

	(void)state;
	carrier_start(&c, CARRIER_GUESTS, true, one, 0);
	assert_int_equal(carrier_step(&c, true, two, S), CARRIER_NEW_MAC | CARRIER_ANNOUNCE | CARRIER_PULSE);
	assert_int_equal(carrier_step(&c, true, two, S), 0);
	/* While there is no carrier nobody hears an announcement: it is made when it is back, however soon. */
	carrier_step(&c, false, two, 2 * S);
	assert_int_equal(carrier_step(&c, false, one, 2 * S), CARRIER_NEW_MAC);
	assert_int_equal(carrier_step(&c, true, one, 3 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE | CARRIER_PULSE);
}

static void policies(void **state)
{
	struct carrier c;

	(void)state;
	carrier_start(&c, CARRIER_UPLINK, true, one, 0);
	assert_int_equal(carrier_step(&c, false, one, S), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&c, true, one, 60 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE);
	assert_int_equal(carrier_start(&c, CARRIER_OFF, false, one, 0), CARRIER_VETH_UP);
	assert_int_equal(carrier_step(&c, true, two, 60 * S), CARRIER_NEW_MAC | CARRIER_ANNOUNCE);
	assert_int_equal(carrier_step(&c, false, two, 61 * S), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_new_is_no_action),
		cmocka_unit_test(a_short_loss_is_announced_without_a_pulse),
		cmocka_unit_test(after_a_long_loss_guests_look_anew),
		cmocka_unit_test(another_mac_address_is_followed),
		cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

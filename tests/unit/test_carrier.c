/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 25: the actions after a change of the uplink. */
#include "unit.h"

#include "bridge/policy/carrier.h"

#define S 1000000000ull

static const uint8_t one[6] = {2, 0, 0, 0, 0, 1}, two[6] = {2, 0, 0, 0, 0, 2};

static void unchanged_link_needs_no_action(void **state)
{
	struct carrier carrier;

	(void)state;
	assert_int_equal(carrier_start(&carrier, CARRIER_GUESTS, true, one, 0), CARRIER_VETH_UP);
	assert_int_equal(carrier_step(&carrier, true, one, 9 * S), 0);
	assert_int_equal(carrier_start(&carrier, CARRIER_GUESTS, false, one, 0), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&carrier, false, one, 9 * S), 0);
}

static void short_loss_is_announced_without_carrier_pulse(void **state)
{
	struct carrier carrier;

	(void)state;
	carrier_start(&carrier, CARRIER_GUESTS, true, one, 0);
	assert_int_equal(carrier_step(&carrier, false, one, 10 * S), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&carrier, true, one, 13 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE);
}

static void long_loss_pulses_guest_carrier(void **state)
{
	struct carrier carrier;

	(void)state;
	carrier_start(&carrier, CARRIER_GUESTS, true, one, 0);
	carrier_step(&carrier, false, one, 10 * S);
	assert_int_equal(carrier_step(&carrier, true, one, 13 * S + 1),
			 CARRIER_VETH_UP | CARRIER_ANNOUNCE | CARRIER_BOUNCE);
	assert_int_equal(carrier_step(&carrier, true, one, 14 * S), 0);
}

static void new_uplink_mac_is_followed(void **state)
{
	struct carrier carrier;

	(void)state;
	carrier_start(&carrier, CARRIER_GUESTS, true, one, 0);
	assert_int_equal(carrier_step(&carrier, true, two, S), CARRIER_NEW_MAC | CARRIER_ANNOUNCE | CARRIER_BOUNCE);
	assert_int_equal(carrier_step(&carrier, true, two, S), 0);
	/* Without a carrier an announcement would be lost: it follows when the carrier is back, even after a short loss. */
	carrier_step(&carrier, false, two, 2 * S);
	assert_int_equal(carrier_step(&carrier, false, one, 2 * S), CARRIER_NEW_MAC);
	assert_int_equal(carrier_step(&carrier, true, one, 3 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE | CARRIER_BOUNCE);
}

static void carrier_policies(void **state)
{
	struct carrier carrier;

	(void)state;
	carrier_start(&carrier, CARRIER_UPLINK, true, one, 0);
	assert_int_equal(carrier_step(&carrier, false, one, S), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_step(&carrier, true, one, 60 * S), CARRIER_VETH_UP | CARRIER_ANNOUNCE);
	assert_int_equal(carrier_start(&carrier, CARRIER_OFF, false, one, 0), CARRIER_VETH_UP);
	assert_int_equal(carrier_step(&carrier, true, two, 60 * S), CARRIER_NEW_MAC | CARRIER_ANNOUNCE);
	assert_int_equal(carrier_step(&carrier, false, two, 61 * S), 0);
}

/* A reload may change the policy while the uplink has no carrier; with a carrier nothing is visible yet. */
static void policy_changes_at_run_time(void **state)
{
	struct carrier carrier;

	(void)state;
	carrier_start(&carrier, CARRIER_GUESTS, true, one, 0);
	assert_int_equal(carrier_set_policy(&carrier, CARRIER_OFF), 0);
	assert_int_equal(carrier_step(&carrier, false, one, 10 * S), 0);
	assert_int_equal(carrier_set_policy(&carrier, CARRIER_UPLINK), CARRIER_VETH_DOWN);
	assert_int_equal(carrier_set_policy(&carrier, CARRIER_GUESTS), 0);
	assert_int_equal(carrier_set_policy(&carrier, CARRIER_OFF), CARRIER_VETH_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged_link_needs_no_action),
		cmocka_unit_test(short_loss_is_announced_without_carrier_pulse),
		cmocka_unit_test(long_loss_pulses_guest_carrier),
		cmocka_unit_test(new_uplink_mac_is_followed),
		cmocka_unit_test(carrier_policies),
		cmocka_unit_test(policy_changes_at_run_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

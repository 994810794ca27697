/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/port_budget.h"

#define S MN_NS_PER_SEC

static void burst_is_immediate_and_then_the_rate_holds(void **state)
{
	static struct port_budget budget;
	const uint64_t start = 100 * S;

	(void)state;
	budget = (struct port_budget){.interval = S, .burst = 3};
	for (int i = 0; i < 3; i++)
		assert_int_equal(port_budget_charge(&budget, 7, start), start);
	assert_int_equal(port_budget_charge(&budget, 7, start), start + S);
	assert_int_equal(port_budget_charge(&budget, 7, start), start + 2 * S);
	assert_false(port_budget_take(&budget, 7, start + S));
	assert_true(port_budget_take(&budget, 7, start + 3 * S));
}

/* Who pays: a port that floods costs the others nothing. */
static void exhausted_port_leaves_others_alone(void **state)
{
	static struct port_budget budget;

	(void)state;
	budget = (struct port_budget){.interval = S, .burst = 2};
	for (int i = 0; i < 1000; i++)
		port_budget_charge(&budget, 7, S);
	assert_true(port_budget_take(&budget, 8, S));
	assert_true(port_budget_take(&budget, 0, S));
	assert_false(port_budget_take(&budget, 7, 900 * S));
}

/* Ports come and go; an idle one gives up its entry, a busy one does not. */
static void idle_port_gives_up_its_entry(void **state)
{
	static struct port_budget budget;

	(void)state;
	budget = (struct port_budget){.interval = S, .burst = 1};
	for (int i = 0; i < 100; i++)
		port_budget_charge(&budget, 1, S);
	for (uint32_t port = 2; port < 2 + 2 * MN_PORTS_MAX; port++)
		assert_true(port_budget_take(&budget, port, 2 * S));
	assert_false(port_budget_take(&budget, 1, 2 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_is_immediate_and_then_the_rate_holds),
		cmocka_unit_test(exhausted_port_leaves_others_alone),
		cmocka_unit_test(idle_port_gives_up_its_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

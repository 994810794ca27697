/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All waits of `vifi why` together are bounded, in virtual time. */
#include "unit.h"

#include "why/wait_budget.h"

/* The longest waits that anything asks for, again and again: no answer ever comes. */
static void waits_in_vain_end_within_the_budget(void **state)
{
	struct wait_budget budget = {WAIT_BUDGET_MS};
	long long now = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		int granted = wait_budget_take(&budget, 150 + i);

		now += granted;
		wait_budget_give_back(&budget, granted, granted);
	}
	assert_int_equal(now, WAIT_BUDGET_MS);
	assert_true(now < 1000);
	assert_int_equal(wait_budget_take(&budget, 1), 0);
}

static void an_answer_leaves_the_rest_to_later_questions(void **state)
{
	struct wait_budget budget = {WAIT_BUDGET_MS};
	int granted = wait_budget_take(&budget, 300);

	(void)state;
	wait_budget_give_back(&budget, granted, 2);
	assert_int_equal(budget.left_ms, WAIT_BUDGET_MS - 2);
	/* A process that waited for a processor has not used more than its grant. */
	granted = wait_budget_take(&budget, 300);
	wait_budget_give_back(&budget, granted, 5000);
	assert_int_equal(budget.left_ms, WAIT_BUDGET_MS - 2 - 300);
	assert_int_equal(wait_budget_take(&budget, -1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_in_vain_end_within_the_budget),
		cmocka_unit_test(an_answer_leaves_the_rest_to_later_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

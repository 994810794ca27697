/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 2: a witness shows that the owner of a contested address has given it up. */
#include "unit.h"

#include "bridge/policy/witness.h"

#define MS 1000000ull

/*
 * Runs steps of a contest with an owner that answers for its other addresses after `delay` ns. Returns the time until the witness
 * has shown that it has given the address up, in ms; `end`: none did. *asked: the number of questions.
 */
static unsigned ask_owner(uint64_t delay, uint64_t end, unsigned *asked)
{
	struct witness witness = {0};
	uint64_t start = 1000 * MS, now = start, answer = UINT64_MAX;

	*asked = 0;
	while (now - start < end) {
		bool answered = now >= answer;

		if (answered)
			answer = UINT64_MAX;
		switch (witness_step(&witness, answered, now)) {
		case WITNESS_ASK:
			(*asked)++;
			answer = now + delay;
			break;
		case WITNESS_SILENT:
			return (unsigned)((now - start) / MS);
		case WITNESS_WAIT:
			break;
		}
		assert_true(witness.next > now);
		now = witness.next;
	}
	return (unsigned)(end / MS);
}

static void test_rule_02_two_answers_end_the_contest(void **state)
{
	unsigned asked;

	(void)state;
	assert_int_equal(ask_owner(MS, 1000 * MS, &asked), 50);
	assert_int_equal(asked, WITNESS_ANSWERS);
}

/* An owner that needs 400 ms for an answer may answer for the contested address until then. */
static void test_rule_02_busy_owner_has_time(void **state)
{
	unsigned asked, ms;

	(void)state;
	ms = ask_owner(400 * MS, 2000 * MS, &asked);
	assert_in_range(ms, 820, 950);
	assert_int_equal(asked, WITNESS_ANSWERS);
}

/* Nothing is concluded from silence, and one question is open at a time. */
static void test_rule_02_silent_owner_is_no_witness(void **state)
{
	unsigned asked;

	(void)state;
	assert_int_equal(ask_owner(UINT64_MAX / 2, 1000 * MS, &asked), 1000);
	assert_int_equal(asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_02_two_answers_end_the_contest),
		cmocka_unit_test(test_rule_02_busy_owner_has_time),
		cmocka_unit_test(test_rule_02_silent_owner_is_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

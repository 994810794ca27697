/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/suggest.h"

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"bridge", "bridge", 0},
		{"brigde", "bridge", 1}, /* swapped neighbours are one slip */
		{"bridg", "bridge", 1},
		{"bbridge", "bridge", 1},
		{"bridke", "bridge", 1},
		{"kitten", "sitting", 3},
		{"abc", "xyz", 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(edit_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(edit_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void long_words_are_bounded(void **state)
{
	char a[3 * NEAREST_MAX], b[3 * NEAREST_MAX];

	(void)state;
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	a[sizeof a - 1] = b[sizeof b - 1] = 0;
	assert_int_equal(edit_distance(a, b), NEAREST_MAX);
	assert_int_equal(edit_distance(a, a), 0);
}

static const char *guess(const char *typed)
{
	static const char *const known[] = {"up", "down", "show", "pin", "forget", "check"};
	struct nearest n = NEAREST_NONE;

	for (size_t i = 0; i < COUNT(known); i++)
		nearest_offer(&n, typed, known[i]);
	return n.word;
}

static void the_nearest_is_found(void **state)
{
	(void)state;
	assert_string_equal(guess("forgte"), "forget");
	assert_string_equal(guess("shwo"), "show");
	assert_string_equal(guess("chekc"), "check");
	assert_null(guess("zzz"));
	assert_null(guess(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(long_words_are_bounded),
		cmocka_unit_test(the_nearest_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/suggest.h"

static void edit_distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"bridge", "bridge", 0},
		{"brigde", "bridge", 1}, /* swapped neighbours count once */
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

static void long_word_distance_is_bounded(void **state)
{
	char first[3 * SUGGESTION_WORD_MAX], second[3 * SUGGESTION_WORD_MAX];

	(void)state;
	memset(first, 'a', sizeof(first));
	memset(second, 'b', sizeof(second));
	first[sizeof(first) - 1] = second[sizeof(second) - 1] = 0;
	assert_int_equal(edit_distance(first, second), SUGGESTION_WORD_MAX);
	assert_int_equal(edit_distance(first, first), 0);
}

static const char *suggestion_for(const char *typed)
{
	static const char *const known[] = {"up", "down", "show", "pin", "forget", "check"};
	struct suggestion suggestion = SUGGESTION_NONE;

	for (size_t i = 0; i < COUNT(known); i++)
		suggestion_consider(&suggestion, typed, known[i]);
	return suggestion.word;
}

static void nearest_word_is_suggested(void **state)
{
	(void)state;
	assert_string_equal(suggestion_for("forgte"), "forget");
	assert_string_equal(suggestion_for("shwo"), "show");
	assert_string_equal(suggestion_for("chekc"), "check");
	assert_null(suggestion_for("zzz"));
	assert_null(suggestion_for(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edit_distances),
		cmocka_unit_test(long_word_distance_is_bounded),
		cmocka_unit_test(nearest_word_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

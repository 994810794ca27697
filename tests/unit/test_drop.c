/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/drop.h"

static void names_are_unique_and_lower_snake(void **state)
{
	(void)state;
	for (int d = 0; d < DROP_COUNT; d++) {
		const char *name = drop_name(d);
		size_t n = strlen(name);

		assert_in_range(n, 1, 31);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), n);
		assert_in_range(name[0], 'a', 'z');
		assert_int_not_equal(name[n - 1], '_');
		assert_null(strstr(name, "__"));
		for (int e = 0; e < d; e++)
			assert_string_not_equal(name, drop_name(e));
	}
}

/* An identifier and its name are the same word, so that a search for one finds the other. */
static void names_are_their_identifiers(void **state)
{
	static const char *const identifiers[] = {
		"NONE",
#define X(id, name, sentence, hint) #id,
		DROP_LIST(X)
#undef X
	};

	(void)state;
	assert_int_equal(COUNT(identifiers), DROP_COUNT);
	for (int d = 0; d < DROP_COUNT; d++)
		for (size_t i = 0; i <= strlen(identifiers[d]); i++) {
			char c = identifiers[d][i];

			assert_int_equal(drop_name(d)[i], c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		}
}

static void is_text(const char *s, const char *end)
{
	size_t n = strlen(s);

	assert_in_range(n, 8, 200);
	assert_in_range(s[0], 'A', '`' /* a command in backquotes may come first */);
	assert_non_null(strchr(end, s[n - 1]));
	for (size_t i = 0; i < n; i++)
		assert_in_range(s[i], ' ', '~');
}

static void each_row_has_a_sentence_and_a_hint(void **state)
{
	(void)state;
	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++) {
		is_text(drop_sentence(d), ".");
		is_text(drop_hint(d), ".");
		for (int e = NOT_DROPPED + 1; e < d; e++)
			assert_string_not_equal(drop_sentence(d), drop_sentence(e));
	}
}

static void not_dropped_and_numbers_beyond_the_list(void **state)
{
	static const int beyond[] = {DROP_COUNT, DROP_COUNT + 1, -1, 0x7fffffff};

	(void)state;
	assert_int_equal(NOT_DROPPED, 0);
	assert_string_equal(drop_name(NOT_DROPPED), "none");
	for (size_t i = 0; i < COUNT(beyond); i++) {
		assert_string_equal(drop_name(beyond[i]), "unknown");
		assert_non_null(drop_sentence(beyond[i]));
		assert_string_equal(drop_hint(beyond[i]), "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_and_lower_snake),
		cmocka_unit_test(names_are_their_identifiers),
		cmocka_unit_test(each_row_has_a_sentence_and_a_hint),
		cmocka_unit_test(not_dropped_and_numbers_beyond_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

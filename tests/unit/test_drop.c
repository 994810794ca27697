/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/drop.h"

static void names_are_unique_and_snake_case(void **state)
{
	(void)state;
	for (int reason = 0; reason < DROP_COUNT; reason++) {
		const char *name = drop_name(reason);
		size_t len = strlen(name);

		assert_uint_in_range(len, 1, 31);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), len);
		assert_uint_in_range(name[0], 'a', 'z');
		assert_int_not_equal(name[len - 1], '_');
		assert_null(strstr(name, "__"));
		for (int err = 0; err < reason; err++)
			assert_string_not_equal(name, drop_name(err));
	}
}

/* An identifier and its name are the same word, so that a search for either finds both. */
static void names_match_identifiers(void **state)
{
	static const char *const identifiers[] = {
		"NONE",
#define X(id, name, layer, mender, sentence, hint) #id,
		DROP_LIST(X)
#undef X
	};

	(void)state;
	assert_int_equal(COUNT(identifiers), DROP_COUNT);
	for (int reason = 0; reason < DROP_COUNT; reason++)
		for (size_t i = 0; i <= strlen(identifiers[reason]); i++) {
			char ch = identifiers[reason][i];

			assert_int_equal(drop_name(reason)[i], ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch);
		}
}

static void assert_text(const char *text, const char *end)
{
	size_t len = strlen(text);

	assert_uint_in_range(len, 8, 200);
	assert_uint_in_range(text[0], 'A', '`' /* a command in backquotes may come first */);
	assert_non_null(strchr(end, text[len - 1]));
	for (size_t i = 0; i < len; i++)
		assert_uint_in_range(text[i], ' ', '~');
}

static void each_reason_has_sentence_and_hint(void **state)
{
	(void)state;
	for (int reason = NOT_DROPPED + 1; reason < DROP_COUNT; reason++) {
		assert_text(drop_sentence(reason), ".");
		assert_text(drop_hint(reason), ".");
		for (int err = NOT_DROPPED + 1; err < reason; err++)
			assert_string_not_equal(drop_sentence(reason), drop_sentence(err));
	}
}

static void unknown_reasons_are_handled(void **state)
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

static void reasons_are_found_by_name(void **state)
{
	(void)state;
	for (int reason = 0; reason < DROP_COUNT; reason++)
		assert_int_equal(drop_named(drop_name(reason)), reason);
	assert_int_equal(drop_named(drop_name(DROP_COUNT)), NOT_DROPPED);
	assert_int_equal(drop_named(""), NOT_DROPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_and_snake_case),   cmocka_unit_test(names_match_identifiers),
		cmocka_unit_test(each_reason_has_sentence_and_hint), cmocka_unit_test(unknown_reasons_are_handled),
		cmocka_unit_test(reasons_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

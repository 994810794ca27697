/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others on a terminal. */
#include "unit.h"

#include "base/error.h"
#include "base/printable.h"

static void assert_copy(const char *text, bool utf8, const char *expected, unsigned columns)
{
	char out[64];

	assert_int_equal(printable_copy(out, sizeof(out), text, utf8), columns);
	assert_string_equal(out, expected);
	assert_int_equal(printable_width(out), columns);
}

static void plain_text_stays(void **state)
{
	(void)state;
	assert_copy("web-1", true, "web-1", 5);
	assert_copy("", true, "", 0);
	assert_copy(" a~ ", false, " a~ ", 4);
}

static void control_characters_become_question_marks(void **state)
{
	(void)state;
	assert_copy("\033[2J\033]0;x\a", true, "?[2J?]0;x?", 10);
	assert_copy("a\nb\tc\rd\177", true, "a?b?c?d?", 8);
	assert_copy("\302\233"
		    "31m",
		    true, "?31m", 4); /* CSI of C1, as UTF-8 */
	assert_copy("\233"
		    "31m",
		    true, "?31m", 4); /* and as a byte */
}

static void characters_without_a_glyph_become_question_marks(void **state)
{
	(void)state;
	assert_copy("a\342\200\256b", true, "a?b", 3);   /* right-to-left override */
	assert_copy("a\342\200\213b", true, "a?b", 3);   /* zero width space */
	assert_copy("a\342\200\250b", true, "a?b", 3);   /* line separator */
	assert_copy("\357\273\277a", true, "?a", 2);     /* byte order mark */
	assert_copy("\363\240\200\201a", true, "?a", 2); /* tag */
	assert_copy("\314\201a", true, "?a", 2);         /* a mark without a character before it */
}

static void invalid_utf8_becomes_question_marks(void **state)
{
	(void)state;
	assert_copy("\303", true, "?", 1);                /* cut */
	assert_copy("\303(", true, "?(", 2);              /* no continuation */
	assert_copy("\300\201", true, "??", 2);           /* longer than necessary */
	assert_copy("\355\240\200", true, "?", 1);        /* a surrogate */
	assert_copy("\364\220\200\200", true, "????", 4); /* above U+10FFFF */
	assert_copy("\377\376", true, "??", 2);
}

static void width_counts_columns(void **state)
{
	(void)state;
	assert_copy("B\303\274ro", true, "B\303\274ro", 4);
	assert_copy("\350\231\232\346\213\237", true, "\350\231\232\346\213\237", 4); /* two wide characters */
	assert_copy("e\314\201", true, "e\314\201", 1);                               /* with a combining mark */
	assert_copy("\360\237\220\247", true, "\360\237\220\247", 2);                 /* an emoji */
	assert_copy("B\303\274ro", false, "B?ro", 4);
}

static void copy_is_cut_at_a_character(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(printable_copy(out, sizeof(out), "ab\303\274", true), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(printable_copy(out, sizeof(out), "a\303\274b", true), 2);
	assert_string_equal(out, "a\303\274");
	assert_int_equal(printable_copy(out, 1, "a", true), 0);
	assert_string_equal(out, "");
}

static void fit_does_not_split_a_wide_character(void **state)
{
	unsigned used;

	(void)state;
	assert_int_equal(printable_fit("a\350\231\232b", 2, &used), 1);
	assert_int_equal(used, 1);
	assert_int_equal(printable_fit("a\350\231\232b", 3, &used), 4);
	assert_int_equal(used, 3);
	assert_int_equal(printable_fit("ab", 9, &used), 2);
	assert_int_equal(printable_fit("ab", 0, &used), 0);
}

static void sentences_of_errors_are_one_line(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_set(&error, -2, "no interface `%s`", "\033[2Jx\n\342\200\256y"), -2);
	assert_string_equal(error.text, "no interface `?[2Jx??y`");
	error_set(&error, -3, "%s; see `ip link`", error.text); /* the text before may be part of the new one */
	assert_string_equal(error.text, "no interface `?[2Jx??y`; see `ip link`");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(control_characters_become_question_marks),
		cmocka_unit_test(characters_without_a_glyph_become_question_marks),
		cmocka_unit_test(invalid_utf8_becomes_question_marks),
		cmocka_unit_test(width_counts_columns),
		cmocka_unit_test(copy_is_cut_at_a_character),
		cmocka_unit_test(fit_does_not_split_a_wide_character),
		cmocka_unit_test(sentences_of_errors_are_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

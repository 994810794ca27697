/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/man_page.c: the macros that each kind of line becomes. */
#include "unit.h"

#include "conf/man_page.h"

#include <stdio.h>
#include <stdlib.h>

static void assert_page(const char *markup, const char *expected)
{
	static const char head[] = ".TH vifi-test 8 \"\" vifi\n.ad l\n.nh\n";
	char *text = NULL, source[1024];
	size_t len;
	FILE *to = open_memstream(&text, &len);

	snprintf(source, sizeof(source), "vifi-test(8)\n\n%s", markup);
	man_page_print(source, to);
	fclose(to);
	assert_int_equal(strncmp(text, head, sizeof(head) - 1), 0);
	assert_string_equal(text + sizeof(head) - 1, expected);
	free(text);
}

static void headings_and_paragraphs(void **state)
{
	(void)state;
	assert_page("", "");
	assert_page("# EXIT STATUS\n\none\ntwo\n\nthree\n", ".SH EXIT STATUS\n.PP\none\ntwo\n.PP\nthree\n");
	assert_page("## vifi test\n\nno end", ".SS vifi test\n.PP\nno end\n");
	assert_page("*a* b++\n*c*\n", ".PP\n\\fBa\\fR b\n.br\n\\fBc\\fR\n");
}

static void items_have_tags(void **state)
{
	(void)state;
	assert_page("*-a*\n\tfirst\n\tand more\n\n*-b*\n\tsecond\n\nafter\n",
		    ".TP 4\n\\fB\\-a\\fR\nfirst\nand more\n.TP 4\n\\fB\\-b\\fR\nsecond\n.PP\nafter\n");
	assert_page("*-a*\n\tfirst\n\n\tfurther\n", ".TP 4\n\\fB\\-a\\fR\nfirst\n.IP\nfurther\n");
}

static void literal_lines_keep_their_markup(void **state)
{
	(void)state;
	assert_page(
		"Try:\n\n```\n.dot *star* snake_case \\n\n\n# no heading\n```\n\nafter\n",
		".PP\nTry:\n.PP\n.RS 4\n.EX\n\\&.dot *star* snake_case \\en\n\n# no heading\n.EE\n.RE\n.PP\nafter\n");
}

static void underscores_in_words_and_escapes_are_text(void **state)
{
	(void)state;
	assert_page("_file_ snake_case [_a_|_b_] _from_=_NAME_\n",
		    ".PP\n\\fIfile\\fR snake_case [\\fIa\\fR|\\fIb\\fR] \\fIfrom\\fR=\\fINAME\\fR\n");
	assert_page("a\\_b \\*c\\* \\\\d\n", ".PP\na_b *c* \\ed\n");
	assert_page("`a_b` and `c`\n", ".PP\n\\fBa_b\\fR and \\fBc\\fR\n");
	assert_page("*open\n", ".PP\n\\fBopen\\fR\n");
}

static void no_text_is_a_request_of_groff(void **state)
{
	(void)state;
	assert_page(".SH x\n'br `~^-\n", ".PP\n\\&.SH x\n\\(aqbr \\(ga\\(ti\\(ha\\-\n");
	assert_page("\\.SH x\n", ".PP\n\\&.SH x\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings_and_paragraphs),
		cmocka_unit_test(items_have_tags),
		cmocka_unit_test(literal_lines_keep_their_markup),
		cmocka_unit_test(underscores_in_words_and_escapes_are_text),
		cmocka_unit_test(no_text_is_a_request_of_groff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, sentences and tables for terminals of any width. */
#include "unit.h"

#include "base/printable.h"
#include "bridge/policy/screen.h"

static const struct screen_column columns[] = {
	{.title = "NAME", .importance = 1, .max = 6},
	{.title = "ADDRESS", .importance = 0},
	{.title = "OUT", .importance = 2, .right = true},
	{.title = "LEASE", .importance = 3, .right = true, .optional = true},
	{.title = "MORE", .importance = 4, .list_importance = 5, .optional = true},
	{0},
};

static struct screen_table *make_table(void)
{
	static const struct screen_cell rows[][5] = {
		{{"web-1", 0}, {"192.0.2.10", 0}, {"1.2 GB", 0}, {"-", 0}, {"2001:db8::10\nfe80::10", 0}},
		{{"database", 0}, {"192.0.2.9!", 0}, {"5 B", 0}, {NULL, 0}, {"-", 0}},
	};
	struct screen_table *table = screen_table_new(columns);

	for (size_t i = 0; i < COUNT(rows); i++)
		screen_table_row(table, rows[i], true);
	return table;
}

static void assert_table(unsigned width, bool utf8, const char *expected)
{
	struct screen_table *table = make_table();
	struct screen screen = {.width = width, .utf8 = utf8};

	screen_table_put(&screen, table, 2);
	assert_false(screen.failed);
	assert_string_equal(screen.text, expected);
	screen_table_free(table);
	screen_free(&screen);
}

static void table_without_a_limit_has_all_columns(void **state)
{
	(void)state;
	assert_table(0, true,
		     "  NAME      ADDRESS        OUT  MORE\n"
		     "  web-1     192.0.2.10  1.2 GB  2001:db8::10, fe80::10\n"
		     "  database  192.0.2.9!     5 B  -\n");
}

static void narrow_table_loses_columns_in_order(void **state)
{
	(void)state;
	assert_table(46, true,
		     "  NAME    ADDRESS        OUT  MORE\n"
		     "  web-1   192.0.2.10  1.2 GB  2001:db8::10 +1\n"
		     "  datab\342\200\246  192.0.2.9!     5 B  -\n");
	assert_table(33, true,
		     "  NAME    ADDRESS        OUT  +\n"
		     "  web-1   192.0.2.10  1.2 GB  +2\n"
		     "  datab\342\200\246  192.0.2.9!     5 B  -\n");
	assert_table(29, true,
		     "  NAME    ADDRESS        OUT\n"
		     "  web-1   192.0.2.10  1.2 GB\n"
		     "  datab\342\200\246  192.0.2.9!     5 B\n");
	assert_table(24, false,
		     "  NAME    ADDRESS     +\n"
		     "  web-1   192.0.2.10  +2\n"
		     "  datab~  192.0.2.9!  -\n");
	assert_table(14, false,
		     "  ADDRESS\n"
		     "  192.0.2.10\n"
		     "  192.0.2.9!\n");
	assert_table(8, false,
		     "  ADDRE~\n"
		     "  192.0~\n"
		     "  192.0~\n");
}

static void no_row_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (unsigned width = 1; width < 80; width++) {
		struct screen_table *table = make_table();
		struct screen screen = {.width = width, .utf8 = true};
		unsigned lines = 0;

		screen_table_put(&screen, table, 2);
		screen_wrap(&screen, 4, "  ! ", SCREEN_PLAIN,
			    "wlan0 has no carrier, so it is not connected to anything.");
		for (char *line = strtok(screen.text, "\n"); line; line = strtok(NULL, "\n"), lines++)
			if (width >= 5 || lines < 3)
				assert_true(printable_width(line) <= width);
		assert_true(lines >= 4);
		screen_table_free(table);
		screen_free(&screen);
	}
}

static void sentences_are_wrapped(void **state)
{
	struct screen screen = {.width = 20};

	(void)state;
	screen_wrap(&screen, 4, "  ! ", SCREEN_PLAIN, "one two three four five");
	screen_wrap(&screen, 0, "", SCREEN_PLAIN, "averyveryverylongword follows");
	assert_string_equal(screen.text, "  ! one two three\n    four five\naveryveryverylongwor\nd follows\n");
	screen_free(&screen);
	screen.width = 0;
	screen_wrap(&screen, 4, "  ! ", SCREEN_PLAIN, "one two three four five");
	assert_string_equal(screen.text, "  ! one two three four five\n");
	screen_free(&screen);
}

/* An address that needs attention is not hidden without a trace. */
static void count_of_hidden_items_keeps_their_mark(void **state)
{
	static const struct screen_cell row[] = {
		{"web", 0}, {"192.0.2.1", 0}, {"5 B", 0}, {"-", 0}, {"2001:db8::1\n10.0.0.1!\nfe80::1", 0}};
	struct screen_table *table = screen_table_new(columns);
	static const struct {
		unsigned width;
		const char *end;
	} cases[] = {{0, "  2001:db8::1, 10.0.0.1!, fe80::1\n"},
		     {50, "  2001:db8::1, 10.0.0.1! +1\n"},
		     {40, "  2001:db8::1 +2!\n"},
		     {29, "  +3!\n"}};

	(void)state;
	screen_table_row(table, row, false);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct screen screen = {.width = cases[i].width};

		screen_table_put(&screen, table, 0);
		assert_string_equal(screen.text + screen.len - strlen(cases[i].end), cases[i].end);
		screen_free(&screen);
	}
	screen_table_free(table);
}

static void colours_do_not_change_the_layout(void **state)
{
	static const struct screen_cell row[] = {{"web", SCREEN_BOLD},
						 {"192.0.2.1", SCREEN_BAD},
						 {"5 B", SCREEN_PLAIN},
						 {"1 h", SCREEN_GOOD},
						 {"-", SCREEN_DIM}};
	struct screen_table *table = screen_table_new(columns);
	struct screen screen = {.colour = true};

	(void)state;
	screen_table_row(table, row, false);
	screen_table_put(&screen, table, 0);
	assert_string_equal(screen.text,
			    "\033[2mNAME\033[0m  \033[2mADDRESS\033[0m    \033[2mOUT\033[0m  \033[2mLEASE\033[0m\n"
			    "\033[1mweb\033[0m   \033[31m192.0.2.1\033[0m  5 B    \033[32m1 h\033[0m\n");
	screen_table_free(table);
	screen_free(&screen);
}

static void text_of_others_cannot_leave_its_cell(void **state)
{
	static const struct screen_cell row[] = {
		{"\033[2J\nx", 0}, {"a\tb", 0}, {"\303", 0}, {"1 h", 0}, {"\033[31mone\ntwo\r", 0}};
	struct screen_table *table = screen_table_new(columns);
	struct screen screen = {.utf8 = true};

	(void)state;
	screen_table_row(table, row, true);
	screen_table_put(&screen, table, 0);
	screen_put(&screen, SCREEN_PLAIN, "\033c\nend");
	assert_string_equal(screen.text, "NAME    ADDRESS  OUT  LEASE  MORE\n"
					 "?[2J?x  a?b        ?    1 h  ?[31mone, two?\n"
					 "?c?end");
	screen_table_free(table);
	screen_free(&screen);
}

static void empty_table_is_nothing(void **state)
{
	struct screen_table *table = screen_table_new(columns);
	struct screen screen = {0};

	(void)state;
	screen_table_put(&screen, table, 2);
	assert_null(screen.text);
	screen_table_free(table);
	screen_table_put(&screen, NULL, 2);
	assert_true(screen.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_without_a_limit_has_all_columns),
		cmocka_unit_test(narrow_table_loses_columns_in_order),
		cmocka_unit_test(no_row_is_wider_than_the_terminal),
		cmocka_unit_test(sentences_are_wrapped),
		cmocka_unit_test(count_of_hidden_items_keeps_their_mark),
		cmocka_unit_test(colours_do_not_change_the_layout),
		cmocka_unit_test(text_of_others_cannot_leave_its_cell),
		cmocka_unit_test(empty_table_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

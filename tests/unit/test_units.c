/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for people. */
#include "unit.h"

#include "bridge/policy/units.h"

static void bytes_have_decimal_units(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{999, "999 B"},
		{1000, "1.0 kB"},
		{1249, "1.2 kB"},
		{1250, "1.3 kB"},
		{9949, "9.9 kB"},
		{9950, "10 kB"},
		{10499, "10 kB"},
		{999499, "999 kB"},
		{999500, "1.0 MB"},
		{20000000, "20 MB"},
		{1234567890123, "1.2 TB"},
		{UINT64_MAX, "18 EB"},
	};
	char text[UNITS_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(units_bytes(text, cases[i].bytes), cases[i].text);
}

static void rates_are_bits(void **state)
{
	char text[UNITS_TEXT];

	(void)state;
	assert_string_equal(units_rate(text, 0), "0");
	assert_string_equal(units_rate(text, 1), "8 bit");
	assert_string_equal(units_rate(text, 125000), "1.0 Mbit");
	assert_string_equal(units_rate(text, 12500000), "100 Mbit");
	assert_string_equal(units_rate(text, UINT64_MAX), "18 Ebit");
}

static void durations_have_one_unit(void **state)
{
	char text[UNITS_TEXT];

	(void)state;
	assert_string_equal(units_duration(text, 0), "0 s");
	assert_string_equal(units_duration(text, 99), "99 s");
	assert_string_equal(units_duration(text, 100), "1 min");
	assert_string_equal(units_duration(text, 5999), "99 min");
	assert_string_equal(units_duration(text, 6000), "1 h");
	assert_string_equal(units_duration(text, 259199), "71 h");
	assert_string_equal(units_duration(text, 259200), "3 d");
}

static void no_number_is_wider_than_promised(void **state)
{
	char text[UNITS_TEXT];

	(void)state;
	for (uint64_t value = 1; value < 999000000000000; value += value / 7 + 1) {
		assert_true(strlen(units_bytes(text, value)) <= 6);
		if (value < 999000000000000 / 8)
			assert_true(strlen(units_rate(text, value)) <= 8);
		if (value < 27ull * 365 * 86400)
			assert_true(strlen(units_duration(text, value)) <= 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_have_decimal_units),
		cmocka_unit_test(rates_are_bits),
		cmocka_unit_test(durations_have_one_unit),
		cmocka_unit_test(no_number_is_wider_than_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/text.h"

static void hex_round_trips(void **state)
{
	uint8_t bytes[256], back[256];
	char text[HEX_TEXT(256)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_string_equal(hex_format(text, "\x00\x9f\xff\x10", 4), "009fff10");
	assert_string_equal(hex_format(text, "", 0), "");
	assert_int_equal(strlen(hex_format(text, bytes, sizeof(bytes))), 512);
	assert_true(hex_parse(back, sizeof(back), text));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_true(hex_parse(back, 2, "AbCd and more"));
	assert_memory_equal(back, "\xab\xcd", 2);
}

static void malformed_hex_is_refused(void **state)
{
	static const char *const wrong[] = {"", "1", "12", "123", "12 4", "0x12", "12g4", "1-23", "12\034"};
	uint8_t bytes[2];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(hex_parse(bytes, 2, wrong[i]));
	for (int ch = 0; ch < 256; ch++)
		assert_true((hex_digit((char)ch) >= 0) == (ch && strchr("0123456789abcdefABCDEF", ch)));
}

static void ssid_is_printable_and_bounded(void **state)
{
	static const uint8_t odd[] = {'a', 0, '\\', 0x7f, ' ', 0xc3, 0xa4};
	uint8_t all[32];
	char text[SSID_TEXT];

	(void)state;
	assert_string_equal(ssid_format(text, sizeof(text), odd, sizeof(odd)), "a\\x00\\x5c\\x7f \\xc3\\xa4");
	memset(all, 0xff, sizeof(all));
	assert_int_equal(strlen(ssid_format(text, sizeof(text), all, sizeof(all))), SSID_TEXT - 1);
	for (size_t room = 1; room < SSID_TEXT; room++) {
		char small[SSID_TEXT];

		memset(small, '#', sizeof(small));
		ssid_format(small, room, all, sizeof(all));
		assert_true(strlen(small) < room);
		assert_int_equal(small[room], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_round_trips),
		cmocka_unit_test(malformed_hex_is_refused),
		cmocka_unit_test(ssid_is_printable_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

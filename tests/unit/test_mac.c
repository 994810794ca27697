/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/mac.h"

static void comparison_detects_each_bit(void **state)
{
	/* At every alignment: callers in user space may pass any address. */
	uint8_t left_buffer[16] = {0}, right_buffer[16] = {0};

	(void)state;
	for (int at = 0; at < 8; at++) {
		uint8_t *left = left_buffer + at, *right = right_buffer + 7 - at;

		memcpy(left, "\x02\x60\xaa\xbb\xcc\xdd", MAC_LEN);
		mac_copy(right, left);
		assert_memory_equal(left, right, MAC_LEN);
		assert_true(mac_equal(left, right));
		for (int bit = 0; bit < 8 * MAC_LEN; bit++) {
			right[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(mac_equal(left, right));
			right[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void address_kinds(void **state)
{
	static const struct {
		const char *text;
		bool group, zero, broadcast;
	} rows[] = {
		{"00:00:00:00:00:00", false, true, false},  {"00:00:00:00:00:01", false, false, false},
		{"80:00:00:00:00:00", false, false, false}, {"00:60:aa:bb:cc:dd", false, false, false},
		{"02:00:00:00:00:00", false, false, false}, /* locally administered, but individual */
		{"01:00:5e:00:00:fb", true, false, false},  {"33:33:00:00:00:01", true, false, false},
		{"01:80:c2:00:00:0e", true, false, false},  {"ff:ff:ff:ff:ff:ff", true, false, true},
		{"ff:ff:ff:ff:ff:fe", true, false, false},  {"fe:ff:ff:ff:ff:ff", false, false, false},
	};
	uint8_t mac[MAC_LEN];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(mac_parse(mac, rows[i].text));
		assert_int_equal(mac_is_group(mac), rows[i].group);
		assert_int_equal(mac_is_zero(mac), rows[i].zero);
		assert_int_equal(mac_is_broadcast(mac), rows[i].broadcast);
	}
}

static void text_round_trips(void **state)
{
	uint8_t mac[MAC_LEN], back[MAC_LEN];
	char text[MAC_TEXT_SIZE + 1];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		for (int i = 0; i < MAC_LEN; i++)
			mac[i] = (uint8_t)(byte + 41 * i);
		text[MAC_TEXT_SIZE] = '!';
		assert_ptr_equal(mac_format(text, mac), text);
		assert_int_equal(strlen(text), MAC_TEXT_SIZE - 1);
		assert_int_equal(text[MAC_TEXT_SIZE], '!');
		assert_true(mac_parse(back, text));
		assert_memory_equal(mac, back, MAC_LEN);
	}
	mac_format(text, (const uint8_t *)"\x00\x60\xaa\xbb\xcc\xdd");
	assert_string_equal(text, "00:60:aa:bb:cc:dd");
	assert_true(mac_parse(back, "00:60:AA:bB:cc:DD"));
	assert_memory_equal(back, "\x00\x60\xaa\xbb\xcc\xdd", MAC_LEN);
}

static void invalid_address_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"0",
		"00:60:aa:bb:cc",
		"00:60:aa:bb:cc:",
		"00:60:aa:bb:cc:d",
		"00:60:aa:bb:cc:ddd",
		"00:60:aa:bb:cc:dd ",
		" 00:60:aa:bb:cc:dd",
		"00:60:aa:bb:cc:dd:",
		"00:60:aa:bb:cc:dd:ee",
		"00-60-aa-bb-cc-dd",
		"0:60:aa:bb:cc:dd0",
		"0060.aabb.ccdd.00",
		"00:60:aa:bb:cc:dg",
		"00:60:aa:bb:cc:+d",
		"0x:60:aa:bb:cc:dd",
		"00:60:aa:bb:cc:d\n",
		"00:60:aa:bb::c:dd",
		"@0:60:aa:bb:cc:dd",
		"`0:60:aa:bb:cc:dd",
		"\xe1\xe1:60:aa:bb:cc:dd",
		":::::::::::::::::",
	};
	uint8_t mac[MAC_LEN] = {1, 2, 3, 4, 5, 6};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(mac_parse(mac, rows[i]));
		assert_memory_equal(mac, "\1\2\3\4\5\6", MAC_LEN);
	}
}

static void random_addresses_are_local(void **state)
{
	static const uint8_t random[6] = {0xff, 0xfe, 0xfd, 1, 2, 3};
	uint8_t addr[6] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55};

	(void)state;
	mac_randomise(addr, random, true);
	assert_memory_equal(addr, ((uint8_t[]){0x02, 0x11, 0x22, 1, 2, 3}), 6);
	mac_randomise(addr, random, false);
	assert_memory_equal(addr, ((uint8_t[]){0xfe, 0xfe, 0xfd, 1, 2, 3}), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_addresses_are_local),
		cmocka_unit_test(comparison_detects_each_bit),
		cmocka_unit_test(address_kinds),
		cmocka_unit_test(text_round_trips),
		cmocka_unit_test(invalid_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

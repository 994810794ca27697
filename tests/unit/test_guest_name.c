/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of guests from DHCP options. */
#include "unit.h"

#include "bridge/policy/guest_name.h"

#include <string.h>

static void assert_name(unsigned option, const void *bytes, size_t size, const char *expected)
{
	char name[GUEST_NAME_SIZE];

	assert_int_equal(guest_name_decode(name, option, bytes, size), *expected != 0);
	assert_string_equal(name, expected);
}

static void host_names_are_text(void **state)
{
	(void)state;
	assert_name(12, "vm1", 3, "vm1");
	assert_name(12, "VM_1.example-net", 16, "VM_1.example-net");
	assert_name(12, "vm1\0junk", 8, "vm1");
	assert_name(12, "", 0, "");
	assert_name(12, "...", 3, "");
	assert_name(13, "vm1", 3, ""); /* no name */
}

static void control_characters_are_replaced(void **state)
{
	uint8_t longest[255];

	(void)state;
	assert_name(12, "a\033[31m\nb\377\"<", 10, "a??31m?b??");
	memset(longest, 'x', sizeof(longest));
	assert_name(12, longest, sizeof(longest), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void fqdn_is_text_or_labels(void **state)
{
	(void)state;
	assert_name(81, "\0\0\0vm1.example.", 15, "vm1.example");
	assert_name(81, "\4\0\0\3vm1\7example\0", 16, "vm1.example");
	assert_name(81, "\4\0\0\3vm1", 7, "vm1"); /* partial: no root */
	assert_name(81, "\4\0\0\4vm1", 7, "");
	assert_name(81, "\4\0\0\3v.1\300\4", 9, "v.1"); /* a pointer ends it */
	assert_name(81, "\4\0\0", 3, "");
	assert_name(81, "\4\0", 2, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names_are_text),
		cmocka_unit_test(control_characters_are_replaced),
		cmocka_unit_test(fqdn_is_text_or_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

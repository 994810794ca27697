/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of virtual machines from command lines. */
#include "unit.h"

#include "bridge/policy/qemu_command.h"

#define ASSERT_NAME(line, expected) \
	assert_name(line, sizeof(line), expected) /* the terminating zero is the last word's */

static void assert_name(const char *line, size_t len, const char *expected)
{
	char name[32];

	assert_int_equal(qemu_command_name(name, sizeof(name), line, len), *expected != 0);
	assert_string_equal(name, expected);
}

static void name_is_read_in_each_form(void **state)
{
	(void)state;
	ASSERT_NAME("/usr/bin/qemu-system-x86_64\0-name\0guest=web-1,debug-threads=on\0-S", "web-1");
	ASSERT_NAME("qemu\0-name\0web-1", "web-1");
	ASSERT_NAME("qemu\0--name\0web-1,process=qemu:web", "web-1");
	ASSERT_NAME("qemu\0-name\0debug-threads=on,guest=web-1", "web-1");
	ASSERT_NAME("qemu\0-name\0process=a,,b,guest=c", "c");
	ASSERT_NAME("qemu\0-name\0guest=a,,b,x=y", "a,b");
}

static void other_lines_have_no_name(void **state)
{
	(void)state;
	ASSERT_NAME("qemu\0-m\0"
		    "1024",
		    "");
	ASSERT_NAME("qemu\0-name", "");
	ASSERT_NAME("qemu\0-name\0process=x", "");
	ASSERT_NAME("qemu\0-name\0", "");
	ASSERT_NAME("", "");
	assert_name("qemu\0-name\0web", 14, ""); /* without the last zero the line may be cut */
	assert_name(NULL, 0, "");
}

static void long_name_is_cut(void **state)
{
	(void)state;
	ASSERT_NAME("qemu\0-name\0aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", "aaaaaaaaaabbbbbbbbbbccccccccccd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_is_read_in_each_form),
		cmocka_unit_test(other_lines_have_no_name),
		cmocka_unit_test(long_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to a file that exists, and whether undoing brings it back. */
#include "unit.h"

#include "setup/plan/change.h"

static struct setup_file file_of(enum setup_place place, const char *text)
{
	struct setup_file file = {.place = place};

	strcpy(file.text, text);
	strcpy(file.against[0], "denyall");
	return file;
}

static const struct row {
	enum setup_place place;
	const char *text, *enough, *present, *recorded;
	enum setup_action action;
	const char *result;
} rows[] = {
	{SETUP_WHOLE, "a\n", "", NULL, NULL, SETUP_CREATE, "a\n"},
	{SETUP_WHOLE, "a\n", "", "a\n", NULL, SETUP_KEEP, NULL},
	{SETUP_WHOLE, "a\n", "", "b\n", NULL, SETUP_FOREIGN, NULL},
	{SETUP_WHOLE, "a\n", "", "b\n", "b\n", SETUP_UPDATE, "a\n"},
	{SETUP_WHOLE, "a\n", "", "b\nc\n", "b\n", SETUP_FOREIGN, NULL}, /* changed since we wrote it */
	{SETUP_WHOLE, "a\n", "uplink=wlan0", "age = 60\n uplink =\twlan0\n", NULL, SETUP_KEEP, NULL},
	{SETUP_WHOLE, "a\n", "uplink=wlan0", "uplink = wlan01\n", NULL, SETUP_FOREIGN, NULL},
	{SETUP_WHOLE, "a\n", "uplink=wlan0", "#uplink = wlan0\n", NULL, SETUP_FOREIGN, NULL},
	{SETUP_APPEND, "allow br0\n", "", NULL, NULL, SETUP_CREATE, "allow br0\n"},
	{SETUP_APPEND, "allow br0\n", "", "allow virbr0\n", NULL, SETUP_EXTEND, "allow virbr0\nallow br0\n"},
	{SETUP_APPEND, "allow br0\n", "", "allow virbr0", NULL, SETUP_EXTEND, "allow virbr0\nallow br0\n"},
	{SETUP_APPEND, "allow br0\n", "", "x\nallow br0\n", NULL, SETUP_KEEP, NULL},
	{SETUP_APPEND, "allow br0\n", "", "disallow br0\n", NULL, SETUP_EXTEND, "disallow br0\nallow br0\n"},
	{SETUP_APPEND, "allow br0\n", "", "deny all\n", NULL, SETUP_FOREIGN, NULL},
	{SETUP_APPEND, "allow br1\n", "", "a\nallow br0\nb\n", "allow br0\n", SETUP_UPDATE, "a\nallow br1\nb\n"},
	{SETUP_APPEND, "\nauto br0\n", "ifacebr0inetmanual", NULL, NULL, SETUP_CREATE, "auto br0\n"},
	{SETUP_APPEND, "\nauto br0\n", "ifacebr0inetmanual", "iface br0  inet manual\n", NULL, SETUP_KEEP, NULL},
	{SETUP_PREPEND, "denyinterfaces vifi*\n", "", "interface eth0\nstatic x\n", NULL, SETUP_EXTEND,
	 "denyinterfaces vifi*\ninterface eth0\nstatic x\n"},
	{SETUP_PREPEND, "x\n", "", "", NULL, SETUP_EXTEND, "x\n"},
};

static void files_are_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct setup_file file = file_of(rows[i].place, rows[i].text);
		char *result;

		strcpy(file.enough[0], rows[i].enough);
		print_message("row %zu\n", i);
		assert_int_equal(setup_compare(&file, rows[i].present, rows[i].recorded, &result), rows[i].action);
		if (rows[i].result)
			assert_string_equal(result, rows[i].result);
		else
			assert_null(result);
		free(result);
	}
}

static void undoing_restores_a_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool created = rows[i].action == SETUP_CREATE;
		char *rest;

		if (rows[i].action != SETUP_CREATE && rows[i].action != SETUP_EXTEND)
			continue;
		print_message("row %zu\n", i);
		switch (setup_remove(rows[i].place, created, rows[i].result, created ? rows[i].result : rows[i].text,
				     &rest)) {
		case SETUP_REMOVE_FILE:
			assert_true(created);
			break;
		case SETUP_REMOVE_TEXT:
			assert_false(created);
			assert_int_equal(strncmp(rest, rows[i].present, strlen(rows[i].present)), 0);
			break;
		case SETUP_LEAVE:
			fail_msg("row %zu is left", i);
		}
		free(rest);
	}
}

static void changed_files_are_left(void **state)
{
	char *rest;

	(void)state;
	assert_int_equal(setup_remove(SETUP_WHOLE, true, "a\nmine\n", "a\n", &rest), SETUP_LEAVE);
	assert_null(rest);
	assert_int_equal(setup_remove(SETUP_APPEND, false, "b\n", "a\n", &rest), SETUP_LEAVE);
	assert_int_equal(setup_remove(SETUP_APPEND, true, "b\na\n", "a\n", &rest), SETUP_REMOVE_TEXT);
	assert_string_equal(rest, "b\n");
	free(rest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_compared),
		cmocka_unit_test(undoing_restores_a_file),
		cmocka_unit_test(changed_files_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

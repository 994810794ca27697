/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything a unit test includes: cmocka needs these before it, in this order. */
#ifndef VIFI_TESTS_UNIT_H
#define VIFI_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* cmocka 2 has this name, and warns about the one that cmocka 1 has. */
#ifndef assert_uint_in_range
#define assert_uint_in_range assert_in_range
#endif

/* VIFI_CASES='*pull*' build/test_frame runs the cases whose names fit. */
__attribute__((constructor)) static void choose_cases(void)
{
	if (getenv("VIFI_CASES"))
		cmocka_set_test_filter(getenv("VIFI_CASES"));
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif

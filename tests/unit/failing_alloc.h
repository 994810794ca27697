/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets one allocation fail: include it in one file of a test that meson.build links with `allocation`, which redirects the
 * allocations of vifi's libraries to these functions. Set allocations_left, then failure_armed.
 */
#ifndef VIFI_TESTS_FAILING_ALLOC_H
#define VIFI_TESTS_FAILING_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

static bool failure_armed;
static unsigned long allocations_left; /* allocations until the failure */
static bool failure_stays;             /* all further ones fail, too, until failure_armed is cleared */

static bool should_fail(void)
{
	if (!failure_armed || allocations_left--)
		return false;
	failure_armed = failure_stays;
	allocations_left = 0;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
	return should_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return should_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	return should_fail() ? NULL : __real_reallocarray(memory, count, size);
}

#endif

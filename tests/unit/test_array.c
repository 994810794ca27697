/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>

static void growth_keeps_items(void **state)
{
	uint32_t *items = NULL;
	size_t room = 0;

	(void)state;
	for (uint32_t count = 0; count < 1000; count++) {
		size_t before = room;

		assert_int_equal(array_reserve(&items, &room, count + 1, sizeof(*items)), 0);
		assert_true(room > count);
		assert_true(room == before || room == (before ? 2 * before : 8));
		items[count] = count;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void sufficient_room_is_kept(void **state)
{
	uint64_t *items = NULL;
	size_t room = 0;
	uint64_t *before;

	(void)state;
	assert_int_equal(array_reserve(&items, &room, 0, sizeof(*items)), 0);
	assert_null(items);
	assert_int_equal(array_reserve(&items, &room, 8, sizeof(*items)), 0);
	before = items;
	assert_int_equal(array_reserve(&items, &room, 8, sizeof(*items)), 0);
	assert_ptr_equal(items, before);
	assert_int_equal(room, 8);
	free(items);
}

static void impossible_size_is_refused(void **state)
{
	uint32_t *items = NULL, *before;
	size_t room = 0;

	(void)state;
	assert_int_equal(array_reserve(&items, &room, 1, sizeof(*items)), 0);
	before = items;
	items[0] = 7;
	assert_int_equal(array_reserve(&items, &room, SIZE_MAX, sizeof(*items)), -ENOMEM);
	assert_int_equal(array_reserve(&items, &room, SIZE_MAX / 2, sizeof(*items)), -ENOMEM);
	assert_int_equal(array_reserve(&items, &room, SIZE_MAX / 4, 8), -ENOMEM);
	assert_ptr_equal(items, before);
	assert_int_equal(items[0], 7);
	assert_int_equal(room, 8);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_keeps_items),
		cmocka_unit_test(sufficient_room_is_kept),
		cmocka_unit_test(impossible_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/map.h"

/* Against an array: keys come and go, and each is found as long as it is there. */
static void the_map(void **state)
{
	struct map m = {0};
	bool there[600] = {0};
	uint64_t x = 1;

	(void)state;
	for (int step = 0; step < 60000; step++) {
		size_t key;

		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		key = 1 + (x >> 33) % 599;
		if (x >> 63)
			assert_int_equal(map_put(&m, key << 24, &there[key]), 0);
		else
			assert_ptr_equal(map_take(&m, key << 24), there[key] ? &there[key] : NULL);
		there[key] = x >> 63;
		if (step % 97 == 0)
			for (size_t k = 1; k < 600; k++)
				if (map_get(&m, k << 24) != (there[k] ? &there[k] : NULL))
					fail();
	}
	map_free(&m);
	assert_null(map_get(&m, 1));
	assert_null(map_take(&m, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

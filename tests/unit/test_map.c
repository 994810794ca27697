/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/map.h"

/* Against an array: keys come and go, and each is found as long as it is there. */
static void map_matches_reference_array(void **state)
{
	struct u64_map map = {0};
	bool there[600] = {0};
	uint64_t random = 1;

	(void)state;
	for (int step = 0; step < 60000; step++) {
		size_t key;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		key = 1 + (random >> 33) % 599;
		if (random >> 63)
			assert_int_equal(u64_map_put(&map, key << 24, &there[key]), 0);
		else
			assert_ptr_equal(u64_map_remove(&map, key << 24), there[key] ? &there[key] : NULL);
		there[key] = random >> 63;
		if (step % 97 == 0)
			for (size_t k = 1; k < 600; k++)
				if (u64_map_get(&map, k << 24) != (there[k] ? &there[k] : NULL))
					fail();
	}
	u64_map_free(&map);
	assert_null(u64_map_get(&map, 1));
	assert_null(u64_map_remove(&map, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_matches_reference_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

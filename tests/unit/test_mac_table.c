/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/mac.h"
#include "base/mac_table.h"

#define ENTRIES 1000

static void fill(struct mac_entry *entry, unsigned number)
{
	*entry = (struct mac_entry){.group = number & 1,
				    .addr = {2, 0, 0, 0, (uint8_t)(number >> 9), (uint8_t)(number >> 1)}};
}

/* Two groups hold the same addresses. */
static void entries_are_found_by_group_and_address(void **state)
{
	static struct mac_entry entries[ENTRIES];
	struct mac_table table = {.hash_key = 0x123456789abcdef1};

	(void)state;
	assert_null(mac_table_find(&table, 0, entries[0].addr));
	for (unsigned i = 0; i < ENTRIES; i++) {
		fill(&entries[i], i);
		assert_null(mac_table_find(&table, entries[i].group, entries[i].addr));
		assert_int_equal(mac_table_add(&table, &entries[i]), 0);
	}
	for (unsigned i = 0; i < ENTRIES; i += 3)
		mac_table_remove(&table, &entries[i]);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct mac_entry *expected = i % 3 ? &entries[i] : NULL;

		assert_ptr_equal(mac_table_find(&table, entries[i].group, entries[i].addr), expected);
		assert_ptr_equal(mac_table_by_handle(&table, entries[i].handle), expected);
	}
	assert_int_equal(table.count, ENTRIES - (ENTRIES + 2) / 3);
	mac_table_free(&table);
}

/* A TX status that arrives late must not be taken for one of another station. */
static void handle_does_not_name_the_successor(void **state)
{
	struct mac_table table = {.hash_key = 1};
	struct mac_entry entry;
	uint32_t first;

	(void)state;
	fill(&entry, 0);
	assert_int_equal(mac_table_add(&table, &entry), 0);
	first = entry.handle;
	mac_table_remove(&table, &entry);
	assert_null(mac_table_by_handle(&table, first));
	fill(&entry, 2);
	assert_int_equal(mac_table_add(&table, &entry), 0);
	assert_null(mac_table_by_handle(&table, first));
	assert_ptr_equal(mac_table_by_handle(&table, entry.handle), &entry);
	assert_true(entry.handle <= MAC_TABLE_HANDLE_MASK);
	mac_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found_by_group_and_address),
		cmocka_unit_test(handle_does_not_name_the_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

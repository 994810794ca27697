/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mac_table.h"

#include "base/array.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 1 << MAC_TABLE_SLOT_BITS, GENERATION_MASK = (1 << MAC_TABLE_GENERATION_BITS) - 1 };

static size_t bucket_of(const struct mac_table *table, unsigned group, const uint8_t *addr)
{
	/* Multiply and shift by the secret number. */
	uint64_t product = (mac_to_u64(addr) + ((uint64_t)group << 56)) * (table->hash_key | 1);

	return (size_t)((product ^ product >> 29) * (table->hash_key >> 32 | 1) >> 32) & (table->bucket_count - 1);
}

struct mac_entry *mac_table_find(const struct mac_table *table, unsigned group, const uint8_t addr[6])
{
	struct mac_entry *entry = table->bucket_count ? table->buckets[bucket_of(table, group, addr)] : NULL;

	while (entry && !(entry->group == group && mac_equal(entry->addr, addr)))
		entry = entry->next;
	return entry;
}

struct mac_entry *mac_table_by_handle(const struct mac_table *table, uint32_t handle)
{
	size_t slot = handle & (SLOTS_MAX - 1);
	struct mac_entry *entry = slot < table->slot_count ? table->slots[slot] : NULL;

	return entry && entry->handle == (handle & MAC_TABLE_HANDLE_MASK) ? entry : NULL;
}

/* Doubles the number of buckets. Without memory the buckets only get longer. */
static void grow_buckets(struct mac_table *table)
{
	size_t count = table->bucket_count ? 2 * table->bucket_count : 64, old_count = table->bucket_count;
	struct mac_entry **buckets = calloc(count, sizeof(*buckets)), **old_buckets = table->buckets, *next;

	if (!buckets)
		return;
	table->buckets = buckets;
	table->bucket_count = count;
	for (size_t i = 0; i < old_count; i++)
		for (struct mac_entry *entry = old_buckets[i]; entry; entry = next) {
			struct mac_entry **bucket = &buckets[bucket_of(table, entry->group, entry->addr)];

			next = entry->next;
			entry->next = *bucket;
			*bucket = entry;
		}
	free(old_buckets);
}

/* Grows one of the arrays that are indexed by slots; each has room for at least table->slot_room items. */
static int grow_slot_array(const struct mac_table *table, void *items, size_t count, size_t size)
{
	size_t room = table->slot_room;

	return array_reserve(items, &room, count, size);
}

static int reserve_slot(struct mac_table *table)
{
	size_t count = table->slot_room ? 2 * table->slot_room : 64;

	if (table->free_count || table->slot_count < table->slot_room)
		return 0;
	if (table->slot_room == SLOTS_MAX)
		return -ENOMEM;
	if (grow_slot_array(table, &table->slots, count, sizeof(*table->slots)) ||
	    grow_slot_array(table, &table->generations, count, sizeof(*table->generations)) ||
	    grow_slot_array(table, &table->free_slots, count, sizeof(*table->free_slots)))
		return -ENOMEM;
	memset(table->generations + table->slot_room, 0, (count - table->slot_room) * sizeof(*table->generations));
	table->slot_room = count;
	return 0;
}

int mac_table_add(struct mac_table *table, struct mac_entry *entry)
{
	struct mac_entry **bucket;
	size_t slot;

	if (table->count >= table->bucket_count)
		grow_buckets(table);
	if (!table->bucket_count || reserve_slot(table))
		return -ENOMEM;
	slot = table->free_count ? table->free_slots[--table->free_count] : table->slot_count++;
	table->generations[slot] = (table->generations[slot] + 1) & GENERATION_MASK;
	entry->handle = (uint32_t)table->generations[slot] << MAC_TABLE_SLOT_BITS | (uint32_t)slot;
	table->slots[slot] = entry;
	bucket = &table->buckets[bucket_of(table, entry->group, entry->addr)];
	entry->next = *bucket;
	*bucket = entry;
	table->count++;
	return 0;
}

void mac_table_remove(struct mac_table *table, struct mac_entry *entry)
{
	struct mac_entry **link = &table->buckets[bucket_of(table, entry->group, entry->addr)];
	size_t slot = entry->handle & (SLOTS_MAX - 1);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	table->count--;
	table->slots[slot] = NULL;
	table->free_slots[table->free_count++] = slot;
}

void mac_table_free(struct mac_table *table)
{
	free(table->buckets);
	free(table->slots);
	free(table->generations);
	free(table->free_slots);
	*table = (struct mac_table){.hash_key = table->hash_key};
}

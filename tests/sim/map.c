/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map.h"

#include <errno.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct u64_map_entry {
	uint64_t key;
	void *value;
	UT_hash_handle hh;
};

static struct u64_map_entry *find_entry(const struct u64_map *map, uint64_t key)
{
	struct u64_map_entry *entry;

	HASH_FIND(hh, map->entries, &key, sizeof(key), entry);
	return entry;
}

void *u64_map_get(const struct u64_map *map, uint64_t key)
{
	const struct u64_map_entry *entry = find_entry(map, key);

	return entry ? entry->value : NULL;
}

int u64_map_put(struct u64_map *map, uint64_t key, void *value)
{
	struct u64_map_entry *entry = find_entry(map, key);

	if (entry) {
		entry->value = value;
		return 0;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->key = key;
	entry->value = value;
	HASH_ADD(hh, map->entries, key, sizeof(entry->key), entry);
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

void *u64_map_remove(struct u64_map *map, uint64_t key)
{
	struct u64_map_entry *entry = find_entry(map, key);
	void *value;

	if (!entry)
		return NULL;
	value = entry->value;
	HASH_DELETE(hh, map->entries, entry);
	free(entry);
	return value;
}

void u64_map_free(struct u64_map *map, void (*free_value)(void *value))
{
	struct u64_map_entry *entry, *next;

	HASH_ITER(hh, map->entries, entry, next) {
		HASH_DELETE(hh, map->entries, entry);
		if (free_value)
			free_value(entry->value);
		free(entry);
	}
}

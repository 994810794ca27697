/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

/* Where a key belongs: a multiplication spreads the low bits of counters and addresses over the high ones. */
static size_t home_index(const struct u64_map *map, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->room - 1);
}

static struct u64_map_entry *find_entry(const struct u64_map *map, uint64_t key)
{
	size_t i = home_index(map, key);

	while (map->entries[i].key && map->entries[i].key != key)
		i = (i + 1) & (map->room - 1);
	return &map->entries[i];
}

void *u64_map_get(const struct u64_map *map, uint64_t key)
{
	return map->count ? find_entry(map, key)->value : NULL;
}

static int grow_map(struct u64_map *map)
{
	struct u64_map larger = {.count = map->count, .room = map->room ? 2 * map->room : 16};

	larger.entries = calloc(larger.room, sizeof *larger.entries);
	if (!larger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < map->room; i++)
		if (map->entries[i].key)
			*find_entry(&larger, map->entries[i].key) = map->entries[i];
	free(map->entries);
	*map = larger;
	return 0;
}

int u64_map_put(struct u64_map *map, uint64_t key, void *value)
{
	struct u64_map_entry *entry;

	if (4 * (map->count + 1) > 3 * map->room && grow_map(map))
		return -ENOMEM;
	entry = find_entry(map, key);
	map->count += !entry->key;
	*entry = (struct u64_map_entry){key, value};
	return 0;
}

void *u64_map_remove(struct u64_map *map, uint64_t key)
{
	struct u64_map_entry *hole = map->count ? find_entry(map, key) : NULL;
	size_t at, mask = map->room - 1;
	void *value;

	if (!hole || !hole->key)
		return NULL;
	value = hole->value;
	/* Who stands behind the hole and was pushed there from before it, or from it, comes forward. */
	at = (size_t)(hole - map->entries);
	for (size_t i = (at + 1) & mask; map->entries[i].key; i = (i + 1) & mask)
		if (((i - home_index(map, map->entries[i].key)) & mask) >= ((i - at) & mask)) {
			map->entries[at] = map->entries[i];
			at = i;
		}
	map->entries[at] = (struct u64_map_entry){0};
	map->count--;
	return value;
}

void u64_map_free(struct u64_map *map)
{
	free(map->entries);
	*map = (struct u64_map){0};
}

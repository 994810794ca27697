/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a number that is not 0 to a pointer that is not NULL: open addressing, no holes left by what is removed. */
#ifndef VIFI_BASE_MAP_H
#define VIFI_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct u64_map_entry {
	uint64_t key; /* 0: empty */
	void *value;
};

/* All zero bytes are an empty one. */
struct u64_map {
	struct u64_map_entry *entries;
	size_t count, room; /* a power of two, or 0 */
};

/* Returns NULL if it is not there. */
void *u64_map_get(const struct u64_map *map, uint64_t key);

/* Puts the value in, or in place of the one before.  Returns 0 or -ENOMEM. */
int u64_map_put(struct u64_map *map, uint64_t key, void *value);

/* Takes it out and returns it, or NULL.  It moves others: no walk over the rows goes on behind it. */
void *u64_map_remove(struct u64_map *map, uint64_t key);

void u64_map_free(struct u64_map *map);

#endif

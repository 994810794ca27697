/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a number that is not 0 to a pointer that is not NULL: open addressing, no holes left by what is removed. */
#ifndef VIFI_BASE_MAP_H
#define VIFI_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_row {
	uint64_t key; /* 0: empty */
	void *value;
};

/* All zero bytes are an empty one. */
struct map {
	struct map_row *row;
	size_t count, room; /* a power of two, or 0 */
};

/* Returns NULL if it is not there. */
void *map_get(const struct map *m, uint64_t key);

/* Puts the value in, or in place of the one before.  Returns 0 or -ENOMEM. */
int map_put(struct map *m, uint64_t key, void *value);

/* Takes it out and returns it, or NULL.  It moves others: no walk over the rows goes on behind it. */
void *map_take(struct map *m, uint64_t key);

void map_free(struct map *m);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map from numbers to pointers for the simulation, over uthash. A zero struct is an empty map. */
#ifndef VIFI_TESTS_SIM_MAP_H
#define VIFI_TESTS_SIM_MAP_H

#include <stdint.h>

struct u64_map_entry;

struct u64_map {
	struct u64_map_entry *entries;
};

/* Returns the value of `key`, or NULL. */
void *u64_map_get(const struct u64_map *map, uint64_t key);

/* Sets the value of `key`. Returns 0 or -ENOMEM. */
int u64_map_put(struct u64_map *map, uint64_t key, void *value);

/* Removes `key`. Returns its value, or NULL. */
void *u64_map_remove(struct u64_map *map, uint64_t key);

/* Frees the map, and each value with `free_value` unless that is NULL. */
void u64_map_free(struct u64_map *map, void (*free_value)(void *value));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads all entries of a hash map that eBPF programs change at the same time. */
#ifndef VIFI_BPF_MAP_WALK_H
#define VIFI_BPF_MAP_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* Takes one entry; `first` where a walk begins, or begins again: forget earlier entries. Returns 0 or a negative errno. */
typedef int map_visitor(const void *key, const void *value, bool first, void *arg);

/*
 * Visits the entries one by one. The kernel answers a key that has been deleted meanwhile with the first key of the map,
 * so that a walk which loses its place begins again; -EAGAIN after too many times. An entry may be missed or visited
 * twice when the map changes. Returns 0, or a negative errno of the map or of the visitor.
 */
int map_walk(int fd, size_t key_size, size_t value_size, map_visitor *visit, void *arg);

#endif

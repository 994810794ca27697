/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads the eBPF programs.
 *
 * Most of the time goes into the kernel's verification, program by program. libbpf loads the programs of an object one after
 * the other; therefore there are three objects of the same file: one creates the tables, and two that share them load the
 * programs, on a thread each.
 */
#ifndef VIFI_BPF_LOAD_OBJECTS_H
#define VIFI_BPF_LOAD_OBJECTS_H

#include "base/error.h"

#include <stdint.h>

#define LOAD_THREADS 2

struct macnat;

struct loaded_objects {
	struct macnat *tables, *programs[LOAD_THREADS];
};

/*
 * `old_maps`: PART_MAPS descriptors of tables to use (bpf/loader.h), borrowed for the call; NULL: new ones, whose size `port_cap`
 * gives. Returns 0, or a negative errno with a sentence in `error` and nothing loaded.
 */
int load_objects(struct loaded_objects *objects, const int *old_maps, uint32_t port_cap, struct error *error);

/* Descriptors, which belong to the objects; -1: there is none of this name. */
int loaded_map(const struct loaded_objects *objects, const char *name);
int loaded_program(const struct loaded_objects *objects, const char *name);

void loaded_objects_free(struct loaded_objects *objects);

#endif

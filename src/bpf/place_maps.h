/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of the fast path (macnat/place.h), as user space reads and voids them: their maps in its own memory. */
#ifndef VIFI_BPF_PLACE_MAPS_H
#define VIFI_BPF_PLACE_MAPS_H

#include "macnat/place.h"

struct place_maps {
	struct mn_place_set *sets;
	uint64_t *versions;
};

/* Maps both into memory. Returns 0 or a negative errno; place_maps_close() is right in either case. */
int place_maps_open(struct place_maps *maps, int places_fd, int versions_fd);
void place_maps_close(struct place_maps *maps);

/* Adds to the counters of a binding what its places have counted since they were filled. */
void place_maps_count(const struct place_maps *maps, const struct mn_key *key, struct mn_binding *binding);

/*
 * Call it after a change of the binding of `key` in its table: makes its places void, and clears their counters. The changed
 * binding has these counts already, if it was read with place_maps_count().
 */
void place_maps_void(struct place_maps *maps, const struct mn_key *key);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/place_maps.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

static const size_t sets_size = sizeof(struct mn_place_set) * MN_PLACE_SETS * MN_PLACE_DIRECTIONS;
static const size_t versions_size = sizeof(uint64_t) * MN_VERSIONS;

/* NULL with errno. */
static void *map_memory(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int place_maps_open(struct place_maps *maps, int places_fd, int versions_fd)
{
	maps->versions = NULL;
	maps->sets = map_memory(places_fd, sets_size);
	if (maps->sets)
		maps->versions = map_memory(versions_fd, versions_size);
	return maps->versions ? 0 : -errno;
}

void place_maps_close(struct place_maps *maps)
{
	if (maps->sets)
		munmap(maps->sets, sets_size);
	if (maps->versions)
		munmap(maps->versions, versions_size);
	*maps = (struct place_maps){0};
}

static bool holds(const struct mn_place *place, const struct mn_key *key, const uint64_t addr[2])
{
	return __atomic_load_n(&place->addr[0], __ATOMIC_RELAXED) == addr[0] &&
	       __atomic_load_n(&place->addr[1], __ATOMIC_RELAXED) == addr[1] &&
	       MN_PLACE_FAMILY_OF(__atomic_load_n(&place->peer, __ATOMIC_RELAXED)) == key->family;
}

static void count_place(const struct mn_place *place, enum mn_place_direction direction, struct mn_binding *binding)
{
	uint32_t packets = __atomic_load_n(&place->packets, __ATOMIC_RELAXED);
	uint64_t bytes = __atomic_load_n(&place->bytes, __ATOMIC_RELAXED);

	if (direction == MN_PLACE_OUT) {
		binding->out_packets += packets;
		binding->out_bytes += bytes;
	} else {
		binding->in_packets += packets;
		binding->in_bytes += bytes;
	}
}

void place_maps_count(const struct place_maps *maps, const struct mn_key *key, struct mn_binding *binding)
{
	uint64_t addr[2], hash;

	if (!mn_place_address(key, addr))
		return;
	hash = mn_place_hash(addr[0], addr[1]);
	for (enum mn_place_direction direction = 0; direction < MN_PLACE_DIRECTIONS; direction++) {
		const struct mn_place_set *set = &maps->sets[mn_place_index(hash, direction)];

		for (int i = 0; i < MN_PLACE_WAYS; i++)
			if (holds(&set->way[i], key, addr))
				count_place(&set->way[i], direction, binding);
	}
}

void place_maps_void(struct place_maps *maps, const struct mn_key *key)
{
	uint64_t addr[2], hash;

	if (!mn_place_address(key, addr))
		return;
	hash = mn_place_hash(addr[0], addr[1]);
	__atomic_fetch_add(&maps->versions[mn_version_index(hash)], 1, __ATOMIC_SEQ_CST);
	for (enum mn_place_direction direction = 0; direction < MN_PLACE_DIRECTIONS; direction++) {
		struct mn_place_set *set = &maps->sets[mn_place_index(hash, direction)];

		for (int i = 0; i < MN_PLACE_WAYS; i++)
			if (holds(&set->way[i], key, addr)) {
				__atomic_store_n(&set->way[i].packets, 0, __ATOMIC_RELAXED);
				__atomic_store_n(&set->way[i].bytes, 0, __ATOMIC_RELAXED);
			}
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The places of the fast path: a cache in front of the table of bindings.
 *
 * With many guests a look-up in the kernel's hash table waits for memory twice, for the bucket and for the element. A place is
 * one cache line that holds all that a plain data frame needs (bpf/fast_path.h): the address, its owner and port, the peer, and
 * the counters. A hash of the address names a set of places, so that one wait suffices.
 *
 * The table of bindings stays the truth:
 *
 *   - A place is filled only from a binding that has just taken a frame of the same guest and peer past the rules, and
 *     never holds longer than that binding would: `until` is the moment when the rules must see a frame again.
 *   - Each change of a binding that its place must not survive increments a version word, of which there is one for some
 *     addresses together (mn_changed, place_maps.c). A place holds the version that was read before its binding; a version
 *     that differs makes it void at once. Changes of other addresses with the same word cost the next frame a look-up.
 *   - `sequence` is odd while a processor writes a place. A reader compares it before and after, and otherwise takes the
 *     table. Two processors never write one place.
 *   - A place counts frames until it is filled again; then its counters are added to the binding of the address that it had.
 *     Until then readers of the table add both (mn_places_count). A frame that meets a place in the moment of its replacement
 *     may be counted twice.
 *
 * A place in use is not replaced before `until`. So a guest that uses many addresses takes places from others for a second
 * at most, and then these take the table, as all did before there were places.
 */
#ifndef VIFI_MACNAT_PLACE_H
#define VIFI_MACNAT_PLACE_H

#include "macnat/model.h"

#define MN_PLACE_BITS 14 /* sets of a direction: 2^14, with two places each 4 MB in all */
#define MN_PLACE_SETS (1u << MN_PLACE_BITS)
#define MN_PLACE_WAYS 2
#define MN_VERSIONS   1024 /* version words; a power of two */

enum mn_place_direction { MN_PLACE_OUT, MN_PLACE_IN, MN_PLACE_DIRECTIONS };

struct mn_place {
	uint32_t sequence;
	uint32_t version; /* of the address; out: plus the generation of peers (MN_SHORTCUT_GENERATION) */
	uint64_t addr[2]; /* the guest's address, as mn_place_address() makes it */
	uint64_t owner;   /* MAC word of the guest */
	uint64_t peer;    /* MAC word of the peer beyond the uplink, marked with the family of the address */
	uint64_t until;   /* ns, CLOCK_MONOTONIC; 0: never filled */
	uint32_t port;    /* ifindex of the guest's port */
	uint32_t packets; /* since it was filled; atomic adds, as the next */
	uint64_t bytes;
};

struct mn_place_set {
	struct mn_place way[MN_PLACE_WAYS];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct mn_place) == 64, "a place is one cache line");

/* The bytes of a word of a MAC address that the address leaves free; see mac_to_u64(). */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MN_PLACE_FAMILY(family)  ((uint64_t)(family) << 56)
#define MN_PLACE_FAMILY_OF(peer) ((uint8_t)((peer) >> 56))
#else
#define MN_PLACE_FAMILY(family)  ((uint64_t)(family))
#define MN_PLACE_FAMILY_OF(peer) ((uint8_t)(peer))
#endif

static inline __attribute__((always_inline)) uint64_t mn_place_hash(uint64_t word0, uint64_t word1)
{
	uint64_t hash = word0 * 0x9e3779b97f4a7c15ull + word1 * 0xc2b2ae3d27d4eb4full;

	hash ^= hash >> 32;
	return hash * 0x9fb21c651e98df25ull;
}

/* Index of the set in its map. */
static inline __attribute__((always_inline)) uint32_t mn_place_index(uint64_t hash, enum mn_place_direction direction)
{
	return (uint32_t)direction * MN_PLACE_SETS + (uint32_t)(hash >> (64 - MN_PLACE_BITS));
}

/* Index of the version word. */
static inline __attribute__((always_inline)) uint32_t mn_version_index(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & (MN_VERSIONS - 1);
}

/* The words of an address that a place can hold. Returns false for another key. */
static inline __attribute__((always_inline)) int mn_place_address(const struct mn_key *key, uint64_t addr[2])
{
	uint32_t word;

	if (key->vlan || (key->family != MN_IP4 && key->family != MN_IP6))
		return 0;
	if (key->family == MN_IP4) {
		__builtin_memcpy(&word, key->addr, sizeof(word));
		addr[0] = word;
		addr[1] = 0;
	} else {
		__builtin_memcpy(addr, key->addr, 16);
	}
	return 1;
}

#endif

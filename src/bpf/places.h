/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places of the fast path (macnat/place.h) in the eBPF programs: how a frame finds, counts in and fills one. */
#ifndef VIFI_BPF_PLACES_H
#define VIFI_BPF_PLACES_H

#include "bpf/env.h"
#include "macnat/learn.h"

/* What a place must have to serve a frame, or will have. A place from the wire serves whatever owner and port it has. */
struct place_wanted {
	uint64_t addr[2], owner, peer;
	uint32_t port, version;
};

MN_FN struct mn_place_set *place_set(uint64_t hash, enum mn_place_direction direction)
{
	uint32_t index = mn_place_index(hash, direction);

	return MN_MAP_VALUE(bpf_map_lookup_elem(&places, &index));
}

/* Read it before the binding that will fill the place. */
MN_FN uint32_t place_version(uint64_t hash)
{
	uint32_t index = mn_version_index(hash);
	const volatile uint64_t *version = bpf_map_lookup_elem(&versions, &index);

	return version ? (uint32_t)*version : 0;
}

/* 0: the place holds the address and the peer. */
MN_FN uint64_t place_key_differs(const volatile struct mn_place *place, const struct place_wanted *wanted)
{
	return (place->addr[0] ^ wanted->addr[0]) | (place->addr[1] ^ wanted->addr[1]) | (place->peer ^ wanted->peer);
}

MN_FN bool place_is_valid(const volatile struct mn_place *place, const struct place_wanted *wanted, uint32_t sequence,
			  uint64_t now)
{
	return !(place_key_differs(place, wanted) | (place->version ^ wanted->version) | (sequence & 1)) &&
	       now <= place->until;
}

/*
 * Counts the frame. Returns false if the place has been replaced since `sequence` was read: what was read of it since then is
 * worthless. The addition, whose result is used, is a barrier on each machine.
 */
MN_FN bool place_count(volatile struct mn_place *place, uint32_t sequence, uint32_t len)
{
	uint32_t packets = __sync_fetch_and_add(&place->packets, 1);

	asm volatile("" : : "r"(packets));
	if (place->sequence != sequence)
		return false;
	MN_ATOMIC_ADD(&place->bytes, len);
	return true;
}

/* Does a place take the frame from the guest? */
MN_FN bool place_out(struct mn_place_set *set, const struct place_wanted *wanted, uint64_t now, uint32_t len)
{
#pragma unroll
	for (uint32_t i = 0; i < MN_PLACE_WAYS; i++) {
		volatile struct mn_place *place = &set->way[i];
		uint32_t sequence = place->sequence;

		if (place_is_valid(place, wanted, sequence, now) &&
		    !((place->owner ^ wanted->owner) | (place->port ^ wanted->port)) &&
		    place_count(place, sequence, len))
			return true;
	}
	return false;
}

/*
 * The place for a binding: the one that has its address and peer, otherwise one whose time is over; NULL: both are in use.
 */
MN_FN struct mn_place *place_choose(struct mn_place_set *set, const struct place_wanted *wanted, uint64_t now)
{
	if (!place_key_differs(&set->way[0], wanted))
		return &set->way[0];
	if (!place_key_differs(&set->way[1], wanted))
		return &set->way[1];
	if (set->way[0].until < now)
		return &set->way[0];
	return set->way[1].until < now ? &set->way[1] : 0;
}

/* The key of an address as mn_place_address() makes it. */
MN_FN void place_key(uint64_t word0, uint64_t word1, uint8_t family, struct mn_key *key)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint32_t low0 = (uint32_t)word0, high0 = (uint32_t)(word0 >> 32);
	uint32_t low1 = (uint32_t)word1, high1 = (uint32_t)(word1 >> 32);

	mn_key_set(key, family, 0, little || family == MN_IP4 ? low0 : high0, little || family == MN_IP4 ? high0 : low0,
		   little ? low1 : high1, little ? high1 : low1);
}

/*
 * Adds what the place has counted to the binding of its address. binding: of the address that the place gets. key: memory, which
 * the caller has on its stack anyway; Linux 6.1 has room for no more.
 */
MN_FN void place_flush(struct mn_place *place, const struct place_wanted *wanted, struct mn_binding *binding,
		       enum mn_place_direction direction, struct mn_key *key)
{
	uint32_t packets = __sync_lock_test_and_set(&place->packets, 0);
	uint64_t bytes = __sync_lock_test_and_set(&place->bytes, 0);

	if (!packets)
		return;
	if (place_key_differs(place, wanted)) {
		place_key(place->addr[0], place->addr[1], MN_PLACE_FAMILY_OF(place->peer), key);
		binding = mn_find(0, key);
		if (!binding)
			return;
	}
	MN_ATOMIC_ADD(direction == MN_PLACE_OUT ? &binding->out_packets : &binding->in_packets, packets);
	MN_ATOMIC_ADD(direction == MN_PLACE_OUT ? &binding->out_bytes : &binding->in_bytes, bytes);
}

/* Fills a place for the next frame like the one that `binding` has just taken. key: as in place_flush(). */
MN_FN void place_fill(struct mn_place_set *set, const struct place_wanted *wanted, struct mn_binding *binding,
		      enum mn_place_direction direction, uint64_t until, uint64_t now, struct mn_key *key)
{
	struct mn_place *place = place_choose(set, wanted, now);
	volatile struct mn_place *to = place;
	uint32_t sequence;

	if (!place)
		return;
	sequence = to->sequence;
	if ((sequence & 1) || __sync_val_compare_and_swap(&place->sequence, sequence, sequence + 1) != sequence)
		return;
	place_flush(place, wanted, binding, direction, key);
	to->version = wanted->version;
	to->addr[0] = wanted->addr[0];
	to->addr[1] = wanted->addr[1];
	to->owner = wanted->owner;
	to->peer = wanted->peer;
	to->port = wanted->port;
	to->until = until;
	sequence = __sync_fetch_and_add(&place->sequence, 1); /* a barrier, as in place_count() */
	asm volatile("" : : "r"(sequence));
}

#endif

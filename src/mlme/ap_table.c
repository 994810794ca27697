/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of stations: a hash table by BSS and address; a slot for each station, which its cookies name; and a queue
 * of the unassociated stations, the oldest first.
 */
#include "mlme/ap_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 1 << AP_SLOT_BITS, GENERATION_MASK = (1 << AP_GENERATION_BITS) - 1 };

static size_t bucket_of(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	/* Multiply and shift by a secret number, so that an attacker cannot fill one bucket. */
	uint64_t product = (mac_to_u64(addr) + ((uint64_t)bss->index << 56)) * (ap->hash_key | 1);

	return (size_t)((product ^ product >> 29) * (ap->hash_key >> 32 | 1) >> 32) & (ap->bucket_count - 1);
}

struct ap_sta *ap_sta_find(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sta *sta = ap->bucket_count ? ap->hash_table[bucket_of(ap, bss, addr)] : NULL;

	while (sta && !(sta->bss == bss && mac_equal(sta->peer.addr, addr)))
		sta = sta->next;
	return sta;
}

struct ap_sta *ap_sta_by_cookie(const struct ap *ap, uint32_t cookie, enum ap_cookie *kind)
{
	size_t slot = cookie & (SLOTS_MAX - 1);
	struct ap_sta *sta = slot < ap->slot_count ? ap->slots[slot] : NULL;

	*kind = cookie >> (AP_SLOT_BITS + AP_GENERATION_BITS);
	return sta && sta->generation == (cookie >> AP_SLOT_BITS & GENERATION_MASK) ? sta : NULL;
}

/* Doubles the number of buckets. Without memory the buckets only get longer. */
static void grow_hash_table(struct ap *ap)
{
	size_t count = ap->bucket_count ? 2 * ap->bucket_count : 64, old_count = ap->bucket_count;
	struct ap_sta **table = calloc(count, sizeof(*table)), **old_table = ap->hash_table, *next;

	if (!table)
		return;
	ap->hash_table = table;
	ap->bucket_count = count;
	for (size_t i = 0; i < old_count; i++)
		for (struct ap_sta *sta = old_table[i]; sta; sta = next) {
			struct ap_sta **bucket = &table[bucket_of(ap, sta->bss, sta->peer.addr)];

			next = sta->next;
			sta->next = *bucket;
			*bucket = sta;
		}
	free(old_table);
}

/* Grows one of the arrays that are indexed by slots; each has room for at least ap->slot_room items. */
static int grow_slot_array(const struct ap *ap, void *items, size_t count, size_t size)
{
	size_t room = ap->slot_room;

	return array_reserve(items, &room, count, size);
}

static int reserve_slot(struct ap *ap)
{
	size_t count = ap->slot_room ? 2 * ap->slot_room : 64;

	if (ap->free_count || ap->slot_count < ap->slot_room)
		return 0;
	if (ap->slot_room == SLOTS_MAX)
		return -ENOMEM;
	if (grow_slot_array(ap, &ap->slots, count, sizeof(*ap->slots)) ||
	    grow_slot_array(ap, &ap->associated, count, sizeof(*ap->associated)) ||
	    grow_slot_array(ap, &ap->generations, count, sizeof(*ap->generations)) ||
	    grow_slot_array(ap, &ap->free_slots, count, sizeof(*ap->free_slots)) ||
	    timer_heap_reserve(&ap->timers, count))
		return -ENOMEM;
	memset(ap->generations + ap->slot_room, 0, (count - ap->slot_room) * sizeof(*ap->generations));
	ap->slot_room = count;
	return 0;
}

struct ap_sta *ap_table_add(struct ap *ap, struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sta *sta, **bucket;

	if (ap->station_count >= ap->bucket_count)
		grow_hash_table(ap);
	sta = ap->bucket_count && !reserve_slot(ap) ? calloc(1, sizeof(*sta)) : NULL;
	if (!sta)
		return NULL;
	sta->bss = bss;
	sta->slot = ap->free_count ? ap->free_slots[--ap->free_count] : ap->slot_count++;
	sta->generation = ap->generations[sta->slot] = (ap->generations[sta->slot] + 1) & GENERATION_MASK;
	ap->slots[sta->slot] = sta;
	mac_copy(sta->peer.addr, addr);
	bucket = &ap->hash_table[bucket_of(ap, bss, addr)];
	sta->next = *bucket;
	*bucket = sta;
	ap->station_count++;
	return sta;
}

void ap_table_remove(struct ap *ap, struct ap_sta *sta)
{
	struct ap_sta **link = &ap->hash_table[bucket_of(ap, sta->bss, sta->peer.addr)];

	timer_heap_stop(&ap->timers, &sta->timer);
	while (*link != sta)
		link = &(*link)->next;
	*link = sta->next;
	ap->station_count--;
	ap->slots[sta->slot] = NULL;
	ap->free_slots[ap->free_count++] = sta->slot;
	sta->removed = true;
	sta->next = ap->removed;
	ap->removed = sta;
}

void ap_table_free(struct ap *ap)
{
	free(ap->hash_table);
	free(ap->slots);
	free(ap->associated);
	free(ap->generations);
	free(ap->free_slots);
	timer_heap_free(&ap->timers);
}

void ap_table_queue(struct ap *ap, struct ap_sta *sta)
{
	sta->older = ap->newest;
	sta->newer = NULL;
	*(ap->newest ? &ap->newest->newer : &ap->oldest) = sta;
	ap->newest = sta;
	ap->unassociated_count++;
}

void ap_table_unqueue(struct ap *ap, struct ap_sta *sta)
{
	*(sta->older ? &sta->older->newer : &ap->oldest) = sta->newer;
	*(sta->newer ? &sta->newer->older : &ap->newest) = sta->older;
	ap->unassociated_count--;
}

void ap_sta_schedule(struct ap *ap, struct ap_sta *sta)
{
	uint64_t due_ns = NEVER;

	if (sta->removed)
		return;
	if (!sta->associated) {
		timer_heap_set(&ap->timers, &sta->timer, sta->since_ns + AP_UNASSOCIATED_TIMEOUT_NS);
		return;
	}
	for (int i = 0; i < AP_TIMERS; i++)
		due_ns = earlier(due_ns, sta->due_ns[i]);
	if (sta->auth.deadline_ns && !sta->eapol_buffered)
		due_ns = earlier(due_ns, sta->auth.deadline_ns);
	if (due_ns == NEVER)
		timer_heap_stop(&ap->timers, &sta->timer);
	else
		timer_heap_set(&ap->timers, &sta->timer, due_ns);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stations of the access point: a hash table by network and address, a slot for each, by which cookies know it, a
 * list of those that are associated, and a queue of those that are not: anybody can become one of the latter by a
 * single frame, so there are only so many, and the oldest gives way.
 *
 *	             authentication            association
 *	unknown ───────────────────▶ state 2 ──────────────▶ state 3 (handshake) ──▶ state 4, authorised
 *	   ▲                          │   ▲                     │                        │
 *	   └── deauthentication, ─────┘   └── disassociation ───┴────────────────────────┘
 *	       30 s, too many
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BITS = 16, GENERATION_BITS = 12, SLOTS_MAX = 1 << SLOT_BITS, GENERATION_MASK = (1 << GENERATION_BITS) - 1 };

/* ---- the table ---- */

static size_t bucket_of(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	/* Multiply and shift by a number that nobody knows, so that nobody can fill one bucket. */
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

/* Twice as many buckets.  Without memory the buckets only get longer. */
static void grow_hash_table(struct ap *ap)
{
	size_t count = ap->bucket_count ? 2 * ap->bucket_count : 64, old_count = ap->bucket_count;
	struct ap_sta **table = calloc(count, sizeof *table), **old_table = ap->hash_table, *next;

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

static int reserve_slot(struct ap *ap)
{
	size_t room = ap->slot_room ? 2 * ap->slot_room : 64;
	struct ap_sta **slots, **associated;
	uint16_t *generations;
	size_t *free_slots;

	if (ap->free_count || ap->slot_count < ap->slot_room)
		return 0;
	if (ap->slot_room == SLOTS_MAX)
		return -ENOMEM;
	slots = reallocarray(ap->slots, room, sizeof *slots);
	ap->slots = slots ? slots : ap->slots;
	associated = reallocarray(ap->associated, room, sizeof *associated);
	ap->associated = associated ? associated : ap->associated;
	generations = reallocarray(ap->generations, room, sizeof *generations);
	ap->generations = generations ? generations : ap->generations;
	free_slots = reallocarray(ap->free_slots, room, sizeof *free_slots);
	ap->free_slots = free_slots ? free_slots : ap->free_slots;
	if (!slots || !associated || !generations || !free_slots || timer_heap_reserve(&ap->timers, room))
		return -ENOMEM;
	memset(generations + ap->slot_room, 0, (room - ap->slot_room) * sizeof *generations);
	ap->slot_room = room;
	return 0;
}

uint32_t ap_sta_cookie(const struct ap_sta *sta, enum ap_cookie kind)
{
	return (uint32_t)kind << (SLOT_BITS + GENERATION_BITS) | (uint32_t)sta->generation << SLOT_BITS |
	       (uint32_t)sta->slot;
}

struct ap_sta *ap_sta_by_cookie(const struct ap *ap, uint32_t cookie, enum ap_cookie *kind)
{
	size_t slot = cookie & (SLOTS_MAX - 1);
	struct ap_sta *sta = slot < ap->slot_count ? ap->slots[slot] : NULL;

	*kind = cookie >> (SLOT_BITS + GENERATION_BITS);
	return sta && sta->generation == (cookie >> SLOT_BITS & GENERATION_MASK) ? sta : NULL;
}

/* ---- the queue of the unassociated ---- */

static void queue_unassociated(struct ap *ap, struct ap_sta *sta)
{
	sta->older = ap->newest;
	sta->newer = NULL;
	*(ap->newest ? &ap->newest->newer : &ap->oldest) = sta;
	ap->newest = sta;
	ap->unassociated_count++;
}

static void unqueue_unassociated(struct ap *ap, struct ap_sta *sta)
{
	*(sta->older ? &sta->older->newer : &ap->oldest) = sta->newer;
	*(sta->newer ? &sta->newer->older : &ap->newest) = sta->older;
	ap->unassociated_count--;
}

struct ap_sta *ap_sta_new(struct ap *ap, struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sta *sta, **bucket;

	if (ap->unassociated_count >= AP_UNASSOCIATED_MAX)
		ap_sta_remove(ap, ap->oldest, REASON_UNSPECIFIED);
	if (ap->station_count >= ap->bucket_count)
		grow_hash_table(ap);
	sta = ap->bucket_count && !reserve_slot(ap) ? calloc(1, sizeof *sta) : NULL;
	if (!sta)
		return NULL;
	sta->bss = bss;
	sta->slot = ap->free_count ? ap->free_slots[--ap->free_count] : ap->slot_count++;
	sta->generation = ap->generations[sta->slot] = (ap->generations[sta->slot] + 1) & GENERATION_MASK;
	ap->slots[sta->slot] = sta;
	mac_copy(sta->peer.addr, addr);
	sta->last_mgmt_seq = PEER_SEQ_CONTROL_NONE;
	sta->since_ns = sta->heard_ns = ap->now_ns;
	bucket = &ap->hash_table[bucket_of(ap, bss, addr)];
	sta->next = *bucket;
	*bucket = sta;
	ap->station_count++;
	queue_unassociated(ap, sta);
	ap_sta_schedule(ap, sta);
	return sta;
}

/* ---- associations ---- */

static unsigned find_free_aid(const struct ap_bss *bss)
{
	unsigned aid = 1;

	while (aid <= TIM_AID_MAX && (bss->used_aids[aid / 8] & 1u << aid % 8))
		aid++;
	return aid;
}

int ap_sta_associate(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;
	unsigned aid = find_free_aid(bss);

	if (aid > TIM_AID_MAX)
		return -ENOSPC;
	sta->aid = (uint16_t)aid;
	bss->used_aids[aid / 8] |= (uint8_t)(1u << aid % 8);
	sta->associated = true;
	sta->since_ns = ap->now_ns;
	sta->assoc_index = ap->associated_count;
	ap->associated[ap->associated_count++] = sta;
	bss->station_count++;
	unqueue_unassociated(ap, sta);
	return 0;
}

/* Everything that belongs to the association. */
static void clear_association(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;
	uint8_t addr[6];

	ap_flush(ap); /* what waits still needs the keys */
	if (sta->dozing)
		bss->dozing_count--;
	sta->dozing = false;
	ap_power_clear(ap, sta);
	ap_keys_group_delivered(ap, sta);
	mac_copy(addr, sta->peer.addr);
	peer_wipe(&sta->peer);
	sta->peer = (struct peer){0};
	mac_copy(sta->peer.addr, addr);
	ap_keys_clear(sta);
	sta->handshake_ns = sta->rekey_ns = sta->poll_ns = sta->ps_check_ns = 0;
	sta->unacked_polls = sta->consecutive_lost = 0;
	sta->query_active = sta->query_failed = sta->on_other_bss = sta->poll_pending = sta->eapol_buffered =
		sta->wrong_passphrase = false;
}

static void end_association(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	struct ap_bss *bss = sta->bss;
	bool was_authorised = sta->peer.authorised, knew_group_key = bss->protected && was_authorised;
	struct ap_sta *last = ap->associated[--ap->associated_count];

	ap->associated[sta->assoc_index] = last;
	last->assoc_index = sta->assoc_index;
	clear_association(ap, sta);
	bss->authorised_count -= was_authorised;
	bss->used_aids[sta->aid / 8] &= (uint8_t) ~(1u << sta->aid % 8);
	sta->aid = 0;
	sta->associated = false;
	sta->since_ns = ap->now_ns;
	bss->station_count--;
	queue_unassociated(ap, sta);
	ap_note(ap, bss, NOTE_DISCONNECTED, sta->peer.addr, reason);
	if (knew_group_key && bss->setup.group_rekey_strict && bss->station_count &&
	    (!bss->group_rekey_ns || bss->group_rekey_ns > ap->now_ns + AP_STRICT_REKEY_NS))
		bss->group_rekey_ns = ap->now_ns + AP_STRICT_REKEY_NS;
}

void ap_sta_disassociate(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	end_association(ap, sta, reason);
	ap_sta_schedule(ap, sta);
}

void ap_sta_remove(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	struct ap_sta **link;

	if (sta->removed)
		return;
	if (sta->associated)
		end_association(ap, sta, reason);
	unqueue_unassociated(ap, sta);
	timer_heap_stop(&ap->timers, &sta->timer);
	for (link = &ap->hash_table[bucket_of(ap, sta->bss, sta->peer.addr)]; *link != sta; link = &(*link)->next)
		;
	*link = sta->next;
	ap->station_count--;
	ap->slots[sta->slot] = NULL;
	ap->free_slots[ap->free_count++] = sta->slot;
	sta->removed = true;
	sta->next = ap->removed;
	ap->removed = sta;
}

void ap_sta_kick(struct ap *ap, struct ap_sta *sta, enum mgmt_subtype subtype, uint16_t reason)
{
	ap_send_management(ap, sta->bss, sta, ap_new_reason_frame(sta->bss, sta->peer.addr, subtype, reason), 0);
	if (subtype == MGMT_DISASSOC && sta->associated)
		ap_sta_disassociate(ap, sta, reason);
	else
		ap_sta_remove(ap, sta, reason);
}

void ap_sta_reap(struct ap *ap)
{
	struct ap_sta *sta;

	while ((sta = ap->removed)) {
		ap->removed = sta->next;
		crypto_wipe(sta, sizeof *sta);
		free(sta);
	}
}

void ap_sta_free_all(struct ap *ap)
{
	struct actions none = {0};

	ap->out = &none;
	while (ap->associated_count)
		ap_sta_remove(ap, ap->associated[ap->associated_count - 1], REASON_LEAVING);
	while (ap->oldest)
		ap_sta_remove(ap, ap->oldest, REASON_LEAVING);
	ap_sta_reap(ap);
	actions_free(&none);
	ap->out = NULL;
	free(ap->hash_table);
	free(ap->slots);
	free(ap->associated);
	free(ap->generations);
	free(ap->free_slots);
	timer_heap_free(&ap->timers);
}

/* ---- time ---- */

void ap_sta_heard(struct ap *ap, struct ap_sta *sta)
{
	uint32_t silence = sta->bss->setup.max_inactivity_s;

	sta->heard_ns = ap->now_ns;
	sta->consecutive_lost = 0;
	if (sta->unacked_polls) {
		sta->unacked_polls = 0;
		sta->poll_pending = false;
		sta->poll_ns = silence ? ap->now_ns + silence * SECOND : 0;
		ap_power_update_tim(sta);
		ap_sta_schedule(ap, sta);
	}
}

static uint64_t earlier_if_set(uint64_t at, uint64_t other)
{
	return other && other < at ? other : at;
}

void ap_sta_schedule(struct ap *ap, struct ap_sta *sta)
{
	uint64_t at = NEVER;

	if (sta->removed)
		return;
	if (!sta->associated) {
		timer_heap_set(&ap->timers, &sta->timer, sta->since_ns + AP_UNASSOCIATED_TIMEOUT_NS);
		return;
	}
	at = earlier_if_set(at, sta->handshake_ns);
	at = earlier_if_set(at, sta->rekey_ns);
	at = earlier_if_set(at, sta->eapol_buffered ? 0 : sta->auth.deadline_ns);
	at = earlier_if_set(at, sta->query_active ? sta->query_retry_ns : 0);
	at = earlier_if_set(at, sta->poll_ns);
	at = earlier_if_set(at, sta->ps_check_ns);
	if (at == NEVER)
		timer_heap_stop(&ap->timers, &sta->timer);
	else
		timer_heap_set(&ap->timers, &sta->timer, at);
}

void ap_sta_timer(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->associated) {
		ap_sta_remove(ap, sta, REASON_INACTIVE);
		return;
	}
	if (sta->ps_check_ns && ap->now_ns >= sta->ps_check_ns)
		ap_power_timer(ap, sta);
	ap_keys_timer(ap, sta);
	if (!sta->removed && sta->query_active && ap->now_ns >= sta->query_retry_ns)
		ap_sa_query_timer(ap, sta);
	if (!sta->removed && sta->poll_ns && ap->now_ns >= sta->poll_ns)
		ap_poll_timer(ap, sta);
	ap_sta_schedule(ap, sta);
	/* Whatever is left undone, time goes on. */
	if (!sta->removed && sta->timer.heap_index && sta->timer.at_ns <= ap->now_ns)
		timer_heap_set(&ap->timers, &sta->timer, ap->now_ns + TU);
}

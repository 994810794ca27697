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

enum { SLOT_BITS = 16, GENERATION_BITS = 12, SLOTS_MAX = 1 << SLOT_BITS, GENERATION = (1 << GENERATION_BITS) - 1 };

/* ---- the table ---- */

static size_t hash(const struct ap *a, const struct ap_bss *b, const uint8_t *addr)
{
	/* Multiply and shift by a number that nobody knows, so that nobody can fill one bucket. */
	uint64_t h = (mac_word(addr) + ((uint64_t)b->index << 56)) * (a->hash_key | 1);

	return (size_t)((h ^ h >> 29) * (a->hash_key >> 32 | 1) >> 32) & (a->buckets - 1);
}

struct ap_sta *ap_sta_find(const struct ap *a, const struct ap_bss *b, const uint8_t *addr)
{
	struct ap_sta *s = a->buckets ? a->bucket[hash(a, b, addr)] : NULL;

	while (s && !(s->bss == b && mac_equal(s->peer.addr, addr)))
		s = s->next;
	return s;
}

/* Twice as many buckets.  Without memory the buckets only get longer. */
static void widen(struct ap *a)
{
	size_t count = a->buckets ? 2 * a->buckets : 64, old = a->buckets;
	struct ap_sta **more = calloc(count, sizeof *more), **from = a->bucket, *next;

	if (!more)
		return;
	a->bucket = more;
	a->buckets = count;
	for (size_t i = 0; i < old; i++)
		for (struct ap_sta *s = from[i]; s; s = next) {
			struct ap_sta **to = &more[hash(a, s->bss, s->peer.addr)];

			next = s->next;
			s->next = *to;
			*to = s;
		}
	free(from);
}

static int reserve_slot(struct ap *a)
{
	size_t room = a->slot_room ? 2 * a->slot_room : 64;
	struct ap_sta **slots, **associated;
	uint16_t *generations;
	size_t *free_slots;

	if (a->free_count || a->slot_count < a->slot_room)
		return 0;
	if (a->slot_room == SLOTS_MAX)
		return -ENOMEM;
	slots = reallocarray(a->slots, room, sizeof *slots);
	a->slots = slots ? slots : a->slots;
	associated = reallocarray(a->associated, room, sizeof *associated);
	a->associated = associated ? associated : a->associated;
	generations = reallocarray(a->generations, room, sizeof *generations);
	a->generations = generations ? generations : a->generations;
	free_slots = reallocarray(a->free_slots, room, sizeof *free_slots);
	a->free_slots = free_slots ? free_slots : a->free_slots;
	if (!slots || !associated || !generations || !free_slots || timers_reserve(&a->timers, room))
		return -ENOMEM;
	memset(generations + a->slot_room, 0, (room - a->slot_room) * sizeof *generations);
	a->slot_room = room;
	return 0;
}

uint32_t ap_sta_cookie(const struct ap_sta *s, enum ap_cookie kind)
{
	return (uint32_t)kind << (SLOT_BITS + GENERATION_BITS) | (uint32_t)s->generation << SLOT_BITS |
	       (uint32_t)s->slot;
}

struct ap_sta *ap_sta_by_cookie(const struct ap *a, uint32_t cookie, enum ap_cookie *kind)
{
	size_t slot = cookie & (SLOTS_MAX - 1);
	struct ap_sta *s = slot < a->slot_count ? a->slots[slot] : NULL;

	*kind = cookie >> (SLOT_BITS + GENERATION_BITS);
	return s && s->generation == (cookie >> SLOT_BITS & GENERATION) ? s : NULL;
}

/* ---- the queue of the unassociated ---- */

static void queue(struct ap *a, struct ap_sta *s)
{
	s->older = a->newest;
	s->newer = NULL;
	*(a->newest ? &a->newest->newer : &a->oldest) = s;
	a->newest = s;
	a->unassociated++;
}

static void unqueue(struct ap *a, struct ap_sta *s)
{
	*(s->older ? &s->older->newer : &a->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &a->newest) = s->older;
	a->unassociated--;
}

struct ap_sta *ap_sta_new(struct ap *a, struct ap_bss *b, const uint8_t *addr)
{
	struct ap_sta *s, **to;

	if (a->unassociated >= AP_UNASSOCIATED)
		ap_sta_leave(a, a->oldest, REASON_UNSPECIFIED);
	if (a->station_count >= a->buckets)
		widen(a);
	s = a->buckets && !reserve_slot(a) ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return NULL;
	s->bss = b;
	s->slot = a->free_count ? a->free_slots[--a->free_count] : a->slot_count++;
	s->generation = a->generations[s->slot] = (a->generations[s->slot] + 1) & GENERATION;
	a->slots[s->slot] = s;
	mac_copy(s->peer.addr, addr);
	s->mgmt_seen = PEER_SEEN_NONE;
	s->since_ns = s->heard_ns = a->now_ns;
	to = &a->bucket[hash(a, b, addr)];
	s->next = *to;
	*to = s;
	a->station_count++;
	queue(a, s);
	ap_sta_schedule(a, s);
	return s;
}

/* ---- associations ---- */

static unsigned free_aid(const struct ap_bss *b)
{
	unsigned aid = 1;

	while (aid <= TIM_AID_MAX && (b->aids[aid / 8] & 1u << aid % 8))
		aid++;
	return aid;
}

int ap_sta_associate(struct ap *a, struct ap_sta *s)
{
	struct ap_bss *b = s->bss;
	unsigned aid = free_aid(b);

	if (aid > TIM_AID_MAX)
		return -ENOSPC;
	s->aid = (uint16_t)aid;
	b->aids[aid / 8] |= (uint8_t)(1u << aid % 8);
	s->associated = true;
	s->since_ns = a->now_ns;
	s->place = a->associated_count;
	a->associated[a->associated_count++] = s;
	b->stations++;
	unqueue(a, s);
	return 0;
}

/* Everything that belongs to the association. */
static void clear(struct ap *a, struct ap_sta *s)
{
	struct ap_bss *b = s->bss;
	uint8_t addr[6];

	ap_flush(a); /* what waits still needs the keys */
	if (s->dozing)
		b->dozing--;
	s->dozing = false;
	ap_power_forget(a, s);
	ap_keys_group_got(a, s);
	mac_copy(addr, s->peer.addr);
	peer_wipe(&s->peer);
	s->peer = (struct peer){0};
	mac_copy(s->peer.addr, addr);
	ap_keys_forget(s);
	s->handshake_ns = s->rekey_ns = s->poll_ns = s->ps_ns = 0;
	s->polls = s->lost_in_row = 0;
	s->querying = s->query_failed = s->elsewhere = s->poll_waits = s->eapol_waits = s->wrong_passphrase = false;
}

static void end_association(struct ap *a, struct ap_sta *s, uint16_t reason)
{
	struct ap_bss *b = s->bss;
	bool was_authorised = s->peer.authorised, knew_group_key = b->protected && was_authorised;
	struct ap_sta *last = a->associated[--a->associated_count];

	a->associated[s->place] = last;
	last->place = s->place;
	clear(a, s);
	b->authorised -= was_authorised;
	b->aids[s->aid / 8] &= (uint8_t) ~(1u << s->aid % 8);
	s->aid = 0;
	s->associated = false;
	s->since_ns = a->now_ns;
	b->stations--;
	queue(a, s);
	ap_note(a, b, NOTE_DISCONNECTED, s->peer.addr, reason);
	if (knew_group_key && b->setup.group_rekey_strict && b->stations &&
	    (!b->group_rekey_ns || b->group_rekey_ns > a->now_ns + AP_STRICT_NS))
		b->group_rekey_ns = a->now_ns + AP_STRICT_NS;
}

void ap_sta_disassociate(struct ap *a, struct ap_sta *s, uint16_t reason)
{
	end_association(a, s, reason);
	ap_sta_schedule(a, s);
}

void ap_sta_leave(struct ap *a, struct ap_sta *s, uint16_t reason)
{
	struct ap_sta **at;

	if (s->gone)
		return;
	if (s->associated)
		end_association(a, s, reason);
	unqueue(a, s);
	timers_stop(&a->timers, &s->timer);
	for (at = &a->bucket[hash(a, s->bss, s->peer.addr)]; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	a->station_count--;
	a->slots[s->slot] = NULL;
	a->free_slots[a->free_count++] = s->slot;
	s->gone = true;
	s->next = a->gone;
	a->gone = s;
}

void ap_sta_expel(struct ap *a, struct ap_sta *s, enum mgmt_subtype how, uint16_t reason)
{
	ap_send_management(a, s->bss, s, ap_reason_frame(s->bss, s->peer.addr, how, reason), 0);
	if (how == MGMT_DISASSOC && s->associated)
		ap_sta_disassociate(a, s, reason);
	else
		ap_sta_leave(a, s, reason);
}

void ap_sta_bury(struct ap *a)
{
	struct ap_sta *s;

	while ((s = a->gone)) {
		a->gone = s->next;
		crypto_wipe(s, sizeof *s);
		free(s);
	}
}

void ap_sta_free_all(struct ap *a)
{
	struct actions none = {0};

	a->out = &none;
	while (a->associated_count)
		ap_sta_leave(a, a->associated[a->associated_count - 1], REASON_LEAVING);
	while (a->oldest)
		ap_sta_leave(a, a->oldest, REASON_LEAVING);
	ap_sta_bury(a);
	actions_free(&none);
	a->out = NULL;
	free(a->bucket);
	free(a->slots);
	free(a->associated);
	free(a->generations);
	free(a->free_slots);
	timers_free(&a->timers);
}

/* ---- time ---- */

void ap_sta_heard(struct ap *a, struct ap_sta *s)
{
	uint32_t silence = s->bss->setup.max_inactivity_s;

	s->heard_ns = a->now_ns;
	s->lost_in_row = 0;
	if (s->polls) {
		s->polls = 0;
		s->poll_waits = false;
		s->poll_ns = silence ? a->now_ns + silence * AP_SECOND : 0;
		ap_power_tim(s);
		ap_sta_schedule(a, s);
	}
}

static uint64_t earlier(uint64_t at, uint64_t other)
{
	return other && other < at ? other : at;
}

void ap_sta_schedule(struct ap *a, struct ap_sta *s)
{
	uint64_t at = AP_NEVER;

	if (s->gone)
		return;
	if (!s->associated) {
		timers_set(&a->timers, &s->timer, s->since_ns + AP_UNASSOCIATED_NS);
		return;
	}
	at = earlier(at, s->handshake_ns);
	at = earlier(at, s->rekey_ns);
	at = earlier(at, s->eapol_waits ? 0 : s->auth.wake_ns);
	at = earlier(at, s->querying ? s->query_ns : 0);
	at = earlier(at, s->poll_ns);
	at = earlier(at, s->ps_ns);
	if (at == AP_NEVER)
		timers_stop(&a->timers, &s->timer);
	else
		timers_set(&a->timers, &s->timer, at);
}

void ap_sta_due(struct ap *a, struct ap_sta *s)
{
	if (!s->associated) {
		ap_sta_leave(a, s, REASON_INACTIVE);
		return;
	}
	if (s->ps_ns && a->now_ns >= s->ps_ns)
		ap_power_due(a, s);
	ap_keys_due(a, s);
	if (!s->gone && s->querying && a->now_ns >= s->query_ns)
		ap_query_due(a, s);
	if (!s->gone && s->poll_ns && a->now_ns >= s->poll_ns)
		ap_poll_due(a, s);
	ap_sta_schedule(a, s);
	/* Whatever is left undone, time goes on. */
	if (!s->gone && s->timer.place && s->timer.at_ns <= a->now_ns)
		timers_set(&a->timers, &s->timer, a->now_ns + AP_TU_NS);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of each transmission: by the rules of the links, the dice, and who listens. */
#include "air/medium/medium_state.h"

#include "base/mac.h"
#include "air/medium/airtime.h"
#include "wire/ieee80211.h"

#include <errno.h>
#include <stdlib.h>

enum { RATE_BEST = 54000, RATE_BASIC = 6000, SIGNAL = -40, CW_MIN = 15, MILLION = 1000000 };
enum { BEACON = 0x80, PROBE_RESPONSE = 0x50, TIMESTAMP = 8 /* bytes */, PS_POLL = 0xa4, BLOCK_ACK_REQUEST = 0x84 };

/* ---- chance ---- */

/* SplitMix64 (Steele, Lea and Flood 2014): good enough for dice, and a seed is all that it is. */
static uint64_t dice(struct medium *m)
{
	uint64_t z = m->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t below(struct medium *m, uint64_t limit)
{
	return limit ? dice(m) % limit : 0;
}

static bool chance(struct medium *m, uint32_t of_a_million)
{
	return of_a_million && (of_a_million >= MILLION || below(m, MILLION) < of_a_million);
}

/* ---- who hears what ---- */

struct member *member_of(const struct medium *m, radio_id r)
{
	return map_get(&m->members, r);
}

uint64_t pair_key(radio_id from, radio_id to)
{
	return (uint64_t)from << 32 | to;
}

struct pair *pair_of(const struct medium *m, const struct member *from, radio_id to)
{
	return from->pairs ? map_get(&m->pairs, pair_key(from->id, to)) : NULL;
}

struct pair *pair_make(struct medium *m, struct member *from, radio_id to)
{
	struct pair *p = pair_of(m, from, to);

	if (p)
		return p;
	p = calloc(1, sizeof *p);
	if (p && map_put(&m->pairs, pair_key(from->id, to), p)) {
		free(p);
		return NULL;
	}
	from->pairs += p != NULL;
	return p;
}

static struct medium_link link_of(const struct medium *m, const struct member *from, const struct member *to)
{
	static const struct medium_link perfect;
	const struct pair *p = pair_of(m, from, to->id);

	if (p && p->own)
		return p->link;
	return to->monitor ? perfect : m->all;
}

/* When what arrives at `at_ns` is delivered, by the delays of the link. */
static uint64_t delivery(struct medium *m, struct member *from, const struct member *to, const struct medium_link *l,
			 uint64_t at_ns)
{
	uint64_t due = at_ns + l->delay_ns + below(m, l->jitter_ns);
	struct pair *p;

	if (chance(m, l->reorder))
		return due + l->reorder_ns;
	p = l->delay_ns || l->jitter_ns ? pair_make(m, from, to->id) : pair_of(m, from, to->id);
	if (!p)
		return due;
	if (due < p->last_ns)
		due = p->last_ns;
	return p->last_ns = due;
}

static void hear(struct medium *m, struct member *from, struct member *to, const struct medium_link *l,
		 const struct waiting *w, uint64_t at_ns)
{
	const struct frame *f = w->frame;
	uint64_t due = delivery(m, from, to, l, at_ns);
	bool late = due > at_ns;
	struct frame *copy;

	if (late && to->late == MEDIUM_LATE) {
		to->counts.overdue++;
		return;
	}
	copy = frame_clone(f);
	if (!copy)
		return;
	copy->meta = (struct frame_meta){.time_ns = due,
					 .freq_mhz = f->meta.freq_mhz,
					 .signal_dbm = l->signal_dbm ? l->signal_dbm : SIGNAL,
					 .rate_kbps = f->meta.rate_kbps};
	to->counts.received++;
	to->counts.bytes += f->len;
	if (!late)
		ready_push(m, (struct medium_event){
				      .kind = MEDIUM_RECEIVED, .radio = to->id, .frame = copy, .tries = w->tries});
	else if (due_push(m, (struct due){.at_ns = due, .to = to->id, .frame = copy, .tries = w->tries}))
		frame_free(copy);
	else
		to->late++;
}

/* Is it there for a frame that began to be sent then? */
static bool listens(const struct member *to, const struct channel *c)
{
	return to->channel == c && !to->monitor && to->doze_until <= c->began_ns;
}

/* Can the link carry this transmission, by its range, rate and luck? */
static bool carries(struct medium *m, const struct medium_link *l, uint32_t rate_kbps)
{
	return !l->deaf && !(l->rate_kbps && rate_kbps > l->rate_kbps) && !chance(m, l->loss);
}

static void try_to_hear(struct medium *m, struct member *from, struct member *to, const struct waiting *w,
			uint32_t rate_kbps, uint64_t at_ns)
{
	struct medium_link l = link_of(m, from, to);

	if (to != from && carries(m, &l, rate_kbps))
		hear(m, from, to, &l, w, at_ns);
}

/* ---- transmissions ---- */

/* Whom the frame is for; NULL: nobody who is here. */
static struct member *receiver(const struct medium *m, const struct frame *f)
{
	return map_get(&m->owners, mac_word(f->data + DOT11_ADDR1));
}

/* Control frames are not acknowledged, but for two that are asked with. */
static bool wants_ack(const struct frame *f)
{
	uint16_t fc = le16(f->data), kind = fc & (FC_TYPE | FC_SUBTYPE);

	return !mac_is_group(f->data + DOT11_ADDR1) &&
	       ((fc & FC_TYPE) != FC_CONTROL || kind == PS_POLL || kind == BLOCK_ACK_REQUEST);
}

/* What the link's rate allows goes at that, data for one receiver; all else at a rate that everybody understands. */
static uint32_t rate_for(const struct medium *m, const struct queue *q, const struct waiting *w)
{
	const struct member *to;
	uint32_t rate = RATE_BASIC;

	if (w->rate_kbps)
		return w->rate_kbps;
	to = receiver(m, w->frame);
	if (to) {
		struct medium_link l = link_of(m, q->member, to);
		uint32_t best = l.rate_kbps ? l.rate_kbps : RATE_BEST;

		if (dot11_is_data(le16(w->frame->data)) || best < rate)
			rate = best;
	} else if (m->all.rate_kbps && m->all.rate_kbps < rate) {
		rate = m->all.rate_kbps;
	}
	return airtime_fallback(rate, w->tries);
}

static unsigned slots(struct medium *m, unsigned tries)
{
	unsigned window = (CW_MIN + 1) << tries;

	return (unsigned)below(m, window < AIRTIME_BACKOFFS ? window : AIRTIME_BACKOFFS);
}

/* While it waited, time went on: the timestamp is that of the transmission, of each try (11.1.3.2). */
static void stamp(struct waiting *w, uint64_t at_ns)
{
	uint16_t fc = le16(w->frame->data), kind = fc & (FC_VERSION | FC_TYPE | FC_SUBTYPE);
	size_t hdr = dot11_hdr_len(fc);
	uint64_t us = (at_ns - w->clock_ns) / 1000, tsf;
	uint8_t *p;

	if ((kind != BEACON && kind != PROBE_RESPONSE) || w->frame->len < hdr + TIMESTAMP)
		return;
	p = us ? frame_own(w->frame) : NULL;
	if (!p)
		return;
	tsf = (le32(p + hdr) | (uint64_t)le32(p + hdr + 4) << 32) + us;
	put_le32(p + hdr, (uint32_t)tsf);
	put_le32(p + hdr + 4, (uint32_t)(tsf >> 32));
	w->clock_ns += us * 1000;
}

/* Begins the next transmission, if there is one. */
void channel_begin(struct medium *m, struct channel *c)
{
	struct queue *q = c->first;
	struct waiting *w = q ? q->first : NULL;
	uint64_t access, ppdu, ack;

	if (c->busy || !q)
		return;
	c->rate_kbps = rate_for(m, q, w);
	access = airtime_access(slots(m, w->tries), c->rate_kbps) * m->percent / 100;
	ppdu = airtime_ppdu(w->frame->len, c->rate_kbps, c->freq) * m->percent / 100;
	ack = wants_ack(w->frame) ? airtime_ack(c->rate_kbps, c->freq) * m->percent / 100 : 0;
	c->began_ns = (c->free_ns > w->since_ns ? c->free_ns : w->since_ns) + access;
	c->free_ns = c->began_ns + ppdu + ack;
	if (due_push(m, (struct due){.at_ns = c->free_ns, .channel = c}))
		return; /* the next frame tries again */
	c->busy = true;
	c->sending = q;
	stamp(w, c->began_ns);
	q->member->counts.airtime_ns += access + ppdu + ack;
	q->member->counts.transmissions++;
	w->frame->meta.rate_kbps = c->rate_kbps;
	w->frame->meta.freq_mhz = c->freq;
}

static void free_waiting(struct waiting *w)
{
	frame_free(w->frame);
	free(w);
}

static void unlink_queue(struct channel *c, struct queue *q)
{
	struct queue **at = &c->first, *before_it = NULL;

	while (*at && *at != q) {
		before_it = *at;
		at = &(*at)->next;
	}
	if (!*at)
		return;
	*at = q->next;
	if (c->last == q)
		c->last = before_it;
}

void queue_link(struct queue *q)
{
	struct channel *c = q->channel;

	q->next = NULL;
	*(c->last ? &c->last->next : &c->first) = q;
	c->last = q;
}

void queue_free(struct queue *q)
{
	struct queue **at = &q->member->queues;

	unlink_queue(q->channel, q);
	while (*at != q)
		at = &(*at)->other;
	*at = q->other;
	if (q->channel->sending == q)
		q->channel->sending = NULL;
	for (struct waiting *w = q->first, *next; w; w = next) {
		next = w->next;
		free_waiting(w);
	}
	free(q);
}

/* A beacon stands in front; but what is on the air, or waits for its next try, is before it. */
void queue_line_up(struct queue *q, struct waiting *w)
{
	uint16_t kind = le16(w->frame->data) & (FC_TYPE | FC_SUBTYPE);

	if (kind == BEACON && q->first) {
		w->next = q->first->next;
		q->first->next = w;
		if (q->last == q->first)
			q->last = w;
		return;
	}
	*(q->last ? &q->last->next : &q->first) = w;
	q->last = w;
}

/* The first of the queue is through, or given up. */
static void conclude(struct medium *m, struct queue *q, bool acked)
{
	struct waiting *w = q->first;
	struct member *from = q->member;

	if (!mac_is_group(w->frame->data + DOT11_ADDR1))
		*(acked ? &from->counts.acked : &from->counts.failed) += 1;
	if (w->cookie)
		ready_push(m, (struct medium_event){.kind = MEDIUM_STATUS,
						    .radio = from->id,
						    .cookie = w->cookie,
						    .acked = acked,
						    .tries = w->tries});
	q->first = w->next;
	if (!q->first)
		q->last = NULL;
	from->waiting--;
	free_waiting(w);
	if (!q->first)
		queue_free(q);
}

/* A unicast frame was on the air once.  Returns whether its sender heard the acknowledgement. */
static bool unicast(struct medium *m, struct channel *c, struct queue *q, struct waiting *w)
{
	struct member *from = q->member, *to = receiver(m, w->frame);
	struct medium_link there, back;

	if (!to || to == from || !listens(to, c))
		return !wants_ack(w->frame);
	there = link_of(m, from, to);
	if (!carries(m, &there, c->rate_kbps))
		return !wants_ack(w->frame);
	hear(m, from, to, &there, w, c->free_ns);
	if (!wants_ack(w->frame))
		return true;
	back = link_of(m, to, from);
	return !back.deaf && !chance(m, back.loss) && !(w->tries < MEDIUM_TRIES && chance(m, there.duplicate));
}

static void mark_retry(struct frame *f)
{
	uint8_t *bytes = (le16(f->data) & FC_TYPE) == FC_CONTROL ? NULL : frame_own(f);

	if (bytes)
		put_le16(bytes, le16(bytes) | FC_RETRY);
}

/* The end of a transmission: who has heard it? */
void channel_end(struct medium *m, struct channel *c)
{
	struct queue *q = c->sending;
	struct waiting *w = q ? q->first : NULL;
	bool done = true;

	c->busy = false;
	c->sending = NULL;
	if (q) {
		w->tries++;
		for (size_t i = 0; i < m->monitors; i++)
			try_to_hear(m, q->member, m->monitor[i], w, c->rate_kbps, c->free_ns);
		if (!mac_is_group(w->frame->data + DOT11_ADDR1))
			done = unicast(m, c, q, w);
		else
			for (size_t i = 0; i < c->count; i++)
				if (listens(c->on[i], c))
					try_to_hear(m, q->member, c->on[i], w, c->rate_kbps, c->free_ns);
		/* The next one's turn. */
		unlink_queue(c, q);
		queue_link(q);
		if (done || w->tries == MEDIUM_TRIES)
			conclude(m, q, done);
		else
			mark_retry(w->frame);
	}
	channel_begin(m, c);
}

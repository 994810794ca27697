/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium.h"

#include "base/mac.h"
#include "air/medium/medium_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 10 /* up to the receiver's address */, SLOWEST = 1000 /* kbit/s */ };

struct medium *medium_new(uint64_t seed)
{
	struct medium *m = calloc(1, sizeof *m);

	if (m) {
		m->random = seed;
		m->percent = 100;
	}
	return m;
}

void medium_free(struct medium *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->members.room; i++) {
		struct member *one = m->members.row[i].value;

		while (one && one->queues)
			queue_free(one->queues);
		free(one);
	}
	for (size_t i = 0; i < m->pairs.room; i++)
		free(m->pairs.row[i].value);
	for (size_t i = 0; i < m->channels.room; i++)
		if (m->channels.row[i].value) {
			free(((struct channel *)m->channels.row[i].value)->on);
			free(m->channels.row[i].value);
		}
	for (size_t i = 0; i < m->due; i++)
		frame_free(m->heap[i].frame);
	for (size_t i = m->ready_at; i < m->ready_count; i++)
		frame_free(m->ready[i].frame);
	map_free(&m->members);
	map_free(&m->owners);
	map_free(&m->pairs);
	map_free(&m->channels);
	free(m->monitor);
	free(m->heap);
	free(m->ready);
	free(m);
}

void medium_airtime(struct medium *m, unsigned percent)
{
	m->percent = percent;
}

radio_id medium_join(struct medium *m)
{
	struct member *one = m->last < UINT32_MAX ? calloc(1, sizeof *one) : NULL;

	if (!one)
		return 0;
	one->id = m->last + 1;
	if (map_put(&m->members, one->id, one)) {
		free(one);
		return 0;
	}
	return ++m->last;
}

static void forget_pair(struct medium *m, radio_id from, radio_id to)
{
	struct pair *p = map_take(&m->pairs, pair_key(from, to));
	struct member *one = member_of(m, from);

	if (p && one)
		one->pairs--;
	free(p);
}

void medium_leave(struct medium *m, radio_id r)
{
	struct member *one = member_of(m, r);

	if (!one)
		return;
	while (one->queues)
		queue_free(one->queues);
	medium_addresses(m, r, NULL, 0);
	medium_monitor(m, r, false);
	medium_tune(m, r, 0);
	for (size_t i = 0; i < m->members.room && m->pairs.count; i++)
		if (m->members.row[i].key) {
			forget_pair(m, r, (radio_id)m->members.row[i].key);
			forget_pair(m, (radio_id)m->members.row[i].key, r);
		}
	free(map_take(&m->members, r));
}

int medium_addresses(struct medium *m, radio_id r, const uint8_t (*addr)[6], size_t count)
{
	struct member *one = member_of(m, r), *owner;
	uint64_t had[MEDIUM_ADDRESSES];
	unsigned old = one ? one->addrs : 0;

	if (!one)
		return -ENOENT;
	if (count > MEDIUM_ADDRESSES)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (mac_is_group(addr[i]) || mac_is_zero(addr[i]))
			return -EINVAL;
		owner = map_get(&m->owners, mac_word(addr[i]));
		if (owner && owner != one)
			return -EADDRINUSE;
	}
	memcpy(had, one->addr, sizeof had);
	for (size_t i = 0; i < count; i++) {
		if (!map_get(&m->owners, mac_word(addr[i])) && map_put(&m->owners, mac_word(addr[i]), one)) {
			/* Back to where it was: what was put in before this one goes, what it had stays. */
			for (size_t k = 0; k < i; k++)
				map_take(&m->owners, mac_word(addr[k]));
			for (unsigned k = 0; k < old; k++)
				map_put(&m->owners, had[k], one);
			return -ENOMEM;
		}
	}
	for (unsigned i = 0; i < old; i++)
		map_take(&m->owners, had[i]);
	for (size_t i = 0; i < count; i++) {
		one->addr[i] = mac_word(addr[i]);
		map_put(&m->owners, one->addr[i], one); /* there was room for it just now */
	}
	one->addrs = (unsigned)count;
	return 0;
}

static struct channel *channel_of(struct medium *m, uint16_t freq_mhz)
{
	struct channel *c = map_get(&m->channels, freq_mhz);

	if (c || !freq_mhz)
		return c;
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->freq = freq_mhz;
	if (map_put(&m->channels, freq_mhz, c)) {
		free(c);
		return NULL;
	}
	return c;
}

int medium_tune(struct medium *m, radio_id r, uint16_t freq_mhz)
{
	struct member *one = member_of(m, r);
	struct channel *c = channel_of(m, freq_mhz);

	if (!one || one->channel == c)
		return freq_mhz && !c ? -ENOMEM : 0;
	if (freq_mhz && (!c || members_put(&c->on, &c->count, &c->room, one)))
		return -ENOMEM;
	if (one->channel)
		members_take(one->channel->on, &one->channel->count, one);
	one->channel = c;
	return 0;
}

int medium_monitor(struct medium *m, radio_id r, bool on)
{
	struct member *one = member_of(m, r);

	if (!one || one->monitor == on)
		return 0;
	if (!on)
		members_take(m->monitor, &m->monitors, one);
	else if (members_put(&m->monitor, &m->monitors, &m->monitors_room, one))
		return -ENOMEM;
	one->monitor = on;
	return 0;
}

void medium_doze(struct medium *m, radio_id r, uint64_t until_ns)
{
	struct member *one = member_of(m, r);

	if (one)
		one->doze_until = until_ns;
}

int medium_link(struct medium *m, radio_id from, radio_id to, const struct medium_link *l)
{
	struct member *one = member_of(m, from);
	struct pair *p;

	if (!one || !member_of(m, to))
		return -ENOENT;
	if (!l) {
		p = pair_of(m, one, to);
		if (p)
			p->own = false; /* the order of what is under way stays */
		return 0;
	}
	p = pair_make(m, one, to);
	if (!p)
		return -ENOMEM;
	p->own = true;
	p->link = *l;
	return 0;
}

void medium_link_all(struct medium *m, const struct medium_link *l)
{
	m->all = *l;
}

/* The radio's queue for a channel; an empty one stands in no ring yet. */
static struct queue *queue_of(struct member *one, struct channel *c)
{
	struct queue *q = one->queues;

	while (q && q->channel != c)
		q = q->other;
	if (q)
		return q;
	q = calloc(1, sizeof *q);
	if (q) {
		*q = (struct queue){.other = one->queues, .member = one, .channel = c};
		one->queues = q;
		queue_link(q);
	}
	return q;
}

static int enqueue(struct medium *m, struct member *one, struct frame *f, struct waiting what)
{
	uint16_t freq = f->meta.freq_mhz;
	struct channel *c = freq ? channel_of(m, freq) : one->channel;
	struct waiting *w = malloc(sizeof *w);
	struct queue *q = w && c ? queue_of(one, c) : NULL;

	if (!q) {
		free(w);
		return w && !c && !freq ? -ENETDOWN : -ENOMEM;
	}
	*w = what;
	w->frame = f;
	queue_line_up(q, w);
	one->waiting++;
	one->counts.sent++;
	one->doze_until = 0;
	channel_begin(m, c);
	return 0;
}

int medium_send(struct medium *m, radio_id from, struct frame *f, uint32_t rate_kbps, uint32_t cookie, uint64_t now_ns)
{
	struct member *one = member_of(m, from);
	int r;

	if (!one)
		r = -ENOENT;
	else if (f->len < SHORTEST || (rate_kbps && rate_kbps < SLOWEST))
		r = -EINVAL;
	else if (one->waiting >= MEDIUM_QUEUE)
		r = -ENOBUFS;
	else
		r = enqueue(m, one, f,
			    (struct waiting){
				    .rate_kbps = rate_kbps, .cookie = cookie, .since_ns = now_ns, .clock_ns = now_ns});
	if (r == -ENOBUFS)
		one->counts.refused++;
	if (r)
		frame_free(f);
	return r;
}

unsigned medium_waiting(const struct medium *m, radio_id r)
{
	const struct member *one = member_of(m, r);

	return one ? one->waiting : 0;
}

uint64_t medium_wake(const struct medium *m)
{
	if (m->ready_at < m->ready_count)
		return m->now_ns;
	return m->due ? m->heap[0].at_ns : UINT64_MAX;
}

/* A delayed frame has come. */
static void arrive(struct medium *m, const struct due *d)
{
	struct member *to = member_of(m, d->to);

	if (to)
		to->late--;
	ready_push(m, (struct medium_event){
			      .kind = MEDIUM_RECEIVED, .radio = d->to, .frame = d->frame, .tries = d->tries});
}

bool medium_next(struct medium *m, uint64_t now_ns, struct medium_event *e)
{
	for (;;) {
		while (m->ready_at < m->ready_count) {
			*e = m->ready[m->ready_at++];
			if (member_of(m, e->radio))
				return true;
			frame_free(e->frame);
		}
		m->ready_at = m->ready_count = 0;
		if (!m->due || m->heap[0].at_ns > now_ns)
			return false;

		struct due d = due_pop(m);

		m->now_ns = d.at_ns;
		if (d.channel)
			channel_end(m, d.channel);
		else
			arrive(m, &d);
	}
}

bool medium_counts(const struct medium *m, radio_id r, struct medium_counts *c)
{
	const struct member *one = member_of(m, r);

	if (one)
		*c = one->counts;
	return one != NULL;
}

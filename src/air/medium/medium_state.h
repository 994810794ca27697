/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for a channel stands in a ring of queues, one for each radio that has frames for it.  The first of the ring
 * transmits once; then what happened to that transmission is decided, and the next one has its turn.  The end of a
 * transmission and the arrival of a delayed frame stand in a heap by time.  What came of one end waits in `ready`, to be
 * taken by medium_next(): a beacon costs one entry in the heap, and a clone for each of those that hear it.
 */
#ifndef VIFI_AIR_MEDIUM_MEDIUM_STATE_H
#define VIFI_AIR_MEDIUM_MEDIUM_STATE_H

#include "base/map.h"
#include "air/medium/medium.h"

/* A frame that waits for its turn, or for its next try. */
struct waiting {
	struct waiting *next;
	struct frame *frame;
	uint32_t rate_kbps, cookie;
	unsigned tries;
	uint64_t since_ns;
	uint64_t
		clock_ns; /* beacon, probe response: the moment that its timestamp tells; then or less than 1 us before */
};

/* What one radio has for one channel. */
struct queue {
	struct queue *next;  /* of the channel's ring */
	struct queue *other; /* of the same radio, for another channel */
	struct member *member;
	struct channel *channel;
	struct waiting *first, *last;
};

struct channel {
	uint16_t freq;
	struct member **on; /* who is tuned to it, monitors apart */
	size_t count, room;
	struct queue *first, *last;
	bool busy;
	struct queue *sending; /* NULL: its radio has left */
	uint32_t rate_kbps;    /* of what is sent */
	uint64_t began_ns, free_ns;
};

struct member {
	radio_id id;
	struct channel *channel;
	bool monitor;
	uint64_t doze_until;
	uint64_t addr[MEDIUM_ADDRESSES];
	unsigned addrs, waiting, late;
	unsigned pairs; /* from it */
	struct queue *queues;
	struct medium_counts counts;
};

/* From one radio to another: where a rule of its own is, or an order to be kept. */
struct pair {
	bool own;
	struct medium_link link;
	uint64_t last_ns; /* nothing comes earlier than that */
};

struct due {
	uint64_t at_ns, order;
	struct channel *channel; /* whose transmission ends; or */
	radio_id to;             /* to whom the frame comes */
	struct frame *frame;
	unsigned tries;
};

struct medium {
	uint64_t random;
	unsigned percent;
	radio_id last;
	struct medium_link all;
	struct map members, owners, pairs, channels; /* by id, by address, by both ids, by frequency */
	struct member **monitor;
	size_t monitors, monitors_room;
	struct due *heap;
	size_t due, due_room;
	uint64_t order;
	struct medium_event *ready;
	size_t ready_at, ready_count, ready_room;
	uint64_t now_ns; /* the last that was heard of the time */
};

/* ---- medium_lists.c ---- */

/* 0 or -ENOMEM. */
int members_put(struct member ***list, size_t *count, size_t *room, struct member *one);

/* The order of the others stays: it decides who hears a frame first. */
void members_take(struct member **list, size_t *count, const struct member *one);

/* 0 or -ENOMEM; among those due at the same time the first comes first. */
int due_push(struct medium *m, struct due d);
struct due due_pop(struct medium *m);

/* Takes the event's frame over, even if there is no memory for it. */
void ready_push(struct medium *m, struct medium_event e);

/* ---- medium_air.c ---- */

struct member *member_of(const struct medium *m, radio_id r);

/* From one radio to another: NULL when there is nothing of its own; made when it is not there, or NULL: no memory. */
uint64_t pair_key(radio_id from, radio_id to);
struct pair *pair_of(const struct medium *m, const struct member *from, radio_id to);
struct pair *pair_make(struct medium *m, struct member *from, radio_id to);

/* At the end, or as a beacon's place is.  Takes `w` over. */
void queue_line_up(struct queue *q, struct waiting *w);
void queue_link(struct queue *q);
void queue_free(struct queue *q);

/* Begins the next transmission of a channel, if there is one; and ends it: who has heard it? */
void channel_begin(struct medium *m, struct channel *c);
void channel_end(struct medium *m, struct channel *c);

#endif

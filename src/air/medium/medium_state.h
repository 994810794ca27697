/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for a channel stands in a ring of queues, one for each radio that has frames for it.  The first of the ring
 * transmits once; then what happened to that transmission is decided, and the next one has its turn.  The end of a
 * transmission and the arrival of a delayed frame stand in a heap by time.  What came of one end waits in `ready`, to be
 * taken by medium_next_event(): a beacon costs one entry in the heap, and a clone for each of those that hear it.
 */
#ifndef VIFI_AIR_MEDIUM_MEDIUM_STATE_H
#define VIFI_AIR_MEDIUM_MEDIUM_STATE_H

#include "base/map.h"
#include "air/medium/medium.h"

/* A frame that waits for its turn, or for its next try. */
struct medium_tx {
	struct medium_tx *next;
	struct frame *frame;
	uint32_t rate_kbps, cookie;
	unsigned tries;
	uint64_t queued_ns;
	uint64_t
		timestamp_ns; /* beacon, probe response: the moment that its timestamp tells; then or less than 1 us before */
};

/* What one radio has for one channel. */
struct medium_queue {
	struct medium_queue *next;          /* of the channel's ring */
	struct medium_queue *next_of_radio; /* of the same radio, for another channel */
	struct medium_radio *radio;
	struct medium_channel *channel;
	struct medium_tx *first, *last;
};

struct medium_channel {
	uint16_t freq_mhz;
	struct medium_radio **tuned; /* who is tuned to it, monitors apart */
	size_t count, room;
	struct medium_queue *first, *last;
	bool busy;
	struct medium_queue *sender; /* NULL: its radio has left */
	uint32_t rate_kbps;          /* of what is sent */
	uint64_t tx_begin_ns, tx_end_ns;
};

struct medium_radio {
	radio_id id;
	struct medium_channel *channel;
	bool monitor;
	uint64_t doze_until_ns;
	uint64_t addr[MEDIUM_ADDRESSES_MAX];
	unsigned addr_count, queued, delayed;
	unsigned pair_count; /* from it */
	struct medium_queue *queues;
	struct medium_counts counts;
};

/* From one radio to another: where a rule of its own is, or an order to be kept. */
struct medium_pair {
	bool has_link;
	struct medium_link link;
	uint64_t last_delivery_ns; /* nothing comes earlier than that */
};

struct medium_timer {
	uint64_t at_ns, sequence;
	struct medium_channel *channel; /* whose transmission ends; or */
	radio_id to;                    /* to whom the frame comes */
	struct frame *frame;
	unsigned tries;
};

struct medium {
	uint64_t rng_state;
	unsigned airtime_percent;
	radio_id last_id;
	struct medium_link default_link;
	struct u64_map radios, radio_by_addr, pairs, channels; /* by id, by address, by both ids, by frequency */
	struct medium_radio **monitors;
	size_t monitor_count, monitor_room;
	struct medium_timer *timers;
	size_t timer_count, timer_room;
	uint64_t next_sequence;
	struct medium_event *events;
	size_t events_at, events_count, events_room;
	uint64_t now_ns; /* the last that was heard of the time */
};

/* ---- medium_lists.c ---- */

/* 0 or -ENOMEM. */
int medium_list_add(struct medium_radio ***list, size_t *count, size_t *room, struct medium_radio *radio);

/* The order of the others stays: it decides who hears a frame first. */
void medium_list_remove(struct medium_radio **list, size_t *count, const struct medium_radio *radio);

/* 0 or -ENOMEM; among those due at the same time the first comes first. */
int medium_timer_push(struct medium *medium, struct medium_timer timer);
struct medium_timer medium_timer_pop(struct medium *medium);

/* Takes the event's frame over, even if there is no memory for it. */
void medium_event_push(struct medium *medium, struct medium_event event);

/* ---- medium_air.c ---- */

struct medium_radio *medium_find_radio(const struct medium *medium, radio_id id);

/* From one radio to another: NULL when there is nothing of its own; made when it is not there, or NULL: no memory. */
uint64_t medium_pair_key(radio_id from, radio_id to);
struct medium_pair *medium_find_pair(const struct medium *medium, const struct medium_radio *from, radio_id to);
struct medium_pair *medium_get_pair(struct medium *medium, struct medium_radio *from, radio_id to);

/* At the end, or as a beacon's place is.  Takes `tx` over. */
void medium_queue_add(struct medium_queue *queue, struct medium_tx *tx);
void medium_queue_link(struct medium_queue *queue);
void medium_queue_free(struct medium_queue *queue);

/* Begins the next transmission of a channel, if there is one; and ends it: who has heard it? */
void medium_channel_begin(struct medium *medium, struct medium_channel *channel);
void medium_channel_end(struct medium *medium, struct medium_channel *channel);

#endif

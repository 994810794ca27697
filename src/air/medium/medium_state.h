/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the medium, shared by its files.
 *
 * A channel keeps a ring of queues, one for each radio that has frames for it. The first queue of the ring transmits one
 * frame; at the end of the transmission the medium decides which radios receive it, and the next queue transmits. One
 * heap of timers holds the ends of transmissions and the arrivals of delayed frames. The events of one timer wait in
 * `events` until medium_next_event() returns them, so a beacon costs one timer and one clone per receiver.
 */
#ifndef VIFI_AIR_MEDIUM_MEDIUM_STATE_H
#define VIFI_AIR_MEDIUM_MEDIUM_STATE_H

#include "air/medium/medium.h"
#include "base/timer_heap.h"

#include <string.h>

/* Keys are numbers of at most 8 bytes: one multiplication costs less than the default hash over bytes. */
#define HASH_FUNCTION(key, len, hash)                                              \
	do {                                                                       \
		uint64_t number_ = 0;                                              \
		memcpy(&number_, key, len);                                        \
		(hash) = (unsigned)(number_ * UINT64_C(0x9e3779b97f4a7c15) >> 32); \
	} while (0)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* A frame that waits for its first transmission or its next retry. */
struct medium_tx {
	struct medium_tx *next;
	struct frame *frame;
	uint32_t rate_kbps, cookie;
	unsigned tries;
	uint64_t number; /* for the observer */
	uint64_t queued_ns;
	uint64_t timestamp_ns; /* beacon, probe response: the time of its Timestamp field, less than 1 us late */
};

/* The frames of one radio for one channel. */
struct medium_queue {
	struct medium_queue *next;          /* in the channel's ring */
	struct medium_queue *next_of_radio; /* the same radio's queue for another channel */
	struct medium_radio *radio;
	struct medium_channel *channel;
	struct medium_tx *first, *last;
};

/* An entry of the timer heap. */
struct medium_timer {
	struct timer timer;             /* first member: the heap returns its address */
	struct medium_channel *channel; /* the channel whose transmission ends; NULL: a struct medium_delivery */
};

/* A frame on its way to a radio, on a link that delays. */
struct medium_delivery {
	struct medium_timer timer; /* first member */
	radio_id to;
	struct frame *frame;
	unsigned tries;
};

struct medium_channel {
	uint16_t freq_mhz;
	struct medium_radio **tuned; /* without monitors */
	size_t count, room;
	struct medium_queue *first, *last; /* the ring */
	bool busy;
	struct medium_queue *sender; /* of the current transmission; NULL: its radio has left */
	uint32_t rate_kbps;          /* of the current transmission */
	uint64_t tx_begin_ns, tx_end_ns;
	struct medium_timer end_timer;
	UT_hash_handle hh; /* by frequency */
};

struct medium_radio {
	radio_id id;
	struct medium_channel *channel;
	bool monitor;
	uint64_t doze_until_ns;
	uint64_t addr[MEDIUM_ADDRESSES_MAX];
	unsigned addr_count, queued, delayed;
	unsigned pair_count; /* of pairs from this radio */
	struct medium_queue *queues;
	struct medium_counts counts;
	UT_hash_handle hh; /* by id */
};

struct medium_address {
	uint64_t addr; /* mac_to_u64() */
	struct medium_radio *radio;
	UT_hash_handle hh; /* by address */
};

/* From one radio to another: a link of its own, or an order of delivery to keep. */
struct medium_pair {
	uint64_t key; /* medium_pair_key() */
	bool has_link;
	struct medium_link link;
	uint64_t last_delivery_ns; /* later frames arrive no earlier */
	UT_hash_handle hh;         /* by both ids */
};

struct medium {
	uint64_t rng_state;
	unsigned airtime_percent;
	radio_id last_id;
	struct medium_link default_link;
	struct medium_radio *radios;
	struct medium_address *addresses;
	struct medium_pair *pairs;
	struct medium_channel *channels;
	struct medium_radio **monitors;
	size_t monitor_count, monitor_room;
	struct timer_heap timers;
	struct medium_event *events;
	size_t events_at, events_count, events_room;
	uint64_t now_ns;           /* of the last timer */
	medium_observer *observer; /* NULL: none */
	void *observer_context;
	uint64_t last_number; /* of a frame */
};

/* ---- tables.c: look-up and lists ---- */

struct medium_radio *medium_find_radio(const struct medium *medium, radio_id id);

/* Returns the radio that acknowledges frames to `addr`, or NULL. */
struct medium_radio *medium_find_receiver(const struct medium *medium, const uint8_t *addr);

/* Returns the channel, made if necessary; NULL for 0 MHz or without memory. */
struct medium_channel *medium_get_channel(struct medium *medium, uint16_t freq_mhz);

/* The pair of two radios. find: NULL if there is none; get: made if necessary, NULL without memory. */
struct medium_pair *medium_find_pair(const struct medium *medium, const struct medium_radio *from, radio_id to);
struct medium_pair *medium_get_pair(struct medium *medium, struct medium_radio *from, radio_id to);
void medium_remove_pair(struct medium *medium, radio_id from, radio_id to);

/* Replaces the addresses of a radio. Returns 0, or -ENOMEM with the table unchanged. */
int medium_replace_addresses(struct medium *medium, struct medium_radio *radio, const uint8_t (*addr)[6], size_t count);

/* Frees the tables and all that they hold, except the radios' queues. */
void medium_free_tables(struct medium *medium);

/* Returns 0 or -ENOMEM. */
int medium_list_add(struct medium_radio ***list, size_t *count, size_t *room, struct medium_radio *radio);

/* Keeps the order of the others, which decides the order of delivery. */
void medium_list_remove(struct medium_radio **list, size_t *count, const struct medium_radio *radio);

/* Takes the event's frame over. Returns false without memory: the frame is freed. */
bool medium_event_push(struct medium *medium, struct medium_event event);

/* Frees the waiting events of a radio. */
void medium_events_remove(struct medium *medium, radio_id id);

/* ---- transmit.c ---- */

/* Reports to the observer, if there is one. */
void medium_observe(const struct medium *medium, const struct medium_observation *observation);

/* Appends a frame; a beacon goes before the others. Takes `tx` over. */
void medium_queue_add(struct medium_queue *queue, struct medium_tx *tx);
void medium_queue_link(struct medium_queue *queue);
void medium_queue_free(struct medium_queue *queue);

/* Begins the next transmission of an idle channel, if a frame waits. */
void medium_channel_begin(struct medium *medium, struct medium_channel *channel);

/* Ends a transmission: delivers the frame, then begins the next one. */
void medium_channel_end(struct medium *medium, struct medium_channel *channel);

/* A delayed frame arrives. Frees `delivery`. */
void medium_deliver_delayed(struct medium *medium, struct medium_delivery *delivery);

#endif

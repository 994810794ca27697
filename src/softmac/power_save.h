/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at an access point (IEEE 802.11-2020, 11.2.3): queues of Ethernet frames for dozing stations, and the TIM
 * that announces them in beacons.
 *
 * Frames are queued with their metadata, and so with their priority; they are numbered and sealed when they are sent.
 * Each station has a queue, and the group has one, which is sent after a DTIM beacon. A queue holds POWER_SAVE_QUEUE_MAX
 * frames, all queues of an access point together power_save_budget.limit; a full one drops its oldest frame for a new
 * one. power_save_expire() drops old frames.
 */
#ifndef VIFI_SOFTMAC_POWER_SAVE_H
#define VIFI_SOFTMAC_POWER_SAVE_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/mgmt.h"

#include <stdbool.h>

#define POWER_SAVE_QUEUE_MAX 64 /* frames */

/* The number of frames in all queues that share the budget, and its limit. */
struct power_save_budget {
	size_t buffered, limit;
};

/* A zero struct is an empty queue. */
struct power_save_queue {
	struct power_save_frame *ring; /* POWER_SAVE_QUEUE_MAX entries; NULL if the queue is empty */
	uint8_t first, count;
};

/*
 * Appends `frame`, which the queue then owns. Returns DROP_DOZE_FULL if the oldest frame, or without one this frame, was
 * dropped for lack of room; DROP_NO_MEMORY.
 */
enum drop power_save_enqueue(struct power_save_queue *queue, struct power_save_budget *budget, struct frame *frame,
			     uint64_t now_ns);

/* Returns the oldest frame, which the caller then owns, or NULL. */
struct frame *power_save_dequeue(struct power_save_queue *queue, struct power_save_budget *budget);

/* Drops frames older than `age_ns` and returns their number; the caller counts DROP_DOZE_LATE for each. */
unsigned power_save_expire(struct power_save_queue *queue, struct power_save_budget *budget, uint64_t now_ns,
			   uint64_t age_ns);

void power_save_clear(struct power_save_queue *queue, struct power_save_budget *budget);

#define TIM_AID_MAX    AID_MAX
#define TIM_BITMAP_LEN (TIM_AID_MAX / 8 + 1)
#define TIM_BODY_MAX   (3 + TIM_BITMAP_LEN) /* body of the element */

/* The TIM of the next beacon (9.4.2.5). */
struct tim {
	uint8_t dtim_count;             /* beacons until the next DTIM; 0: this one */
	uint8_t dtim_period;            /* at least 1 */
	bool group_buffered;            /* group frames are queued */
	uint8_t bitmap[TIM_BITMAP_LEN]; /* by AID; bit 0 is unused */
};

/* Sets or clears the bit of an AID. Values outside 1 … TIM_AID_MAX are ignored. */
void tim_set_aid(struct tim *tim, uint16_t aid, bool buffered);

/*
 * Writes the body of the element with the partial virtual bitmap, from an even octet on, and returns its length.
 * tim_has_aid() and tim_has_group() (wire/mgmt.h) read it.
 */
size_t tim_write(const struct tim *tim, uint8_t out[TIM_BODY_MAX]);

/* Advances the DTIM count after a beacon. */
void tim_advance(struct tim *tim);

#endif

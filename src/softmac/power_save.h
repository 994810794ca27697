/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at an access point (IEEE 802.11-2016 11.2.3): Ethernet frames that wait for stations that doze, and the
 * TIM in which beacons tell them so.
 *
 * Frames wait as they came, with their metadata and so with their priority: numbered and sealed is what is sent, when it
 * is sent. There is a queue for each station and one for the group, which is sent after a DTIM. Each holds POWER_SAVE_QUEUE_MAX at
 * most, and all of an access point together ps_total.limit; a full queue gives up its oldest frame for a new one, as old
 * news are worth least. What waited for too long goes by power_save_expire().
 */
#ifndef VIFI_SOFTMAC_POWER_SAVE_H
#define VIFI_SOFTMAC_POWER_SAVE_H

#include "base/drop.h"
#include "base/frame.h"

#include <stdbool.h>

#define POWER_SAVE_QUEUE_MAX 64 /* in a queue */

/* How many wait in all queues that share it, and how many may. */
struct power_save_budget {
	size_t buffered, limit;
};

/* All zero bytes: nothing waits. */
struct power_save_queue {
	struct power_save_frame *ring; /* POWER_SAVE_QUEUE_MAX of them, while something waits */
	uint8_t first, count;
};

/* Takes `frame` over. DROP_DOZE_FULL: one frame was given up, the oldest or, where there is none, this; DROP_NO_MEMORY. */
enum drop power_save_enqueue(struct power_save_queue *queue, struct power_save_budget *budget, struct frame *frame,
			     uint64_t now_ns);

/* The oldest frame, for the caller; NULL when nothing waits. */
struct frame *power_save_dequeue(struct power_save_queue *queue, struct power_save_budget *budget);

/* Gives up what has waited for more than `age_ns`: DROP_DOZE_LATE for each. Returns how many. */
unsigned power_save_expire(struct power_save_queue *queue, struct power_save_budget *budget, uint64_t now_ns,
			   uint64_t age_ns);

void power_save_clear(struct power_save_queue *queue, struct power_save_budget *budget);

#define TIM_AID_MAX    2007
#define TIM_BITMAP_LEN (TIM_AID_MAX / 8 + 1)
#define TIM_BODY_MAX   (3 + TIM_BITMAP_LEN) /* body of the element */

/* What the next beacon says (9.4.2.6). */
struct tim {
	uint8_t dtim_count, dtim_period; /* beacons until the next DTIM, 0: this is one; at least 1 */
	bool group_buffered;             /* something waits for the group */
	uint8_t bitmap[TIM_BITMAP_LEN];  /* by association id, which bit 0 is not */
};

/* Does something wait for this association id? Ids outside 1 … TIM_AID_MAX are passed over. */
void tim_set_aid(struct tim *tim, uint16_t aid, bool buffered);

/*
 * Writes the element's body: of the bitmap only the part in which there is something, from an even byte on. Returns its
 * length. mgmt_put_element() puts it into a frame; tim_has_aid() and tim_group() (wire/mgmt.h) read it.
 */
size_t tim_write(const struct tim *tim, uint8_t out[TIM_BODY_MAX]);

/* After a beacon: on to the next one. */
void tim_advance(struct tim *tim);

#endif

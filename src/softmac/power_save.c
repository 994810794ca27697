/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/power_save.h"

#include <stdlib.h>
#include <string.h>

struct power_save_frame {
	struct frame *frame;
	uint64_t queued_ns;
};

enum drop power_save_enqueue(struct power_save_queue *queue, struct power_save_budget *budget, struct frame *frame,
			     uint64_t now_ns)
{
	enum drop drop = NOT_DROPPED;

	if (queue->count == POWER_SAVE_QUEUE_MAX || budget->buffered >= budget->limit) {
		struct frame *oldest = power_save_dequeue(queue, budget);

		drop = DROP_DOZE_FULL;
		frame_free(oldest ? oldest : frame);
		if (!oldest)
			return drop;
	}
	if (!queue->ring)
		queue->ring = malloc(POWER_SAVE_QUEUE_MAX * sizeof(*queue->ring));
	if (!queue->ring) {
		frame_free(frame);
		return DROP_NO_MEMORY;
	}
	queue->ring[(queue->first + queue->count++) % POWER_SAVE_QUEUE_MAX] = (struct power_save_frame){frame, now_ns};
	budget->buffered++;
	return drop;
}

struct frame *power_save_dequeue(struct power_save_queue *queue, struct power_save_budget *budget)
{
	struct frame *frame;

	if (!queue->count)
		return NULL;
	frame = queue->ring[queue->first].frame;
	queue->first = (queue->first + 1) % POWER_SAVE_QUEUE_MAX;
	budget->buffered--;
	if (!--queue->count) {
		free(queue->ring);
		*queue = (struct power_save_queue){0};
	}
	return frame;
}

unsigned power_save_expire(struct power_save_queue *queue, struct power_save_budget *budget, uint64_t now_ns,
			   uint64_t age_ns)
{
	unsigned count = 0;

	for (; queue->count && now_ns - queue->ring[queue->first].queued_ns > age_ns; count++)
		frame_free(power_save_dequeue(queue, budget));
	return count;
}

void power_save_clear(struct power_save_queue *queue, struct power_save_budget *budget)
{
	while (queue->count)
		frame_free(power_save_dequeue(queue, budget));
}

void tim_set_aid(struct tim *tim, uint16_t aid, bool buffered)
{
	uint8_t bit = (uint8_t)(1u << aid % 8);

	if (aid < 1 || aid > TIM_AID_MAX)
		return;
	if (buffered)
		tim->bitmap[aid / 8] |= bit;
	else
		tim->bitmap[aid / 8] &= (uint8_t)~bit;
}

size_t tim_write(const struct tim *tim, uint8_t out[TIM_BODY_MAX])
{
	size_t begin = 0, end = TIM_BITMAP_LEN;

	while (end > 1 && !tim->bitmap[end - 1])
		end--;
	while (begin < end - 1 && !tim->bitmap[begin])
		begin++;
	begin &= ~(size_t)1; /* the offset field counts pairs of octets */
	out[0] = tim->dtim_count;
	out[1] = tim->dtim_period;
	out[2] = (uint8_t)(begin | (tim->group_buffered && !tim->dtim_count));
	memcpy(out + 3, tim->bitmap + begin, end - begin);
	return 3 + end - begin;
}

void tim_advance(struct tim *tim)
{
	tim->dtim_count = tim->dtim_count ? tim->dtim_count - 1 : tim->dtim_period - 1;
}

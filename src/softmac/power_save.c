/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/power_save.h"

#include <stdlib.h>
#include <string.h>

struct ps_frame {
	struct frame *frame;
	uint64_t since_ns;
};

enum drop ps_put(struct ps_queue *q, struct ps_total *t, struct frame *f, uint64_t now_ns)
{
	enum drop d = NOT_DROPPED;

	if (q->count == PS_FRAMES || t->frames >= t->limit) {
		struct frame *oldest = ps_take(q, t);

		d = DROP_DOZE_FULL;
		frame_free(oldest ? oldest : f);
		if (!oldest)
			return d;
	}
	if (!q->ring)
		q->ring = malloc(PS_FRAMES * sizeof *q->ring);
	if (!q->ring) {
		frame_free(f);
		return DROP_NO_MEMORY;
	}
	q->ring[(q->first + q->count++) % PS_FRAMES] = (struct ps_frame){f, now_ns};
	t->frames++;
	return d;
}

struct frame *ps_take(struct ps_queue *q, struct ps_total *t)
{
	struct frame *f;

	if (!q->count)
		return NULL;
	f = q->ring[q->first].frame;
	q->first = (q->first + 1) % PS_FRAMES;
	t->frames--;
	if (!--q->count) {
		free(q->ring);
		*q = (struct ps_queue){0};
	}
	return f;
}

unsigned ps_expire(struct ps_queue *q, struct ps_total *t, uint64_t now_ns, uint64_t age_ns)
{
	unsigned n = 0;

	for (; q->count && now_ns - q->ring[q->first].since_ns > age_ns; n++)
		frame_free(ps_take(q, t));
	return n;
}

void ps_clear(struct ps_queue *q, struct ps_total *t)
{
	while (q->count)
		frame_free(ps_take(q, t));
}

void tim_set(struct tim *t, uint16_t aid, bool waits)
{
	uint8_t bit = (uint8_t)(1u << aid % 8);

	if (aid < 1 || aid > TIM_AID_MAX)
		return;
	if (waits)
		t->bitmap[aid / 8] |= bit;
	else
		t->bitmap[aid / 8] &= (uint8_t)~bit;
}

size_t tim_write(const struct tim *t, uint8_t out[TIM_MAX])
{
	size_t begin = 0, end = TIM_BYTES;

	while (end > 1 && !t->bitmap[end - 1])
		end--;
	while (begin < end - 1 && !t->bitmap[begin])
		begin++;
	begin &= ~(size_t)1; /* the offset counts in pairs of bytes */
	out[0] = t->dtim_count;
	out[1] = t->dtim_period;
	out[2] = (uint8_t)(begin | (t->group && !t->dtim_count));
	memcpy(out + 3, t->bitmap + begin, end - begin);
	return 3 + end - begin;
}

void tim_step(struct tim *t)
{
	t->dtim_count = t->dtim_count ? t->dtim_count - 1 : t->dtim_period - 1;
}

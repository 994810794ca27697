/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/timer_heap.h"

#include "base/array.h"

#include <stdbool.h>
#include <stdlib.h>

int timer_heap_reserve(struct timer_heap *heap, size_t count)
{
	return array_reserve(&heap->timers, &heap->room, count, sizeof(*heap->timers));
}

static bool expires_before(const struct timer *left, const struct timer *right)
{
	return left->at_ns < right->at_ns || (left->at_ns == right->at_ns && left->sequence < right->sequence);
}

static void place_timer(struct timer_heap *heap, size_t slot, struct timer *timer)
{
	heap->timers[slot - 1] = timer;
	timer->heap_index = slot;
}

/* Moves a timer from the free `slot` up or down to its place. */
static void sift(struct timer_heap *heap, size_t slot, struct timer *timer)
{
	size_t child;

	for (; slot > 1 && expires_before(timer, heap->timers[slot / 2 - 1]); slot /= 2)
		place_timer(heap, slot, heap->timers[slot / 2 - 1]);
	while ((child = 2 * slot) <= heap->count) {
		if (child < heap->count && expires_before(heap->timers[child], heap->timers[child - 1]))
			child++;
		if (expires_before(timer, heap->timers[child - 1]))
			break;
		place_timer(heap, slot, heap->timers[child - 1]);
		slot = child;
	}
	place_timer(heap, slot, timer);
}

void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t at_ns)
{
	timer->at_ns = at_ns;
	timer->sequence = heap->next_sequence++;
	sift(heap, timer->heap_index ? timer->heap_index : ++heap->count, timer);
}

void timer_heap_stop(struct timer_heap *heap, struct timer *timer)
{
	size_t slot = timer->heap_index;
	struct timer *last;

	if (!slot)
		return;
	timer->heap_index = 0;
	last = heap->timers[--heap->count];
	if (last != timer)
		sift(heap, slot, last);
}

struct timer *timer_heap_first(const struct timer_heap *heap)
{
	return heap->count ? heap->timers[0] : NULL;
}

void timer_heap_free(struct timer_heap *heap)
{
	free(heap->timers);
	*heap = (struct timer_heap){0};
}

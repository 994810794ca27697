/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/timers.h"

#include <errno.h>
#include <stdlib.h>

int timers_reserve(struct timers *timers, size_t count)
{
	size_t room = timers->room ? timers->room : 16;
	struct timer **more;

	if (count <= timers->room)
		return 0;
	while (room < count)
		room *= 2;
	more = reallocarray(timers->heap, room, sizeof *more);
	if (!more)
		return -ENOMEM;
	timers->heap = more;
	timers->room = room;
	return 0;
}

static void place_timer(struct timers *timers, size_t slot, struct timer *timer)
{
	timers->heap[slot - 1] = timer;
	timer->heap_index = slot;
}

/* Lets a timer, for which there is a hole at `place`, find its place above or below it. */
static void sift(struct timers *timers, size_t slot, struct timer *timer)
{
	size_t child;

	for (; slot > 1 && timer->at_ns < timers->heap[slot / 2 - 1]->at_ns; slot /= 2)
		place_timer(timers, slot, timers->heap[slot / 2 - 1]);
	while ((child = 2 * slot) <= timers->count) {
		if (child < timers->count && timers->heap[child]->at_ns < timers->heap[child - 1]->at_ns)
			child++;
		if (timer->at_ns <= timers->heap[child - 1]->at_ns)
			break;
		place_timer(timers, slot, timers->heap[child - 1]);
		slot = child;
	}
	place_timer(timers, slot, timer);
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t at_ns)
{
	timer->at_ns = at_ns;
	sift(timers, timer->heap_index ? timer->heap_index : ++timers->count, timer);
}

void timers_stop(struct timers *timers, struct timer *timer)
{
	struct timer *last;
	size_t slot = timer->heap_index;

	if (!slot)
		return;
	timer->heap_index = 0;
	last = timers->heap[--timers->count];
	if (last != timer)
		sift(timers, slot, last);
}

struct timer *timers_first(const struct timers *timers)
{
	return timers->count ? timers->heap[0] : NULL;
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/timers.h"

#include <errno.h>
#include <stdlib.h>

int timers_reserve(struct timers *t, size_t count)
{
	size_t room = t->room ? t->room : 16;
	struct timer **more;

	if (count <= t->room)
		return 0;
	while (room < count)
		room *= 2;
	more = reallocarray(t->heap, room, sizeof *more);
	if (!more)
		return -ENOMEM;
	t->heap = more;
	t->room = room;
	return 0;
}

static void put(struct timers *t, size_t place, struct timer *timer)
{
	t->heap[place - 1] = timer;
	timer->place = place;
}

/* Lets a timer, for which there is a hole at `place`, find its place above or below it. */
static void settle(struct timers *t, size_t place, struct timer *timer)
{
	size_t child;

	for (; place > 1 && timer->at_ns < t->heap[place / 2 - 1]->at_ns; place /= 2)
		put(t, place, t->heap[place / 2 - 1]);
	while ((child = 2 * place) <= t->count) {
		if (child < t->count && t->heap[child]->at_ns < t->heap[child - 1]->at_ns)
			child++;
		if (timer->at_ns <= t->heap[child - 1]->at_ns)
			break;
		put(t, place, t->heap[child - 1]);
		place = child;
	}
	put(t, place, timer);
}

void timers_set(struct timers *t, struct timer *timer, uint64_t at_ns)
{
	timer->at_ns = at_ns;
	settle(t, timer->place ? timer->place : ++t->count, timer);
}

void timers_stop(struct timers *t, struct timer *timer)
{
	struct timer *last;
	size_t place = timer->place;

	if (!place)
		return;
	timer->place = 0;
	last = t->heap[--t->count];
	if (last != timer)
		settle(t, place, last);
}

struct timer *timers_first(const struct timers *t)
{
	return t->count ? t->heap[0] : NULL;
}

void timers_free(struct timers *t)
{
	free(t->heap);
	*t = (struct timers){0};
}

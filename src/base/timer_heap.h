/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers, the earliest first: a binary heap. The owner embeds a `struct timer` in the object that it concerns; all zero
 * bytes are a stopped timer, and a zero `struct timer_heap` is an empty heap.
 *
 *	if (timer_heap_reserve(&heap, heap.count + 1))
 *		return -ENOMEM;
 *	timer_heap_set(&heap, &object->timer, at_ns);
 *	…
 *	while ((timer = timer_heap_first(&heap)) && timer->at_ns <= now_ns) {
 *		timer_heap_stop(&heap, timer);
 *		…
 *	}
 */
#ifndef VIFI_BASE_TIMER_HEAP_H
#define VIFI_BASE_TIMER_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t at_ns;
	uint64_t sequence; /* timers with equal times expire in the order in which they were set */
	size_t heap_index; /* counted from 1; 0: stopped */
};

struct timer_heap {
	struct timer **timers;
	size_t count, room;
	uint64_t next_sequence;
};

/* Makes room for `count` timers in all, so that timer_heap_set() needs no memory. Returns 0 or -ENOMEM. */
int timer_heap_reserve(struct timer_heap *heap, size_t count);

/* Sets a timer, whether it is stopped or set. A stopped one needs reserved room. */
void timer_heap_set(struct timer_heap *heap, struct timer *timer, uint64_t at_ns);

/* Stops a timer; a stopped one stays so. */
void timer_heap_stop(struct timer_heap *heap, struct timer *timer);

/* Returns the earliest timer, or NULL if none is set. */
struct timer *timer_heap_first(const struct timer_heap *heap);

/* Frees the heap; its timers belong to their owners. */
void timer_heap_free(struct timer_heap *heap);

#endif

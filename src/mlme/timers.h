/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many things that want to be woken, each at its time: a binary heap.  Whoever owns a thing embeds a `struct timer` in
 * it; all zero bytes are one that is not set.
 */
#ifndef VIFI_MLME_TIMERS_H
#define VIFI_MLME_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	uint64_t at_ns;
	size_t heap_index; /* in the heap, counted from 1; 0: not set */
};

struct timers {
	struct timer **heap;
	size_t count, room;
};

/* Makes room for `count` timers in all, so that timers_set() needs no memory.  Returns 0 or -ENOMEM. */
int timers_reserve(struct timers *timers, size_t count);

/* Sets it, wherever it was before.  There must be room. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t at_ns);

/* NULL-safe in that one that is not set is taken. */
void timers_stop(struct timers *timers, struct timer *timer);

/* The earliest; NULL: there is none. */
struct timer *timers_first(const struct timers *timers);

void timers_free(struct timers *timers);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/replay.h"

enum drop pn_next(struct pn *pn, uint64_t *number)
{
	if (pn->last >= PN_MAX)
		return DROP_PN_EXHAUSTED;
	*number = ++pn->last;
	return NOT_DROPPED;
}

uint64_t pn_remaining(const struct pn *pn)
{
	return pn->last < PN_MAX ? PN_MAX - pn->last : 0;
}

void replay_init(struct replay *replay, uint64_t lowest)
{
	for (int i = 0; i < REPLAY_SLOTS; i++)
		replay->next[i] = lowest;
}

enum drop replay_check(const struct replay *replay, unsigned slot, uint64_t number)
{
	return slot < REPLAY_SLOTS && number >= replay->next[slot] && number <= PN_MAX ? NOT_DROPPED : DROP_REPLAY;
}

void replay_advance(struct replay *replay, unsigned slot, uint64_t number)
{
	if (!replay_check(replay, slot, number))
		replay->next[slot] = number + 1;
}

static uint64_t *window_word(struct pn_window *window, uint64_t number)
{
	return &window->used[number / 64 % (PN_WINDOW_BITS / 64)];
}

bool pn_window_contains(const struct pn_window *window, uint64_t number)
{
	if (number > window->highest)
		return false;
	/* The word of the highest number is in use for numbers above the lowest one of the window. */
	if (window->highest - number >= PN_WINDOW_BITS - 64)
		return true;
	return window->used[number / 64 % (PN_WINDOW_BITS / 64)] >> number % 64 & 1;
}

void pn_window_add(struct pn_window *window, uint64_t number)
{
	uint64_t words = number / 64 > window->highest / 64 ? number / 64 - window->highest / 64 : 0;

	for (uint64_t i = 1; i <= words && i <= PN_WINDOW_BITS / 64; i++)
		*window_word(window, (window->highest / 64 + i) * 64) = 0;
	if (number > window->highest)
		window->highest = number;
	*window_word(window, number) |= UINT64_C(1) << number % 64;
}

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

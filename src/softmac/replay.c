/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/replay.h"

enum drop pn_take(struct pn *p, uint64_t *number)
{
	if (p->last >= PN_MAX)
		return DROP_PN_EXHAUSTED;
	*number = ++p->last;
	return NOT_DROPPED;
}

uint64_t pn_left(const struct pn *p)
{
	return p->last < PN_MAX ? PN_MAX - p->last : 0;
}

void replay_init(struct replay *r, uint64_t lowest)
{
	for (int i = 0; i < REPLAY_SLOTS; i++)
		r->next[i] = lowest;
}

enum drop replay_check(const struct replay *r, unsigned slot, uint64_t number)
{
	return slot < REPLAY_SLOTS && number >= r->next[slot] && number <= PN_MAX ? NOT_DROPPED : DROP_REPLAY;
}

void replay_advance(struct replay *r, unsigned slot, uint64_t number)
{
	if (!replay_check(r, slot, number))
		r->next[slot] = number + 1;
}

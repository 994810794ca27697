/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet numbers of 48 bits: those that we give out, and those that we have seen.
 *
 * A key has one number that it sends with, which only rises; after PN_MAX it is used up, and sending needs a new key:
 * it never wraps. It has a replay counter for each TID and one for management frames (IEEE 802.11-2016 12.5.3.4.4);
 * a number is taken only if it is above the counter, and the counter moves only after the MIC was found right: a
 * forger must not be able to push it. A pairwise and a group key each have counters of their own, since each key has.
 */
#ifndef VIFI_SOFTMAC_REPLAY_H
#define VIFI_SOFTMAC_REPLAY_H

#include "base/drop.h"

#include <stdint.h>

#define PN_MAX ((UINT64_C(1) << 48) - 1)

enum { REPLAY_MANAGEMENT = 16, REPLAY_SLOTS };

struct pn {
	uint64_t last; /* given out; 0: none yet */
};

/* Writes the next number. Returns DROP_PN_EXHAUSTED when there is none: the key must never be used again. */
enum drop pn_next(struct pn *pn, uint64_t *number);

/* How many numbers are left: whoever renews keys watches it. */
uint64_t pn_remaining(const struct pn *pn);

struct replay {
	uint64_t next[REPLAY_SLOTS]; /* the lowest number that is new */
};

/* `lowest` is the first number that is taken of each TID: 1 for a new pairwise key, one above the RSC of a group key (12.7.2). */
void replay_init(struct replay *replay, uint64_t lowest);

/* Returns DROP_REPLAY unless the number is new. Changes nothing. */
enum drop replay_check(const struct replay *replay, unsigned slot, uint64_t number);

/* After the MIC was right: this number, and all below, are spent. Never moves back. */
void replay_advance(struct replay *replay, unsigned slot, uint64_t number);

#endif

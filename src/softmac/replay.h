/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet numbers of 48 bits, sent and received.
 *
 * A key sends with one increasing packet number. It never wraps: after PN_MAX the key cannot send any more. A key has a
 * replay counter for each TID and one for management frames (IEEE 802.11-2020, 12.5.3.4.4). A number is accepted only
 * above the counter, and the counter advances only after the MIC is verified, so that a forger cannot advance it.
 */
#ifndef VIFI_SOFTMAC_REPLAY_H
#define VIFI_SOFTMAC_REPLAY_H

#include "base/drop.h"

#include <stdbool.h>
#include <stdint.h>

#define PN_MAX ((UINT64_C(1) << 48) - 1)

enum { REPLAY_MANAGEMENT = 16, REPLAY_SLOTS };

struct pn {
	uint64_t last; /* the last number sent; 0: none */
};

/* Writes the next number. Returns DROP_PN_EXHAUSTED after PN_MAX: the key must not send again. */
enum drop pn_next(struct pn *pn, uint64_t *number);

/* Returns how many numbers are left; the owner rekeys before they run out. */
uint64_t pn_remaining(const struct pn *pn);

struct replay {
	uint64_t next[REPLAY_SLOTS]; /* the lowest acceptable number */
};

/* `lowest` is the first acceptable number: 1 for a pairwise key, RSC + 1 for a group key (12.7.2). */
void replay_init(struct replay *replay, uint64_t lowest);

/* Returns DROP_REPLAY unless the number is acceptable. */
enum drop replay_check(const struct replay *replay, unsigned slot, uint64_t number);

/* Call it after the MIC is verified: this number and all below are no longer acceptable. */
void replay_advance(struct replay *replay, unsigned slot, uint64_t number);

/*
 * The numbers that were accepted under any TID. TKIP needs it: its sender uses each number once, whatever the TID, and only
 * Michael covers the TID, so that a frame under another TID would count as a Michael failure. A number far below the
 * highest one counts as used.
 */
enum { PN_WINDOW_BITS = 2048 };

struct pn_window {
	uint64_t highest;
	uint64_t used[PN_WINDOW_BITS / 64]; /* bit n % 64 of word n / 64 % (PN_WINDOW_BITS / 64) */
};

bool pn_window_contains(const struct pn_window *window, uint64_t number);
void pn_window_add(struct pn_window *window, uint64_t number);

#endif

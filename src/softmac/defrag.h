/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of MSDUs, put together again (IEEE 802.11-2016 10.6) under the rules that came of the FragAttacks of 2021:
 * all of one MSDU under the same key, with packet numbers that follow one another, all protected or none; none of
 * group frames; nothing kept across an association or a new key.
 */
#ifndef VIFI_SOFTMAC_DEFRAG_H
#define VIFI_SOFTMAC_DEFRAG_H

#include "base/drop.h"
#include "base/frame.h"

struct key;

#define DEFRAG_ENTRIES    4 /* MSDUs; the oldest one gives way */
#define DEFRAG_TIMEOUT_NS UINT64_C(2000000000)

struct defrag_entry {
	struct frame *frame;   /* what there is so far, with the MAC header of the first; NULL: free */
	const struct key *key; /* that opened the first */
	uint64_t started_ns, pn;
	uint16_t seq;
	uint8_t tid, next_fragment; /* 16: without TID; the fragment number that must come */
};

struct defrag {
	struct defrag_entry entries[DEFRAG_ENTRIES];
};

struct defrag_in {
	uint64_t now_ns, pn;   /* pn 0: a cipher without packet numbers, or none */
	const struct key *key; /* that opened it, only compared; NULL: it came in the clear */
};

/*
 * Takes an opened fragment over. Returns NOT_DROPPED and the whole MSDU with one MAC header in *out when it is the
 * last; NOT_DROPPED and NULL when others are to come; or the reason, and the MSDU is given up.
 */
enum drop defrag_add(struct defrag *defrag, struct frame *frame, const struct defrag_in *in, struct frame **out);

/* Gives up all fragments. */
void defrag_purge(struct defrag *defrag);

/* … those that this key opened. */
void defrag_purge_key(struct defrag *defrag, const struct key *key);

#endif

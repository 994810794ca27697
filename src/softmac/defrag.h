/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reassembly of fragmented MSDUs (IEEE 802.11-2020, 10.5) under the rules against the FragAttacks of 2021: all fragments
 * of an MSDU use the same key, or none; their packet numbers are consecutive; group frames are never fragmented; no
 * fragment survives an association or a new key.
 */
#ifndef VIFI_SOFTMAC_DEFRAG_H
#define VIFI_SOFTMAC_DEFRAG_H

#include "base/drop.h"
#include "base/frame.h"

struct key;

#define DEFRAG_ENTRIES    4 /* MSDUs; a further one replaces the oldest */
#define DEFRAG_TIMEOUT_NS UINT64_C(2000000000)

struct defrag_entry {
	struct frame *frame;     /* the received part, with the MAC header of the first fragment; NULL: free */
	const struct key *key;   /* of the first fragment */
	uint64_t started_ns, pn; /* pn: of the last fragment */
	uint16_t seq;
	uint8_t tid; /* 16: no TID */
	uint8_t next_fragment;
};

struct defrag {
	struct defrag_entry entries[DEFRAG_ENTRIES];
};

struct defrag_in {
	uint64_t now_ns, pn;   /* pn 0: WEP, or no cipher */
	const struct key *key; /* that opened the fragment, only compared; NULL: in the clear */
};

/*
 * Adds an opened fragment, which it then owns. Returns NOT_DROPPED and in *out the whole MSDU with one MAC header after
 * the last fragment, else NULL. On any other result the MSDU is discarded.
 */
enum drop defrag_add(struct defrag *defrag, struct frame *frame, const struct defrag_in *in, struct frame **out);

/* Discards all fragments. */
void defrag_purge(struct defrag *defrag);

/* Discards the fragments that this key opened. */
void defrag_purge_key(struct defrag *defrag, const struct key *key);

#endif

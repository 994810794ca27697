/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the silent owner of a contested IP address given it up (rule 2)?
 *
 * A machine answers questions in the order in which they arrive. A guest that is asked for the contested address first, and
 * then for another of its addresses, the witness, and answers for the witness alone, has heard the first question and
 * has the address no more. Two such answers end the contest, within some 50 ms. A guest that is too busy to answer leaves both
 * questions unanswered, and has the whole time of the contest (policy/ageing.h).
 *
 * No clock, no I/O: times are arguments, in ns of CLOCK_MONOTONIC.
 */
#ifndef VIFI_BRIDGE_POLICY_WITNESS_H
#define VIFI_BRIDGE_POLICY_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#define WITNESS_ANSWERS 2

/* Zero: not begun. */
struct witness {
	uint64_t next;    /* ns: the time of the next witness_step() */
	uint64_t asked;   /* ns: when the last question was sent; 0: none is open */
	unsigned answers; /* for the witness alone */
};

enum witness_verdict {
	WITNESS_WAIT,   /* until `next` */
	WITNESS_ASK,    /* for the contested address, then for the witness */
	WITNESS_SILENT, /* the owner has given the address up */
};

/*
 * One step, while the owner has not answered for the contested address. `answered`: it has answered the last question for the
 * witness; the caller has looked at that before it looked at the contested address.
 */
enum witness_verdict witness_step(struct witness *witness, bool answered, uint64_t now);

#endif

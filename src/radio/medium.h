/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The air, on virtual time and without I/O: radios, who hears whom how well, and what becomes of each frame.  `vifi air`
 * drives it by the clock for many processes; a simulation drives it as fast as it can, always the same from one seed.
 *
 * A frame takes its airtime (preamble, rate, length, interframe space, back-off) on its channel, one after the other.  A
 * group frame comes to each radio that is tuned to the channel, is awake and in range.  A unicast frame comes to the
 * radio that has its receiver address, which acknowledges it; without acknowledgement it is sent again, with the Retry
 * bit, up to MEDIUM_TRIES times; the sender is told.  A monitor hears everything.
 */
#ifndef VIFI_RADIO_MEDIUM_H
#define VIFI_RADIO_MEDIUM_H

#include "base/frame.h"

#include <stdbool.h>

#define MEDIUM_TRIES     7
#define MEDIUM_ADDRESSES 8 /* of one radio */

typedef uint32_t radio_id; /* never 0, never used again */

/* From one radio to another, each direction for itself. */
struct medium_link {
	bool deaf;          /* out of range */
	int8_t signal_dbm;  /* 0: the medium's own, -40 */
	uint32_t loss;      /* of a million transmissions, acknowledgements too */
	uint32_t duplicate; /* of a million frames: a second copy, as after a lost acknowledgement */
	uint32_t reorder;   /* of a million frames: delivered after those that follow within reorder_ns */
	uint64_t delay_ns, jitter_ns, reorder_ns;
	uint32_t rate_kbps; /* highest rate that the link carries; 0: 54000 */
};

enum medium_event_kind {
	MEDIUM_RECEIVED, /* `frame` came to `radio`: meta has time, freq, signal, rate */
	MEDIUM_STATUS,   /* of the frame that `radio` sent with `cookie`: acked or not, after `tries` */
};

struct medium_event {
	enum medium_event_kind kind;
	radio_id radio;
	struct frame *frame; /* the caller's from now on */
	uint32_t cookie;
	bool acked;
	unsigned tries;
};

struct medium;

struct medium *medium_new(uint64_t seed);
void medium_free(struct medium *m);

/* 0: no memory. */
radio_id medium_join(struct medium *m);
void medium_leave(struct medium *m, radio_id r);

/* The addresses that it acknowledges; -EADDRINUSE when another radio has one. */
int medium_addresses(struct medium *m, radio_id r, const uint8_t (*addr)[6], size_t count);
void medium_tune(struct medium *m, radio_id r, uint16_t freq_mhz);
void medium_monitor(struct medium *m, radio_id r, bool on); /* hears all channels, all frames, acknowledges nothing */
void medium_doze(struct medium *m, radio_id r, uint64_t until_ns); /* hears nothing until then, or until it sends */
void medium_link(struct medium *m, radio_id from, radio_id to, const struct medium_link *l);
void medium_link_all(struct medium *m, const struct medium_link *l); /* for pairs without one of their own */

/* Takes `f` (an MPDU without FCS) over.  `rate_kbps` 0: the medium chooses. */
int medium_send(struct medium *m, radio_id from, struct frame *f, uint32_t rate_kbps, uint32_t cookie, uint64_t now_ns);

/* When something happens next; UINT64_MAX: nothing will. */
uint64_t medium_wake(const struct medium *m);

/* Takes the next event that is due at `now_ns`; false: none. */
bool medium_next(struct medium *m, uint64_t now_ns, struct medium_event *e);

#endif

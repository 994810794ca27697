/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The air, on virtual time and without I/O: radios, who hears whom how well, and what becomes of each frame.  `vifi air`
 * drives it by the clock for many processes; a simulation drives it as fast as it can, always the same from one seed.
 *
 * A frame takes its airtime (preamble, rate, length, interframe space, back-off) on its channel, one after the other;
 * radios take turns, and a beacon goes before what its sender has waiting.  A group frame comes to each radio that is
 * tuned to the channel, is awake and in range.  A unicast frame comes to the radio that has its receiver address, which
 * acknowledges it; without acknowledgement it is sent again, with the Retry bit, up to MEDIUM_TRIES_MAX times; the sender
 * is told.  The timestamp of a beacon or probe response, right when it is handed over, is brought to the beginning of each
 * transmission (IEEE 802.11-2020 11.1.3.2), as radios do.  So a lost acknowledgement makes a duplicate at the receiver, as it does in the world.  A monitor hears
 * every transmission, but no acknowledgements.
 */
#ifndef VIFI_AIR_MEDIUM_MEDIUM_H
#define VIFI_AIR_MEDIUM_MEDIUM_H

#include "base/frame.h"

#include <stdbool.h>

#define MEDIUM_TRIES_MAX     7
#define MEDIUM_ADDRESSES_MAX 8    /* of one radio */
#define MEDIUM_QUEUE_MAX     1024 /* frames of one radio that wait for the channel */
#define MEDIUM_DELAYED_MAX   8192 /* frames to one radio that are under way, by `delay_ns` and its like */

typedef uint32_t radio_id; /* never 0, never used again */

/* From one radio to another, each direction for itself. */
struct medium_link {
	bool out_of_range;      /* out of range */
	int8_t signal_dbm;      /* 0: the medium's own, -40 */
	uint32_t loss_ppm;      /* of a million transmissions, acknowledgements too */
	uint32_t duplicate_ppm; /* of a million unicast frames: the acknowledgement is lost, so a second copy comes */
	uint32_t reorder_ppm;   /* of a million frames: delivered after those that follow within reorder_ns */
	uint64_t delay_ns, jitter_ns, reorder_ns; /* jitter alone changes no order */
	uint32_t rate_kbps;                       /* highest rate that the link carries; 0: 54000 */
};

enum medium_event_kind {
	MEDIUM_RECEIVED,  /* `frame` came to `radio`, sent for the `tries`-th time: meta has time, freq, signal, rate */
	MEDIUM_TX_STATUS, /* of the frame that `radio` sent with `cookie`: acked or not, after `tries` */
};

struct medium_event {
	enum medium_event_kind kind;
	radio_id radio;
	struct frame *frame; /* the caller's from now on */
	uint32_t cookie;
	bool acked;
	unsigned tries;
};

/* What became of the frames of a radio. */
struct medium_counts {
	uint64_t sent, transmissions;      /* frames; and how often, retries included */
	uint64_t acked, failed;            /* unicast frames */
	uint64_t queue_full;               /* its queue was full */
	uint64_t received, received_bytes; /* delivered to it */
	uint64_t delayed_dropped;          /* not delivered to it: MEDIUM_DELAYED_MAX frames were under way */
	uint64_t airtime_ns;               /* that it took */
};

struct medium;

struct medium *medium_new(uint64_t seed);
void medium_free(struct medium *medium);

/* Of the real airtime; 100 at first.  At 0 a frame takes no time. */
void medium_set_airtime(struct medium *medium, unsigned percent);

/* 0: no memory. */
radio_id medium_join(struct medium *medium);

/*
 * Nothing more comes for it; what it has waiting is not sent, and nobody is told of it.  Here and in the calls below an
 * unknown radio is no error unless it says -ENOENT: nothing happens.
 */
void medium_leave(struct medium *medium, radio_id id);

/*
 * The addresses that it acknowledges, in place of those before.  Returns 0; -EADDRINUSE: another radio has one; -EINVAL:
 * one cannot be a station's, or they are too many; -ENOENT; -ENOMEM: and all is as before.
 */
int medium_set_addresses(struct medium *medium, radio_id id, const uint8_t (*addr)[6], size_t count);

/* 0 MHz: to none.  Returns 0; or -ENOMEM, and it is as before. */
int medium_tune(struct medium *medium, radio_id id, uint16_t freq_mhz);

/* Hears all channels, all frames, acknowledges nothing.  0 or -ENOMEM. */
int medium_set_monitor(struct medium *medium, radio_id id, bool on);

/* Hears nothing until then, or until it sends. */
void medium_doze(struct medium *medium, radio_id id, uint64_t until_ns);

/* NULL: as all others again.  0, -ENOENT or -ENOMEM. */
int medium_set_link(struct medium *medium, radio_id from, radio_id to, const struct medium_link *link);

/* For pairs without one of their own; not for what a monitor hears. */
void medium_set_default_link(struct medium *medium, const struct medium_link *link);

/*
 * Takes `frame` (an MPDU without FCS) over, for the channel meta.freq_mhz; 0: the one that the radio is tuned to.
 * `rate_kbps` 0: the medium chooses.  Returns 0, and there will be one MEDIUM_TX_STATUS unless `cookie` is 0; a group frame
 * counts as acknowledged.  Else -EINVAL: no frame, or slower than 1 Mbit/s; -ENETDOWN: no channel; -ENOBUFS: MEDIUM_QUEUE_MAX frames wait; -ENOENT;
 * -ENOMEM; and no status comes.
 */
int medium_send(struct medium *medium, radio_id from, struct frame *frame, uint32_t rate_kbps, uint32_t cookie,
		uint64_t now_ns);

/* How many frames of a radio wait. */
unsigned medium_queue_len(const struct medium *medium, radio_id id);

/* When something happens next; UINT64_MAX: nothing will. */
uint64_t medium_deadline(const struct medium *medium);

/* Takes the next event that is due at `now_ns`; false: none. */
bool medium_next_event(struct medium *medium, uint64_t now_ns, struct medium_event *event);

/* False: no such radio. */
bool medium_get_counts(const struct medium *medium, radio_id id, struct medium_counts *counts);

#endif

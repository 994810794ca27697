/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The radio medium on virtual time, without I/O: which radio receives which frame, and when. `vifi air` drives it by the
 * clock for many processes; a simulation drives it as fast as it can, and one seed always gives the same run.
 *
 * A transmission occupies its channel for its airtime (preamble, rate, length, interframe space, backoff). Radios take
 * turns, and a beacon goes before the other frames of its sender. A group frame reaches each radio that is tuned to the
 * channel, awake and in range. A unicast frame reaches the radio that has its receiver address, which acknowledges it;
 * an unacknowledged frame is transmitted again, with the Retry bit, up to MEDIUM_TRIES_MAX times in all, and the sender
 * gets a TX status. A lost acknowledgement therefore makes a duplicate at the receiver, as on a real channel. A monitor
 * receives every transmission except acknowledgements.
 *
 * The Timestamp field of a beacon or probe response must be right when the frame is handed over; the medium advances it
 * to the beginning of each transmission (IEEE 802.11-2020 11.1.3.2).
 */
#ifndef VIFI_AIR_MEDIUM_MEDIUM_H
#define VIFI_AIR_MEDIUM_MEDIUM_H

#include "base/drop.h"
#include "base/frame.h"

#include <stdbool.h>

#define MEDIUM_TRIES_MAX     7
#define MEDIUM_ADDRESSES_MAX 32   /* of one radio */
#define MEDIUM_QUEUE_MAX     1024 /* frames of one radio that wait for the channel */
#define MEDIUM_DELAYED_MAX   8192 /* frames to one radio that a delay holds back */

typedef uint32_t radio_id; /* never 0, never used again */

/* From one radio to another; each direction has its own. */
struct medium_link {
	bool out_of_range;
	int8_t signal_dbm;      /* 0: -40 */
	uint32_t loss_ppm;      /* of transmissions, acknowledgements included */
	uint32_t duplicate_ppm; /* of unicast frames: the acknowledgement is lost, so a second copy arrives */
	uint32_t reorder_ppm;   /* of frames: these arrive reorder_ns late, after their successors */
	uint64_t delay_ns, jitter_ns, reorder_ns; /* jitter alone keeps the order */
	uint32_t rate_kbps;                       /* highest rate that the link carries; 0: 54000 */
};

enum medium_event_kind {
	MEDIUM_RECEIVED,  /* `radio` received `frame`, whose meta has time, frequency, signal and rate */
	MEDIUM_TX_STATUS, /* of the frame that `radio` sent with `cookie` */
};

struct medium_event {
	enum medium_event_kind kind;
	radio_id radio;
	struct frame *frame; /* MEDIUM_RECEIVED: now owned by the caller */
	uint32_t cookie;
	bool acked;
	unsigned tries; /* transmissions of the frame so far */
};

/* The counters of one radio. */
struct medium_counts {
	uint64_t sent, transmissions;      /* frames; transmissions with retries */
	uint64_t acked, failed;            /* unicast frames */
	uint64_t queue_full;               /* frames refused: MEDIUM_QUEUE_MAX waited */
	uint64_t refused;                  /* frames refused: invalid, or no channel */
	uint64_t received, received_bytes; /* delivered to the radio */
	uint64_t delayed_dropped;          /* frames to the radio dropped: MEDIUM_DELAYED_MAX were delayed */
	uint64_t no_memory;                /* frames from or to the radio dropped for lack of memory */
	uint64_t airtime_ns;               /* of its transmissions */
};

/* What became of a frame at one radio; frames that are delivered become MEDIUM_RECEIVED instead. */
struct medium_observation {
	radio_id radio;
	bool sent;       /* by the radio; otherwise it should have received the frame, or the acknowledgement of it */
	uint64_t number; /* of the frame, from 1 */
	uint64_t time_ns;
	unsigned tries;            /* transmissions, this one included */
	enum drop reason;          /* NOT_DROPPED: it was transmitted */
	const struct frame *frame; /* borrowed; its meta has rate and frequency */
};

typedef void medium_observer(void *context, const struct medium_observation *observation);

struct medium;

struct medium *medium_new(uint64_t seed);
void medium_free(struct medium *medium);

/* Scales the airtime; the default is 100. At 0 a frame takes no time. */
void medium_set_airtime(struct medium *medium, unsigned percent);

/* Adds a radio. Returns 0 without memory. */
radio_id medium_join(struct medium *medium);

/*
 * Removes a radio. Its waiting frames are freed without a TX status, and it receives nothing more. This and the functions
 * below ignore an unknown radio unless they document -ENOENT.
 */
void medium_leave(struct medium *medium, radio_id id);

/*
 * Replaces the addresses that the radio acknowledges. Returns 0; or, with the addresses unchanged, -EADDRINUSE: another
 * radio has one of them; -EINVAL: a group or zero address, or more than MEDIUM_ADDRESSES_MAX; -ENOENT; -ENOMEM.
 */
int medium_set_addresses(struct medium *medium, radio_id id, const uint8_t (*addr)[6], size_t count);

/* Tunes the radio; 0 MHz: to no channel. Returns 0, or -ENOMEM with the channel unchanged. */
int medium_tune(struct medium *medium, radio_id id, uint16_t freq_mhz);

/* A monitor receives all frames of all channels and acknowledges none. Returns 0 or -ENOMEM. */
int medium_set_monitor(struct medium *medium, radio_id id, bool on);

/* The radio receives nothing until this time, or until it sends. */
void medium_doze(struct medium *medium, radio_id id, uint64_t until_ns);

/* Sets the link between two radios; NULL: the default link. Returns 0, -ENOENT or -ENOMEM. */
int medium_set_link(struct medium *medium, radio_id from, radio_id to, const struct medium_link *link);

/* Sets the link of all pairs without one of their own. It does not apply to monitors. */
void medium_set_default_link(struct medium *medium, const struct medium_link *link);

/*
 * Takes `frame` (an MPDU without FCS) over and queues it for the channel meta.freq_mhz; 0: the channel of the radio.
 * With `rate_kbps` 0 the medium chooses the rate. Returns 0: one MEDIUM_TX_STATUS follows unless `cookie` is 0, and a
 * group frame counts as acknowledged. Otherwise no status follows: -EINVAL: too short, or slower than 1 Mbit/s;
 * -ENETDOWN: no channel; -ENOBUFS: MEDIUM_QUEUE_MAX frames wait; -ENOENT; -ENOMEM.
 */
int medium_send(struct medium *medium, radio_id from, struct frame *frame, uint32_t rate_kbps, uint32_t cookie,
		uint64_t now_ns);

/* Returns the number of frames of a radio that wait. */
unsigned medium_queue_len(const struct medium *medium, radio_id id);

/* Returns the time of the next event, or UINT64_MAX. */
uint64_t medium_deadline(const struct medium *medium);

/* Returns the next event that is due at `now_ns`; false: none. */
bool medium_next_event(struct medium *medium, uint64_t now_ns, struct medium_event *event);

/*
 * Calls `observer` for each transmission and each loss; NULL: nobody. While there is one, meta.trace_id of a received frame is
 * its number.
 */
void medium_set_observer(struct medium *medium, medium_observer *observer, void *context);

/* Returns false for an unknown radio. */
bool medium_get_counts(const struct medium *medium, radio_id id, struct medium_counts *counts);

#endif

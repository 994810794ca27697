/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of a radio: one table of operations; only wait() blocks. The virtual medium (air/client.h) implements
 * it.
 *
 * Requests and frames take effect in the order of the calls. Results and received frames come as events: whenever there
 * are some, the owner's event loop calls `ready`, and the owner takes them with receive().
 */
#ifndef VIFI_RADIO_RADIO_H
#define VIFI_RADIO_RADIO_H

#include "base/drop.h"
#include "base/frame.h"

#include <stdbool.h>

struct radio_tx {
	struct frame *frame; /* an MPDU without FCS */
	uint32_t cookie;     /* 0: no TX status wanted */
	uint16_t freq_mhz;
};

enum radio_event_kind {
	RADIO_JOINED,    /* the requests made before this event are accepted */
	RADIO_RECEIVED,  /* `frame`, now owned by the caller; `tries` */
	RADIO_TX_STATUS, /* `cookie`, `acked`, `tries` */
	RADIO_DROPPED,   /* the radio lost a frame without a cookie, or a received one: `drop` */
	RADIO_GONE,      /* the last event: `code` and `text`; the caller closes the radio */
};

struct radio_event {
	enum radio_event_kind kind;
	struct frame *frame;
	uint32_t cookie;
	bool acked;
	unsigned tries; /* transmissions of the frame so far */
	enum drop drop;
	int code;         /* a negative errno */
	const char *text; /* what failed, for the user; valid until close() */
};

#define RADIO_BATCH 64

struct radio;

struct radio_ops {
	/* Requests. Each returns 0 or a negative errno; a request that is refused later ends with RADIO_GONE. */
	int (*tune)(struct radio *radio, uint16_t freq_mhz);
	int (*addresses)(struct radio *radio, const uint8_t (*addr)[6], size_t count);
	int (*doze)(struct radio *radio, uint64_t until_ns);
	int (*monitor)(struct radio *radio, bool on); /* receives all frames, acknowledges none */
	/*
	 * Takes all frames over. Returns 0; -ENOBUFS: some frames found no room; -ENETDOWN: the radio is gone. A lost frame
	 * is reported by RADIO_TX_STATUS, or without a cookie by RADIO_DROPPED.
	 */
	int (*send)(struct radio *radio, struct radio_tx *tx, size_t count);
	/* Returns the number of frames that send() has room for. */
	size_t (*room)(const struct radio *radio);
	/* Stores up to RADIO_BATCH events and returns how many. */
	int (*receive)(struct radio *radio, struct radio_event *events);
	/*
	 * Waits at most `timeout_ms` until receive() may have events, and sends the queued frames meanwhile: for an end
	 * without the event loop.
	 */
	void (*wait)(struct radio *radio, int timeout_ms);
	/* The loop must run once more to free the radio's handles. No `ready` follows. */
	void (*close)(struct radio *radio);
};

struct radio {
	const struct radio_ops *ops;
};

struct radio_owner {
	void (*ready)(void *user); /* receive() has events, or room() has grown */
	void *user;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radio, whatever is behind it: ONE small table of operations.  The virtual air (air.c) is the first.
 */
#ifndef VIFI_RADIO_RADIO_H
#define VIFI_RADIO_RADIO_H

#include "base/frame.h"
#include "base/error.h"

#include <stdbool.h>

struct radio_tx {
	struct frame *frame; /* an MPDU without FCS; taken over */
	uint32_t cookie;     /* 0: its fate is of no interest */
	uint16_t freq_mhz;
};

/* What comes from it. */
struct radio_event {
	enum { RADIO_RECEIVED, RADIO_TX_STATUS, RADIO_GONE } kind;
	struct frame *frame; /* RADIO_RECEIVED: the caller's */
	uint32_t cookie;     /* RADIO_TX_STATUS */
	bool acked;
	unsigned tries; /* how often it has been sent, this time included */
};

#define RADIO_BATCH 64

struct radio;

struct radio_ops {
	/* Each returns 0 or a negative errno. */
	int (*tune)(struct radio *radio, uint16_t freq_mhz);
	int (*addresses)(struct radio *radio, const uint8_t (*addr)[6], size_t count);
	int (*doze)(struct radio *radio, uint64_t until_ns);
	int (*monitor)(struct radio *radio, bool on); /* hears everything, acknowledges nothing */
	/*
	 * Takes all frames over, sent or not; never waits.  -ENOBUFS: for some there was no room; those with a cookie
	 * get a status like all others.
	 */
	int (*send)(struct radio *radio, struct radio_tx *tx, size_t count);
	/* How many frames send() has room for now: who takes fewer from an interface loses none. */
	size_t (*room)(const struct radio *radio);
	/*
	 * Up to RADIO_BATCH events, without waiting; returns how many.  RADIO_GONE comes once, as the last.  To be
	 * called whenever `fd` is readable: it also sends what had to wait.
	 */
	int (*receive)(struct radio *radio, struct radio_event *events);
	void (*close)(struct radio *radio);
};

struct radio {
	const struct radio_ops *ops;
	int fd; /* readable when receive() has something */
};

/*
 * Joins the air behind the Unix socket `path`, tuned to nothing, under a name (1 to 31 characters) by which rules speak
 * of it.  When the air has gone, the caller closes it and joins anew.  Returns NULL and says why.
 */
struct radio *radio_open_air(const char *path, const char *name, struct error *error);

#endif

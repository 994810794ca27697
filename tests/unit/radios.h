/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radios on a medium on virtual time: numbered frames, and counters of what happens to them. */
#ifndef VIFI_TESTS_RADIOS_H
#define VIFI_TESTS_RADIOS_H

#include "unit.h"

#include "air/medium/medium.h"
#include "wire/ieee80211.h"

#define MS UINT64_C(1000000)

enum { CH1 = 2412, CH36 = 5180, LEN = 100, NUMBER = DOT11_HDR_MIN + 8 /* after the Timestamp field of a beacon */ };

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

enum { NUMBERS_MAX = 20000 };

/* The events so far. */
struct radio_stats {
	unsigned received[16]; /* by radio */
	unsigned status, acked, retries, events;
	uint32_t last[16]; /* number received, by radio */
	bool out_of_order[16];
	uint8_t status_seen[NUMBERS_MAX], received_seen[NUMBERS_MAX]; /* by number */
	unsigned total_tries;
	uint64_t end, hash;
};

struct radio_stats *radio_stats_new(void); /* the caller frees it */

/* Adds a radio on a channel. Its address is radio_addr(). */
radio_id radio_join(struct medium *medium, uint16_t freq);
const uint8_t *radio_addr(radio_id radio);

/* Returns a data frame with a number in its body. */
struct frame *numbered_frame(const uint8_t *to, radio_id from, uint32_t number);
uint32_t frame_number(const struct frame *frame);
void send_numbered(struct medium *medium, radio_id from, const uint8_t *to, uint32_t number, uint64_t now);

/* Handles all events before `until`; UINT64_MAX: all events. */
void run_medium(struct medium *medium, struct radio_stats *stats, uint64_t until);

/* Sends `count` unicast frames from one radio to another, one every `gap_ns`. */
void send_stream(struct medium *medium, struct radio_stats *stats, radio_id from, radio_id to, uint32_t count,
		 uint64_t gap_ns);

#endif

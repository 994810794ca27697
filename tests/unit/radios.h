/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radios on a medium, on virtual time: numbered frames are sent, and what becomes of them is counted. */
#ifndef VIFI_TESTS_RADIOS_H
#define VIFI_TESTS_RADIOS_H

#include "unit.h"

#include "air/medium/medium.h"
#include "wire/ieee80211.h"

#define MS UINT64_C(1000000)

enum { CH1 = 2412, CH36 = 5180, LEN = 100, NUMBER = DOT11_HDR_MIN + 8 /* behind the time of a beacon */ };

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

enum { MOST = 20000 };

/* What came of it all, and how often. */
struct seen {
	unsigned received[16]; /* by radio */
	unsigned status, acked, retries, events;
	uint32_t last[16]; /* number received */
	bool disorder[16];
	uint8_t told[MOST], got[MOST]; /* by number */
	unsigned tries;
	uint64_t end, hash;
};

struct seen *new_seen(void); /* to be freed */

/* A new radio on a channel, and the address that it has. */
radio_id join(struct medium *m, uint16_t freq);
const uint8_t *address(radio_id r);

/* A data frame with a number in its body. */
struct frame *numbered(const uint8_t *to, radio_id from, uint32_t number);
uint32_t number_of(const struct frame *f);
void say(struct medium *m, radio_id from, const uint8_t *to, uint32_t number, uint64_t now);

/* Until nothing happens any more, or until then. */
void run(struct medium *m, struct seen *s, uint64_t until);

/* Sends `count` unicast frames from one radio to another, a new one each `gap_ns`. */
void stream(struct medium *m, struct seen *s, radio_id from, radio_id to, uint32_t count, uint64_t gap_ns);

#endif

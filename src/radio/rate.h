/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmission rates of a radio without rate control of its own. Each peer has a step on the ladder of the rates of
 * 802.11b/g or 802.11a: frames that are acknowledged at once climb it, frames that need retries or are lost descend.
 * After a climb that fails at once, the next one needs twice as many frames (AARF, Lacage 2004).
 */
#ifndef VIFI_RADIO_RATE_H
#define VIFI_RADIO_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_PEERS = 64 };

/* Zero: no peer is known. */
struct rates {
	struct rate_peer {
		uint8_t addr[6];
		bool known, climbed; /* by the last frame */
		uint8_t step;
		uint16_t good, needed; /* frames acknowledged at the first try; how many raise the rate */
	} peers[RATE_PEERS];
};

/* Returns the lowest rate, for group, management and EAPOL frames, in kbit/s. */
uint32_t rate_lowest(uint16_t freq_mhz);

/* Returns the rate of the next data frame to `addr`, in kbit/s. A peer that shares its place with another one starts anew. */
uint32_t rate_choose(struct rates *rates, const uint8_t addr[6], uint16_t freq_mhz);

/* A data frame to `addr` has been transmitted `tries` times, and was acknowledged or not. */
void rate_report(struct rates *rates, const uint8_t addr[6], bool acked, unsigned tries);

#endif

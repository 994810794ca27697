/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The airtime of frames: IEEE 802.11-2016 15.3.4 and 16.3.4 for 1, 2, 5.5 and 11 Mbit/s (long preamble), 17.4.3 for all
 * other rates. Times are in nanoseconds.
 */
#ifndef VIFI_AIR_MEDIUM_AIRTIME_H
#define VIFI_AIR_MEDIUM_AIRTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIRTIME_FCS_LEN  4
#define AIRTIME_CW_SLOTS 1024 /* slots of the widest contention window */

/* Returns whether the rate is 1, 2, 5.5 or 11 Mbit/s. */
bool airtime_is_dsss(uint32_t rate_kbps);

/* The duration of the PPDU of an MPDU of `len` bytes without FCS. `rate_kbps` must not be 0. */
uint64_t airtime_ppdu(size_t len, uint32_t rate_kbps, uint16_t freq_mhz);

/* The duration of SIFS and the acknowledgement of a frame sent at `rate_kbps`. */
uint64_t airtime_ack(uint32_t rate_kbps, uint16_t freq_mhz);

/* The duration of the channel access before a transmission: DIFS and `slots` of backoff. */
uint64_t airtime_access(unsigned slots, uint32_t rate_kbps);

/* The rate after `tries` failed transmissions: one step down for every two. */
uint32_t airtime_fallback(uint32_t rate_kbps, unsigned tries);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a frame keeps its channel busy: IEEE 802.11-2016 15.3.4 and 16.3.4 for 1, 2, 5.5 and 11 Mbit/s (long
 * preamble), 17.4.3 for all other rates.
 */
#ifndef VIFI_AIR_MEDIUM_AIRTIME_H
#define VIFI_AIR_MEDIUM_AIRTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIRTIME_FCS_LEN  4
#define AIRTIME_CW_SLOTS 1024 /* slots of the widest contention window */

/* 1, 2, 5.5 and 11 Mbit/s. */
bool airtime_is_dsss(uint32_t rate_kbps);

/* The PPDU of an MPDU of `len` bytes without FCS, in nanoseconds.  `rate_kbps` is not 0. */
uint64_t airtime_ppdu(size_t len, uint32_t rate_kbps, uint16_t freq_mhz);

/* SIFS and the acknowledgement of a frame of that rate. */
uint64_t airtime_ack(uint32_t rate_kbps, uint16_t freq_mhz);

/* DIFS and `slots` of back-off before it. */
uint64_t airtime_access(unsigned slots, uint32_t rate_kbps);

/* The rate of the `tries`-th retransmission, the first being 1: after two losses a step down. */
uint32_t airtime_fallback(uint32_t rate_kbps, unsigned tries);

#endif

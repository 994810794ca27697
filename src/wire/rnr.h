/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reduced Neighbor Report (IEEE 802.11ax-2021, 9.4.2.170): the access points of the 6 GHz band of which one in another band tells, so
 * that stations need not look for them on all channels.
 */
#ifndef VIFI_WIRE_RNR_H
#define VIFI_WIRE_RNR_H

#include "wire/ie.h"

/* Adds the channels in MHz that the elements name to `count` others, each once. Returns how many there are now, at most `max`. */
size_t rnr_channels_6ghz(struct span elements, uint16_t *freqs, size_t count, size_t max);

#endif

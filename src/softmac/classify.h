/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the eight priorities of 802.1D a frame has; it becomes the TID. Whoever marked it knows best: a VLAN tag
 * first, then the priority that the frame already had when it was received (meta.queue), then the DSCP, which RFC 8325
 * maps. EAPOL is what all else waits for: 7.
 */
#ifndef VIFI_SOFTMAC_CLASSIFY_H
#define VIFI_SOFTMAC_CLASSIFY_H

#include "base/frame.h"

/* Returns 0 to 7 for an Ethernet frame, 0 where nothing is said. */
uint8_t classify_priority(const struct frame *frame);

#endif

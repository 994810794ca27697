/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 802.1D priority of a frame, which becomes the TID: that of its VLAN tag, else the received priority
 * (meta.priority), else that of its DSCP as RFC 8325 maps it. EAPOL has priority 7.
 */
#ifndef VIFI_SOFTMAC_CLASSIFY_H
#define VIFI_SOFTMAC_CLASSIFY_H

#include "base/frame.h"

/* Returns the priority of an Ethernet frame, 0 to 7; 0 is the default. */
uint8_t classify_priority(const struct frame *frame);

#endif

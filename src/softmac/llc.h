/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversion between Ethernet frames and the body of 802.11 data frames, which begins with LLC (IEEE 802.2):
 *
 *	Ethernet II   dst src type payload     LLC/SNAP aa-aa-03 00-00-00 type payload    RFC 1042
 *	                                       LLC/SNAP aa-aa-03 00-00-f8 type payload    802.1H: AARP and IPX
 *	IEEE 802.3    dst src length LLC …     LLC …                                      unchanged
 *
 * An 802.3 frame with an LLC header of the first two kinds becomes Ethernet II: 802.11 does not distinguish them.
 *
 * Each direction removes the old header before it pushes the new one, so little headroom is needed.
 */
#ifndef VIFI_SOFTMAC_LLC_H
#define VIFI_SOFTMAC_LLC_H

#include "base/drop.h"
#include "base/frame.h"

/* The Ethernet header. Type 0: an 802.3 frame, with a length. */
struct llc_ether {
	uint8_t dst[6], src[6];
	uint16_t type;
};

/*
 * Reads the header of an Ethernet frame. Returns DROP_TRUNCATED if the frame is shorter than its header or its 802.3
 * length, DROP_MTU if it exceeds an MSDU.
 */
enum drop llc_parse_ethernet(struct llc_ether *ether, const struct frame *frame);

/* Converts to the body of a data frame. `ether` is from llc_parse_ethernet(). Needs at most SNAP_OFF_TYPE bytes of headroom. */
enum drop llc_from_ethernet(const struct llc_ether *ether, struct frame *frame);

/* Returns the ethertype of the body of a data frame, or 0 without an LLC/SNAP header of the two kinds. */
uint16_t llc_ethertype(const uint8_t *body, size_t len);

/*
 * Converts the body of a data frame, all that `frame` holds, to Ethernet; ether->type is from llc_ethertype(). Returns
 * DROP_MTU for an 802.3 frame beyond its length field, DROP_TRUNCATED for one without LLC.
 */
enum drop llc_to_ethernet(const struct llc_ether *ether, struct frame *frame);

#endif

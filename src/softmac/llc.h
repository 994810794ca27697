/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between Ethernet and the body of an 802.11 data frame, which begins with LLC (IEEE 802.2):
 *
 *	Ethernet II   dst src type payload     LLC/SNAP aa-aa-03 00-00-00 type payload    RFC 1042
 *	                                       LLC/SNAP aa-aa-03 00-00-f8 type payload    802.1H: AARP and IPX
 *	IEEE 802.3    dst src length LLC … LLC … as it is
 *
 * An 802.3 frame whose LLC is one of the first two comes out as Ethernet II: on the air there is no difference.
 *
 * Both ways start with taking off what is known, and end with a push, for which there is room by then.
 */
#ifndef VIFI_SOFTMAC_LLC_H
#define VIFI_SOFTMAC_LLC_H

#include "base/drop.h"
#include "base/frame.h"

/* Destination, source, and the ethertype; 0 for a frame with a length. */
struct llc_ether {
	uint8_t dst[6], src[6];
	uint16_t type;
};

/*
 * Reads what an Ethernet frame says, changing nothing. DROP_TRUNCATED when it is shorter than its header or its 802.3
 * length; DROP_MTU when it is longer than an MSDU may be.
 */
enum drop llc_parse_ethernet(struct llc_ether *ether, const struct frame *frame);

/* The same bytes as the body of a data frame. `ether` is from llc_parse_ethernet(). Needs SNAP_OFF_TYPE bytes of headroom at most. */
enum drop llc_from_ethernet(const struct llc_ether *ether, struct frame *frame);

/* What type the body of a data frame has: 0 when it is not LLC/SNAP of one of the two kinds. */
uint16_t llc_ethertype(const uint8_t *body, size_t len);

/*
 * Puts an Ethernet header before the body, which must be all that `frame` holds; e->type is llc_ethertype(). DROP_MTU for an 802.3
 * frame that is longer than its length field can say, DROP_TRUNCATED for one without LLC.
 */
enum drop llc_to_ethernet(const struct llc_ether *ether, struct frame *frame);

#endif

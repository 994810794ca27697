/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/classify.h"

#include "wire/be.h"
#include "wire/ether.h"

enum { TYPE_OFFSET = 2 * ETHER_ALEN, NETWORK_CONTROL = 7 };

/* RFC 8325, figure 1 and 4.2.1; RFC 8622 for lower effort. All other values are best effort. */
static const uint8_t priority_of[64] = {
	[1] = 1,                      /* LE */
	[8] = 1,                      /* CS1: low-priority data */
	[18] = 3,                     /* AF2x: low-latency data */
	[20] = 3, [22] = 3, [24] = 4, /* CS3: broadcast video */
	[26] = 4,                     /* AF3x: multimedia streaming */
	[28] = 4, [30] = 4, [32] = 4, /* CS4: real-time interactive */
	[34] = 4,                     /* AF4x: multimedia conferencing */
	[36] = 4, [38] = 4, [40] = 5, /* CS5: signalling */
	[44] = 6,                     /* VA: admitted voice */
	[46] = 6,                     /* EF: telephony */
	[48] = 7,                     /* CS6, CS7: network control */
	[56] = 7,
};

uint8_t classify_priority(const struct frame *frame)
{
	const uint8_t *bytes = frame->data;
	uint16_t type;

	if (frame->len < ETHER_HLEN + 2)
		return frame->meta.priority & 7;
	type = be16(bytes + TYPE_OFFSET);
	if (type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN)
		return bytes[ETHER_HLEN] >> 5;
	if (type == ETHERTYPE_EAPOL)
		return NETWORK_CONTROL;
	if (frame->meta.priority)
		return frame->meta.priority & 7;
	if (type == ETHERTYPE_IP4)
		return priority_of[bytes[ETHER_HLEN + 1] >> 2];
	if (type == ETHERTYPE_IP6)
		return priority_of[(be16(bytes + ETHER_HLEN) >> 6) & 0x3f];
	return 0;
}

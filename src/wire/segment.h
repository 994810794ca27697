/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a network card would have done: a TCP frame of up to 64 KiB cut into segments, and checksums completed, for a link
 * that carries neither (RFC 9293, RFC 1071; the description of the frame is wire/vnet.h's).
 */
#ifndef VIFI_WIRE_SEGMENT_H
#define VIFI_WIRE_SEGMENT_H

#include "wire/vnet.h"

/* The Internet checksum over `len` bytes, added to `sum`, not yet folded; pieces before the last have even lengths. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t len);
uint16_t checksum_fold(uint64_t sum); /* in the order of the network, not complemented */

/* Completes the checksum that `vnet` tells of. Returns false: it does not lie in the frame. */
bool checksum_complete(const struct vnet_hdr *vnet, uint8_t *frame, uint32_t len);

/* A frame that is being cut. Private but for `count`. */
struct segments {
	const uint8_t *frame;
	uint32_t len, headers_len, network_offset, transport_offset, gso_size;
	uint32_t offset, index, count;
	bool ip6;
};

/*
 * Begins to cut a TCP frame; the frame must stay as it is. Returns false when it cannot be cut by what `vnet` says: another
 * protocol, or headers that do not lie in the frame.
 */
bool segments_begin(struct segments *segments, const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* The length of the next segment, an Ethernet frame; 0 at the end. */
uint32_t segments_next_len(const struct segments *segments);

/* Writes it, with right lengths, numbers, flags and checksums, to `to`, which holds as many bytes. */
void segments_write(struct segments *segments, uint8_t *to);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segmentation and checksum offload in software (RFC 9293, RFC 1071): cuts a TCP frame of up to 64 KiB into segments
 * and completes checksums, as the header of wire/vnet.h describes.
 */
#ifndef VIFI_WIRE_SEGMENT_H
#define VIFI_WIRE_SEGMENT_H

#include "wire/vnet.h"

/* Completes the checksum that `vnet` describes. Returns false if the field lies outside of the frame. */
bool checksum_complete(const struct vnet_hdr *vnet, uint8_t *frame, uint32_t len);

/* A frame during segmentation. All members but `count` are private. */
struct segments {
	const uint8_t *frame;
	uint32_t len, headers_len, network_offset, transport_offset, gso_size;
	uint32_t offset, index, count;
	bool ip6;
};

/*
 * Begins to segment a TCP frame, which must not change until the last segment is written. Returns false for another
 * protocol, for headers outside of the frame, and for segments that do not fit the length field of their IP header.
 */
bool segments_begin(struct segments *segments, const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* Returns the length of the next segment as an Ethernet frame, or 0 at the end. */
uint32_t segments_next_len(const struct segments *segments);

/* Writes the next segment with its lengths, sequence number, flags and checksums to `to`. */
void segments_write(struct segments *segments, uint8_t *to);

#endif

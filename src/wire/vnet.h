/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header that an AF_PACKET socket with PACKET_VNET_HDR puts before each frame, both ways: what is still to be done
 * to the frame, in the machine's own byte order (virtio 1.0, 5.1.6, as "legacy" devices use it). It is how a frame of
 * 64 KiB that will be cut into segments, and a checksum that hardware will complete, pass through a process unharmed.
 */
#ifndef VIFI_WIRE_VNET_H
#define VIFI_WIRE_VNET_H

#include <stdbool.h>
#include <stdint.h>

/* flags: the sum from csum_start on belongs at csum_offset; that of the pseudo header is there already */
#define VNET_NEEDS_CSUM 0x01
#define VNET_GSO_NONE   0
#define VNET_GSO_ECN    0x80 /* a bit beside the type */

struct vnet_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;     /* a hint: how much of the frame is headers */
	uint16_t gso_size;    /* payload of each segment */
	uint16_t csum_start;  /* from the start of the frame */
	uint16_t csum_offset; /* from csum_start */
} __attribute__((packed));

/* Whether the transport checksum is still to be completed. */
bool vnet_needs_csum(const struct vnet_hdr *vnet);

/*
 * Whether the header says all that is to be known about a frame that is to be cut. Of a tunnel's segments it tells only
 * the inner transport, so whoever cuts them would leave the outer headers wrong.
 */
bool vnet_is_complete(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* The length of the headers, Ethernet to transport, as far as they can be read in len bytes; at least 14, at most len.
 */
uint32_t vnet_headers_len(const uint8_t *frame, uint32_t len);

/* The longest Ethernet frame that it will be cut into; 0 where it is not to be cut. */
uint32_t vnet_segment_max(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/*
 * Makes the header one to send with: what only a receiver is told goes, and the hint becomes so small that the kernel
 * need not find 64 KiB in one piece.
 */
void vnet_prepare_send(struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* Four bytes of tag come (by = 4) or go (by = -4) before the network header. */
void vnet_shift_offsets(struct vnet_hdr *vnet, int delta);

#endif

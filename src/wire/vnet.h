/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header before each frame of an AF_PACKET socket with PACKET_VNET_HDR, in both directions (virtio 1.0, 5.1.6, in
 * host byte order as "legacy" devices use it). It describes the pending offloads: segmentation of a frame of up to
 * 64 KiB, and a checksum to complete.
 */
#ifndef VIFI_WIRE_VNET_H
#define VIFI_WIRE_VNET_H

#include <stdbool.h>
#include <stdint.h>

/* flags: store the checksum from csum_start on at csum_offset, which holds the sum of the pseudo header */
#define VNET_NEEDS_CSUM 0x01
#define VNET_GSO_NONE   0
#define VNET_GSO_ECN    0x80 /* a flag in gso_type */

struct vnet_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;     /* length of all headers, as a hint */
	uint16_t gso_size;    /* payload bytes of a segment */
	uint16_t csum_start;  /* from the start of the frame */
	uint16_t csum_offset; /* from csum_start */
} __attribute__((packed));

/* Does the transport checksum need completion? */
bool vnet_needs_csum(const struct vnet_hdr *vnet);

/*
 * Does the header describe the segmentation of this frame completely? For the segments of a tunnel it describes only
 * the inner transport, so segmentation would leave the outer headers wrong.
 */
bool vnet_is_complete(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* Returns the length of the headers from Ethernet to transport: at least 14, at most `len`. */
uint32_t vnet_headers_len(const uint8_t *frame, uint32_t len);

/* Returns the length of the longest segment as an Ethernet frame, or 0 without segmentation. */
uint32_t vnet_segment_max(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/*
 * Prepares a received header for sending: clears receive-only flags, and reduces the hdr_len hint, so that the kernel
 * need not allocate 64 KiB of contiguous memory.
 */
void vnet_prepare_send(struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len);

/* Adapts the header to a VLAN tag that was inserted (delta 4) or removed (delta -4) before the network header. */
void vnet_shift_offsets(struct vnet_hdr *vnet, int delta);

#endif

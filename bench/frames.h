/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input frames of the benchmark, with correct checksums. */
#ifndef VIFI_BENCH_FRAMES_H
#define VIFI_BENCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 1514

/* Addresses. Guest i has i in the last two bytes of each of its addresses. */
extern const uint8_t mac_uplink[6], mac_router[6], mac_guest[6];
extern const uint8_t ip4_router[4], ip4_guest[4];
extern const uint8_t ip6_router[16], ip6_guest[16];
#define BENCH_XID 0x76696669

enum frame_kind {
	FRAME_TCP4_OUT,
	FRAME_TCP6_OUT,
	FRAME_UDP4_OUT, /* the shortest Ethernet frame */
	FRAME_ARP_REQUEST_OUT,
	FRAME_NS_OUT,
	FRAME_DHCP_DISCOVER,
	FRAME_TCP4_IN,
	FRAME_TCP6_IN,
	FRAME_UDP4_IN,
	FRAME_ARP_REPLY_IN,
	FRAME_ARP_REQUEST_IN,
	FRAME_NA_IN,
	FRAME_NS_IN,
	FRAME_DHCP_OFFER,
	FRAME_TCP4_SENT, /* a guest's segment after translation, on the uplink's egress */
	FRAME_TCP4_HOST, /* a segment of the host */
};

/* Writes the frame of guest 0 to `out`, which has room for FRAME_MAX bytes. Returns its length. */
size_t frame_make(enum frame_kind kind, uint8_t *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of wire_probe.h and path_probe.h, and the socket that receives their answers. */
#ifndef VIFI_WHY_WIRE_FRAME_H
#define VIFI_WHY_WIRE_FRAME_H

#include "why/wire_probe.h"

enum {
	WIRE_FRAME_MAX = 9216,
	ICMP_SIZE = 8,
	ICMP_REPLY = 0,
	ICMP_REQUEST = 8,
	ICMP6_REQUEST = 128,
	ICMP6_REPLY = 129,
	ICMP_UNREACHABLE = 3,
	ICMP_EXCEEDED = 11,
	ICMP6_UNREACHABLE = 1,
	ICMP6_EXCEEDED = 3,
	UDP_SIZE = 8,
	DNS_PORT = 53,
	DNS_HEADER_SIZE = 12,
	IP4_SIZE = 20,
	IP6_SIZE = 40,
};

/*
 * Writes the frame of a question, and returns its size. `id` and `sequence`: of an echo; those of a DNS message are its source port
 * (wire_frame_port) and its identifier.
 */
size_t wire_frame_put(uint8_t frame[WIRE_FRAME_MAX], const struct wire_question *question, uint16_t id,
		      uint16_t sequence);

/*
 * Opens a socket for the ARP, ICMP, ICMPv6 and DNS frames of all interfaces; not those of VLANs, whose tags the kernel has removed:
 * each is another network. `outgoing`: frames that are sent, too. Returns the descriptor or a negative errno.
 */
int wire_frame_receiver(bool outgoing);

/* The UDP port of a question with this identifier: no well-known one. */
static inline uint16_t wire_frame_port(uint16_t id)
{
	return id | 0x8000;
}

long long wire_frame_now_ms(void);

#endif

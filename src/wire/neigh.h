/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861) that vifi itself sends. */
#ifndef VIFI_WIRE_NEIGH_H
#define VIFI_WIRE_NEIGH_H

#include <stddef.h>
#include <stdint.h>

#define NEIGH_FRAME_MAX 96 /* bytes that the longest of these frames needs */

/* How a frame leaves: Ethernet addresses and VLAN id, 0 for none. */
struct neigh_ether {
	uint8_t dst[6], src[6];
	uint16_t vlan;
};

/* Each writes a whole frame and returns its size. A hardware address in the body is the Ethernet source. */

/* "Who has tpa? Tell spa." With spa = tpa it is an announcement, with spa = 0.0.0.0 a probe. */
size_t neigh_arp_request(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t spa[4],
			 const uint8_t tpa[4]);

/* Neighbour solicitation sent to its target itself, as reachability is confirmed (RFC 4861, 7.3.3). */
size_t neigh_ns_unicast(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16],
			const uint8_t target[16]);

/* Unsolicited neighbour advertisement to all nodes, with the O flag (RFC 4861, 7.2.6). */
size_t neigh_na_announce(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t target[16]);

/* The link-local address that an interface with this MAC address makes by itself (RFC 4291, appendix A). */
void neigh_link_local(uint8_t addr[16], const uint8_t mac[6]);

#endif

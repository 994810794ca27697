/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builders of the ARP (RFC 826, RFC 5227) and neighbour discovery (RFC 4861) frames that vifi sends. */
#ifndef VIFI_WIRE_NEIGH_H
#define VIFI_WIRE_NEIGH_H

#include <stddef.h>
#include <stdint.h>

#define NEIGH_FRAME_MAX 96 /* bytes of the longest of these frames */

/* The Ethernet header: addresses and VLAN id (0: untagged). */
struct neigh_ether {
	uint8_t dst[6], src[6];
	uint16_t vlan;
};

/* Each builder writes a whole frame and returns its size. The hardware address in the body is the Ethernet source. */

/* An ARP request for `tpa`: with spa = tpa an announcement, with spa = 0.0.0.0 a probe. */
size_t neigh_arp_request(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t spa[4],
			 const uint8_t tpa[4]);

/* A unicast neighbour solicitation, which confirms the reachability of its target (RFC 4861, 7.3.3). */
size_t neigh_ns_unicast(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16],
			const uint8_t target[16]);

/*
 * A neighbour solicitation to the solicited-node group of the target (RFC 4861, 7.2.2). Sets the Ethernet destination;
 * ether->dst is not used.
 */
size_t neigh_ns_multicast(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16],
			  const uint8_t target[16]);

/*
 * A neighbour solicitation to the solicited-node group of the target, from ::, as in duplicate address detection (RFC
 * 4862, 5.4.2). Sets the Ethernet destination; ether->dst is not used.
 */
size_t neigh_ns_probe(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t target[16]);

/* An unsolicited neighbour advertisement to all nodes, with the O flag (RFC 4861, 7.2.6). */
size_t neigh_na_announce(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t target[16]);

/* An echo request to all nodes (RFC 4443, 4.1): they answer with an address of the scope of `source`. */
size_t neigh_echo_all_nodes(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16]);

/* The link-local address of an interface with this MAC address (RFC 4291, appendix A). */
void neigh_link_local(uint8_t addr[16], const uint8_t mac[6]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/neigh.h"

#include "wire/arp.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ndp.h"

#include <string.h>

enum { IP6_HEADER = 40, IP6_ICMP = 58, ND_SIZE = 24, ND_OPTION = 8, ECHO_SIZE = 8, ECHO_REQUEST = 128 };

/* Writes the Ethernet header and returns the offset of the payload. */
static size_t put_ether(uint8_t *frame, const struct neigh_ether *ether, uint16_t type)
{
	size_t at = 12;

	memset(frame, 0, NEIGH_FRAME_MAX);
	memcpy(frame, ether->dst, 6);
	memcpy(frame + 6, ether->src, 6);
	if (ether->vlan) {
		put_be16(frame + at, ETHERTYPE_VLAN);
		put_be16(frame + at + 2, ether->vlan);
		at += 4;
	}
	put_be16(frame + at, type);
	return at + 2;
}

size_t neigh_arp_request(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t spa[4],
			 const uint8_t tpa[4])
{
	size_t at = put_ether(frame, ether, ETHERTYPE_ARP);
	struct arp_ether_ip4 arp = {.htype = {0, 1}, .ptype = {8, 0}, .hlen = 6, .plen = 4, .op = {0, ARP_REQUEST}};

	memcpy(arp.sha, ether->src, 6);
	memcpy(arp.spa, spa, 4);
	memcpy(arp.tpa, tpa, 4);
	memcpy(frame + at, &arp, sizeof(arp));
	return at + sizeof(arp);
}

static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += be16(bytes + i);
	return sum;
}

/* Puts the IPv6 header, hop limit 255, before the ICMPv6 message of `size` bytes, and its checksum. Returns the frame's size. */
static size_t finish_icmp6(uint8_t *frame, size_t at, size_t size, const uint8_t *source, const uint8_t *destination)
{
	uint8_t *ip = frame + at;
	uint32_t sum;

	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)size);
	ip[6] = IP6_ICMP;
	ip[7] = 255;
	memcpy(ip + 8, source, 16);
	memcpy(ip + 24, destination, 16);
	sum = sum16((uint32_t)size + IP6_ICMP, ip + 8, 32 + size);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put_be16(ip + IP6_HEADER + ND_OFF_CSUM, (uint16_t)~sum);
	return at + IP6_HEADER + size;
}

/*
 * An ND message of 24 bytes, hop limit 255, with one link-layer address option or without (option 0) (RFC 4861, 4.3 and
 * 4.4).
 */
static size_t put_nd(uint8_t *frame, const struct neigh_ether *ether, const struct nd_msg *nd, uint8_t option,
		     const uint8_t *source, const uint8_t *destination)
{
	size_t at = put_ether(frame, ether, ETHERTYPE_IP6), size = ND_SIZE + (option ? ND_OPTION : 0);
	uint8_t *icmp = frame + at + IP6_HEADER, *opt = icmp + ND_SIZE;

	memcpy(icmp, nd, ND_SIZE);
	if (option) {
		opt[0] = option;
		opt[1] = 1;
		memcpy(opt + 2, ether->src, 6);
	}
	return finish_icmp6(frame, at, size, source, destination);
}

size_t neigh_ns_unicast(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16],
			const uint8_t target[16])
{
	struct nd_msg nd = {.type = ND_NS};

	memcpy(nd.target, target, 16);
	return put_nd(frame, ether, &nd, ND_OPT_SLLA, source, target);
}

/* A solicitation to the solicited-node group of the target, with the option or without (0). */
static size_t put_group_ns(uint8_t *frame, const struct neigh_ether *ether, uint8_t option, const uint8_t *source,
			   const uint8_t *target)
{
	uint8_t group[16] = {0xff, 2, [11] = 1, [12] = 0xff};
	struct neigh_ether multicast = *ether;
	struct nd_msg nd = {.type = ND_NS};

	memcpy(group + 13, target + 13, 3);
	memcpy(multicast.dst, (const uint8_t[]){0x33, 0x33}, 2);
	memcpy(multicast.dst + 2, group + 12, 4);
	memcpy(nd.target, target, 16);
	return put_nd(frame, &multicast, &nd, option, source, group);
}

size_t neigh_ns_multicast(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16],
			  const uint8_t target[16])
{
	return put_group_ns(frame, ether, ND_OPT_SLLA, source, target);
}

size_t neigh_ns_probe(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t target[16])
{
	static const uint8_t unspecified[16];

	return put_group_ns(frame, ether, 0, unspecified, target);
}

static const uint8_t all_nodes[16] = {0xff, 2, [15] = 1};

size_t neigh_echo_all_nodes(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t source[16])
{
	struct neigh_ether multicast = *ether;
	size_t at;

	memcpy(multicast.dst, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
	at = put_ether(frame, &multicast, ETHERTYPE_IP6);
	frame[at + IP6_HEADER] = ECHO_REQUEST;
	return finish_icmp6(frame, at, ECHO_SIZE, source, all_nodes);
}

size_t neigh_na_announce(uint8_t frame[NEIGH_FRAME_MAX], const struct neigh_ether *ether, const uint8_t target[16])
{
	struct nd_msg nd = {.type = ND_NA, .flags = {ND_NA_OVERRIDE}};

	memcpy(nd.target, target, 16);
	return put_nd(frame, ether, &nd, ND_OPT_TLLA, target, all_nodes);
}

void neigh_link_local(uint8_t addr[16], const uint8_t mac[6])
{
	memset(addr, 0, 16);
	addr[0] = 0xfe;
	addr[1] = 0x80;
	addr[8] = mac[0] ^ 2;
	addr[9] = mac[1];
	addr[10] = mac[2];
	addr[11] = 0xff;
	addr[12] = 0xfe;
	addr[13] = mac[3];
	addr[14] = mac[4];
	addr[15] = mac[5];
}

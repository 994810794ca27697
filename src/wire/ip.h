/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768): the fixed parts. */
#ifndef VIFI_WIRE_IP_H
#define VIFI_WIRE_IP_H

#include <stdbool.h>
#include <stdint.h>
#ifndef __bpf__
#include <string.h>
#endif

#define IPPROTO_N_HOPOPTS  0
#define IPPROTO_N_ICMP     1
#define IPPROTO_N_UDP      17
#define IPPROTO_N_ROUTING  43
#define IPPROTO_N_FRAGMENT 44
#define IPPROTO_N_AH       51
#define IPPROTO_N_ICMP6    58
#define IPPROTO_N_DSTOPTS  60
#define IPPROTO_N_VRRP     112 /* CARP, too */

struct ip4_hdr {
	uint8_t ver_ihl, tos, len[2], id[2], frag[2], ttl, proto, csum[2], src[4], dst[4];
};

struct ip6_hdr {
	uint8_t ver_tc[4], plen[2], next, hops, src[16], dst[16];
};

struct udp_hdr {
	uint8_t sport[2], dport[2], len[2], csum[2];
};

#define IP4_FRAG_MASK   0x3fff /* more fragments, or an offset */
#define IP4_FRAG_OFFSET 0x1fff
#define ICMP4_REDIRECT  5 /* RFC 792 */

/* 169.254.0.0/16 (RFC 3927). */
static inline __attribute__((always_inline)) bool ip4_is_link_local(const uint8_t *addr)
{
	return addr[0] == 169 && addr[1] == 254;
}

/* fe80::/10 (RFC 4291, 2.5.6). */
static inline __attribute__((always_inline)) bool ip6_is_link_local(const uint8_t *addr)
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

#ifndef __bpf__
/* Whether two addresses agree in their first `bits` bits. */
static inline bool ip_prefix_equal(const uint8_t *left, const uint8_t *right, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	return !memcmp(left, right, bytes) && (!rest || (left[bytes] ^ right[bytes]) >> (8 - rest) == 0);
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for tests, built byte by byte from the standards, with valid checksums.
 *
 * Nothing here comes from src/: the builder of a frame must not share a mistake with its parser. tests/vectors gives a
 * second, independent opinion by scapy.
 *
 * Stations: guests a, b, c with two addresses each on the ports 11, 12, 13; the host with the uplink MAC; on the
 * uplink's network a router and a neighbour.
 */
#ifndef VIFI_TESTS_FRAMES_H
#define VIFI_TESTS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 9216

struct raw_frame {
	uint8_t bytes[FRAME_MAX];
	uint32_t len;
};

extern const uint8_t mac_uplink[6], mac_a[6], mac_b[6], mac_c[6], mac_router[6], mac_neighbour[6], mac_broadcast[6],
	mac_zero[6];
extern const uint8_t mac_all_nodes[6]; /* 33:33:00:00:00:01 */
extern const uint8_t ip_a[4], ip_b[4], ip_c[4], ip_host[4], ip_router[4], ip_neighbour[4], ip_directed_broadcast[4],
	ip_broadcast[4], ip_zero[4];
extern const uint8_t ip6_a[16], ip6_b[16], ip6_c[16], ip6_host[16], ip6_router[16], ip6_neighbour[16],
	ip6_all_nodes[16], ip6_zero[16];

enum { PORT_A = 11, PORT_B = 12, PORT_C = 13 };

/* Each of these writes a complete frame. */
void put_ether(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t type);
void put_arp(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t op, const uint8_t *sha,
	     const uint8_t *spa, const uint8_t *tha, const uint8_t *tpa);

struct ip4_spec {
	const uint8_t *src, *dst;
	uint8_t proto, options; /* options: their length, a multiple of 4 */
	uint16_t frag;          /* the flags and offset field */
	uint8_t ttl;            /* 0: 64 */
};
void put_ip4(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const struct ip4_spec *ip,
	     const void *data, uint32_t len);
/* With a UDP checksum, unless zero_csum. */
void put_udp4(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const struct ip4_spec *ip,
	      uint16_t sport, uint16_t dport, const void *data, uint32_t len, bool zero_csum);

struct dhcp_spec {
	uint8_t op, type; /* type: value of option 53 */
	uint16_t flags;
	uint32_t xid;
	const uint8_t *chaddr, *ciaddr, *yiaddr, *giaddr, *requested; /* NULL: zero, or no option */
	uint32_t lease;                                               /* 0: no option */
	uint32_t pad;                                                 /* number of pad options before the end */
	uint8_t ip_options;
	bool zero_csum, bad_cookie;
};
/* op 1: 68 → 67, op 2: 67 → 68. */
void put_dhcp(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	      const struct dhcp_spec *spec);

void put_ip6(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	     uint8_t next, uint8_t hops, const void *data, uint32_t len);
/* An ICMPv6 message with its checksum, after `ext` bytes of extension headers, the first of type `first`. */
void put_icmp6(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	       uint8_t hops, const void *message, uint32_t len, uint8_t first, const void *ext, uint32_t ext_len);

enum { RS = 133, RA = 134, NS = 135, NA = 136, REDIRECT = 137, SLLA = 1, TLLA = 2, RSA = 12 };
struct nd_spec {
	uint8_t type, flags;        /* flags: R 0x80, S 0x40, O 0x20 of an NA */
	const uint8_t *target;      /* NS, NA, Redirect */
	const uint8_t *slla, *tlla; /* NULL: no such option */
	const uint8_t *options;     /* more options, before those two */
	uint32_t options_len;
	uint8_t hops, code; /* hops 0 means 255 */
};
void put_nd(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	    const struct nd_spec *nd);

/* These change a frame in place. */
void add_tag(struct raw_frame *frame, uint16_t tpid, uint16_t tci);    /* an inline tag, outermost */
void add_padding(struct raw_frame *frame, uint32_t len, uint8_t byte); /* after the packet */

/* The group MAC address of an IPv6 group, and the solicited-node group of an address. */
void group_of_ip6(uint8_t mac[6], const uint8_t *group);
void solicited_node(uint8_t group[16], const uint8_t *addr);

/* One's-complement sum of bytes, big-endian words, not folded. */
uint32_t sum_bytes(const uint8_t *bytes, uint32_t len, uint32_t sum);
uint16_t fold_sum(uint32_t sum);

/*
 * The checksums of a frame and their validity, parsed without src/: bits CSUM_…_OK and CSUM_…_BAD; a UDP checksum of 0
 * is CSUM_UDP_NONE.
 */
enum {
	CSUM_IP4_OK = 1,
	CSUM_IP4_BAD = 2,
	CSUM_UDP_OK = 4,
	CSUM_UDP_BAD = 8,
	CSUM_UDP_NONE = 16,
	CSUM_ICMP6_OK = 32,
	CSUM_ICMP6_BAD = 64,
};
unsigned checksums(const struct raw_frame *frame);

#endif

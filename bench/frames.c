/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "frames.h"
#include "wire/be.h"

const uint8_t mac_uplink[6] = {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd};
const uint8_t mac_router[6] = {0x00, 0x60, 0xdd, 0x00, 0x00, 0x20};
const uint8_t mac_guest[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x00};
const uint8_t ip4_router[4] = {10, 157, 255, 254}, ip4_guest[4] = {10, 41, 0, 0};
static const uint8_t ip4_host[4] = {10, 157, 255, 253};
const uint8_t ip6_router[16] = {0x20, 0x01, 0x0d, 0xb8, 0x01, 0x57, [15] = 0x20};
const uint8_t ip6_guest[16] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x41};

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct frame_builder {
	uint8_t *bytes;
	size_t len;
};

static void put_bytes(struct frame_builder *builder, const void *from, size_t len)
{
	if (from)
		memcpy(builder->bytes + builder->len, from, len);
	else
		memset(builder->bytes + builder->len, 0, len);
	builder->len += len;
}

static void put_u8(struct frame_builder *builder, unsigned value)
{
	builder->bytes[builder->len++] = (uint8_t)value;
}

static void put_u16(struct frame_builder *builder, unsigned value)
{
	put_u8(builder, value >> 8);
	put_u8(builder, value & 0xff);
}

static uint32_t add_sum(const uint8_t *bytes, size_t len, uint32_t total)
{
	for (size_t i = 0; i < len; i++)
		total += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return total;
}

static uint16_t finish_sum(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void put_ether(struct frame_builder *builder, const uint8_t *dst, const uint8_t *src, unsigned type)
{
	put_bytes(builder, dst, 6);
	put_bytes(builder, src, 6);
	put_u16(builder, type);
}

static void put_ip4(struct frame_builder *builder, unsigned total, unsigned proto, const uint8_t *src,
		    const uint8_t *dst)
{
	size_t at = builder->len;

	put_u16(builder, 0x4500);
	put_u16(builder, total);
	put_u16(builder, 0);
	put_u16(builder, 0x4000); /* do not fragment */
	put_u8(builder, 64);
	put_u8(builder, proto);
	put_u16(builder, 0);
	put_bytes(builder, src, 4);
	put_bytes(builder, dst, 4);
	put_be16(builder->bytes + at + 10, finish_sum(add_sum(builder->bytes + at, 20, 0)));
}

static void put_ip6(struct frame_builder *builder, unsigned plen, unsigned next, unsigned hops, const uint8_t *src,
		    const uint8_t *dst)
{
	put_u16(builder, 0x6000);
	put_u16(builder, 0);
	put_u16(builder, plen);
	put_u8(builder, next);
	put_u8(builder, hops);
	put_bytes(builder, src, 16);
	put_bytes(builder, dst, 16);
}

/* Sums the segment from `at` to the end of the frame with its pseudo header, and stores the checksum at `csum`. */
static void set_transport_checksum(struct frame_builder *builder, size_t at, size_t csum, size_t addrs,
				   size_t addrs_len, unsigned proto)
{
	uint32_t total = add_sum(builder->bytes + addrs, addrs_len, proto + (uint32_t)(builder->len - at));

	put_be16(builder->bytes + csum, finish_sum(add_sum(builder->bytes + at, builder->len - at, total)));
}

static void put_tcp(struct frame_builder *builder, size_t len)
{
	size_t at = builder->len;

	put_u16(builder, 40000);
	put_u16(builder, 443);
	put_bytes(builder, NULL, 8);
	put_u16(builder, 0x5010);
	put_u16(builder, 0xffff);
	put_bytes(builder, NULL, 4);
	put_bytes(builder, NULL, len - (builder->len - at));
}

static void put_tcp4(struct frame_builder *builder, const uint8_t *to, const uint8_t *from, const uint8_t *src,
		     const uint8_t *dst)
{
	put_ether(builder, to, from, 0x0800);
	put_ip4(builder, FRAME_MAX - 14, 6, src, dst);
	put_tcp(builder, FRAME_MAX - 34);
	set_transport_checksum(builder, 34, 34 + 16, 26, 8, 6);
}

static void put_tcp6(struct frame_builder *builder, const uint8_t *to, const uint8_t *from, const uint8_t *src,
		     const uint8_t *dst)
{
	put_ether(builder, to, from, 0x86dd);
	put_ip6(builder, FRAME_MAX - 54, 6, 64, src, dst);
	put_tcp(builder, FRAME_MAX - 54);
	set_transport_checksum(builder, 54, 54 + 16, 22, 32, 6);
}

static void put_udp4(struct frame_builder *builder, size_t payload, unsigned sport, unsigned dport, const uint8_t *src,
		     const uint8_t *dst, const void *body)
{
	put_ip4(builder, (unsigned)payload + 28, 17, src, dst);
	put_u16(builder, sport);
	put_u16(builder, dport);
	put_u16(builder, (unsigned)payload + 8);
	put_u16(builder, 0);
	put_bytes(builder, body, payload);
	set_transport_checksum(builder, 34, 34 + 6, 26, 8, 17);
}

static void put_arp(struct frame_builder *builder, unsigned op, const uint8_t *sha, const uint8_t *spa,
		    const uint8_t *tha, const uint8_t *tpa)
{
	put_u16(builder, 1);
	put_u16(builder, 0x0800);
	put_u16(builder, 0x0604);
	put_u16(builder, op);
	put_bytes(builder, sha, 6);
	put_bytes(builder, spa, 4);
	put_bytes(builder, tha, 6);
	put_bytes(builder, tpa, 4);
	put_bytes(builder, NULL, 18); /* padding to the minimum length of an Ethernet frame */
}

static void put_nd(struct frame_builder *builder, unsigned type, unsigned flags, const uint8_t *src, const uint8_t *dst,
		   const uint8_t *target, unsigned opt, const uint8_t *lladdr)
{
	put_ip6(builder, 32, 58, 255, src, dst);
	put_u8(builder, type);
	put_u8(builder, 0);
	put_u16(builder, 0);
	put_u8(builder, flags);
	put_bytes(builder, NULL, 3);
	put_bytes(builder, target, 16);
	put_u8(builder, opt);
	put_u8(builder, 1);
	put_bytes(builder, lladdr, 6);
	set_transport_checksum(builder, 54, 54 + 2, 22, 32, 58);
}

static void put_dhcp(struct frame_builder *builder, unsigned op, unsigned type, unsigned flags)
{
	uint8_t body[300] = {0}, *option = body + 240;

	body[0] = (uint8_t)op;
	body[1] = 1;
	body[2] = 6;
	put_be32(body + 4, BENCH_XID);
	put_be16(body + 10, (uint16_t)flags);
	if (op == 2)
		memcpy(body + 16, ip4_guest, 4);
	memcpy(body + 28, mac_guest, 6);
	put_be32(body + 236, 0x63825363);
	*option++ = 53; /* message type */
	*option++ = 1;
	*option++ = (uint8_t)type;
	if (op == 1) {
		memcpy(option, "\x3d\x07\x01", 3); /* client identifier */
		memcpy(option + 3, mac_guest, 6);
		memcpy(option + 9, "\x37\x07\x01\x03\x06\x0c\x0f\x1c\x2a\x0c\x05guest", 16); /* parameters, host name */
		option += 25;
	} else {
		memcpy(option, "\x36\x04\x0a\x9d\xff\xfe\x33\x04\x00\x00\x0e\x10\x01\x04\xff\xff\x00\x00",
		       18); /* server, lease, mask */
		option += 18;
	}
	*option = 255;
	if (op == 1)
		put_udp4(builder, sizeof(body), 68, 67, (const uint8_t[4]){0}, broadcast, body);
	else
		put_udp4(builder, sizeof(body), 67, 68, ip4_router, broadcast, body);
}

/* The solicited-node address of a target (RFC 4291, 2.7.1) and its group MAC address (RFC 2464, 7). */
static void solicited_node(const uint8_t *target, uint8_t *addr, uint8_t *mac)
{
	memset(addr, 0, 16);
	addr[0] = 0xff;
	addr[1] = 0x02;
	addr[11] = 1;
	addr[12] = 0xff;
	memcpy(addr + 13, target + 13, 3);
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, addr + 12, 4);
}

size_t frame_make(enum frame_kind kind, uint8_t *out)
{
	static const uint8_t unknown[6];
	struct frame_builder builder = {.bytes = out};
	uint8_t group[16], mac[6];

	switch (kind) {
	case FRAME_TCP4_OUT:
		put_tcp4(&builder, mac_router, mac_guest, ip4_guest, ip4_router);
		break;
	case FRAME_TCP6_OUT:
		put_tcp6(&builder, mac_router, mac_guest, ip6_guest, ip6_router);
		break;
	case FRAME_UDP4_OUT:
		put_ether(&builder, mac_router, mac_guest, 0x0800);
		put_udp4(&builder, 18, 40000, 40001, ip4_guest, ip4_router, NULL);
		break;
	case FRAME_ARP_REQUEST_OUT:
		put_ether(&builder, broadcast, mac_guest, 0x0806);
		put_arp(&builder, 1, mac_guest, ip4_guest, unknown, ip4_router);
		break;
	case FRAME_NS_OUT:
		solicited_node(ip6_router, group, mac);
		put_ether(&builder, mac, mac_guest, 0x86dd);
		put_nd(&builder, 135, 0, ip6_guest, group, ip6_router, 1, mac_guest);
		break;
	case FRAME_DHCP_DISCOVER:
		put_ether(&builder, broadcast, mac_guest, 0x0800);
		put_dhcp(&builder, 1, 1, 0);
		break;
	case FRAME_TCP4_IN:
		put_tcp4(&builder, mac_uplink, mac_router, ip4_router, ip4_guest);
		break;
	case FRAME_TCP6_IN:
		put_tcp6(&builder, mac_uplink, mac_router, ip6_router, ip6_guest);
		break;
	case FRAME_UDP4_IN:
		put_ether(&builder, mac_uplink, mac_router, 0x0800);
		put_udp4(&builder, 18, 40001, 40000, ip4_router, ip4_guest, NULL);
		break;
	case FRAME_ARP_REPLY_IN:
		put_ether(&builder, mac_uplink, mac_router, 0x0806);
		put_arp(&builder, 2, mac_router, ip4_router, mac_uplink, ip4_guest);
		break;
	case FRAME_ARP_REQUEST_IN: /* unicast, as a neighbour confirms its entry: equal broadcasts are limited (rule 37) */
		put_ether(&builder, mac_uplink, mac_router, 0x0806);
		put_arp(&builder, 1, mac_router, ip4_router, unknown, ip4_guest);
		break;
	case FRAME_NA_IN:
		put_ether(&builder, mac_uplink, mac_router, 0x86dd);
		put_nd(&builder, 136, 0xe0, ip6_router, ip6_guest, ip6_router, 2, mac_router);
		break;
	case FRAME_NS_IN:
		put_ether(&builder, mac_uplink, mac_router, 0x86dd);
		put_nd(&builder, 135, 0, ip6_router, ip6_guest, ip6_guest, 1, mac_router);
		break;
	case FRAME_DHCP_OFFER:
		put_ether(&builder, mac_uplink, mac_router, 0x0800);
		put_dhcp(&builder, 2, 2, 0x8000);
		break;
	case FRAME_TCP4_SENT:
		put_tcp4(&builder, mac_router, mac_uplink, ip4_guest, ip4_router);
		break;
	case FRAME_TCP4_HOST:
		put_tcp4(&builder, mac_router, mac_uplink, ip4_host, ip4_router);
		break;
	}
	return builder.len;
}

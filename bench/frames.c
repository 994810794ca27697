/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "frames.h"
#include "wire/be.h"

const uint8_t mac_w[6] = {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd};
const uint8_t mac_router[6] = {0x00, 0x60, 0xdd, 0x00, 0x00, 0x20};
const uint8_t mac_guest[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x00};
const uint8_t ip4_router[4] = {10, 157, 255, 254}, ip4_guest[4] = {10, 41, 0, 0};
static const uint8_t ip4_host[4] = {10, 157, 255, 253};
const uint8_t ip6_router[16] = {0x20, 0x01, 0x0d, 0xb8, 0x01, 0x57, [15] = 0x20};
const uint8_t ip6_guest[16] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x41};

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct maker {
	uint8_t *p;
	size_t len;
};

static void bytes(struct maker *m, const void *from, size_t n)
{
	if (from)
		memcpy(m->p + m->len, from, n);
	else
		memset(m->p + m->len, 0, n);
	m->len += n;
}

static void b8(struct maker *m, unsigned v)
{
	m->p[m->len++] = (uint8_t)v;
}

static void b16(struct maker *m, unsigned v)
{
	b8(m, v >> 8);
	b8(m, v & 0xff);
}

static uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i++)
		s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return s;
}

static uint16_t finish(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void ether(struct maker *m, const uint8_t *dst, const uint8_t *src, unsigned type)
{
	bytes(m, dst, 6);
	bytes(m, src, 6);
	b16(m, type);
}

static void ip4(struct maker *m, unsigned total, unsigned proto, const uint8_t *src, const uint8_t *dst)
{
	size_t at = m->len;

	b16(m, 0x4500);
	b16(m, total);
	b16(m, 0);
	b16(m, 0x4000); /* do not fragment */
	b8(m, 64);
	b8(m, proto);
	b16(m, 0);
	bytes(m, src, 4);
	bytes(m, dst, 4);
	put_be16(m->p + at + 10, finish(sum(m->p + at, 20, 0)));
}

static void ip6(struct maker *m, unsigned plen, unsigned next, unsigned hops, const uint8_t *src, const uint8_t *dst)
{
	b16(m, 0x6000);
	b16(m, 0);
	b16(m, plen);
	b8(m, next);
	b8(m, hops);
	bytes(m, src, 16);
	bytes(m, dst, 16);
}

/* Sums the transport header from `at` to the end of the frame, with its pseudo header, into the field at csum. */
static void transport_sum(struct maker *m, size_t at, size_t csum, size_t addrs, size_t addrs_len, unsigned proto)
{
	uint32_t s = sum(m->p + addrs, addrs_len, proto + (uint32_t)(m->len - at));

	put_be16(m->p + csum, finish(sum(m->p + at, m->len - at, s)));
}

static void tcp(struct maker *m, size_t len)
{
	size_t at = m->len;

	b16(m, 40000);
	b16(m, 443);
	bytes(m, NULL, 8);
	b16(m, 0x5010);
	b16(m, 0xffff);
	bytes(m, NULL, 4);
	bytes(m, NULL, len - (m->len - at));
}

static void tcp4(struct maker *m, const uint8_t *to, const uint8_t *from, const uint8_t *src, const uint8_t *dst)
{
	ether(m, to, from, 0x0800);
	ip4(m, FRAME_MAX - 14, 6, src, dst);
	tcp(m, FRAME_MAX - 34);
	transport_sum(m, 34, 34 + 16, 26, 8, 6);
}

static void tcp6(struct maker *m, const uint8_t *to, const uint8_t *from, const uint8_t *src, const uint8_t *dst)
{
	ether(m, to, from, 0x86dd);
	ip6(m, FRAME_MAX - 54, 6, 64, src, dst);
	tcp(m, FRAME_MAX - 54);
	transport_sum(m, 54, 54 + 16, 22, 32, 6);
}

static void udp4(struct maker *m, size_t payload, unsigned sport, unsigned dport, const uint8_t *src,
		 const uint8_t *dst, const void *body)
{
	ip4(m, (unsigned)payload + 28, 17, src, dst);
	b16(m, sport);
	b16(m, dport);
	b16(m, (unsigned)payload + 8);
	b16(m, 0);
	bytes(m, body, payload);
	transport_sum(m, 34, 34 + 6, 26, 8, 17);
}

static void arp(struct maker *m, unsigned op, const uint8_t *sha, const uint8_t *spa, const uint8_t *tha,
		const uint8_t *tpa)
{
	b16(m, 1);
	b16(m, 0x0800);
	b16(m, 0x0604);
	b16(m, op);
	bytes(m, sha, 6);
	bytes(m, spa, 4);
	bytes(m, tha, 6);
	bytes(m, tpa, 4);
	bytes(m, NULL, 18); /* to the least length of an Ethernet frame */
}

static void nd(struct maker *m, unsigned type, unsigned flags, const uint8_t *src, const uint8_t *dst,
	       const uint8_t *target, unsigned opt, const uint8_t *lladdr)
{
	ip6(m, 32, 58, 255, src, dst);
	b8(m, type);
	b8(m, 0);
	b16(m, 0);
	b8(m, flags);
	bytes(m, NULL, 3);
	bytes(m, target, 16);
	b8(m, opt);
	b8(m, 1);
	bytes(m, lladdr, 6);
	transport_sum(m, 54, 54 + 2, 22, 32, 58);
}

static void dhcp(struct maker *m, unsigned op, unsigned type, unsigned flags)
{
	uint8_t body[300] = {0}, *o = body + 240;

	body[0] = (uint8_t)op;
	body[1] = 1;
	body[2] = 6;
	put_be32(body + 4, BENCH_XID);
	put_be16(body + 10, (uint16_t)flags);
	if (op == 2)
		memcpy(body + 16, ip4_guest, 4);
	memcpy(body + 28, mac_guest, 6);
	put_be32(body + 236, 0x63825363);
	*o++ = 53; /* message type */
	*o++ = 1;
	*o++ = (uint8_t)type;
	if (op == 1) {
		memcpy(o, "\x3d\x07\x01", 3); /* client identifier */
		memcpy(o + 3, mac_guest, 6);
		memcpy(o + 9, "\x37\x07\x01\x03\x06\x0c\x0f\x1c\x2a\x0c\x05guest", 16); /* parameters, host name */
		o += 25;
	} else {
		memcpy(o, "\x36\x04\x0a\x9d\xff\xfe\x33\x04\x00\x00\x0e\x10\x01\x04\xff\xff\x00\x00",
		       18); /* server, lease, mask */
		o += 18;
	}
	*o = 255;
	if (op == 1)
		udp4(m, sizeof(body), 68, 67, (const uint8_t[4]){0}, broadcast, body);
	else
		udp4(m, sizeof(body), 67, 68, ip4_router, broadcast, body);
}

/* The solicited-node address of `of` (RFC 4291, 2.7.1) and the group MAC address for it (RFC 2464, 7). */
static void solicited(const uint8_t *of, uint8_t *addr, uint8_t *mac)
{
	memset(addr, 0, 16);
	addr[0] = 0xff;
	addr[1] = 0x02;
	addr[11] = 1;
	addr[12] = 0xff;
	memcpy(addr + 13, of + 13, 3);
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, addr + 12, 4);
}

size_t frame_make(enum frame_kind kind, uint8_t *to)
{
	struct maker m = {.p = to};
	uint8_t group[16], mac[6];
	static const uint8_t nobody[6];

	switch (kind) {
	case FRAME_TCP4_OUT:
		tcp4(&m, mac_router, mac_guest, ip4_guest, ip4_router);
		break;
	case FRAME_TCP6_OUT:
		tcp6(&m, mac_router, mac_guest, ip6_guest, ip6_router);
		break;
	case FRAME_UDP4_OUT:
		ether(&m, mac_router, mac_guest, 0x0800);
		udp4(&m, 18, 40000, 40001, ip4_guest, ip4_router, NULL);
		break;
	case FRAME_ARP_REQUEST_OUT:
		ether(&m, broadcast, mac_guest, 0x0806);
		arp(&m, 1, mac_guest, ip4_guest, nobody, ip4_router);
		break;
	case FRAME_NS_OUT:
		solicited(ip6_router, group, mac);
		ether(&m, mac, mac_guest, 0x86dd);
		nd(&m, 135, 0, ip6_guest, group, ip6_router, 1, mac_guest);
		break;
	case FRAME_DHCP_DISCOVER:
		ether(&m, broadcast, mac_guest, 0x0800);
		dhcp(&m, 1, 1, 0);
		break;
	case FRAME_TCP4_IN:
		tcp4(&m, mac_w, mac_router, ip4_router, ip4_guest);
		break;
	case FRAME_TCP6_IN:
		tcp6(&m, mac_w, mac_router, ip6_router, ip6_guest);
		break;
	case FRAME_UDP4_IN:
		ether(&m, mac_w, mac_router, 0x0800);
		udp4(&m, 18, 40001, 40000, ip4_router, ip4_guest, NULL);
		break;
	case FRAME_ARP_REPLY_IN:
		ether(&m, mac_w, mac_router, 0x0806);
		arp(&m, 2, mac_router, ip4_router, mac_w, ip4_guest);
		break;
	case FRAME_ARP_REQUEST_IN:
		ether(&m, broadcast, mac_router, 0x0806);
		arp(&m, 1, mac_router, ip4_router, nobody, ip4_guest);
		break;
	case FRAME_NA_IN:
		ether(&m, mac_w, mac_router, 0x86dd);
		nd(&m, 136, 0xe0, ip6_router, ip6_guest, ip6_router, 2, mac_router);
		break;
	case FRAME_NS_IN:
		solicited(ip6_guest, group, mac);
		ether(&m, mac, mac_router, 0x86dd);
		nd(&m, 135, 0, ip6_router, group, ip6_guest, 1, mac_router);
		break;
	case FRAME_DHCP_OFFER:
		ether(&m, broadcast, mac_router, 0x0800);
		dhcp(&m, 2, 2, 0x8000);
		break;
	case FRAME_TCP4_SENT:
		tcp4(&m, mac_router, mac_w, ip4_guest, ip4_router);
		break;
	case FRAME_TCP4_HOST:
		tcp4(&m, mac_router, mac_w, ip4_host, ip4_router);
		break;
	}
	return m.len;
}

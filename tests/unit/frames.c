/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <string.h>

const uint8_t mac_w[6] = {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd};
const uint8_t mac_a[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x01};
const uint8_t mac_b[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x02};
const uint8_t mac_c[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x03};
const uint8_t mac_router[6] = {0x02, 0x99, 0x00, 0x00, 0x00, 0xfe};
const uint8_t mac_near[6] = {0x02, 0x99, 0x00, 0x00, 0x00, 0x07};
const uint8_t mac_all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
const uint8_t mac_6all[6] = {0x33, 0x33, 0, 0, 0, 1};
const uint8_t mac_none[6];
const uint8_t ip_a[4] = {192, 168, 157, 41};
const uint8_t ip_b[4] = {192, 168, 157, 42};
const uint8_t ip_c[4] = {192, 168, 157, 43};
const uint8_t ip_host[4] = {192, 168, 157, 21};
const uint8_t ip_router[4] = {192, 168, 157, 20};
const uint8_t ip_near[4] = {192, 168, 157, 77};
const uint8_t ip_net[4] = {192, 168, 157, 255};
const uint8_t ip_all[4] = {255, 255, 255, 255};
const uint8_t ip_none[4];
const uint8_t ip6_a[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xa};
const uint8_t ip6_b[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xb};
const uint8_t ip6_c[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xc};
const uint8_t ip6_host[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x21};
const uint8_t ip6_router[16] = {0xfe, 0x80, [15] = 0x20};
const uint8_t ip6_near[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x77};
const uint8_t ip6_nodes[16] = {0xff, 0x02, [15] = 1};
const uint8_t ip6_none[16];

static void be(uint8_t *p, uint32_t v, int bytes)
{
	while (bytes--) {
		p[bytes] = (uint8_t)v;
		v >>= 8;
	}
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t sum_bytes(const uint8_t *p, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	return sum;
}

uint16_t fold_sum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void append(struct frame *f, const void *data, uint32_t len)
{
	if (len > sizeof(f->b) - f->len)
		len = sizeof(f->b) - f->len;
	if (len)
		memcpy(f->b + f->len, data, len);
	f->len += len;
}

void put_ether(struct frame *f, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	uint8_t t[2];

	f->len = 0;
	be(t, type, 2);
	append(f, dst, 6);
	append(f, src, 6);
	append(f, t, 2);
}

void put_arp(struct frame *f, const uint8_t *dst, const uint8_t *src, uint16_t op, const uint8_t *sha,
	     const uint8_t *spa, const uint8_t *tha, const uint8_t *tpa)
{
	uint8_t head[8] = {0, 1, 8, 0, 6, 4};

	put_ether(f, dst, src, 0x0806);
	be(head + 6, op, 2);
	append(f, head, 8);
	append(f, sha, 6);
	append(f, spa, 4);
	append(f, tha, 6);
	append(f, tpa, 4);
}

void put_ip4(struct frame *f, const uint8_t *dst, const uint8_t *src, const struct ip4 *ip, const void *data,
	     uint32_t len)
{
	uint8_t h[60] = {0};
	uint32_t hlen = 20u + ip->options;

	put_ether(f, dst, src, 0x0800);
	h[0] = (uint8_t)(0x40 | hlen / 4);
	be(h + 2, hlen + len, 2);
	be(h + 4, 0x1234, 2);
	be(h + 6, ip->frag, 2);
	h[8] = 64;
	h[9] = ip->proto;
	memcpy(h + 12, ip->src, 4);
	memcpy(h + 16, ip->dst, 4);
	memset(h + 20, 1, ip->options); /* no operation */
	be(h + 10, (uint16_t)~fold_sum(sum_bytes(h, hlen, 0)), 2);
	append(f, h, hlen);
	append(f, data, len);
}

void put_udp4(struct frame *f, const uint8_t *dst, const uint8_t *src, const struct ip4 *ip, uint16_t sport,
	      uint16_t dport, const void *data, uint32_t len, bool zero_csum)
{
	uint8_t u[FRAME_MAX];
	struct ip4 udp = *ip;
	uint32_t sum;

	udp.proto = 17;
	be(u, sport, 2);
	be(u + 2, dport, 2);
	be(u + 4, 8 + len, 2);
	be(u + 6, 0, 2);
	if (len)
		memcpy(u + 8, data, len);
	sum = sum_bytes(u, 8 + len, sum_bytes(ip->dst, 4, sum_bytes(ip->src, 4, 17 + 8 + len)));
	if (!zero_csum)
		be(u + 6, fold_sum(sum) == 0xffff ? 0xffff : (uint16_t)~fold_sum(sum), 2);
	put_ip4(f, dst, src, &udp, u, 8 + len);
}

void put_dhcp(struct frame *f, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	      const struct dhcp *d)
{
	uint8_t m[1400] = {d->op, 1, 6};
	struct ip4 ip = {.src = sip, .dst = dip, .options = d->ip_options};
	uint32_t at = 240;

	be(m + 4, d->xid, 4);
	be(m + 10, d->flags, 2);
	if (d->ciaddr)
		memcpy(m + 12, d->ciaddr, 4);
	if (d->yiaddr)
		memcpy(m + 16, d->yiaddr, 4);
	if (d->giaddr)
		memcpy(m + 24, d->giaddr, 4);
	if (d->chaddr)
		memcpy(m + 28, d->chaddr, 6);
	be(m + 236, d->bad_cookie ? 0x63825364 : 0x63825363, 4);
	m[at++] = 53;
	m[at++] = 1;
	m[at++] = d->type;
	if (d->requested) {
		m[at++] = 50;
		m[at++] = 4;
		memcpy(m + at, d->requested, 4);
		at += 4;
	}
	if (d->lease) {
		m[at++] = 51;
		m[at++] = 4;
		be(m + at, d->lease, 4);
		at += 4;
	}
	at += d->pad;
	m[at++] = 255;
	put_udp4(f, dst, src, &ip, d->op == 1 ? 68 : 67, d->op == 1 ? 67 : 68, m, at, d->zero_csum);
}

void put_ip6(struct frame *f, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	     uint8_t next, uint8_t hops, const void *data, uint32_t len)
{
	uint8_t h[40] = {0x60};

	put_ether(f, dst, src, 0x86dd);
	be(h + 4, len, 2);
	h[6] = next;
	h[7] = hops;
	memcpy(h + 8, sip, 16);
	memcpy(h + 24, dip, 16);
	append(f, h, 40);
	append(f, data, len);
}

void put_icmp6(struct frame *f, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	       uint8_t hops, const void *message, uint32_t len, uint8_t first, const void *ext, uint32_t ext_len)
{
	uint8_t p[FRAME_MAX];
	uint32_t sum;

	if (ext_len)
		memcpy(p, ext, ext_len);
	memcpy(p + ext_len, message, len);
	be(p + ext_len + 2, 0, 2);
	sum = sum_bytes(p + ext_len, len, sum_bytes(dip, 16, sum_bytes(sip, 16, 58 + len)));
	be(p + ext_len + 2, (uint16_t)~fold_sum(sum), 2);
	put_ip6(f, dst, src, sip, dip, ext_len ? first : 58, hops, p, ext_len + len);
}

void put_nd(struct frame *f, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	    const struct nd *nd)
{
	uint8_t m[FRAME_MAX - 100] = {nd->type, nd->code, 0, 0, nd->flags};
	uint32_t at = nd->type == RS ? 8 : nd->type == RA ? 16 : nd->type == REDIRECT ? 40 : 24;

	if (nd->target && at >= 24)
		memcpy(m + 8, nd->target, 16);
	if (nd->type == REDIRECT)
		memcpy(m + 24, ip6_near, 16);
	if (nd->options_len) {
		memcpy(m + at, nd->options, nd->options_len);
		at += nd->options_len;
	}
	if (nd->slla) {
		m[at] = SLLA;
		m[at + 1] = 1;
		memcpy(m + at + 2, nd->slla, 6);
		at += 8;
	}
	if (nd->tlla) {
		m[at] = TLLA;
		m[at + 1] = 1;
		memcpy(m + at + 2, nd->tlla, 6);
		at += 8;
	}
	put_icmp6(f, dst, src, sip, dip, nd->hops ? nd->hops : 255, m, at, 0, NULL, 0);
}

void add_tag(struct frame *f, uint16_t tpid, uint16_t tci)
{
	if (f->len < 12 || f->len + 4 > sizeof(f->b))
		return;
	memmove(f->b + 16, f->b + 12, f->len - 12);
	be(f->b + 12, tpid, 2);
	be(f->b + 14, tci, 2);
	f->len += 4;
}

void add_padding(struct frame *f, uint32_t len, uint8_t byte)
{
	while (len-- && f->len < sizeof(f->b))
		f->b[f->len++] = byte;
}

void group_of_ip6(uint8_t mac[6], const uint8_t *group)
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, group + 12, 4);
}

void solicited_node(uint8_t group[16], const uint8_t *addr)
{
	static const uint8_t prefix[13] = {0xff, 2, [11] = 1, [12] = 0xff};

	memcpy(group, prefix, 13);
	memcpy(group + 13, addr + 13, 3);
}

static unsigned checksums_ip4(const uint8_t *p, uint32_t len)
{
	uint32_t hlen, total, ulen;
	unsigned r;

	if (len < 20 || p[0] >> 4 != 4)
		return 0;
	hlen = (p[0] & 15u) * 4;
	total = get16(p + 2);
	if (hlen < 20 || total < hlen || total > len)
		return 0;
	r = fold_sum(sum_bytes(p, hlen, 0)) == 0xffff ? CSUM_IP4_OK : CSUM_IP4_BAD;
	if (p[9] != 17 || (get16(p + 6) & 0x3fff) || total - hlen < 8)
		return r;
	ulen = get16(p + hlen + 4);
	if (ulen < 8 || ulen > total - hlen)
		return r;
	if (get16(p + hlen + 6) == 0)
		return r | CSUM_UDP_NONE;
	return r | (fold_sum(sum_bytes(p + hlen, ulen, sum_bytes(p + 12, 8, 17 + ulen))) == 0xffff ? CSUM_UDP_OK
												   : CSUM_UDP_BAD);
}

static unsigned checksums_ip6(const uint8_t *p, uint32_t len)
{
	uint32_t end, at = 40;
	uint8_t next;

	if (len < 40 || p[0] >> 4 != 6)
		return 0;
	end = 40u + get16(p + 4);
	if (end > len)
		return 0;
	next = p[6];
	while (next == 0 || next == 43 || next == 60) {
		if (at + 8 > end)
			return 0;
		next = p[at];
		at += 8 + 8u * p[at + 1];
		if (at > end)
			return 0;
	}
	if (next != 58 || end - at < 4)
		return 0;
	return fold_sum(sum_bytes(p + at, end - at, sum_bytes(p + 8, 32, 58 + end - at))) == 0xffff ? CSUM_ICMP6_OK
												    : CSUM_ICMP6_BAD;
}

unsigned checksums(const struct frame *f)
{
	uint32_t at = 14;

	if (f->len < 14)
		return 0;
	if (get16(f->b + 12) == 0x8100 && f->len >= 18)
		at = 18;
	if (get16(f->b + at - 2) == 0x0800)
		return checksums_ip4(f->b + at, f->len - at);
	if (get16(f->b + at - 2) == 0x86dd)
		return checksums_ip6(f->b + at, f->len - at);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frames.h"

#include <string.h>

const uint8_t mac_uplink[6] = {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd};
const uint8_t mac_a[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x01};
const uint8_t mac_b[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x02};
const uint8_t mac_c[6] = {0x00, 0x60, 0x00, 0x00, 0x00, 0x03};
const uint8_t mac_router[6] = {0x02, 0x99, 0x00, 0x00, 0x00, 0xfe};
const uint8_t mac_neighbour[6] = {0x02, 0x99, 0x00, 0x00, 0x00, 0x07};
const uint8_t mac_broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
const uint8_t mac_all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
const uint8_t mac_zero[6];
const uint8_t ip_a[4] = {192, 168, 157, 41};
const uint8_t ip_b[4] = {192, 168, 157, 42};
const uint8_t ip_c[4] = {192, 168, 157, 43};
const uint8_t ip_host[4] = {192, 168, 157, 21};
const uint8_t ip_router[4] = {192, 168, 157, 20};
const uint8_t ip_neighbour[4] = {192, 168, 157, 77};
const uint8_t ip_directed_broadcast[4] = {192, 168, 157, 255};
const uint8_t ip_broadcast[4] = {255, 255, 255, 255};
const uint8_t ip_zero[4];
const uint8_t ip6_a[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xa};
const uint8_t ip6_b[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xb};
const uint8_t ip6_c[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xc};
const uint8_t ip6_host[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x21};
const uint8_t ip6_router[16] = {0xfe, 0x80, [15] = 0x20};
const uint8_t ip6_neighbour[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x77};
const uint8_t ip6_all_nodes[16] = {0xff, 0x02, [15] = 1};
const uint8_t ip6_zero[16];

static void put_be(uint8_t *to, uint32_t value, int bytes)
{
	while (bytes--) {
		to[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

uint32_t sum_bytes(const uint8_t *bytes, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += get16(bytes + i);
	if (len & 1)
		sum += (uint32_t)bytes[len - 1] << 8;
	return sum;
}

uint16_t fold_sum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void append(struct raw_frame *frame, const void *data, uint32_t len)
{
	if (len > sizeof(frame->bytes) - frame->len)
		len = sizeof(frame->bytes) - frame->len;
	if (len)
		memcpy(frame->bytes + frame->len, data, len);
	frame->len += len;
}

void put_ether(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	uint8_t type_bytes[2];

	frame->len = 0;
	put_be(type_bytes, type, 2);
	append(frame, dst, 6);
	append(frame, src, 6);
	append(frame, type_bytes, 2);
}

void put_arp(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, uint16_t op, const uint8_t *sha,
	     const uint8_t *spa, const uint8_t *tha, const uint8_t *tpa)
{
	uint8_t head[8] = {0, 1, 8, 0, 6, 4};

	put_ether(frame, dst, src, 0x0806);
	put_be(head + 6, op, 2);
	append(frame, head, 8);
	append(frame, sha, 6);
	append(frame, spa, 4);
	append(frame, tha, 6);
	append(frame, tpa, 4);
}

void put_ip4(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const struct ip4_spec *ip,
	     const void *data, uint32_t len)
{
	uint8_t header[60] = {0};
	uint32_t hlen = 20u + ip->options;

	put_ether(frame, dst, src, 0x0800);
	header[0] = (uint8_t)(0x40 | hlen / 4);
	put_be(header + 2, hlen + len, 2);
	put_be(header + 4, 0x1234, 2);
	put_be(header + 6, ip->frag, 2);
	header[8] = ip->ttl ? ip->ttl : 64;
	header[9] = ip->proto;
	memcpy(header + 12, ip->src, 4);
	memcpy(header + 16, ip->dst, 4);
	memset(header + 20, 1, ip->options); /* no operation */
	put_be(header + 10, (uint16_t)~fold_sum(sum_bytes(header, hlen, 0)), 2);
	append(frame, header, hlen);
	append(frame, data, len);
}

void put_udp4(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const struct ip4_spec *ip,
	      uint16_t sport, uint16_t dport, const void *data, uint32_t len, bool zero_csum)
{
	uint8_t datagram[FRAME_MAX];
	struct ip4_spec udp = *ip;
	uint32_t sum;

	udp.proto = 17;
	put_be(datagram, sport, 2);
	put_be(datagram + 2, dport, 2);
	put_be(datagram + 4, 8 + len, 2);
	put_be(datagram + 6, 0, 2);
	if (len)
		memcpy(datagram + 8, data, len);
	sum = sum_bytes(datagram, 8 + len, sum_bytes(ip->dst, 4, sum_bytes(ip->src, 4, 17 + 8 + len)));
	if (!zero_csum)
		put_be(datagram + 6, fold_sum(sum) == 0xffff ? 0xffff : (uint16_t)~fold_sum(sum), 2);
	put_ip4(frame, dst, src, &udp, datagram, 8 + len);
}

void put_dhcp(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	      const struct dhcp_spec *spec)
{
	uint8_t message[1400] = {spec->op, 1, 6};
	struct ip4_spec ip = {.src = sip, .dst = dip, .options = spec->ip_options};
	uint32_t at = 240;

	put_be(message + 4, spec->xid, 4);
	put_be(message + 10, spec->flags, 2);
	if (spec->ciaddr)
		memcpy(message + 12, spec->ciaddr, 4);
	if (spec->yiaddr)
		memcpy(message + 16, spec->yiaddr, 4);
	if (spec->giaddr)
		memcpy(message + 24, spec->giaddr, 4);
	if (spec->chaddr)
		memcpy(message + 28, spec->chaddr, 6);
	put_be(message + 236, spec->bad_cookie ? 0x63825364 : 0x63825363, 4);
	message[at++] = 53;
	message[at++] = 1;
	message[at++] = spec->type;
	if (spec->requested) {
		message[at++] = 50;
		message[at++] = 4;
		memcpy(message + at, spec->requested, 4);
		at += 4;
	}
	if (spec->lease) {
		message[at++] = 51;
		message[at++] = 4;
		put_be(message + at, spec->lease, 4);
		at += 4;
	}
	at += spec->pad;
	message[at++] = 255;
	put_udp4(frame, dst, src, &ip, spec->op == 1 ? 68 : 67, spec->op == 1 ? 67 : 68, message, at, spec->zero_csum);
}

void put_ip6(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	     uint8_t next, uint8_t hops, const void *data, uint32_t len)
{
	uint8_t header[40] = {0x60};

	put_ether(frame, dst, src, 0x86dd);
	put_be(header + 4, len, 2);
	header[6] = next;
	header[7] = hops;
	memcpy(header + 8, sip, 16);
	memcpy(header + 24, dip, 16);
	append(frame, header, 40);
	append(frame, data, len);
}

void put_icmp6(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	       uint8_t hops, const void *message, uint32_t len, uint8_t first, const void *ext, uint32_t ext_len)
{
	uint8_t packet[FRAME_MAX];
	uint32_t sum;

	if (ext_len)
		memcpy(packet, ext, ext_len);
	memcpy(packet + ext_len, message, len);
	put_be(packet + ext_len + 2, 0, 2);
	sum = sum_bytes(packet + ext_len, len, sum_bytes(dip, 16, sum_bytes(sip, 16, 58 + len)));
	put_be(packet + ext_len + 2, (uint16_t)~fold_sum(sum), 2);
	put_ip6(frame, dst, src, sip, dip, ext_len ? first : 58, hops, packet, ext_len + len);
}

void put_nd(struct raw_frame *frame, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
	    const struct nd_spec *nd)
{
	uint8_t message[FRAME_MAX - 100] = {nd->type, nd->code, 0, 0, nd->flags};
	uint32_t at = nd->type == RS ? 8 : nd->type == RA ? 16 : nd->type == REDIRECT ? 40 : 24;

	if (nd->target && at >= 24)
		memcpy(message + 8, nd->target, 16);
	if (nd->type == REDIRECT)
		memcpy(message + 24, ip6_neighbour, 16);
	if (nd->options_len) {
		memcpy(message + at, nd->options, nd->options_len);
		at += nd->options_len;
	}
	if (nd->slla) {
		message[at] = SLLA;
		message[at + 1] = 1;
		memcpy(message + at + 2, nd->slla, 6);
		at += 8;
	}
	if (nd->tlla) {
		message[at] = TLLA;
		message[at + 1] = 1;
		memcpy(message + at + 2, nd->tlla, 6);
		at += 8;
	}
	put_icmp6(frame, dst, src, sip, dip, nd->hops ? nd->hops : 255, message, at, 0, NULL, 0);
}

void add_tag(struct raw_frame *frame, uint16_t tpid, uint16_t tci)
{
	if (frame->len < 12 || frame->len + 4 > sizeof(frame->bytes))
		return;
	memmove(frame->bytes + 16, frame->bytes + 12, frame->len - 12);
	put_be(frame->bytes + 12, tpid, 2);
	put_be(frame->bytes + 14, tci, 2);
	frame->len += 4;
}

void add_padding(struct raw_frame *frame, uint32_t len, uint8_t byte)
{
	while (len-- && frame->len < sizeof(frame->bytes))
		frame->bytes[frame->len++] = byte;
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

static unsigned checksums_ip4(const uint8_t *packet, uint32_t len)
{
	uint32_t hlen, total, ulen;
	unsigned result;

	if (len < 20 || packet[0] >> 4 != 4)
		return 0;
	hlen = (packet[0] & 15u) * 4;
	total = get16(packet + 2);
	if (hlen < 20 || total < hlen || total > len)
		return 0;
	result = fold_sum(sum_bytes(packet, hlen, 0)) == 0xffff ? CSUM_IP4_OK : CSUM_IP4_BAD;
	if (packet[9] != 17 || (get16(packet + 6) & 0x3fff) || total - hlen < 8)
		return result;
	ulen = get16(packet + hlen + 4);
	if (ulen < 8 || ulen > total - hlen)
		return result;
	if (get16(packet + hlen + 6) == 0)
		return result | CSUM_UDP_NONE;
	return result | (fold_sum(sum_bytes(packet + hlen, ulen, sum_bytes(packet + 12, 8, 17 + ulen))) == 0xffff
				 ? CSUM_UDP_OK
				 : CSUM_UDP_BAD);
}

static unsigned checksums_ip6(const uint8_t *packet, uint32_t len)
{
	uint32_t end, at = 40;
	uint8_t next;

	if (len < 40 || packet[0] >> 4 != 6)
		return 0;
	end = 40u + get16(packet + 4);
	if (end > len)
		return 0;
	next = packet[6];
	while (next == 0 || next == 43 || next == 60) {
		if (at + 8 > end)
			return 0;
		next = packet[at];
		at += 8 + 8u * packet[at + 1];
		if (at > end)
			return 0;
	}
	if (next != 58 || end - at < 4)
		return 0;
	return fold_sum(sum_bytes(packet + at, end - at, sum_bytes(packet + 8, 32, 58 + end - at))) == 0xffff
		       ? CSUM_ICMP6_OK
		       : CSUM_ICMP6_BAD;
}

unsigned checksums(const struct raw_frame *frame)
{
	uint32_t at = 14;

	if (frame->len < 14)
		return 0;
	if (get16(frame->bytes + 12) == 0x8100 && frame->len >= 18)
		at = 18;
	if (get16(frame->bytes + at - 2) == 0x0800)
		return checksums_ip4(frame->bytes + at, frame->len - at);
	if (get16(frame->bytes + at - 2) == 0x86dd)
		return checksums_ip6(frame->bytes + at, frame->len - at);
	return 0;
}

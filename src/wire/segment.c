/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/segment.h"

#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

enum {
	IP6_HLEN = 40,
	TCP = 6,
	TCP_SEQ = 4,
	TCP_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_CHECKSUM = 16,
	FIN = 1,
	PSH = 8,
	CWR = 0x80
};

/* ---- checksums ---- */

/* Adds the Internet checksum over `len` bytes to `sum`, unfolded. All pieces but the last must have even lengths. */
static uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t len)
{
	uint32_t word;

	/* RFC 1071, 2: folded, a sum of 32-bit words is that of 16-bit words, in either byte order. */
	for (; len >= 4; len -= 4, bytes += 4) {
		memcpy(&word, bytes, 4);
		sum += word;
	}
	word = 0;
	memcpy(&word, bytes, len);
	return sum + word;
}

/* Returns the checksum in network byte order, not complemented. */
static uint16_t checksum_fold(uint64_t sum)
{
	uint8_t pair[2];
	uint16_t folded;

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)sum;
	memcpy(pair, &folded, 2);
	return be16(pair);
}

bool checksum_complete(const struct vnet_hdr *vnet, uint8_t *frame, uint32_t len)
{
	uint32_t csum_offset = (uint32_t)vnet->csum_start + vnet->csum_offset;
	uint16_t sum;

	if (csum_offset + 2 > len)
		return false;
	/* The field holds the sum of the pseudo header, which is part of the sum. */
	sum = (uint16_t)~checksum_fold(checksum_add(0, frame + vnet->csum_start, len - vnet->csum_start));
	put_be16(frame + csum_offset, sum ? sum : 0xffff); /* zero means "no checksum" (RFC 768) */
	return true;
}

/* ---- segments ---- */

/* Does the longest segment fit the length field of its network header? That of IPv6 does not count the header. */
static bool segment_len_fits(const struct segments *segments)
{
	uint32_t payload = segments->len - segments->headers_len;

	if (payload > segments->gso_size)
		payload = segments->gso_size;
	return segments->headers_len - segments->network_offset + payload <=
	       (uint32_t)UINT16_MAX + (segments->ip6 ? IP6_HLEN : 0);
}

bool segments_begin(struct segments *segments, const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len)
{
	uint16_t type;

	*segments =
		(struct segments){.frame = frame, .len = len, .network_offset = ETHER_HLEN, .gso_size = vnet->gso_size};
	if (len < ETHER_HLEN || !vnet->gso_size || !vnet_needs_csum(vnet))
		return false;
	type = be16(frame + 12);
	for (int tags = 0;
	     tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN) && segments->network_offset + 4 <= len;
	     tags++) {
		type = be16(frame + segments->network_offset + 2);
		segments->network_offset += 4;
	}
	segments->ip6 = type == ETHERTYPE_IP6;
	segments->transport_offset = vnet->csum_start;
	if ((type != ETHERTYPE_IP4 && !segments->ip6) ||
	    segments->transport_offset < segments->network_offset + (segments->ip6 ? IP6_HLEN : 20) ||
	    segments->transport_offset + 20 > len || vnet->csum_offset != TCP_CHECKSUM ||
	    !vnet_is_complete(vnet, frame, len))
		return false;
	segments->headers_len = segments->transport_offset + (frame[segments->transport_offset + TCP_OFFSET] >> 4) * 4u;
	if (segments->headers_len < segments->transport_offset + 20 || segments->headers_len >= len ||
	    !segment_len_fits(segments))
		return false;
	segments->offset = segments->headers_len;
	segments->count = (len - segments->headers_len + segments->gso_size - 1) / segments->gso_size;
	return true;
}

static uint32_t payload_len(const struct segments *segments)
{
	return segments->len - segments->offset < segments->gso_size ? segments->len - segments->offset
								     : segments->gso_size;
}

uint32_t segments_next_len(const struct segments *segments)
{
	return segments->offset < segments->len ? segments->headers_len + payload_len(segments) : 0;
}

/* Writes length, identification and header checksum. Returns the sum of the pseudo header. */
static uint64_t write_network_header(const struct segments *segments, uint8_t *to, uint32_t len)
{
	uint8_t *ip = to + segments->network_offset, pseudo_tail[4] = {0, TCP};
	uint32_t tcp = len - segments->transport_offset;

	put_be16(pseudo_tail + 2, (uint16_t)tcp);
	if (segments->ip6) {
		put_be16(ip + 4, (uint16_t)(len - segments->network_offset - IP6_HLEN));
		return checksum_add(checksum_add(0, ip + 8, 32), pseudo_tail, 4);
	}
	put_be16(ip + 2, (uint16_t)(len - segments->network_offset));
	put_be16(ip + 4, (uint16_t)(be16(ip + 4) + segments->index));
	put_be16(ip + 10, 0);
	put_be16(ip + 10,
		 (uint16_t)~checksum_fold(checksum_add(0, ip, segments->transport_offset - segments->network_offset)));
	return checksum_add(checksum_add(0, ip + 12, 8), pseudo_tail, 4);
}

void segments_write(struct segments *segments, uint8_t *to)
{
	uint32_t payload = payload_len(segments), seq;
	uint8_t *tcp = to + segments->transport_offset;
	uint64_t sum;

	memcpy(to, segments->frame, segments->headers_len);
	memcpy(to + segments->headers_len, segments->frame + segments->offset, payload);
	seq = be32(tcp + TCP_SEQ) + (segments->offset - segments->headers_len);
	put_be16(tcp + TCP_SEQ, (uint16_t)(seq >> 16));
	put_be16(tcp + TCP_SEQ + 2, (uint16_t)seq);
	if (segments->offset + payload < segments->len)
		tcp[TCP_FLAGS] &= (uint8_t) ~(FIN | PSH);
	if (segments->index)
		tcp[TCP_FLAGS] &= (uint8_t)~CWR; /* RFC 3168, 6.1.2: only on the first segment */
	sum = write_network_header(segments, to, segments->headers_len + payload);
	put_be16(tcp + TCP_CHECKSUM, 0);
	put_be16(tcp + TCP_CHECKSUM, (uint16_t)~checksum_fold(checksum_add(
					     sum, tcp, segments->headers_len + payload - segments->transport_offset)));
	segments->offset += payload;
	segments->index++;
}

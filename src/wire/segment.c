/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/segment.h"

#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

enum { TCP = 6, TCP_SEQ = 4, TCP_OFFSET = 12, TCP_FLAGS = 13, TCP_CHECKSUM = 16, FIN = 1, PSH = 8, CWR = 0x80 };

/* ---- checksums ---- */

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t len)
{
	uint32_t word;

	/* Sums of words of four bytes are, folded, those of words of two, in whatever order the machine has them. */
	for (; len >= 4; len -= 4, bytes += 4) {
		memcpy(&word, bytes, 4);
		sum += word;
	}
	word = 0;
	memcpy(&word, bytes, len);
	return sum + word;
}

uint16_t checksum_fold(uint64_t sum)
{
	uint8_t pair[2];
	uint16_t folded;

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)sum;
	memcpy(pair, &folded, 2);
	return be16(pair);
}

static void put(uint8_t *at, uint16_t sum)
{
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

bool checksum_complete(const struct vnet_hdr *h, uint8_t *frame, uint32_t len)
{
	uint32_t field = (uint32_t)h->csum_start + h->csum_offset;
	uint16_t sum;

	if (field + 2 > len)
		return false;
	/* The field holds the sum of the pseudo header, and is summed with the rest. */
	sum = (uint16_t)~checksum_fold(checksum_add(0, frame + h->csum_start, len - h->csum_start));
	put(frame + field, sum ? sum : 0xffff); /* zero would say that there is none (RFC 768) */
	return true;
}

/* ---- segments ---- */

bool segments_begin(struct segments *s, const struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	uint16_t type;

	*s = (struct segments){.frame = frame, .len = len, .network = ETHER_HLEN, .size = h->gso_size};
	if (len < ETHER_HLEN || !h->gso_size || !vnet_partial(h))
		return false;
	type = be16(frame + 12);
	for (int tags = 0; tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN) && s->network + 4 <= len;
	     tags++) {
		type = be16(frame + s->network + 2);
		s->network += 4;
	}
	s->ip6 = type == ETHERTYPE_IP6;
	s->transport = h->csum_start;
	if ((type != ETHERTYPE_IP4 && !s->ip6) || s->transport < s->network + (s->ip6 ? 40 : 20) ||
	    s->transport + 20 > len || h->csum_offset != TCP_CHECKSUM || !vnet_describes(h, frame, len))
		return false;
	s->headers = s->transport + (frame[s->transport + TCP_OFFSET] >> 4) * 4u;
	if (s->headers < s->transport + 20 || s->headers >= len)
		return false;
	s->at = s->headers;
	s->count = (len - s->headers + s->size - 1) / s->size;
	return true;
}

static uint32_t payload(const struct segments *s)
{
	return s->len - s->at < s->size ? s->len - s->at : s->size;
}

uint32_t segments_next(const struct segments *s)
{
	return s->at < s->len ? s->headers + payload(s) : 0;
}

/* Returns the sum of the pseudo header. */
static uint64_t write_network(const struct segments *s, uint8_t *to, uint32_t len)
{
	uint8_t *ip = to + s->network, tail[4] = {0, TCP};
	uint32_t tcp = len - s->transport;

	put(tail + 2, (uint16_t)tcp);
	if (s->ip6) {
		put(ip + 4, (uint16_t)(len - s->network - 40));
		return checksum_add(checksum_add(0, ip + 8, 32), tail, 4);
	}
	put(ip + 2, (uint16_t)(len - s->network));
	put(ip + 4, (uint16_t)(be16(ip + 4) + s->index));
	put(ip + 10, 0);
	put(ip + 10, (uint16_t)~checksum_fold(checksum_add(0, ip, s->transport - s->network)));
	return checksum_add(checksum_add(0, ip + 12, 8), tail, 4);
}

void segments_write(struct segments *s, uint8_t *to)
{
	uint32_t n = payload(s), seq;
	uint8_t *tcp = to + s->transport;
	uint64_t sum;

	memcpy(to, s->frame, s->headers);
	memcpy(to + s->headers, s->frame + s->at, n);
	seq = be32(tcp + TCP_SEQ) + (s->at - s->headers);
	put(tcp + TCP_SEQ, (uint16_t)(seq >> 16));
	put(tcp + TCP_SEQ + 2, (uint16_t)seq);
	if (s->at + n < s->len)
		tcp[TCP_FLAGS] &= (uint8_t) ~(FIN | PSH);
	if (s->index)
		tcp[TCP_FLAGS] &= (uint8_t)~CWR; /* RFC 3168 6.1.2: it is said once */
	sum = write_network(s, to, s->headers + n);
	put(tcp + TCP_CHECKSUM, 0);
	put(tcp + TCP_CHECKSUM, (uint16_t)~checksum_fold(checksum_add(sum, tcp, s->headers + n - s->transport)));
	s->at += n;
	s->index++;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/vnet.h"

#include <string.h>

#include "wire/be.h"
#include "wire/ether.h"

enum { TCP = 6, UDP = 17, IP6_EXTENSIONS = 8 };

bool vnet_partial(const struct vnet_hdr *h)
{
	return h->flags & VNET_NEEDS_CSUM;
}

static uint32_t transport(const uint8_t *frame, uint32_t len, uint32_t at, uint8_t proto)
{
	if (proto == TCP && at + 20 <= len)
		return at + (uint32_t)(frame[at + 12] >> 4) * 4;
	return proto == UDP ? at + 8 : at;
}

/* Options and routing headers; what comes behind a fragment header is not to be cut, so it does not matter here. */
static uint32_t ip6_headers(const uint8_t *frame, uint32_t len, uint32_t at)
{
	uint8_t next = frame[at + 6];

	at += 40;
	for (int i = 0; i < IP6_EXTENSIONS && (next == 0 || next == 43 || next == 60) && at + 8 <= len; i++) {
		next = frame[at];
		at += (frame[at + 1] + 1u) * 8;
	}
	return transport(frame, len, at, next);
}

uint32_t vnet_headers(const uint8_t *frame, uint32_t len)
{
	uint32_t at = ETHER_HLEN, end = ETHER_HLEN;
	uint16_t type;

	if (len < ETHER_HLEN)
		return len;
	type = be16(frame + 12);
	while ((type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN) && at + 4 <= len && at <= ETHER_HLEN + 4) {
		type = be16(frame + at + 2);
		at += 4;
		end = at;
	}
	if (type == ETHERTYPE_IP4 && at + 20 <= len)
		end = transport(frame, len, at + (frame[at] & 15u) * 4, frame[at + 9]);
	else if (type == ETHERTYPE_IP6 && at + 40 <= len)
		end = ip6_headers(frame, len, at);
	return end > len ? len : end;
}

uint32_t vnet_segment(const struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	uint32_t longest;

	if ((h->gso_type & (uint8_t)~VNET_GSO_ECN) == VNET_GSO_NONE || !h->gso_size)
		return 0;
	longest = vnet_headers(frame, len) + h->gso_size;
	return longest > len ? len : longest;
}

void vnet_for_sending(struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	uint32_t headers = vnet_headers(frame, len);

	if (!vnet_partial(h) && h->gso_type == VNET_GSO_NONE) {
		memset(h, 0, sizeof(*h));
		return;
	}
	h->flags &= VNET_NEEDS_CSUM;
	if (vnet_partial(h) && headers < (uint32_t)h->csum_start + h->csum_offset + 2u)
		headers = (uint32_t)h->csum_start + h->csum_offset + 2u;
	h->hdr_len = (uint16_t)(headers > len ? len : headers);
}

void vnet_shift(struct vnet_hdr *h, int by)
{
	if (vnet_partial(h))
		h->csum_start = (uint16_t)(h->csum_start + by);
	if (h->hdr_len)
		h->hdr_len = (uint16_t)(h->hdr_len + by);
}

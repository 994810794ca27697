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

struct transport {
	uint32_t at; /* where its header starts; for what is not IP, where that starts */
	uint8_t proto;
};

/* Options and routing headers; what comes behind a fragment header is not to be cut, so it does not matter here. */
static void ip6_transport(const uint8_t *frame, uint32_t len, struct transport *t)
{
	t->proto = frame[t->at + 6];
	t->at += 40;
	for (int i = 0; i < IP6_EXTENSIONS && t->at + 8 <= len; i++) {
		if (t->proto != 0 && t->proto != 43 && t->proto != 60)
			return;
		t->proto = frame[t->at];
		t->at += (frame[t->at + 1] + 1u) * 8;
	}
}

/* len is at least ETHER_HLEN. */
static struct transport find_transport(const uint8_t *frame, uint32_t len)
{
	struct transport t = {.at = ETHER_HLEN};
	uint16_t type = be16(frame + 12);

	for (int tags = 0; tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN) && t.at + 4 <= len; tags++) {
		type = be16(frame + t.at + 2);
		t.at += 4;
	}
	if (type == ETHERTYPE_IP4 && t.at + 20 <= len) {
		t.proto = frame[t.at + 9];
		t.at += (frame[t.at] & 15u) * 4;
	} else if (type == ETHERTYPE_IP6 && t.at + 40 <= len) {
		ip6_transport(frame, len, &t);
	}
	return t;
}

uint32_t vnet_headers(const uint8_t *frame, uint32_t len)
{
	struct transport t;

	if (len < ETHER_HLEN)
		return len;
	t = find_transport(frame, len);
	if (t.proto == TCP && t.at + 20 <= len)
		t.at += (uint32_t)(frame[t.at + 12] >> 4) * 4;
	else if (t.proto == UDP)
		t.at += 8;
	return t.at > len ? len : t.at;
}

static bool to_be_cut(const struct vnet_hdr *h)
{
	return (h->gso_type & (uint8_t)~VNET_GSO_ECN) != VNET_GSO_NONE;
}

bool vnet_describes(const struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	if (!to_be_cut(h) || !vnet_partial(h) || len < ETHER_HLEN)
		return true;
	return find_transport(frame, len).at == h->csum_start;
}

uint32_t vnet_segment(const struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	uint32_t longest;

	if (!to_be_cut(h) || !h->gso_size)
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

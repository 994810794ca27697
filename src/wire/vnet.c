/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/vnet.h"

#include <string.h>

#include "wire/be.h"
#include "wire/ether.h"

enum { TCP = 6, UDP = 17, IP6_EXTENSIONS = 8 };

bool vnet_needs_csum(const struct vnet_hdr *vnet)
{
	return vnet->flags & VNET_NEEDS_CSUM;
}

struct vnet_transport {
	uint32_t offset; /* of the transport header; of the payload of a frame that is not IP */
	uint8_t proto;
};

/*
 * Skips hop-by-hop, routing and destination options. Fragments are never segmented, so a fragment header ends the walk.
 */
static void ip6_transport(const uint8_t *frame, uint32_t len, struct vnet_transport *transport)
{
	transport->proto = frame[transport->offset + 6];
	transport->offset += 40;
	for (int i = 0; i < IP6_EXTENSIONS && transport->offset + 8 <= len; i++) {
		if (transport->proto != 0 && transport->proto != 43 && transport->proto != 60)
			return;
		transport->proto = frame[transport->offset];
		transport->offset += (frame[transport->offset + 1] + 1u) * 8;
	}
}

/* len is at least ETHER_HLEN. */
static struct vnet_transport find_transport(const uint8_t *frame, uint32_t len)
{
	struct vnet_transport transport = {.offset = ETHER_HLEN};
	uint16_t type = be16(frame + 12);

	for (int tags = 0;
	     tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN) && transport.offset + 4 <= len; tags++) {
		type = be16(frame + transport.offset + 2);
		transport.offset += 4;
	}
	if (type == ETHERTYPE_IP4 && transport.offset + 20 <= len) {
		transport.proto = frame[transport.offset + 9];
		transport.offset += (frame[transport.offset] & 15u) * 4;
	} else if (type == ETHERTYPE_IP6 && transport.offset + 40 <= len) {
		ip6_transport(frame, len, &transport);
	}
	return transport;
}

uint32_t vnet_headers_len(const uint8_t *frame, uint32_t len)
{
	struct vnet_transport transport;

	if (len < ETHER_HLEN)
		return len;
	transport = find_transport(frame, len);
	if (transport.proto == TCP && transport.offset + 20 <= len)
		transport.offset += (uint32_t)(frame[transport.offset + 12] >> 4) * 4;
	else if (transport.proto == UDP)
		transport.offset += 8;
	return transport.offset > len ? len : transport.offset;
}

static bool needs_segmentation(const struct vnet_hdr *vnet)
{
	return (vnet->gso_type & (uint8_t)~VNET_GSO_ECN) != VNET_GSO_NONE;
}

bool vnet_is_complete(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len)
{
	if (!needs_segmentation(vnet) || !vnet_needs_csum(vnet) || len < ETHER_HLEN)
		return true;
	return find_transport(frame, len).offset == vnet->csum_start;
}

uint32_t vnet_segment_max(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len)
{
	uint32_t longest;

	if (!needs_segmentation(vnet) || !vnet->gso_size)
		return 0;
	longest = vnet_headers_len(frame, len) + vnet->gso_size;
	return longest > len ? len : longest;
}

static uint16_t to_u16(uint32_t value)
{
	return value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

void vnet_prepare_send(struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len)
{
	uint32_t headers = vnet_headers_len(frame, len);

	if (!vnet_needs_csum(vnet) && vnet->gso_type == VNET_GSO_NONE) {
		memset(vnet, 0, sizeof(*vnet));
		return;
	}
	vnet->flags &= VNET_NEEDS_CSUM;
	if (vnet_needs_csum(vnet) && headers < (uint32_t)vnet->csum_start + vnet->csum_offset + 2u)
		headers = (uint32_t)vnet->csum_start + vnet->csum_offset + 2u;
	vnet->hdr_len = to_u16(headers > len ? len : headers);
}

void vnet_shift_offsets(struct vnet_hdr *vnet, int delta)
{
	if (vnet_needs_csum(vnet))
		vnet->csum_start = (uint16_t)(vnet->csum_start + delta);
	if (vnet->hdr_len)
		vnet->hdr_len = (uint16_t)(vnet->hdr_len + delta);
}

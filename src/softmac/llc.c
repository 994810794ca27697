/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/llc.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ieee80211.h"

#include <stdbool.h>
#include <string.h>

enum { ADDRESSES_LEN = 2 * ETHER_ALEN, LENGTH_MAX = 1500, LLC_MIN = 3 };

#define ETHERTYPE_AARP 0x80f3
#define ETHERTYPE_IPX  0x8137

static const uint8_t rfc1042[SNAP_OFF_TYPE] = {SNAP_RFC1042};
static const uint8_t bridge_tunnel[SNAP_OFF_TYPE] = {SNAP_BRIDGE_TUNNEL};

/* The protocols that exist in both forms, so that RFC 1042 encapsulation would be ambiguous (802.1H, table 1). */
static bool needs_bridge_tunnel(uint16_t type)
{
	return type == ETHERTYPE_AARP || type == ETHERTYPE_IPX;
}

enum drop llc_parse_ethernet(struct llc_ether *ether, const struct frame *frame)
{
	uint16_t type;

	if (frame->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	memcpy(ether->dst, frame->data, ETHER_ALEN);
	memcpy(ether->src, frame->data + ETHER_ALEN, ETHER_ALEN);
	type = be16(frame->data + ADDRESSES_LEN);
	ether->type = type < ETHER_TYPE_MIN ? 0 : type;
	if (ether->type)
		return frame->len - ETHER_HLEN + SNAP_HLEN > MSDU_MAX ? DROP_MTU : NOT_DROPPED;
	if (type > LENGTH_MAX || type < LLC_MIN || type > frame->len - ETHER_HLEN)
		return DROP_TRUNCATED;
	return NOT_DROPPED;
}

enum drop llc_from_ethernet(const struct llc_ether *ether, struct frame *frame)
{
	uint8_t *header;

	if (!ether->type) {
		size_t len = be16(frame->data + ADDRESSES_LEN);

		/* Bytes beyond the length are Ethernet padding. */
		frame_pull(frame, ETHER_HLEN);
		frame_trim(frame, frame->len - len);
		return NOT_DROPPED;
	}
	frame_pull(frame, ADDRESSES_LEN);
	header = frame_push(frame, SNAP_OFF_TYPE);
	if (!header)
		return DROP_NO_MEMORY;
	memcpy(header, needs_bridge_tunnel(ether->type) ? bridge_tunnel : rfc1042, SNAP_OFF_TYPE);
	return NOT_DROPPED;
}

uint16_t llc_ethertype(const uint8_t *body, size_t len)
{
	uint16_t type;

	if (len < SNAP_HLEN)
		return 0;
	type = be16(body + SNAP_OFF_TYPE);
	if (type < ETHER_TYPE_MIN)
		return 0;
	if (memcmp(body, rfc1042, SNAP_OFF_TYPE) == 0)
		return needs_bridge_tunnel(type) ? 0 : type;
	return memcmp(body, bridge_tunnel, SNAP_OFF_TYPE) == 0 ? type : 0;
}

enum drop llc_to_ethernet(const struct llc_ether *ether, struct frame *frame)
{
	size_t header_len = ether->type ? (size_t)ADDRESSES_LEN : (size_t)ETHER_HLEN, len = frame->len;
	uint8_t *header;

	if (ether->type)
		frame_pull(frame, SNAP_OFF_TYPE);
	else if (len > LENGTH_MAX)
		return DROP_MTU;
	else if (len < LLC_MIN)
		return DROP_TRUNCATED;
	header = frame_push(frame, header_len);
	if (!header)
		return DROP_NO_MEMORY;
	memcpy(header, ether->dst, ETHER_ALEN);
	memcpy(header + ETHER_ALEN, ether->src, ETHER_ALEN);
	if (!ether->type)
		put_be16(header + ADDRESSES_LEN, (uint16_t)len);
	return NOT_DROPPED;
}

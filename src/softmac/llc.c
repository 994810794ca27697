/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/llc.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ieee80211.h"

#include <stdbool.h>
#include <string.h>

enum { ADDRESSES = 2 * ETHER_ALEN, LENGTH_MAX = 1500, LLC_MIN = 3 };

#define ETHERTYPE_AARP 0x80f3
#define ETHERTYPE_IPX  0x8137

static const uint8_t rfc1042[LLC_SNAP_OUI] = {0xaa, 0xaa, 3, 0, 0, 0};
static const uint8_t bridge_tunnel[LLC_SNAP_OUI] = {0xaa, 0xaa, 3, 0, 0, 0xf8};

/* What a bridge between the two sorts of network would mistake if it were in RFC 1042's form (802.1H, table 1). */
static bool by_tunnel(uint16_t type)
{
	return type == ETHERTYPE_AARP || type == ETHERTYPE_IPX;
}

enum drop llc_read(struct llc_ends *e, const struct frame *f)
{
	uint16_t type;

	if (f->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	memcpy(e->dst, f->data, ETHER_ALEN);
	memcpy(e->src, f->data + ETHER_ALEN, ETHER_ALEN);
	type = be16(f->data + ADDRESSES);
	e->type = type < ETHER_TYPE_MIN ? 0 : type;
	if (e->type)
		return f->len - ETHER_HLEN + SNAP_HLEN > MSDU_MAX ? DROP_MTU : NOT_DROPPED;
	if (type > LENGTH_MAX || type < LLC_MIN || type > f->len - ETHER_HLEN)
		return DROP_TRUNCATED;
	return NOT_DROPPED;
}

enum drop llc_from_ethernet(const struct llc_ends *e, struct frame *f)
{
	uint8_t *at;

	if (!e->type) {
		size_t len = be16(f->data + ADDRESSES);

		/* What is beyond the length was padding of the Ethernet. */
		frame_pull(f, ETHER_HLEN);
		frame_trim(f, f->len - len);
		return NOT_DROPPED;
	}
	frame_pull(f, ADDRESSES);
	at = frame_push(f, LLC_SNAP_OUI);
	if (!at)
		return DROP_NO_MEMORY;
	memcpy(at, by_tunnel(e->type) ? bridge_tunnel : rfc1042, LLC_SNAP_OUI);
	return NOT_DROPPED;
}

uint16_t llc_type(const uint8_t *body, size_t len)
{
	uint16_t type;

	if (len < SNAP_HLEN)
		return 0;
	type = be16(body + LLC_SNAP_OUI);
	if (type < ETHER_TYPE_MIN)
		return 0;
	if (memcmp(body, rfc1042, LLC_SNAP_OUI) == 0)
		return by_tunnel(type) ? 0 : type;
	return memcmp(body, bridge_tunnel, LLC_SNAP_OUI) == 0 ? type : 0;
}

enum drop llc_to_ethernet(const struct llc_ends *e, struct frame *f)
{
	size_t header = e->type ? (size_t)ADDRESSES : (size_t)ETHER_HLEN, len = f->len;
	uint8_t *at;

	if (e->type)
		frame_pull(f, LLC_SNAP_OUI);
	else if (len > LENGTH_MAX)
		return DROP_MTU;
	else if (len < LLC_MIN)
		return DROP_TRUNCATED;
	at = frame_push(f, header);
	if (!at)
		return DROP_NO_MEMORY;
	memcpy(at, e->dst, ETHER_ALEN);
	memcpy(at + ETHER_ALEN, e->src, ETHER_ALEN);
	if (!e->type)
		put_be16(at + ADDRESSES, (uint16_t)len);
	return NOT_DROPPED;
}

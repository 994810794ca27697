/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generate.h"

#include "wire/be.h"

#include <string.h>

#define PICK(d, list) ((list)[rng_below(d, sizeof(list) / sizeof((list)[0]))])

uint32_t rng_below(struct rng *rng, uint32_t sides)
{
	uint64_t mixed = rng->state += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((mixed ^ (mixed >> 31)) >> 32) % sides;
}

bool rng_chance(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

static void fill_random(struct rng *rng, uint8_t *to, uint32_t len)
{
	while (len--)
		*to++ = (uint8_t)rng_below(rng, 256);
}

/* The parts of one frame. Pointers are into the stations of frames.h or into the made-up ones. */
struct frame_context {
	struct rng *rng;
	enum mn_hook hook;
	const uint8_t *src, *dst;
	uint8_t forged[6], group[6], random_ip4[4], random_ip6[16];
};

static const uint8_t *random_mac(struct frame_context *scenario)
{
	const uint8_t *all[] = {mac_a,         mac_b,    mac_c,         mac_uplink,      mac_router,
				mac_neighbour, mac_zero, mac_broadcast, scenario->forged};

	return PICK(scenario->rng, all);
}

static const uint8_t *random_ip4(struct frame_context *scenario)
{
	static const uint8_t group[4] = {224, 0, 0, 251}, loop[4] = {127, 0, 0, 1};
	const uint8_t *all[] = {ip_a,
				ip_b,
				ip_c,
				ip_a,
				ip_b,
				ip_host,
				ip_router,
				ip_neighbour,
				ip_directed_broadcast,
				ip_broadcast,
				ip_zero,
				group,
				loop,
				scenario->random_ip4};

	return PICK(scenario->rng, all);
}

static const uint8_t *random_ip6(struct frame_context *scenario)
{
	static const uint8_t mdns[16] = {0xff, 2, [15] = 0xfb}, loop[16] = {[15] = 1};
	const uint8_t *all[] = {ip6_a,
				ip6_b,
				ip6_c,
				ip6_a,
				ip6_b,
				ip6_host,
				ip6_router,
				ip6_neighbour,
				ip6_all_nodes,
				ip6_zero,
				mdns,
				loop,
				scenario->random_ip6};

	return PICK(scenario->rng, all);
}

/* Addresses that match the sender, most of the time. */
static const uint8_t *own_ip4(struct frame_context *scenario)
{
	if (rng_chance(scenario->rng, 25))
		return random_ip4(scenario);
	return scenario->src == mac_a        ? ip_a
	       : scenario->src == mac_b      ? ip_b
	       : scenario->src == mac_c      ? ip_c
	       : scenario->src == mac_uplink ? ip_host
	       : scenario->src == mac_router ? ip_router
					     : scenario->random_ip4;
}

static const uint8_t *own_ip6(struct frame_context *scenario)
{
	if (rng_chance(scenario->rng, 25))
		return random_ip6(scenario);
	return scenario->src == mac_a        ? ip6_a
	       : scenario->src == mac_b      ? ip6_b
	       : scenario->src == mac_c      ? ip6_c
	       : scenario->src == mac_uplink ? ip6_host
	       : scenario->src == mac_router ? ip6_router
					     : scenario->random_ip6;
}

static void set_context(struct frame_context *scenario)
{
	static const uint8_t mdns[6] = {0x01, 0, 0x5e, 0, 0, 0xfb};
	struct rng *rng = scenario->rng;

	memcpy(scenario->forged, mac_a, 6);
	scenario->forged[4] = 0x10;
	scenario->forged[5] = (uint8_t)rng_below(rng, 24);
	memcpy(scenario->random_ip4, ip_a, 4);
	scenario->random_ip4[3] = (uint8_t)(100 + rng_below(rng, 40));
	memcpy(scenario->random_ip6, ip6_a, 16);
	scenario->random_ip6[14] = (uint8_t)(1 + rng_below(rng, 40));
	memcpy(scenario->group, rng_chance(rng, 50) ? mdns : mac_all_nodes, 6);
	scenario->group[5] = (uint8_t)rng_below(rng, 256);
	switch (scenario->hook) {
	case MN_FROM_GUEST:
	case MN_FROM_PORT:
		scenario->src = rng_below(rng, 3) == 0 ? mac_a : rng_below(rng, 2) ? mac_b : mac_c;
		if (rng_chance(rng, 12))
			scenario->src = random_mac(scenario);
		scenario->dst = rng_chance(rng, 35)   ? mac_broadcast
				: rng_chance(rng, 50) ? mac_uplink
						      : random_mac(scenario);
		break;
	case MN_FROM_WIRE:
		scenario->src = rng_chance(rng, 50)   ? mac_router
				: rng_chance(rng, 85) ? mac_neighbour
						      : random_mac(scenario);
		scenario->dst = rng_chance(rng, 70)   ? mac_uplink
				: rng_chance(rng, 60) ? mac_broadcast
						      : random_mac(scenario);
		break;
	case MN_FROM_HOST:
	case MN_HOOKS:
		scenario->src = rng_chance(rng, 90) ? mac_uplink : random_mac(scenario);
		scenario->dst = random_mac(scenario);
	}
	if (rng_chance(rng, 15))
		scenario->dst = scenario->group;
}

static void make_arp(struct frame_context *scenario, struct raw_frame *frame)
{
	uint16_t op = (uint16_t)(rng_chance(scenario->rng, 95) ? 1 + rng_below(scenario->rng, 2)
							       : rng_below(scenario->rng, 12));

	put_arp(frame, scenario->dst, scenario->src, op,
		rng_chance(scenario->rng, 85) ? scenario->src : random_mac(scenario), own_ip4(scenario),
		rng_chance(scenario->rng, 40) ? mac_zero : random_mac(scenario), random_ip4(scenario));
	if (rng_chance(scenario->rng, 3))
		frame->bytes[14 + rng_below(scenario->rng, 6)] ^= 1;
}

static struct ip4_spec random_ip4_header(struct frame_context *scenario)
{
	static const uint16_t frags[] = {0x4000, 0x2000, 0x2001, 0x0001, 0x1fff, 0x8000};
	static const uint8_t protos[] = {1, 2, 6, 17, 47, 50, 112, 132};
	struct ip4_spec ip = {
		.src = own_ip4(scenario), .dst = random_ip4(scenario), .proto = PICK(scenario->rng, protos)};

	if (rng_chance(scenario->rng, 20))
		ip.options = (uint8_t)(4 * rng_below(scenario->rng, 11));
	if (rng_chance(scenario->rng, 15))
		ip.frag = PICK(scenario->rng, frags);
	return ip;
}

static void make_ip4(struct frame_context *scenario, struct raw_frame *frame)
{
	struct ip4_spec ip = random_ip4_header(scenario);
	uint8_t data[1500];
	uint32_t len = rng_chance(scenario->rng, 80) ? rng_below(scenario->rng, 64) : rng_below(scenario->rng, 1500);

	fill_random(scenario->rng, data, len < 24 ? len : 24);
	memset(data + 24, 0x5a, len > 24 ? len - 24 : 0);
	if (rng_chance(scenario->rng, 50))
		put_ip4(frame, scenario->dst, scenario->src, &ip, data, len);
	else
		put_udp4(frame, scenario->dst, scenario->src, &ip, (uint16_t)(60 + rng_below(scenario->rng, 10)),
			 (uint16_t)(60 + rng_below(scenario->rng, 10)), data, len, rng_chance(scenario->rng, 20));
}

static void make_dhcp(struct frame_context *scenario, struct raw_frame *frame)
{
	struct rng *rng = scenario->rng;
	struct dhcp_spec dhcp = {
		.op = rng_chance(rng, 90) ? (scenario->hook == MN_FROM_WIRE ? 2 : 1) : (uint8_t)rng_below(rng, 4),
		.type = (uint8_t)rng_below(rng, 9),
		.flags = (uint16_t)(rng_chance(rng, 40)   ? 0x8000
				    : rng_chance(rng, 10) ? rng_below(rng, 65536)
							  : 0),
		.xid = rng_below(rng, 24),
		.chaddr = scenario->hook == MN_FROM_WIRE || rng_chance(rng, 10) ? random_mac(scenario) : scenario->src,
		.ciaddr = rng_chance(rng, 25) ? random_ip4(scenario) : NULL,
		.yiaddr = rng_chance(rng, 60) ? random_ip4(scenario) : NULL,
		.giaddr = rng_chance(rng, 8) ? ip_neighbour : NULL,
		.requested = rng_chance(rng, 30) ? random_ip4(scenario) : NULL,
		.lease = rng_chance(rng, 50) ? 1 + rng_below(rng, 100000) : 0,
		.pad = rng_chance(rng, 20) ? rng_below(rng, 100) : 0,
		.ip_options = (uint8_t)(rng_chance(rng, 15) ? 4 * rng_below(rng, 11) : 0),
		.zero_csum = rng_chance(rng, 20),
		.bad_cookie = rng_chance(rng, 3),
	};

	put_dhcp(frame, scenario->dst, scenario->src,
		 rng_chance(rng, 60) && scenario->hook == MN_FROM_GUEST ? ip_zero : own_ip4(scenario),
		 rng_chance(rng, 60) ? ip_broadcast : random_ip4(scenario), &dhcp);
}

/* Writes a chain of extension headers before `last`. Returns its length; *first: the type of the first. */
static uint32_t put_extensions(struct frame_context *scenario, uint8_t *to, uint8_t last, uint8_t *first)
{
	static const uint8_t kinds[] = {0, 43, 60, 44, 51, 60, 0, 135, 59};
	uint8_t *link = first;
	uint32_t at = 0;

	for (uint32_t len = rng_below(scenario->rng, rng_chance(scenario->rng, 90) ? 4 : 12); len; len--) {
		uint8_t kind = PICK(scenario->rng, kinds);

		*link = kind;
		link = to + at;
		memset(to + at, 0, 24);
		if (kind == 44) {
			if (rng_chance(scenario->rng, 50))
				to[at + 3] = (uint8_t)rng_below(scenario->rng, 16); /* offset and M */
			at += 8;
		} else if (kind == 51) {
			to[at + 1] = 4;
			at += 24;
		} else {
			to[at + 1] = (uint8_t)rng_below(scenario->rng, 2);
			at += 8 + 8u * to[at + 1];
		}
	}
	*link = last;
	return at;
}

static uint32_t nd_options(struct frame_context *scenario, uint8_t *to)
{
	static const uint8_t kinds[] = {SLLA, TLLA, SLLA, TLLA, 3, 5, 14, 25, RSA, 4};
	uint32_t at = 0;

	for (uint32_t total = rng_below(scenario->rng, rng_chance(scenario->rng, 95) ? 5 : 40); total; total--) {
		uint8_t len = (uint8_t)(1 + (rng_chance(scenario->rng, 20) ? rng_below(scenario->rng, 4) : 0));

		memset(to + at, 0, 8u * len);
		to[at] = PICK(scenario->rng, kinds);
		if (to[at] == RSA && rng_chance(scenario->rng, 80))
			to[at] = 14;
		if (to[at] == SLLA || to[at] == TLLA)
			len = rng_chance(scenario->rng, 98) ? 1 : len;
		to[at + 1] = rng_chance(scenario->rng, 1) ? (uint8_t)rng_below(scenario->rng, 256) : len;
		memcpy(to + at + 2, rng_chance(scenario->rng, 70) ? scenario->src : random_mac(scenario), 6);
		at += 8u * len;
	}
	return at;
}

static void make_nd(struct frame_context *scenario, struct raw_frame *frame)
{
	static const uint8_t types[] = {RS, RA, NS, NA, NS, NA, REDIRECT};
	uint8_t message[1600] = {PICK(scenario->rng, types)}, ext[400], first = 58;
	uint32_t at = message[0] == RS ? 8 : message[0] == RA ? 16 : message[0] == REDIRECT ? 40 : 24, ext_len = 0;
	uint8_t hops = rng_chance(scenario->rng, 97) ? 255 : 64;
	const uint8_t *sip = rng_chance(scenario->rng, 20) ? ip6_zero : own_ip6(scenario);

	if (rng_chance(scenario->rng, 2))
		message[1] = 1;
	fill_random(scenario->rng, message + 4, 4);
	if (at >= 24)
		memcpy(message + 8,
		       message[0] == NA && rng_chance(scenario->rng, 60) ? own_ip6(scenario) : random_ip6(scenario),
		       16);
	if (message[0] == REDIRECT)
		memcpy(message + 24, random_ip6(scenario), 16);
	at += nd_options(scenario, message + at);
	if (rng_chance(scenario->rng, 2))
		at = rng_below(scenario->rng, at);
	if (at < 4)
		at = 4;
	if (rng_chance(scenario->rng, 8))
		ext_len = put_extensions(scenario, ext, 58, &first);
	put_icmp6(frame, scenario->dst, scenario->src, sip, random_ip6(scenario), hops, message, at, first, ext,
		  ext_len);
}

static void make_ip6(struct frame_context *scenario, struct raw_frame *frame)
{
	static const uint8_t lasts[] = {6, 17, 58, 59, 50};
	uint8_t payload[1500], first = PICK(scenario->rng, lasts);
	uint32_t len = rng_chance(scenario->rng, 40) ? put_extensions(scenario, payload, first, &first) : 0;
	uint32_t more = rng_chance(scenario->rng, 90) ? rng_below(scenario->rng, 40) : rng_below(scenario->rng, 1000);

	fill_random(scenario->rng, payload + len, more < 40 ? more : 40);
	if (more > 40)
		memset(payload + len + 40, 0xa5, more - 40);
	if (rng_chance(scenario->rng, 20) && more >= 12) { /* DHCPv6, if the last header is UDP's */
		memcpy(payload + len, "\2\x23\2\x23", 4);
		payload[len + 1] = (uint8_t)(0x22 + rng_below(scenario->rng, 2));
		payload[len + 3] = (uint8_t)(0x22 + rng_below(scenario->rng, 2));
		payload[len + 8] = (uint8_t)(12 + rng_below(scenario->rng, 2));
	}
	put_ip6(frame, scenario->dst, scenario->src, own_ip6(scenario), random_ip6(scenario), first,
		rng_chance(scenario->rng, 50) ? 255 : 64, payload, len + more);
}

static void make_pppoe(struct frame_context *scenario, struct raw_frame *frame)
{
	static const uint8_t codes[] = {0x09, 0x07, 0x19, 0x65, 0xa7};
	uint8_t header[6] = {0x11, 0, 0, (uint8_t)rng_below(scenario->rng, 6)},
		tag[12] = {1, 1, 0, 0, 1, 3, 0, 4, 0, 0, 0, 0};
	bool session = rng_chance(scenario->rng, 40);

	header[1] = session ? 0 : PICK(scenario->rng, codes);
	header[5] = session ? 2 : 12;
	tag[11] = (uint8_t)rng_below(scenario->rng, 6);
	if (rng_chance(scenario->rng, 10))
		tag[7] = (uint8_t)rng_below(scenario->rng, 80);
	put_ether(frame, scenario->dst, scenario->src, session ? 0x8864 : 0x8863);
	memcpy(frame->bytes + 14, header, 6);
	memcpy(frame->bytes + 20, tag, 12);
	frame->len = 32;
	add_padding(frame, rng_below(scenario->rng, 40), 7);
}

static void make_other(struct frame_context *scenario, struct raw_frame *frame)
{
	static const uint16_t types[] = {0x88b5, 0x0842, 0x8035, 0x888e, 0x88c7, 0x890d, 0x88cc, 0x0026,
					 0x05dc, 0x0026, 0x8847, 0x0806, 0x0800, 0x86dd, 0x8100};
	static const uint16_t inner[] = {0x0806, 0x0800, 0x86dd, 0x888e, 0x8137, 0x8100, 0x809b};
	uint16_t type = PICK(scenario->rng, types), in = PICK(scenario->rng, inner);
	uint8_t snap[8] = {0xaa,       0xaa, 3, 0, 0, rng_chance(scenario->rng, 80) ? 0 : 0xf8, (uint8_t)(in >> 8),
			   (uint8_t)in};

	if (type <= 1500 &&
	    rng_chance(scenario->rng, 60)) { /* 802.3 with LLC and SNAP (RFC 1042) around another frame */
		if (in == 0x0806)
			make_arp(scenario, frame);
		else
			make_ip4(scenario, frame);
		if (frame->len > 1500)
			frame->len = 1500;
		memmove(frame->bytes + 22, frame->bytes + 14, frame->len - 14);
		memcpy(frame->bytes + 14, snap, 8);
		frame->len += 8;
		frame->bytes[12] = (uint8_t)((frame->len - 14) >> 8);
		frame->bytes[13] = (uint8_t)(frame->len - 14);
		return;
	}
	put_ether(frame, scenario->dst, scenario->src, type);
	frame->len += 2 + rng_below(scenario->rng, 100);
	fill_random(scenario->rng, frame->bytes + 14, frame->len - 14);
}

/* Breaks the frame, or adds tags or padding. */
static void corrupt_frame(struct frame_context *scenario, struct raw_frame *frame)
{
	static const uint16_t tpids[] = {0x8100, 0x8100, 0x8100, 0x88a8, 0x9100}, vids[] = {7, 7, 7, 0, 9, 0xfff};
	static const uint8_t reserved[6] = {0x01, 0x80, 0xc2};
	struct rng *rng = scenario->rng;

	if (rng_chance(rng, 12))
		add_tag(frame, PICK(rng, tpids), (uint16_t)(PICK(rng, vids) | rng_below(rng, 8) << 13));
	if (rng_chance(rng, 2))
		add_tag(frame, PICK(rng, tpids), PICK(rng, vids));
	if (rng_chance(rng, 15))
		add_padding(frame, rng_below(rng, 60), (uint8_t)rng_below(rng, 256));
	if (rng_chance(rng, 1)) {
		memcpy(frame->bytes, reserved, 6);
		frame->bytes[5] = (uint8_t)rng_below(rng, 32);
	}
	if (rng_chance(rng, 4))
		frame->len = rng_below(rng, frame->len + 1);
	if (rng_chance(rng, 6))
		for (uint32_t offset = 1 + rng_below(rng, 3); offset && frame->len; offset--)
			frame->bytes[rng_below(rng, frame->len < 80 ? frame->len : 80)] ^=
				(uint8_t)(1 << rng_below(rng, 8));
}

void generate_frame(struct rng *rng, enum mn_hook hook, struct raw_frame *frame, uint32_t *port, uint32_t longest)
{
	struct frame_context scenario = {.rng = rng, .hook = hook};

	set_context(&scenario);
	*port = scenario.src == mac_a ? PORT_A : scenario.src == mac_b ? PORT_B : PORT_C;
	if (rng_chance(rng, 10))
		*port = PORT_A + rng_below(rng, 4);
	switch (rng_below(rng, 16)) {
	case 0:
	case 1:
	case 2:
		make_arp(&scenario, frame);
		break;
	case 3:
	case 4:
		make_ip4(&scenario, frame);
		break;
	case 5:
	case 6:
	case 7:
		make_dhcp(&scenario, frame);
		break;
	case 8:
	case 9:
		make_ip6(&scenario, frame);
		break;
	case 10:
		make_pppoe(&scenario, frame);
		break;
	case 11:
		make_other(&scenario, frame);
		break;
	default:
		make_nd(&scenario, frame);
	}
	corrupt_frame(&scenario, frame);
	if (frame->len > longest)
		frame->len = longest;
}

void generate_variant(struct rng *rng, struct raw_frame *frame)
{
	uint8_t *ip = frame->bytes + ETHER_HLEN;

	bool is_ip4 = be16(frame->bytes + 12) == ETHERTYPE_IP4;

	if (rng_chance(rng, 85)) {
		frame->bytes[rng_below(rng, 62)] ^= (uint8_t)(1u << rng_below(rng, 8));
	} else if (rng_chance(rng, 25)) {
		ip[is_ip4 ? 9 : 6] = IPPROTO_N_VRRP;
	} else { /* a port of DHCP or DHCPv6 */
		ip[is_ip4 ? 9 : 6] = IPPROTO_N_UDP;
		put_be16(ip + (is_ip4 ? 22 : 42), (uint16_t)((is_ip4 ? 67 : 546) + rng_below(rng, 2)));
	}
	if (!is_ip4 || rng_chance(rng, 50))
		return;
	put_be16(ip + 10, 0);
	put_be16(ip + 10, (uint16_t)~fold_sum(sum_bytes(ip, (ip[0] & 15u) * 4, 0)));
}

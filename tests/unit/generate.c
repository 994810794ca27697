/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generate.h"

#include <string.h>

#define PICK(d, list) ((list)[roll(d, sizeof(list) / sizeof((list)[0]))])

uint32_t roll(struct dice *d, uint32_t sides)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % sides;
}

bool chance(struct dice *d, uint32_t percent)
{
	return roll(d, 100) < percent;
}

static void noise(struct dice *d, uint8_t *to, uint32_t len)
{
	while (len--)
		*to++ = (uint8_t)roll(d, 256);
}

/* What one frame is made of. Pointers are into the cast or into the made-up ones beside them. */
struct scene {
	struct dice *d;
	enum mn_hook hook;
	const uint8_t *src, *dst;
	uint8_t forged[6], group[6], made_up4[4], made_up6[16];
};

static const uint8_t *any_mac(struct scene *s)
{
	const uint8_t *all[] = {mac_a, mac_b, mac_c, mac_w, mac_router, mac_near, mac_none, mac_all, s->forged};

	return PICK(s->d, all);
}

static const uint8_t *any_ip4(struct scene *s)
{
	static const uint8_t group[4] = {224, 0, 0, 251}, loop[4] = {127, 0, 0, 1};
	const uint8_t *all[] = {ip_a,    ip_b,   ip_c,   ip_a,    ip_b,  ip_host, ip_router,
				ip_near, ip_net, ip_all, ip_none, group, loop,    s->made_up4};

	return PICK(s->d, all);
}

static const uint8_t *any_ip6(struct scene *s)
{
	static const uint8_t mdns[16] = {0xff, 2, [15] = 0xfb}, loop[16] = {[15] = 1};
	const uint8_t *all[] = {ip6_a,    ip6_b,     ip6_c,    ip6_a, ip6_b, ip6_host,   ip6_router,
				ip6_near, ip6_nodes, ip6_none, mdns,  loop,  s->made_up6};

	return PICK(s->d, all);
}

/* Addresses that fit the sender, most of the time. */
static const uint8_t *own_ip4(struct scene *s)
{
	if (chance(s->d, 25))
		return any_ip4(s);
	return s->src == mac_a        ? ip_a
	       : s->src == mac_b      ? ip_b
	       : s->src == mac_c      ? ip_c
	       : s->src == mac_w      ? ip_host
	       : s->src == mac_router ? ip_router
				      : s->made_up4;
}

static const uint8_t *own_ip6(struct scene *s)
{
	if (chance(s->d, 25))
		return any_ip6(s);
	return s->src == mac_a        ? ip6_a
	       : s->src == mac_b      ? ip6_b
	       : s->src == mac_c      ? ip6_c
	       : s->src == mac_w      ? ip6_host
	       : s->src == mac_router ? ip6_router
				      : s->made_up6;
}

static void set_scene(struct scene *s)
{
	static const uint8_t mdns[6] = {0x01, 0, 0x5e, 0, 0, 0xfb};
	struct dice *d = s->d;

	memcpy(s->forged, mac_a, 6);
	s->forged[4] = 0x10;
	s->forged[5] = (uint8_t)roll(d, 24);
	memcpy(s->made_up4, ip_a, 4);
	s->made_up4[3] = (uint8_t)(100 + roll(d, 40));
	memcpy(s->made_up6, ip6_a, 16);
	s->made_up6[14] = (uint8_t)(1 + roll(d, 40));
	memcpy(s->group, chance(d, 50) ? mdns : mac_6all, 6);
	s->group[5] = (uint8_t)roll(d, 256);
	switch (s->hook) {
	case MN_FROM_GUEST:
	case MN_FROM_PORT:
		s->src = roll(d, 3) == 0 ? mac_a : roll(d, 2) ? mac_b : mac_c;
		if (chance(d, 12))
			s->src = any_mac(s);
		s->dst = chance(d, 35) ? mac_all : chance(d, 50) ? mac_w : any_mac(s);
		break;
	case MN_FROM_WIRE:
		s->src = chance(d, 50) ? mac_router : chance(d, 85) ? mac_near : any_mac(s);
		s->dst = chance(d, 70) ? mac_w : chance(d, 60) ? mac_all : any_mac(s);
		break;
	case MN_FROM_HOST:
	case MN_HOOKS:
		s->src = chance(d, 90) ? mac_w : any_mac(s);
		s->dst = any_mac(s);
	}
	if (chance(d, 15))
		s->dst = s->group;
}

static void make_arp(struct scene *s, struct frame *f)
{
	uint16_t op = (uint16_t)(chance(s->d, 95) ? 1 + roll(s->d, 2) : roll(s->d, 12));

	put_arp(f, s->dst, s->src, op, chance(s->d, 85) ? s->src : any_mac(s), own_ip4(s),
		chance(s->d, 40) ? mac_none : any_mac(s), any_ip4(s));
	if (chance(s->d, 3))
		f->b[14 + roll(s->d, 6)] ^= 1;
}

static struct ip4 header4(struct scene *s)
{
	static const uint16_t frags[] = {0x4000, 0x2000, 0x2001, 0x0001, 0x1fff, 0x8000};
	static const uint8_t protos[] = {1, 2, 6, 17, 47, 50, 132};
	struct ip4 ip = {.src = own_ip4(s), .dst = any_ip4(s), .proto = PICK(s->d, protos)};

	if (chance(s->d, 20))
		ip.options = (uint8_t)(4 * roll(s->d, 11));
	if (chance(s->d, 15))
		ip.frag = PICK(s->d, frags);
	return ip;
}

static void make_ip4(struct scene *s, struct frame *f)
{
	struct ip4 ip = header4(s);
	uint8_t data[1500];
	uint32_t len = chance(s->d, 80) ? roll(s->d, 64) : roll(s->d, 1500);

	noise(s->d, data, len < 24 ? len : 24);
	memset(data + 24, 0x5a, len > 24 ? len - 24 : 0);
	if (chance(s->d, 50))
		put_ip4(f, s->dst, s->src, &ip, data, len);
	else
		put_udp4(f, s->dst, s->src, &ip, (uint16_t)(60 + roll(s->d, 10)), (uint16_t)(60 + roll(s->d, 10)), data,
			 len, chance(s->d, 20));
}

static void make_dhcp(struct scene *s, struct frame *f)
{
	struct dice *d = s->d;
	struct dhcp h = {
		.op = chance(d, 90) ? (s->hook == MN_FROM_WIRE ? 2 : 1) : (uint8_t)roll(d, 4),
		.type = (uint8_t)roll(d, 9),
		.flags = (uint16_t)(chance(d, 40)   ? 0x8000
				    : chance(d, 10) ? roll(d, 65536)
						    : 0),
		.xid = roll(d, 24),
		.chaddr = s->hook == MN_FROM_WIRE || chance(d, 10) ? any_mac(s) : s->src,
		.ciaddr = chance(d, 25) ? any_ip4(s) : NULL,
		.yiaddr = chance(d, 60) ? any_ip4(s) : NULL,
		.giaddr = chance(d, 8) ? ip_near : NULL,
		.requested = chance(d, 30) ? any_ip4(s) : NULL,
		.lease = chance(d, 50) ? 1 + roll(d, 100000) : 0,
		.pad = chance(d, 20) ? roll(d, 100) : 0,
		.ip_options = (uint8_t)(chance(d, 15) ? 4 * roll(d, 11) : 0),
		.zero_csum = chance(d, 20),
		.bad_cookie = chance(d, 3),
	};

	put_dhcp(f, s->dst, s->src, chance(d, 60) && s->hook == MN_FROM_GUEST ? ip_none : own_ip4(s),
		 chance(d, 60) ? ip_all : any_ip4(s), &h);
}

/* A chain of extension headers before `last`. Returns its length; *first: the type of its first. */
static uint32_t extensions(struct scene *s, uint8_t *to, uint8_t last, uint8_t *first)
{
	static const uint8_t kinds[] = {0, 43, 60, 44, 51, 60, 0, 135, 59};
	uint8_t *link = first;
	uint32_t at = 0;

	for (uint32_t n = roll(s->d, chance(s->d, 90) ? 4 : 12); n; n--) {
		uint8_t kind = PICK(s->d, kinds);

		*link = kind;
		link = to + at;
		memset(to + at, 0, 24);
		if (kind == 44) {
			if (chance(s->d, 50))
				to[at + 3] = (uint8_t)roll(s->d, 16); /* offset and M */
			at += 8;
		} else if (kind == 51) {
			to[at + 1] = 4;
			at += 24;
		} else {
			to[at + 1] = (uint8_t)roll(s->d, 2);
			at += 8 + 8u * to[at + 1];
		}
	}
	*link = last;
	return at;
}

static uint32_t nd_options(struct scene *s, uint8_t *to)
{
	static const uint8_t kinds[] = {SLLA, TLLA, SLLA, TLLA, 3, 5, 14, 25, RSA, 4};
	uint32_t at = 0;

	for (uint32_t n = roll(s->d, chance(s->d, 95) ? 5 : 40); n; n--) {
		uint8_t len = (uint8_t)(1 + (chance(s->d, 20) ? roll(s->d, 4) : 0));

		memset(to + at, 0, 8u * len);
		to[at] = PICK(s->d, kinds);
		if (to[at] == RSA && chance(s->d, 80))
			to[at] = 14;
		if (to[at] == SLLA || to[at] == TLLA)
			len = chance(s->d, 98) ? 1 : len;
		to[at + 1] = chance(s->d, 1) ? (uint8_t)roll(s->d, 256) : len;
		memcpy(to + at + 2, chance(s->d, 70) ? s->src : any_mac(s), 6);
		at += 8u * len;
	}
	return at;
}

static void make_nd(struct scene *s, struct frame *f)
{
	static const uint8_t types[] = {RS, RA, NS, NA, NS, NA, REDIRECT};
	uint8_t m[1600] = {PICK(s->d, types)}, ext[400], first = 58;
	uint32_t at = m[0] == RS ? 8 : m[0] == RA ? 16 : m[0] == REDIRECT ? 40 : 24, ext_len = 0;
	uint8_t hops = chance(s->d, 97) ? 255 : 64;
	const uint8_t *sip = chance(s->d, 20) ? ip6_none : own_ip6(s);

	if (chance(s->d, 2))
		m[1] = 1;
	noise(s->d, m + 4, 4);
	if (at >= 24)
		memcpy(m + 8, m[0] == NA && chance(s->d, 60) ? own_ip6(s) : any_ip6(s), 16);
	if (m[0] == REDIRECT)
		memcpy(m + 24, any_ip6(s), 16);
	at += nd_options(s, m + at);
	if (chance(s->d, 2))
		at = roll(s->d, at);
	if (at < 4)
		at = 4;
	if (chance(s->d, 8))
		ext_len = extensions(s, ext, 58, &first);
	put_icmp6(f, s->dst, s->src, sip, any_ip6(s), hops, m, at, first, ext, ext_len);
}

static void make_ip6(struct scene *s, struct frame *f)
{
	static const uint8_t lasts[] = {6, 17, 58, 59, 50};
	uint8_t p[1500], first = PICK(s->d, lasts);
	uint32_t len = chance(s->d, 40) ? extensions(s, p, first, &first) : 0;
	uint32_t more = chance(s->d, 90) ? roll(s->d, 40) : roll(s->d, 1000);

	noise(s->d, p + len, more < 40 ? more : 40);
	if (more > 40)
		memset(p + len + 40, 0xa5, more - 40);
	put_ip6(f, s->dst, s->src, own_ip6(s), any_ip6(s), first, chance(s->d, 50) ? 255 : 64, p, len + more);
}

static void make_pppoe(struct scene *s, struct frame *f)
{
	static const uint8_t codes[] = {0x09, 0x07, 0x19, 0x65, 0xa7};
	uint8_t h[6] = {0x11, 0, 0, (uint8_t)roll(s->d, 6)}, tag[12] = {1, 1, 0, 0, 1, 3, 0, 4, 0, 0, 0, 0};
	bool session = chance(s->d, 40);

	h[1] = session ? 0 : PICK(s->d, codes);
	h[5] = session ? 2 : 12;
	tag[11] = (uint8_t)roll(s->d, 6);
	if (chance(s->d, 10))
		tag[7] = (uint8_t)roll(s->d, 80);
	put_ether(f, s->dst, s->src, session ? 0x8864 : 0x8863);
	memcpy(f->b + 14, h, 6);
	memcpy(f->b + 20, tag, 12);
	f->len = 32;
	add_padding(f, roll(s->d, 40), 7);
}

static void make_other(struct scene *s, struct frame *f)
{
	static const uint16_t types[] = {0x88b5, 0x0842, 0x8035, 0x888e, 0x88c7, 0x890d, 0x88cc, 0x0026,
					 0x05dc, 0x0026, 0x8847, 0x0806, 0x0800, 0x86dd, 0x8100};
	static const uint16_t inner[] = {0x0806, 0x0800, 0x86dd, 0x888e, 0x8137, 0x8100, 0x809b};
	uint16_t type = PICK(s->d, types), in = PICK(s->d, inner);
	uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, chance(s->d, 80) ? 0 : 0xf8, (uint8_t)(in >> 8), (uint8_t)in};

	if (type <= 1500 && chance(s->d, 60)) { /* 802.3 with LLC and SNAP (RFC 1042) around some frame */
		if (in == 0x0806)
			make_arp(s, f);
		else
			make_ip4(s, f);
		if (f->len > 1500)
			f->len = 1500;
		memmove(f->b + 22, f->b + 14, f->len - 14);
		memcpy(f->b + 14, snap, 8);
		f->len += 8;
		f->b[12] = (uint8_t)((f->len - 14) >> 8);
		f->b[13] = (uint8_t)(f->len - 14);
		return;
	}
	put_ether(f, s->dst, s->src, type);
	f->len += 2 + roll(s->d, 100);
	noise(s->d, f->b + 14, f->len - 14);
}

/* Breaks the frame in some way, or dresses it up. */
static void twist(struct scene *s, struct frame *f)
{
	static const uint16_t tpids[] = {0x8100, 0x8100, 0x8100, 0x88a8, 0x9100}, vids[] = {7, 7, 7, 0, 9, 0xfff};
	static const uint8_t reserved[6] = {0x01, 0x80, 0xc2};
	struct dice *d = s->d;

	if (chance(d, 12))
		add_tag(f, PICK(d, tpids), (uint16_t)(PICK(d, vids) | roll(d, 8) << 13));
	if (chance(d, 2))
		add_tag(f, PICK(d, tpids), PICK(d, vids));
	if (chance(d, 15))
		add_padding(f, roll(d, 60), (uint8_t)roll(d, 256));
	if (chance(d, 1)) {
		memcpy(f->b, reserved, 6);
		f->b[5] = (uint8_t)roll(d, 32);
	}
	if (chance(d, 4))
		f->len = roll(d, f->len + 1);
	if (chance(d, 6))
		for (uint32_t n = 1 + roll(d, 3); n && f->len; n--)
			f->b[roll(d, f->len < 80 ? f->len : 80)] ^= (uint8_t)(1 << roll(d, 8));
}

void generate(struct dice *d, enum mn_hook hook, struct frame *f, uint32_t *port, uint32_t longest)
{
	struct scene s = {.d = d, .hook = hook};

	set_scene(&s);
	*port = s.src == mac_a ? PORT_A : s.src == mac_b ? PORT_B : PORT_C;
	if (chance(d, 10))
		*port = PORT_A + roll(d, 4);
	switch (roll(d, 16)) {
	case 0:
	case 1:
	case 2:
		make_arp(&s, f);
		break;
	case 3:
	case 4:
		make_ip4(&s, f);
		break;
	case 5:
	case 6:
	case 7:
		make_dhcp(&s, f);
		break;
	case 8:
	case 9:
		make_ip6(&s, f);
		break;
	case 10:
		make_pppoe(&s, f);
		break;
	case 11:
		make_other(&s, f);
		break;
	default:
		make_nd(&s, f);
	}
	twist(&s, f);
	if (f->len > longest)
		f->len = longest;
}

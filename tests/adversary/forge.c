/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One forged frame of each kind. Addresses come from the honest parties, the forgers, and from nowhere. */
#include "judge.h"

#include <string.h>

#define PICK(rng, list) ((list)[rng_below(rng, sizeof(list) / sizeof((list)[0]))])

struct forge {
	struct network *net;
	struct rng *rng;
	const struct party *self;
	struct raw_frame *frame;
	uint8_t random_mac[6], random_ip4[4], random_ip6[16];
};

/* ---- addresses ---- */

static const struct party *any_party(struct forge *forge)
{
	const struct campaign *campaign = &forge->net->forger.campaign;

	if (rng_chance(forge->rng, campaign->focus))
		return &parties[campaign->victim];
	if (rng_chance(forge->rng, 20))
		return &forgers[rng_below(forge->rng, FORGER_PORTS + 1)];
	return &parties[rng_below(forge->rng, PARTIES)];
}

static const uint8_t *any_mac(struct forge *forge)
{
	static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 0xfb};

	switch (rng_below(forge->rng, 24)) {
	case 0:
		return mac_zero;
	case 1:
		return mac_broadcast;
	case 2:
		return group;
	case 3:
	case 4:
		return forge->random_mac;
	}
	return any_party(forge)->mac;
}

static const uint8_t *own_or_any_mac(struct forge *forge)
{
	return rng_chance(forge->rng, 50) ? forge->self->mac : any_mac(forge);
}

static const uint8_t *any_ip4(struct forge *forge)
{
	static const uint8_t other[][4] = {{10, 77, 0, 1},       {10, 77, 3, 9}, {127, 0, 0, 1},      {224, 0, 0, 251},
					   {255, 255, 255, 255}, {0, 0, 0, 0},   {192, 168, 157, 255}};

	if (rng_chance(forge->rng, 12))
		return forge->random_ip4;
	return rng_chance(forge->rng, 12) ? PICK(forge->rng, other) : any_party(forge)->ip4;
}

static const uint8_t *any_ip6(struct forge *forge)
{
	static const uint8_t other[][16] = {{0}, {[15] = 1}, {0xff, 2, [15] = 1}, {0xff, 2, [15] = 2}};

	if (rng_chance(forge->rng, 12))
		return forge->random_ip6;
	return rng_chance(forge->rng, 12) ? PICK(forge->rng, other) : any_party(forge)->ip6;
}

static const uint8_t *target_mac(struct forge *forge)
{
	return rng_chance(forge->rng, 40)   ? mac_broadcast
	       : rng_chance(forge->rng, 40) ? parties[HOST].mac
					    : any_mac(forge);
}

static void random_bytes(struct forge *forge, uint8_t *to, uint32_t len)
{
	while (len--)
		*to++ = (uint8_t)rng_below(forge->rng, 256);
}

/* ---- kinds ---- */

static void forge_data(struct forge *forge)
{
	static const uint8_t protocols[] = {1, 6, 17, 47, 50, 58, 112, 132};
	uint8_t data[64];
	uint8_t proto = PICK(forge->rng, protocols);
	const uint8_t *dst = target_mac(forge), *src = own_or_any_mac(forge);

	random_bytes(forge, data, sizeof(data));
	if (rng_chance(forge->rng, 50)) {
		struct ip4_spec ip = {.src = any_ip4(forge), .dst = any_ip4(forge), .proto = proto};

		put_ip4(forge->frame, dst, src, &ip, data, sizeof(data));
	} else {
		put_ip6(forge->frame, dst, src, any_ip6(forge), any_ip6(forge), proto, 64, data, sizeof(data));
	}
}

static void forge_arp(struct forge *forge)
{
	const uint8_t *src = own_or_any_mac(forge), *spa = any_ip4(forge);
	const uint8_t *sha = rng_chance(forge->rng, 60) ? src : any_mac(forge);
	const uint8_t *tpa = rng_chance(forge->rng, 35) ? spa : any_ip4(forge); /* gratuitous */
	uint16_t op = (uint16_t)(rng_chance(forge->rng, 95) ? 1 + rng_below(forge->rng, 2) : rng_below(forge->rng, 12));

	if (rng_chance(forge->rng, 10))
		spa = ip_zero; /* a probe */
	put_arp(forge->frame, target_mac(forge), src, op, sha, spa,
		rng_chance(forge->rng, 50) ? mac_zero : any_mac(forge), tpa);
	if (rng_chance(forge->rng, 3))
		forge->frame->bytes[14 + rng_below(forge->rng, 8)] ^= (uint8_t)(1 << rng_below(forge->rng, 8));
}

static void forge_nd(struct forge *forge)
{
	static const uint8_t types[] = {NS, NS, NA, NA, NA, RS, RA, REDIRECT};
	static const uint8_t groups[][16] = {{0xff, 2, [15] = 1}, {0xff, 2, [15] = 2}};
	const uint8_t *src = own_or_any_mac(forge), *source_ip = any_ip6(forge), *dst = target_mac(forge);
	struct nd_spec nd = {.type = PICK(forge->rng, types), .flags = (uint8_t)(rng_below(forge->rng, 8) << 5)};
	uint8_t options[64], group[16];

	nd.target = rng_chance(forge->rng, 50) ? source_ip : any_ip6(forge);
	if (rng_chance(forge->rng, 70))
		nd.slla = rng_chance(forge->rng, 60) ? src : any_mac(forge);
	if (rng_chance(forge->rng, nd.type == NA ? 80 : 10))
		nd.tlla = rng_chance(forge->rng, 60) ? src : any_mac(forge);
	if (rng_chance(forge->rng, 15)) { /* a nonce, an option of length 0, SEND, two of a kind, … */
		random_bytes(forge, options, sizeof(options));
		options[0] = rng_chance(forge->rng, 50) ? (uint8_t)(1 + rng_below(forge->rng, 2)) : 14;
		options[1] = (uint8_t)(rng_chance(forge->rng, 80) ? 1 : rng_below(forge->rng, 8));
		nd.options = options;
		nd.options_len = 8 * (1 + rng_below(forge->rng, 4));
	}
	nd.hops = rng_chance(forge->rng, 5) ? 64 : 255;
	nd.code = rng_chance(forge->rng, 2);
	if (rng_chance(forge->rng, 20))
		source_ip = ip6_zero;
	solicited_node(group, nd.target);
	put_nd(forge->frame, dst, src, source_ip,
	       rng_chance(forge->rng, 30)   ? group
	       : rng_chance(forge->rng, 40) ? PICK(forge->rng, groups)
					    : any_ip6(forge),
	       &nd);
}

static uint32_t any_xid(struct forge *forge)
{
	uint32_t last = forge->net->forger.last_xid;

	return rng_chance(forge->rng, 60) ? last - rng_below(forge->rng, 3) : rng_below(forge->rng, 1000);
}

static void forge_dhcp_client(struct forge *forge)
{
	static const uint8_t types[] = {1, 3, 4, 7, 7, 8};
	const uint8_t *src = own_or_any_mac(forge);
	struct dhcp_spec dhcp = {.op = 1,
				 .type = PICK(forge->rng, types),
				 .flags = rng_chance(forge->rng, 30) ? 0x8000 : 0,
				 .xid = any_xid(forge),
				 .chaddr = rng_chance(forge->rng, 50) ? src : any_mac(forge),
				 .ciaddr = rng_chance(forge->rng, 50) ? any_ip4(forge) : NULL,
				 .requested = rng_chance(forge->rng, 50) ? any_ip4(forge) : NULL,
				 .giaddr = rng_chance(forge->rng, 5) ? any_ip4(forge) : NULL,
				 .pad = rng_chance(forge->rng, 20) ? rng_below(forge->rng, 100) : 0,
				 .ip_options =
					 (uint8_t)(rng_chance(forge->rng, 10) ? 4 * rng_below(forge->rng, 11) : 0),
				 .zero_csum = rng_chance(forge->rng, 20)};

	put_dhcp(forge->frame, target_mac(forge), src, rng_chance(forge->rng, 50) ? ip_zero : any_ip4(forge),
		 rng_chance(forge->rng, 60) ? ip_broadcast : any_ip4(forge), &dhcp);
}

static void forge_dhcp_server(struct forge *forge)
{
	static const uint8_t types[] = {2, 5, 5, 5, 6};
	struct dhcp_spec dhcp = {.op = 2,
				 .type = PICK(forge->rng, types),
				 .flags = rng_chance(forge->rng, 50) ? 0x8000 : 0,
				 .xid = any_xid(forge),
				 .chaddr = any_mac(forge),
				 .yiaddr = any_ip4(forge),
				 .lease = rng_chance(forge->rng, 30) ? 0xffffffff : 60 + rng_below(forge->rng, 100000)};

	put_dhcp(forge->frame, target_mac(forge), own_or_any_mac(forge), any_ip4(forge),
		 rng_chance(forge->rng, 50) ? ip_broadcast : any_ip4(forge), &dhcp);
}

static void forge_dhcp6(struct forge *forge)
{
	static const uint8_t servers[16] = {0xff, 2, [13] = 1, [15] = 2};
	bool server = rng_chance(forge->rng, 50);
	uint8_t message[48] = {0, 0, 0, 36};
	const uint8_t *src = any_ip6(forge), *dst = server || rng_chance(forge->rng, 30) ? any_ip6(forge) : servers;
	uint32_t sum;

	message[0] = message[2] = 2; /* port 546 or 547 */
	message[1] = server ? 0x23 : 0x22;
	message[3] = server ? 0x22 : 0x23;
	message[5] = sizeof(message);
	message[8] = (uint8_t)(1 + rng_below(forge->rng, 13));
	random_bytes(forge, message + 9, 39);
	sum = sum_bytes(message, sizeof(message), sum_bytes(dst, 16, sum_bytes(src, 16, 17 + sizeof(message))));
	message[6] = (uint8_t)(~fold_sum(sum) >> 8);
	message[7] = (uint8_t)~fold_sum(sum);
	put_ip6(forge->frame, target_mac(forge), own_or_any_mac(forge), src, dst, 17, 64, message, sizeof(message));
}

static void forge_other(struct forge *forge)
{
	static const uint16_t types[] = {0x88b5, 0x0842, 0x8035, 0x888e, 0x88c7,
					 0x890d, 0x88cc, 0x8847, 0x0026, 0x9000};
	static const uint8_t reserved[6] = {0x01, 0x80, 0xc2, 0, 0, 0x0e};

	put_ether(forge->frame, rng_chance(forge->rng, 10) ? reserved : target_mac(forge), own_or_any_mac(forge),
		  PICK(forge->rng, types));
	add_padding(forge->frame, 46, (uint8_t)rng_below(forge->rng, 256));
}

static void forge_pppoe(struct forge *forge)
{
	static const uint8_t codes[] = {0x09, 0x07, 0x19, 0x65, 0xa7};
	bool session = rng_chance(forge->rng, 40);
	uint8_t body[18] = {0x11, session ? 0 : PICK(forge->rng, codes),
			    0,    (uint8_t)rng_below(forge->rng, 4),
			    0,    12,
			    1,    1,
			    0,    0,
			    1,    3,
			    0,    4,
			    0,    0,
			    0,    (uint8_t)rng_below(forge->rng, 4)};

	put_ether(forge->frame, target_mac(forge), own_or_any_mac(forge), session ? 0x8864 : 0x8863);
	memcpy(forge->frame->bytes + 14, body, sizeof(body));
	forge->frame->len = 32;
	add_padding(forge->frame, 28, 0);
}

static void forge_fragment(struct forge *forge)
{
	static const uint16_t fields[] = {0x2000, 0x2001, 0x0001, 0x1fff, 0x4000, 0x8000};
	uint8_t data[48] = {58};

	random_bytes(forge, data + 1, sizeof(data) - 1);
	if (rng_chance(forge->rng, 50)) {
		struct ip4_spec ip = {.src = any_ip4(forge),
				      .dst = any_ip4(forge),
				      .proto = rng_chance(forge->rng, 50) ? 17 : 1,
				      .frag = PICK(forge->rng, fields)};

		put_ip4(forge->frame, target_mac(forge), own_or_any_mac(forge), &ip, data, sizeof(data));
		return;
	}
	data[2] = 0;
	data[3] = (uint8_t)(rng_chance(forge->rng, 50) ? 1 : rng_below(forge->rng, 64)); /* offset and M */
	data[8] = PICK(forge->rng, ((const uint8_t[]){RS, RA, NS, NA, REDIRECT}));
	data[9] = 0;
	data[32] = SLLA;
	data[33] = 1;
	memcpy(data + 34, any_mac(forge), 6);
	put_ip6(forge->frame, target_mac(forge), own_or_any_mac(forge), any_ip6(forge), any_ip6(forge), 44, 255, data,
		sizeof(data));
}

static void take_recent(struct forge *forge)
{
	const struct forger *forger = &forge->net->forger;
	const struct stored_frame *recent = &forger->recent[rng_below(
		forge->rng, forger->n_recent < RECENT ? forger->n_recent + !forger->n_recent : RECENT)];

	memcpy(forge->frame->bytes, recent->bytes, recent->len);
	forge->frame->len = recent->len;
}

static void forge_mutation(struct forge *forge)
{
	take_recent(forge);
	if (forge->frame->len < 14)
		return;
	if (rng_chance(forge->rng, 50))
		memcpy(forge->frame->bytes + 6, own_or_any_mac(forge), 6);
	for (uint32_t n = rng_below(forge->rng, 5); n; n--)
		forge->frame->bytes[rng_below(forge->rng, forge->frame->len)] = (uint8_t)rng_below(forge->rng, 256);
	if (rng_chance(forge->rng, 15))
		memcpy(forge->frame->bytes + rng_below(forge->rng, forge->frame->len - 6), any_mac(forge), 6);
	if (rng_chance(forge->rng, 10))
		forge->frame->len = rng_below(forge->rng, forge->frame->len + 1);
}

/* IGMP, MLD, VRRP: multicast that switches listen to. */
static void forge_group(struct forge *forge)
{
	static const uint8_t vrrp[4] = {224, 0, 0, 18}, igmp[4] = {224, 0, 0, 22}, mld[16] = {0xff, 2, [15] = 0x16};
	static const uint8_t vrrp_mac[6] = {0x01, 0, 0x5e, 0, 0, 18}, hop_by_hop[8] = {58, 0, 5, 2};
	uint8_t message[32] = {0x21, 1, 100, 1};
	bool first = rng_chance(forge->rng, 50);
	struct ip4_spec ip = {.src = any_ip4(forge), .dst = first ? vrrp : igmp, .proto = first ? 112 : 2};

	memcpy(message + 8, any_ip4(forge), 4);
	if (rng_chance(forge->rng, 70)) {
		put_ip4(forge->frame, vrrp_mac, own_or_any_mac(forge), &ip, message, sizeof(message));
		return;
	}
	message[0] = 143;
	put_icmp6(forge->frame, mac_all_nodes, own_or_any_mac(forge), any_ip6(forge), mld, 1, message, sizeof(message),
		  0, hop_by_hop, 8);
}

/* Ever new addresses: against the caps and budgets. */
static void forge_flood(struct forge *forge)
{
	const uint8_t *src = rng_chance(forge->rng, 50) ? forge->random_mac : forge->self->mac;

	if (rng_chance(forge->rng, 50))
		put_arp(forge->frame, mac_broadcast, src, 1, src, forge->random_ip4, mac_zero, forge->random_ip4);
	else
		put_ip6(forge->frame, parties[GATEWAY].mac, src, forge->random_ip6, parties[INTERNET].ip6, 17, 64,
			"\1\2\1\2\0\10\0\0", 8);
}

/* ---- wrappings ---- */

static void wrap_snap(struct raw_frame *frame)
{
	uint32_t len;

	if (frame->len < 14 || frame->len > 1400)
		return;
	memmove(frame->bytes + 22, frame->bytes + 14, frame->len - 14);
	memcpy(frame->bytes + 20, frame->bytes + 12, 2);
	memcpy(frame->bytes + 14, "\xaa\xaa\x03\0\0\0", 6);
	len = frame->len - 14 + 8;
	frame->bytes[12] = (uint8_t)(len >> 8);
	frame->bytes[13] = (uint8_t)len;
	frame->len += 8;
}

static void wrap(struct forge *forge)
{
	static const uint16_t types[] = {0x8100, 0x8100, 0x88a8, 0x9100}, vlans[] = {0, 7, 7, 9, 0xfff};

	if (rng_chance(forge->rng, 4))
		wrap_snap(forge->frame);
	for (uint32_t n = rng_chance(forge->rng, 6) ? 1 + rng_chance(forge->rng, 20) : 0; n; n--)
		add_tag(forge->frame, PICK(forge->rng, types), PICK(forge->rng, vlans));
	if (rng_chance(forge->rng, 5))
		add_padding(forge->frame, rng_below(forge->rng, 1500 - 46), 0x55);
}

static void forge_kind(struct forge *forge, enum forge_kind kind)
{
	uint32_t port;

	switch (kind) {
	case FORGE_DATA:
		forge_data(forge);
		break;
	case FORGE_ARP:
		forge_arp(forge);
		break;
	case FORGE_ND:
		forge_nd(forge);
		break;
	case FORGE_DHCP_CLIENT:
		forge_dhcp_client(forge);
		break;
	case FORGE_DHCP_SERVER:
		forge_dhcp_server(forge);
		break;
	case FORGE_DHCP6:
		forge_dhcp6(forge);
		break;
	case FORGE_OTHER:
		forge_other(forge);
		break;
	case FORGE_PPPOE:
		forge_pppoe(forge);
		break;
	case FORGE_FRAGMENT:
		forge_fragment(forge);
		break;
	case FORGE_MUTATION:
		forge_mutation(forge);
		break;
	case FORGE_REPLAY:
		take_recent(forge);
		break;
	case FORGE_GROUP:
		forge_group(forge);
		break;
	case FORGE_GARBAGE:
		generate_frame(forge->rng, forge->self->side == ON_WIRE ? MN_FROM_WIRE : MN_FROM_GUEST, forge->frame,
			       &port, 800);
		break;
	case FORGE_FLOOD:
	case FORGE_KINDS:
		forge_flood(forge);
		break;
	}
}

void forge_frame(struct network *net, unsigned place, enum forge_kind kind, struct raw_frame *frame)
{
	struct forge forge = {.net = net, .rng = &net->forger.rng, .self = &forgers[place], .frame = frame};

	memcpy(forge.random_mac, "\x02\x99\x77", 3);
	random_bytes(&forge, forge.random_mac + 3, 3);
	memcpy(forge.random_ip4, parties[GUEST_A].ip4, 4);
	forge.random_ip4[2] = (uint8_t)(158 + rng_below(forge.rng, 90));
	forge.random_ip4[3] = (uint8_t)rng_below(forge.rng, 255);
	memcpy(forge.random_ip6, parties[GUEST_A].ip6, 16);
	random_bytes(&forge, forge.random_ip6 + 8, 8);
	frame->len = 0;
	forge_kind(&forge, kind);
	if (kind != FORGE_REPLAY)
		wrap(&forge);
}

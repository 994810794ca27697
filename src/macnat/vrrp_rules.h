/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual routers: VRRP (RFC 3768, RFC 5798) and CARP, which shares its protocol number and MAC addresses (rule 33).
 *
 * The master of a virtual router sends with a virtual MAC address, which moves from one machine to another within a second.
 * A contest would delay that. Therefore the advertisements decide, as they do between the routers: the address goes to the
 * sender of the highest priority, or to any sender when the master has said that it stops or has missed three
 * advertisements. An advertisement claims no IP address, and passes also where it wins nothing, because the other routers
 * must hear it.
 *
 * A router without a virtual MAC address uses its own, so that its successor claims the addresses, and would wait for the end
 * of a contest. A master that stops has said so before, with priority 0: with that it gives up the addresses that the
 * advertisement lists, as far as they are its own, also if it answers a few packets more. A master of lower priority gives
 * up its addresses when it hears another, but says nothing: only a contest shows that it has. That contest is short
 * (bridge/policy/ageing.h). An advertisement of another changes nothing else, so that a forged one costs the owner
 * nothing: it answers, and keeps the address.
 *
 * `aux` of the MAC address' binding holds what its owner has advertised last.
 */
#ifndef VIFI_MACNAT_VRRP_RULES_H
#define VIFI_MACNAT_VRRP_RULES_H

#include "macnat/frame_rules.h"

#define MN_VRRP_TYPE2 0x21 /* version 2, advertisement; also CARP */
#define MN_VRRP_TYPE3 0x31 /* version 3 */
#define MN_CARP_LEN   36   /* bytes of every CARP advertisement */
#define MN_CARP_AUTH  7    /* its authlen, in words */
#define MN_VRRP_IPS   16   /* that are read of an advertisement: more than one needs a contest each */

/*
 * Reads the advertisement whose source is a virtual MAC address. Leaves in ctx->sum the word for `aux`: priority in the low
 * eight bits, then the interval, and MN_VRRP_KNOWN. Returns 1, or 0 for any other packet. RFC 5798, 5.1.1.3 and 7.1: the
 * hop limit is 255, and the MAC address ends with the number of the virtual router.
 */
MN_STAGE(mn_vrrp_read)
{
	uint8_t *advert = ctx->opt;
	uint32_t rank, ticks, hops = ctx->type == ETHERTYPE_IP4 ? ctx->ip4.ttl : ctx->ip6.hops;

	if (ctx->fragment || ctx->gso || hops != 255 || !mn_is_virtual_mac(ctx->eth.src) ||
	    ctx->l4 + 8u > ctx->l3_end || mn_load(env, ctx->l4, advert, 8))
		return 0;
	if ((advert[0] != MN_VRRP_TYPE2 && advert[0] != MN_VRRP_TYPE3) || advert[1] != ctx->eth.src[5])
		return 0;
	rank = advert[2];
	ticks = advert[5] * 100u;
	if (advert[0] == MN_VRRP_TYPE3) {
		ticks = be16(advert + 4) & 0xfff;
	} else if (advert[3] == MN_CARP_AUTH && ctx->l3_end - ctx->l4 == MN_CARP_LEN) {
		rank = 255 - rank; /* advskew: the lowest wins, 255 says that the master stops */
		ticks += 100;
	}
	ctx->sum = MN_VRRP_KNOWN | ticks << 8 | rank;
	return 1;
}

/* Does the advertisement ctx->sum take the address from this owner? */
MN_FN bool mn_vrrp_wins(const struct mn_context *ctx, const struct mn_binding *owner)
{
	if (owner->flags & MN_F_PIN)
		return false;
	return (owner->aux & MN_VRRP_KNOWN) &&
	       (mn_vrrp_rank(ctx->sum) > mn_vrrp_rank(owner->aux) || !mn_vrrp_is_master(owner, ctx->now));
}

/* The owner of ctx->mac_key has sent the advertisement. */
MN_FN void mn_vrrp_note(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *owner)
{
	owner->aux = ctx->sum;
	if (owner->kind == MN_GUEST)
		mn_refresh_one(env, cfg, ctx, owner, &ctx->mac_key);
	else
		owner->last_seen = ctx->now;
}

/*
 * Notes what the advertisement ctx->sum says about the address at ctx->option_off. Its owner advertises it, or gives it up:
 * then the next claim takes it. Another router of the same number only makes the contest shorter.
 */
MN_STAGE(mn_vrrp_note_one)
{
	struct mn_binding *binding;
	uint8_t addr[16];
	uint32_t rank = mn_vrrp_rank(ctx->sum), now_s = (uint32_t)(ctx->now / MN_NS_PER_SEC);

	if (ctx->type == ETHERTYPE_IP4) {
		if (mn_load(env, ctx->option_off, addr, 4))
			return 0;
		mn_key_ip4(&ctx->wanted_key, ctx->vlan, addr);
	} else {
		if (mn_load(env, ctx->option_off, addr, 16))
			return 0;
		mn_key_ip6(&ctx->wanted_key, ctx->vlan, addr);
	}
	binding = mn_find(env, &ctx->wanted_key);
	if (!binding || binding->kind != MN_GUEST || (binding->flags & MN_F_PIN))
		return 0;
	if (ctx->hook != MN_FROM_GUEST || binding->port != ctx->port || !mac_equal(binding->mac, ctx->eth.src)) {
		if (mn_vrrp_number(binding->router) == mn_vrrp_number(ctx->sum) &&
		    rank > mn_vrrp_rank(binding->router) && now_s - binding->router_s <= MN_VRRP_RECENT_S)
			binding->router |= MN_VRRP_OUTRANKED;
		return 0;
	}
	binding->router = ctx->sum;
	binding->router_s = now_s;
	if (!rank) {
		binding->router |= MN_VRRP_GIVEN_UP;
		binding->last_seen = 0;
		mn_changed(env, &ctx->wanted_key);
	}
	return 0;
}

/*
 * An advertisement of a router without a virtual MAC address, for the addresses that it lists. With priority 0 it stops
 * (RFC 5798, 5.2.4). CARP has no list of addresses, and 0 is its highest rank.
 */
MN_STAGE(mn_vrrp_note_addresses)
{
	uint32_t hops = ctx->type == ETHERTYPE_IP4 ? ctx->ip4.ttl : ctx->ip6.hops;
	uint32_t size = ctx->type == ETHERTYPE_IP4 ? 4 : 16;
	uint8_t *advert = ctx->opt;
	bool is_carp;

	if (ctx->fragment || ctx->gso || hops != 255 || ctx->l4 + 8u > ctx->l3_end ||
	    mn_load(env, ctx->l4, advert, 8) || (advert[0] != MN_VRRP_TYPE2 && advert[0] != MN_VRRP_TYPE3))
		return 0;
	is_carp = advert[0] == MN_VRRP_TYPE2 && advert[3] == MN_CARP_AUTH && ctx->l3_end - ctx->l4 == MN_CARP_LEN;
	ctx->sum = MN_VRRP_KNOWN | (uint32_t)advert[1] << 8 | advert[2];
	ctx->option_off = ctx->l4 + 8u;
	for (int i = 0; i < MN_VRRP_IPS && !is_carp; i++) {
		if (i >= advert[3] || ctx->option_off + size > ctx->l3_end)
			break;
		mn_vrrp_note_one(env, ctx);
		ctx->option_off += size;
	}
	return 0;
}

/* A packet of protocol 112 from a guest. It teaches no IP address. */
MN_STAGE(mn_vrrp_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *owner;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if (!mn_vrrp_read(env, ctx)) {
		ret = mn_claim_mac(env, ctx);
		return ret ? ret : mn_vrrp_note_addresses(env, ctx);
	}
	owner = mn_find(env, &ctx->mac_key);
	if (owner && (owner->kind != MN_GUEST || owner->port != ctx->port)) {
		if (!mn_vrrp_wins(ctx, owner)) {
			ctx->key = ctx->mac_key;
			if (!mn_vrrp_is_master(owner, ctx->now))
				mn_contest(env, ctx, owner,
					   owner->kind == MN_STATION ? DROP_CLAIM_STATION : DROP_CLAIM_TAKEN);
			return NOT_DROPPED;
		}
		owner->last_seen = 0; /* the next claim takes it */
	}
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	owner = mn_find(env, &ctx->mac_key);
	if (owner && owner->kind == MN_GUEST && owner->port == ctx->port)
		mn_vrrp_note(env, cfg, ctx, owner);
	return NOT_DROPPED;
}

/* A packet of protocol 112 from the uplink: as mn_wire_source(), but an advertisement always passes. */
MN_STAGE(mn_vrrp_in)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *owner;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if (!mn_vrrp_read(env, ctx)) {
		ret = mn_wire_source(env, ctx);
		return ret ? ret : mn_vrrp_note_addresses(env, ctx);
	}
	mn_key_mac(&ctx->mac_key, ctx->vlan, ctx->eth.src);
	ctx->key = ctx->mac_key;
	mac_copy(ctx->claimant, ctx->eth.src);
	ctx->port = cfg->uplink;
	owner = mn_find(env, &ctx->mac_key);
	if (owner && owner->kind == MN_GUEST && (owner->aux & MN_VRRP_KNOWN)) {
		if (!mn_vrrp_wins(ctx, owner))
			return NOT_DROPPED;
		mn_station_win(env, ctx, owner);
	} else {
		mn_wire_source(env, ctx);
	}
	owner = mn_find(env, &ctx->mac_key);
	if (owner && owner->kind == MN_STATION)
		mn_vrrp_note(env, cfg, ctx, owner);
	return NOT_DROPPED;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame enters the bridge by a guest's port: the shortcut may take it (shortcut_rules.h), and the port guard keeps it out
 * of the bridge if mn_from_guest would only refuse it.
 *
 * The bridge learns the source of a frame before it forwards it, and delivers a frame for a sibling without asking. The
 * guard therefore takes from the bridge, and hands to mn_from_guest, which drops them with their reason:
 *
 *   - frames, also tagged ones, whose source is the MAC address of a station, or of a guest on another port, that is in use
 *     (rules 2 and 28): the forwarding entry of the owner stays where it is; advertisements of virtual routers excepted
 *     (rule 33);
 *   - what is behind two priority tags, which Linux removes, and the rules refuse;
 *   - ARP, neighbour discovery and ICMP Redirects that claim an address of this host or of a gateway, one that is pinned to
 *     another, or one that a live sibling or station has (rule 2): no sibling believes them. mn_from_guest opens the
 *     contest; if the owner stays silent, user space announces the new owner to the siblings (bridge/announce.h);
 *     with them IPv6 packets whose headers hide what they claim (RFC 7113), and neighbour discovery in fragments;
 *   - messages of routers and DHCP servers, where the configuration drops them (rule 31): no sibling hears them.
 *
 * An ARP request with the address of a sibling (rule 30) enters the bridge as a probe, which gets the same answer but
 * changes no neighbour table.
 *
 * The guard relies only on sources that a guest cannot forge: the kernel (addresses and routes of this host), the
 * operator (pins), the wire (stations; routers, by their advertisements), and the sibling's own port (a frame within
 * `silent`, or a lease that the sibling asked for).
 *
 * User space switches the guard on where the bridge has one forwarding database for all VLANs (bridge/shortcut_ports.c).
 */
#ifndef VIFI_MACNAT_PORT_RULES_H
#define VIFI_MACNAT_PORT_RULES_H

#include "macnat/shortcut_rules.h"

/* Would a claim of the source MAC address be refused now (mn_check_address)? The first frame from a new port opens a contest. */
MN_FN bool mn_is_foreign_in_vlan(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, uint16_t vlan)
{
	const struct mn_binding *binding;

	mn_key_mac(&ctx->mac_key, vlan, ctx->eth.src);
	binding = mn_find(env, &ctx->mac_key);
	if (!binding || !mn_is_live(cfg, binding, ctx->now))
		return false;
	if (binding->kind == MN_STATION)
		return true;
	return binding->kind == MN_GUEST && binding->port != ctx->port && !mn_is_at_home(cfg, ctx, binding) &&
	       cfg->takeover != MN_TAKEOVER_ANNOUNCED;
}

/* The forwarding database does not read tags (MN_CONFIG_PORT_GUARD): a tagged frame moves the entry of an untagged guest. */
MN_FN bool mn_is_foreign_source(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	return mn_is_foreign_in_vlan(env, cfg, ctx, 0) ||
	       (ctx->vlan && mn_is_foreign_in_vlan(env, cfg, ctx, ctx->vlan));
}

/*
 * ICMPv6 that no host should believe, but some do: neighbour discovery in fragments (RFC 6980), a first fragment without its
 * type (RFC 7112). The rules drop it.
 */
MN_FN bool mn_is_hidden_nd(MN_ENV env, struct mn_context *ctx)
{
	return ctx->fragment == 1 &&
	       (ctx->l4 + 8u > ctx->l3_end || mn_load(env, ctx->l4, &ctx->nd, 8) || mn_nd_fixed_len(ctx->nd.type));
}

/*
 * Makes ctx->key of the IP address that an ARP or ND message or a Redirect claims for its sender. Returns 0; -1: none; 1: its
 * headers may hide a claim (RFC 7113), and the rules drop the frame.
 */
MN_FN int mn_claimed_address(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->type == ETHERTYPE_IP4) {
		if (mn_ip4_read(env, ctx) || !mn_ip4_is_redirect(env, ctx))
			return -1;
		mac_copy(ctx->claimant, ctx->eth.src);
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->ip4.src);
		return 0;
	}
	if (ctx->type == ETHERTYPE_ARP) {
		if (mn_arp_read(env, ctx))
			return -1;
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->arp.spa);
		mac_copy(ctx->claimant, ctx->arp.sha);
		return 0;
	}
	if (ctx->type != ETHERTYPE_IP6)
		return -1;
	if (mn_ip6_read(env, ctx))
		return 1;
	if (ctx->proto == IPPROTO_N_ICMP6 && mn_is_hidden_nd(env, ctx))
		return 1;
	if (ctx->proto != IPPROTO_N_ICMP6 || ctx->fragment || mn_load(env, ctx->l4, &ctx->nd, 8) ||
	    !mn_nd_fixed_len(ctx->nd.type) ||
	    (ctx->nd.type == ND_NA && mn_load(env, ctx->l4, &ctx->nd, sizeof(ctx->nd))))
		return -1;
	mac_copy(ctx->claimant, ctx->eth.src);
	mn_key_ip6(&ctx->key, ctx->vlan, ctx->nd.type == ND_NA ? ctx->nd.target : ctx->ip6.src);
	return mn_ip6_is_zero(ctx->key.addr) ? -1 : 0; /* duplicate address detection claims nothing */
}

/*
 * Does another live owner have the claimed address, so that the claim opens a contest (mn_check_live_owner)? The MAC
 * addresses of one port are one party.
 */
MN_FN bool mn_has_live_owner(const struct mn_config *cfg, const struct mn_context *ctx,
			     const struct mn_binding *binding)
{
	if (mac_equal(binding->mac, ctx->claimant) || !mn_is_live(cfg, binding, ctx->now))
		return false;
	if (binding->kind == MN_STATION)
		return true;
	return binding->kind == MN_GUEST && binding->port != ctx->port && !mn_is_late_answer(ctx, binding) &&
	       cfg->takeover != MN_TAKEOVER_ANNOUNCED;
}

/* The request borrows the address of a sibling (mn_arp_is_borrowed): the siblings get it as a probe. */
MN_FN bool mn_is_lent(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	if (!mn_is_own_mac(env, ctx, ctx->arp.sha))
		return false;
	mn_key_ip4(&ctx->key, ctx->vlan, ctx->arp.spa);
	ctx->announce = mn_arp_is_announcement(ctx);
	if (!mn_arp_is_borrowed(env, cfg, ctx))
		return false;
	mn_arp_make_probe(ctx);
	ctx->send_to = MN_TO_BRIDGE;
	return true;
}

/*
 * Does the frame claim an address that its guest cannot have, at least not before a contest (mn_check_address)? An address
 * of another interface of this host may be a guest's in a network of its own. Returns 1 if the rules for guests get the
 * frame; 0 also if it enters the bridge with the edits in ctx.
 */
MN_STAGE(mn_is_foreign_claim)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct mn_binding *binding;
	int ret = mn_claimed_address(env, ctx);

	if (ret)
		return ret > 0;
	binding = mn_find(env, &ctx->key);
	if (!cfg || !binding)
		return 0;
	if (binding->kind == MN_GATEWAY || (binding->kind == MN_HOST && mac_equal(binding->mac, cfg->uplink_mac)) ||
	    ((binding->flags & MN_F_PIN) && !mac_equal(binding->mac, ctx->claimant)))
		return 1;
	return mn_has_live_owner(cfg, ctx, binding) && !(ctx->type == ETHERTYPE_ARP && mn_is_lent(env, cfg, ctx));
}

/* Most frames of IPv4 claim nothing and need no call. */
MN_FN bool mn_may_claim(MN_ENV env, struct mn_context *ctx)
{
	return ctx->type != ETHERTYPE_IP4 ||
	       (!mn_load(env, (uint32_t)ctx->l3 + offsetof(struct ip4_hdr, proto), ctx->opt, 1) &&
		ctx->opt[0] == IPPROTO_N_ICMP);
}

/* Is it a message that mn_from_guest drops as a service of a guest? */
MN_STAGE(mn_is_guest_service)
{
	if (ctx->type == ETHERTYPE_IP4)
		return !mn_ip4_read(env, ctx) && mn_is_dhcp_server(env, ctx);
	if (ctx->type != ETHERTYPE_IP6 || mn_ip6_read(env, ctx))
		return 0;
	if (ctx->proto == IPPROTO_N_ICMP6) /* a later fragment has data there */
		return ctx->fragment != 2 && !mn_load(env, ctx->l4, ctx->opt, 1) &&
		       (ctx->opt[0] == ND_RA || ctx->opt[0] == ND_REDIRECT);
	return mn_is_dhcp6_server(env, ctx);
}

/* Does a virtual router speak to the others, which must hear it (rule 33)? */
MN_STAGE(mn_is_advertisement)
{
	if (ctx->type == ETHERTYPE_IP4 ? mn_ip4_read(env, ctx) : ctx->type != ETHERTYPE_IP6 || mn_ip6_read(env, ctx))
		return 0;
	return ctx->proto == IPPROTO_N_VRRP && mn_vrrp_read(env, ctx);
}

/* Returns 1 if the rules for guests get the frame instead of the bridge; otherwise 0. */
MN_STAGE(mn_port_guard)
{
	const struct mn_config *cfg = mn_config_get(env);
	bool refused;

	if (!cfg || !(cfg->flags & MN_CONFIG_PORT_GUARD) || mn_parse_ether(env, ctx) || mac_is_group(ctx->eth.src))
		return 0;
	if (ctx->port == cfg->loop_port) /* rule 37: it delivers the frames of stations */
		return 0;
	refused = mn_vlan_check(cfg, ctx) != NOT_DROPPED; /* the frame has no way but this bridge */
	if (mn_is_foreign_source(env, cfg, ctx))
		return refused || !mn_is_virtual_mac(ctx->eth.src) || !mn_is_advertisement(env, ctx);
	if (refused) /* but Linux removes any number of priority tags, and believes what is behind them */
		return ctx->nested && !ctx->vlan;
	if (mn_may_claim(env, ctx) && mn_is_foreign_claim(env, ctx))
		return 1;
	return cfg->guest_services == MN_SERVICES_DROP && mn_is_guest_service(env, ctx);
}

/* Returns whether there is a verdict in ctx; otherwise the frame enters the bridge. shortcut: the shortcut is open. */
MN_FN bool mn_from_port(MN_ENV env, struct mn_context *ctx, bool shortcut)
{
	if (shortcut && mn_shortcut_out(env, ctx) == 1)
		return true;
	if (mn_port_guard(env, ctx) == 1)
		ctx->send_to = MN_TO_RULES;
	return ctx->send_to != 0;
}

#endif

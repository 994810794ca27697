/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 and neighbour discovery: rules 16 to 21. */
#ifndef VIFI_MACNAT_IP6_RULES_H
#define VIFI_MACNAT_IP6_RULES_H

#include "macnat/unknown_rules.h"
#include "macnat/vrrp_rules.h"

#define MN_IP6_HEADERS 8   /* extension headers; RFC 8200 names six, each at most once or twice */
#define MN_ND_OPTIONS  192 /* a full Ethernet frame holds fewer */
#define MN_ND_EDITS    4   /* link-layer addresses of one message that are translated */

MN_FN bool mn_ip6_is_zero(const uint8_t *addr)
{
	return (be32(addr) | be32(addr + 4) | be32(addr + 8) | be32(addr + 12)) == 0;
}

/* An invalid source address: multicast or loopback. */
MN_FN bool mn_ip6_is_bad_source(const uint8_t *addr)
{
	return addr[0] == 0xff || ((be32(addr) | be32(addr + 4) | be32(addr + 8)) == 0 && be32(addr + 12) == 1);
}

MN_FN bool mn_ip6_is_extension(uint8_t next)
{
	return next == IPPROTO_N_HOPOPTS || next == IPPROTO_N_ROUTING || next == IPPROTO_N_DSTOPTS ||
	       next == IPPROTO_N_FRAGMENT || next == IPPROTO_N_AH;
}

/*
 * Walks a bounded number of extension headers (rule 17). Leaves the upper protocol in ctx->proto and its offset in
 * ctx->l4. ctx->fragment becomes 1 for a first or only fragment, 2 for a later one, which has no upper header.
 */
MN_STAGE(mn_ip6_walk_headers)
{
	uint32_t off = (uint32_t)ctx->l3 + sizeof(struct ip6_hdr);
	uint8_t next = ctx->ip6.next;

	for (int i = 0; i <= MN_IP6_HEADERS; i++) {
		uint32_t len;

		ctx->proto = next;
		ctx->l4 = (uint16_t)off;
		if (!mn_ip6_is_extension(next))
			return NOT_DROPPED;
		if (off + 8 > ctx->l3_end || mn_load(env, off, ctx->opt, 8))
			return DROP_IP6_MALFORMED;
		if (next == IPPROTO_N_FRAGMENT) {
			len = 8;
			ctx->fragment = be16(ctx->opt + 2) >> 3 ? 2 : 1;
		} else if (next == IPPROTO_N_AH) {
			len = (ctx->opt[1] + 2u) * 4;
		} else {
			len = (ctx->opt[1] + 1u) * 8;
		}
		next = ctx->opt[0];
		off += len;
		if (ctx->fragment == 2) {
			ctx->proto = next;
			ctx->l4 = (uint16_t)off;
			return NOT_DROPPED;
		}
		if (off > ctx->l3_end)
			return DROP_IP6_MALFORMED;
	}
	return DROP_IP6_HEADERS;
}

/* Reads the header into ctx->ip6 and validates it. */
MN_FN int mn_ip6_read(MN_ENV env, struct mn_context *ctx)
{
	uint32_t end;

	if (mn_load_l3(env, ctx, &ctx->ip6, sizeof(ctx->ip6)))
		return DROP_TRUNCATED;
	if (ctx->ip6.ver_tc[0] >> 4 != 6)
		return DROP_IP6_MALFORMED;
	end = ctx->l3 + (uint32_t)sizeof(ctx->ip6) + be16(ctx->ip6.plen);
	if (!ctx->gso) {
		if (end > ctx->len)
			return DROP_TRUNCATED;
		ctx->l3_end = end;
	}
	if (mn_ip6_is_extension(ctx->ip6.next))
		return mn_ip6_walk_headers(env, ctx);
	ctx->proto = ctx->ip6.next;
	ctx->l4 = (uint16_t)(ctx->l3 + sizeof(ctx->ip6));
	return NOT_DROPPED;
}

/* The length of the fixed part of each message (RFC 4861, 4); 0 for other ICMPv6 types. */
MN_FN uint32_t mn_nd_fixed_len(uint8_t type)
{
	if (type == ND_RS)
		return 8;
	if (type == ND_RA)
		return 16;
	if (type == ND_NS || type == ND_NA)
		return 24;
	return type == ND_REDIRECT ? 40 : 0;
}

/*
 * Validates neighbour discovery (RFC 4861, 6.1 and 7.1; RFC 6980). Returns 1 with its fixed part in ctx->nd and the
 * length of that in ctx->nd_fixed_len, 0 for other packets, or a negative drop reason.
 */
MN_STAGE(mn_nd_read)
{
	uint32_t len, min, sum;

	if (ctx->proto != IPPROTO_N_ICMP6 || ctx->fragment == 2)
		return 0;
	if (ctx->l4 + 8u > ctx->l3_end || mn_load(env, ctx->l4, &ctx->nd, 8))
		return ctx->fragment ? -DROP_IP6_MALFORMED : -DROP_TRUNCATED; /* RFC 7112 for the fragment */
	min = mn_nd_fixed_len(ctx->nd.type);
	if (!min)
		return 0;
	if (ctx->fragment)
		return -DROP_ND_FRAGMENT;
	if (ctx->ip6.hops != 255)
		return -DROP_ND_HOP_LIMIT;
	len = ctx->l3_end - ctx->l4;
	if (ctx->nd.code || len < min || ctx->gso)
		return -DROP_ND_MALFORMED;
	if (min >= 24) {
		if (mn_load(env, ctx->l4, &ctx->nd, sizeof(ctx->nd)))
			return -DROP_TRUNCATED;
		if (ctx->nd.target[0] == 0xff && ctx->nd.type != ND_REDIRECT)
			return -DROP_ND_MALFORMED;
	}
	__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
	__builtin_memcpy(ctx->chunk, ctx->ip6.src, 32);
	put_be16(ctx->chunk + 34, (uint16_t)len);
	ctx->chunk[39] = IPPROTO_N_ICMP6;
	sum = mn_sum(ctx->chunk, 40, 0);
	if (!mn_checksum_ok(env, ctx, ctx->l4, len, sum, ctx->nd.csum))
		return -DROP_ND_CHECKSUM;
	ctx->nd_fixed_len = min;
	return 1;
}

/* The same for any packet; most need no call. */
MN_FN int mn_nd_check(MN_ENV env, struct mn_context *ctx)
{
	return ctx->proto == IPPROTO_N_ICMP6 ? mn_nd_read(env, ctx) : 0;
}

/* A link-layer address option of a guest or of this host: the uplink MAC replaces a guest's own (rules 17 and 19). */
MN_FN int mn_nd_lladdr_out(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, uint32_t off)
{
	const uint8_t *mac = ctx->opt + 2;
	/* a router may name a third station, or another guest; other messages may only name their sender (rule 30) */
	bool may_be_other = ctx->nd.type == ND_REDIRECT && ctx->opt[0] == ND_OPT_TLLA;

	if (may_be_other ? mn_find_guest(env, ctx, mac) != 0 : mn_is_own_mac(env, ctx, mac)) {
		mn_edit_mac(ctx, off + 2, mac, cfg->uplink_mac, (uint32_t)ctx->l4 + ND_OFF_CSUM);
		return ctx->drop;
	}
	return may_be_other ? NOT_DROPPED : DROP_ND_SENDER;
}

/* A link-layer address from the uplink: a Redirect with the uplink MAC may mean a sibling (rules 10 and 19). */
MN_FN int mn_nd_lladdr_in(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, uint32_t off)
{
	struct mn_binding *binding;

	if (ctx->nd.type != ND_REDIRECT)
		return mn_is_named_here(env, cfg, ctx, ctx->opt + 2) ? DROP_PROXY_CLAIM : NOT_DROPPED;
	if (!mac_equal(ctx->opt + 2, cfg->uplink_mac))
		return NOT_DROPPED;
	binding = mn_find_ip6(env, ctx, ctx->nd.target);
	if (binding && binding->kind == MN_GUEST)
		mn_edit_mac(ctx, off + 2, ctx->opt + 2, binding->mac, (uint32_t)ctx->l4 + ND_OFF_CSUM);
	return ctx->drop;
}

/* Checks the option at ctx->option_off, and moves on to the next. A stage, so that the verifier checks one option only. */
MN_STAGE(mn_nd_option)
{
	const struct mn_config *cfg = mn_config_get(env);
	uint32_t off = ctx->option_off, end = ctx->l3_end, len;
	bool out = ctx->hook != MN_FROM_WIRE;

	if (!cfg)
		return DROP_INTERNAL;
	if (off + 8 > end || mn_load(env, off, ctx->opt, 8))
		return DROP_ND_OPTION;
	len = ctx->opt[1] * 8u;
	if (!len || off + len > end)
		return DROP_ND_OPTION;
	ctx->option_off = off + len;
	if (ctx->opt[0] == ND_OPT_RSA)
		ctx->is_signed = 1;
	if (ctx->opt[0] != ND_OPT_SLLA && ctx->opt[0] != ND_OPT_TLLA)
		return NOT_DROPPED;
	if (len != 8 || ctx->n_edits >= MN_ND_EDITS)
		return DROP_ND_OPTION;
	return out ? mn_nd_lladdr_out(env, cfg, ctx, off) : mn_nd_lladdr_in(env, cfg, ctx, off);
}

/* Walks all options after the fixed part (rule 17). Returns NOT_DROPPED with the needed edits, or a reason. */
MN_STAGE(mn_nd_options)
{
	ctx->option_off = ctx->l4 + ctx->nd_fixed_len;
	ctx->is_signed = 0;
	for (int i = 0; i < MN_ND_OPTIONS && ctx->option_off < ctx->l3_end; i++) {
		int ret = mn_nd_option(env, ctx);

		if (ret)
			return ret;
	}
	if (ctx->option_off < ctx->l3_end)
		return DROP_ND_OPTION;
	return ctx->is_signed && ctx->n_edits ? DROP_ND_SIGNED : NOT_DROPPED;
}

/* Claims the source of the message, and the target of an NA (rules 16 and 18). */
MN_FN int mn_nd_claim(MN_ENV env, struct mn_context *ctx)
{
	int ret;

	ctx->announce = ctx->nd.type == ND_NA && !(ctx->nd.flags[0] & ND_NA_SOLICITED);
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	if (mn_ip6_is_zero(ctx->ip6.src)) {
		if (ctx->nd.type == ND_NS) {
			mn_key_init(&ctx->key, MN_PROBE6, ctx->vlan);
			__builtin_memcpy(ctx->key.addr, ctx->nd.target, 16);
			return mn_remember(env, ctx, 0);
		}
	} else if (mn_ip6_is_bad_source(ctx->ip6.src)) {
		return DROP_CLAIM_INVALID;
	} else {
		mn_key_ip6(&ctx->key, ctx->vlan, ctx->ip6.src);
		ret = mn_claim_checked(env, ctx);
	}
	if (ret || ctx->nd.type != ND_NA)
		return ret;
	if (mn_ip6_is_bad_source(ctx->nd.target) || mn_ip6_is_zero(ctx->nd.target))
		return DROP_CLAIM_INVALID;
	mn_key_ip6(&ctx->key, ctx->vlan, ctx->nd.target);
	ctx->is_answer = 1;
	return mn_claim_checked(env, ctx);
}

/* Neighbour discovery from a guest. */
MN_STAGE(mn_nd_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = 0;
	uint32_t translated;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_nd_claim(env, ctx);
	if (ret)
		return ret;
	ret = mn_nd_options(env, ctx);
	if (ret)
		return ret;
	translated = ctx->n_edits;
	if (ctx->nd.type == ND_RA || ctx->nd.type == ND_REDIRECT) {
		ret = mn_check_service(cfg, ctx);
		if (ret)
			return ret;
	}
	if (ctx->nd.type == ND_NS) {
		bool probe = mn_ip6_is_zero(ctx->ip6.src);

		binding = mn_find_ip6(env, ctx, ctx->nd.target);
		if (binding && binding->kind == MN_HOST && mac_equal(binding->mac, cfg->uplink_mac))
			return mn_send_host(env, ctx); /* rule 11 */
		if (mac_is_group(ctx->eth.dst) && !probe && mn_is_live_guest(cfg, binding, ctx->now) &&
		    !mac_equal(binding->mac, ctx->eth.src) && !mn_wire_may_own(binding, ctx->now))
			return mn_keep_local(env, ctx); /* rule 12 */
	}
	if (mac_is_group(ctx->eth.dst))
		ret = mn_send_group(env, ctx);
	else
		ret = mn_send_unicast(env, cfg, ctx, mn_find_ip6(env, ctx, ctx->ip6.dst), 0);
	if (!ret && translated && ctx->send_to == MN_TO_UPLINK)
		mn_count_inc(env, MN_COUNT_ND);
	return ret;
}

/* Reads the UDP header and returns the destination port; 0: none. */
MN_FN uint16_t mn_ip6_udp_port(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->proto != IPPROTO_N_UDP || ctx->fragment == 2 ||
	    (ctx->l4 == ETHER_HLEN + sizeof(ctx->ip6)
		     ? mn_load(env, ETHER_HLEN + sizeof(ctx->ip6), &ctx->udp, sizeof(ctx->udp))
		     : mn_load(env, ctx->l4, &ctx->udp, sizeof(ctx->udp))))
		return 0;
	return be16(ctx->udp.dport);
}

/* Is it a message of a DHCPv6 server to clients or to a relay agent (RFC 8415, 7.2)? */
MN_FN bool mn_is_dhcp6_server(MN_ENV env, struct mn_context *ctx)
{
	uint16_t port = mn_ip6_udp_port(env, ctx);

	if (port == DHCP6_CLIENT_PORT)
		return true;
	return port == DHCP6_SERVER_PORT && be16(ctx->udp.sport) == DHCP6_SERVER_PORT &&
	       !mn_load(env, (uint32_t)ctx->l4 + sizeof(ctx->udp), ctx->opt, 1) && ctx->opt[0] == DHCP6_RELAY_REPL;
}

/* IPv6 from a guest. */
MN_STAGE(mn_ip6_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *sender = 0;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_ip6_read(env, ctx);
	if (ret)
		return ret;
	ret = mn_nd_check(env, ctx);
	if (ret < 0)
		return -ret;
	if (ret > 0)
		return mn_nd_out(env, ctx);
	if (ctx->proto == IPPROTO_N_VRRP) {
		ret = mn_vrrp_out(env, ctx);
	} else if (mn_ip6_is_zero(ctx->ip6.src)) {
		ret = mn_claim_mac(env, ctx);
	} else if (mn_ip6_is_bad_source(ctx->ip6.src)) {
		ret = DROP_CLAIM_INVALID;
	} else {
		mn_key_ip6(&ctx->key, ctx->vlan, ctx->ip6.src);
		ret = mn_claim(env, ctx, &sender);
	}
	if (ret)
		return ret;
	if (mn_is_dhcp6_server(env, ctx)) {
		ret = mn_check_service(cfg, ctx);
		if (ret)
			return ret;
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_send_group(env, ctx);
	if (!mac_equal(ctx->eth.dst, cfg->uplink_mac))
		return mn_send_unicast(env, cfg, ctx, 0, sender);
	return mn_send_unicast(env, cfg, ctx, mn_find_ip6(env, ctx, ctx->ip6.dst), sender);
}

/* A station on the uplink claims the target of an NA, or the source of any other message (rules 9 and 29). */
MN_FN void mn_nd_wire_claim(MN_ENV env, struct mn_context *ctx)
{
	mn_key_ip6(&ctx->key, ctx->vlan, ctx->nd.type == ND_NA ? ctx->nd.target : ctx->ip6.src);
	mac_copy(ctx->claimant, ctx->eth.src);
	mn_wire_claim(env, ctx);
}

/*
 * The address of a router that advertises itself is kept from guests, also where this host uses no IPv6: its guests do.
 * Follows mn_nd_wire_claim().
 */
MN_FN void mn_nd_learn_router(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_config *cfg = mn_config_get(env);

	if (!cfg || ctx->nd.type != ND_RA || !ip6_is_link_local(ctx->ip6.src) || mn_find(env, &ctx->key))
		return;
	ctx->port = cfg->uplink;
	mn_station_learn(env, ctx);
}

/* Neighbour discovery from the uplink: options, proxies, redirects. Valid messages continue as any IPv6 packet. */
MN_FN int mn_nd_in(MN_ENV env, struct mn_context *ctx)
{
	int ret = mn_nd_options(env, ctx);

	if (ret)
		return ret;
	if (ctx->n_edits)
		mn_count_inc(env, MN_COUNT_ND);
	mn_nd_wire_claim(env, ctx);
	mn_nd_learn_router(env, ctx);
	return NOT_DROPPED;
}

/* The guest that probes the target of an NA or NS (rule 16). */
MN_FN struct mn_binding *mn_nd_find_prober(MN_ENV env, struct mn_context *ctx)
{
	mn_key_init(&ctx->key, MN_PROBE6, ctx->vlan);
	__builtin_memcpy(ctx->key.addr, ctx->nd.target, 16);
	return mn_find(env, &ctx->key);
}

/* IPv6 from the uplink. */
MN_STAGE(mn_ip6_in)
{
	struct mn_binding *binding;
	int nd, ret;

	nd = mn_ip6_read(env, ctx);
	if (nd)
		return nd;
	binding = mac_is_group(ctx->eth.dst) ? 0 : mn_find_ip6(env, ctx, ctx->ip6.dst);
	if (!mn_is_known_peer(ctx, binding)) {
		ret = ctx->proto == IPPROTO_N_VRRP ? mn_vrrp_in(env, ctx) : mn_wire_source(env, ctx);
		if (ret)
			return ret;
	}
	nd = mn_nd_check(env, ctx);
	if (nd < 0)
		return -nd;
	if (nd > 0) {
		ret = mn_nd_in(env, ctx);
		if (ret)
			return ret;
		binding = mn_find_ip6(env, ctx, ctx->ip6.dst); /* a claim may have changed its owner */
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_flood(env, ctx);
	if (ctx->ip6.dst[0] == 0xff) {
		ctx->opt[0] = ctx->opt[1] = 0x33;
		__builtin_memcpy(ctx->opt + 2, ctx->ip6.dst + 12, 4);
		return mn_restore_group(env, ctx, ctx->opt);
	}
	if (binding && binding->kind == MN_GUEST)
		return nd ? mn_send_guest(env, ctx, binding) : mn_send_data(env, ctx, binding);
	if (!binding && nd > 0 && (ctx->nd.type == ND_NA || ctx->nd.type == ND_NS)) {
		binding = mn_nd_find_prober(env, ctx);
		if (binding && binding->kind == MN_GUEST)
			return mn_send_guest(env, ctx, binding);
	}
	mn_key_ip6(&ctx->key, ctx->vlan, ctx->ip6.dst);
	return mn_unknown_in(env, ctx);
}

/* Rules 11 and 25 for this host's neighbour discovery: see mn_arp_host. */
MN_STAGE(mn_ip6_host)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding;
	int nd;

	ctx->send_to = MN_TO_UPLINK;
	if (!cfg)
		return NOT_DROPPED;
	ctx->copy_to = MN_TO_GUESTS;
	if (mn_ip6_read(env, ctx) || (nd = mn_nd_check(env, ctx)) < 0) {
		mn_count_inc(env, MN_COUNT_HOST_GROUP);
		return NOT_DROPPED;
	}
	if (nd ? ctx->nd.type == ND_RS : mn_ip6_udp_port(env, ctx) == DHCP6_SERVER_PORT) {
		ctx->copy_to = 0; /* rule 31: guests must not answer */
		return NOT_DROPPED;
	}
	if (!nd || (ctx->nd.type != ND_NS && ctx->nd.type != ND_NA)) {
		mn_count_inc(env, MN_COUNT_HOST_GROUP);
		return NOT_DROPPED;
	}
	binding = mn_find_ip6(env, ctx, ctx->nd.target);
	if (ctx->nd.type == ND_NA && binding && binding->kind == MN_GUEST) {
		ctx->copy_to = 0;
		return NOT_DROPPED;
	}
	if (ctx->nd.type == ND_NS && !mn_ip6_is_zero(ctx->ip6.src) && mn_is_live_guest(cfg, binding, ctx->now)) {
		mn_send_to_guest_of_host(env, ctx, mn_wire_may_own(binding, ctx->now));
		return NOT_DROPPED;
	}
	mn_count_inc(env, MN_COUNT_HOST_GROUP);
	return NOT_DROPPED;
}

/*
 * This host's unicast message to the network: where it forwards, a Redirect names a guest by the MAC address by which this
 * host reaches it (rule 19).
 */
MN_STAGE(mn_ip6_host_unicast)
{
	if (mn_load(env, ETHER_HLEN + offsetof(struct ip6_hdr, next), ctx->opt, 1) || ctx->opt[0] != IPPROTO_N_ICMP6 ||
	    mn_ip6_read(env, ctx) || mn_nd_check(env, ctx) <= 0 || ctx->nd.type != ND_REDIRECT)
		return NOT_DROPPED;
	return mn_nd_options(env, ctx);
}

#endif

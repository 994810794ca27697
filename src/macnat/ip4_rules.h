/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4: rules 12, 21, 22; DHCP is in dhcp_rules.h. */
#ifndef VIFI_MACNAT_IP4_RULES_H
#define VIFI_MACNAT_IP4_RULES_H

#include "macnat/dhcp_rules.h"
#include "macnat/vrrp_rules.h"

/* Verifies the header checksum (RFC 791), with options. */
MN_FN int mn_ip4_check_csum(MN_ENV env, struct mn_context *ctx, uint32_t hlen)
{
	ctx->sum = mn_sum(&ctx->ip4, sizeof(ctx->ip4), 0);
	ctx->sum_off = (uint32_t)ctx->l3 + sizeof(ctx->ip4);
	ctx->sum_len = hlen - sizeof(ctx->ip4);
	if (ctx->sum_len && mn_sum_frame(env, ctx))
		return DROP_TRUNCATED;
	return mn_sum_fold(ctx->sum) == 0xffff ? NOT_DROPPED : DROP_IP4_CHECKSUM;
}

/* Reads the header into ctx->ip4 and validates it: sets ctx->l4, l3_end, proto and fragment. */
MN_FN int mn_ip4_read(MN_ENV env, struct mn_context *ctx)
{
	uint32_t hlen, total;

	if (mn_load_l3(env, ctx, &ctx->ip4, sizeof(ctx->ip4)))
		return DROP_TRUNCATED;
	hlen = (ctx->ip4.ver_ihl & 15u) * 4;
	total = be16(ctx->ip4.len);
	if (ctx->ip4.ver_ihl >> 4 != 4 || hlen < sizeof(ctx->ip4))
		return DROP_IP4_MALFORMED;
	ctx->l4 = (uint16_t)(ctx->l3 + hlen);
	ctx->proto = ctx->ip4.proto;
	ctx->fragment = (be16(ctx->ip4.frag) & IP4_FRAG_MASK) != 0;
	if (!ctx->gso) {
		if (total < hlen)
			return DROP_IP4_MALFORMED;
		if (ctx->l3 + total > ctx->len)
			return DROP_TRUNCATED;
		ctx->l3_end = ctx->l3 + total;
	}
	return ctx->gso ? NOT_DROPPED
			: mn_ip4_check_csum(env, ctx, hlen); /* each segment gets its own length and checksum */
}

/* Is the destination a group (rule 21)? Gives the group MAC address (RFC 1112, 6.4). */
MN_FN bool mn_ip4_group_mac(const uint8_t *dst, const struct mn_binding *binding, uint8_t *mac)
{
	if (be32(dst) == 0xffffffff || (binding && binding->kind == MN_BROADCAST)) {
		__builtin_memset(mac, 0xff, MAC_LEN);
		return true;
	}
	if ((dst[0] & 0xf0) != 0xe0)
		return false;
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = dst[1] & 0x7f;
	mac[4] = dst[2];
	mac[5] = dst[3];
	return true;
}

/* Is this IPv4 frame of the host an answer of a DHCP server? */
MN_STAGE(mn_is_dhcp_server_of_host)
{
	return !mn_ip4_read(env, ctx) && mn_is_dhcp_server(env, ctx);
}

/* The same, where most frames need no call. */
MN_FN bool mn_is_host_dhcp_server(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	return ctx->type == ETHERTYPE_IP4 && !mn_load_l3(env, ctx, &ctx->ip4, sizeof(ctx->ip4)) &&
	       ctx->ip4.proto == IPPROTO_N_UDP && cfg->guest_services != MN_SERVICES_ALL &&
	       mn_is_dhcp_server_of_host(env, ctx);
}

/* Is this host's group frame a DHCP request? */
MN_STAGE(mn_is_dhcp_request)
{
	return !mn_ip4_read(env, ctx) && mn_maybe_dhcp(env, ctx) && be16(ctx->udp.dport) == DHCP4_SERVER_PORT;
}

/*
 * Is it an ICMP Redirect? A host obeys one from the router that it uses (RFC 1122, 3.2.2.2), so that its source is a claim,
 * as that of neighbour discovery.
 */
MN_FN bool mn_ip4_is_redirect(MN_ENV env, struct mn_context *ctx)
{
	return ctx->proto == IPPROTO_N_ICMP && !(be16(ctx->ip4.frag) & IP4_FRAG_OFFSET) &&
	       !mn_load(env, ctx->l4, ctx->opt, 1) && ctx->opt[0] == ICMP4_REDIRECT;
}

/* Claims the source of an ICMP Redirect. */
MN_STAGE(mn_redirect_claim)
{
	return mn_claim_both(env, ctx, false);
}

/* IPv4 from a guest. */
MN_STAGE(mn_ip4_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *sender = 0;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_ip4_read(env, ctx);
	if (ret)
		return ret;
	if (ctx->proto == IPPROTO_N_VRRP) {
		ret = mn_vrrp_out(env, ctx);
	} else if (be32(ctx->ip4.src) == 0) {
		ret = mn_claim_mac(env, ctx);
	} else if (mn_ip4_is_bad_source(ctx->ip4.src)) {
		ret = DROP_CLAIM_INVALID;
	} else {
		mn_key_ip4(&ctx->key, ctx->vlan, ctx->ip4.src);
		ret = mn_ip4_is_redirect(env, ctx) ? mn_redirect_claim(env, ctx) : mn_claim(env, ctx, &sender);
	}
	if (ret)
		return ret;
	if (mn_maybe_dhcp(env, ctx)) {
		sender = 0; /* this message may release the binding */
		ret = mn_dhcp_out(env, ctx);
		if (ret)
			return ret;
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_send_group(env, ctx);
	if (!mac_equal(ctx->eth.dst, cfg->uplink_mac))
		return mn_send_unicast(env, cfg, ctx, 0, sender);
	return mn_send_unicast(env, cfg, ctx, mn_find_ip4(env, ctx, ctx->ip4.dst), sender);
}

/* IPv4 from the uplink. */
MN_STAGE(mn_ip4_in)
{
	struct mn_binding *binding;
	bool dhcp = false;
	int ret;

	ret = mn_ip4_read(env, ctx);
	if (ret)
		return ret;
	binding = mac_is_group(ctx->eth.dst) ? 0 : mn_find_ip4(env, ctx, ctx->ip4.dst);
	if (!mn_is_known_peer(ctx, binding)) {
		ret = ctx->proto == IPPROTO_N_VRRP ? mn_vrrp_in(env, ctx) : mn_wire_source(env, ctx);
		if (ret)
			return ret;
	}
	if (mn_maybe_dhcp(env, ctx)) {
		ret = mn_dhcp_in(env, ctx);
		if (ret || ctx->send_to)
			return ret;
		binding = mn_find_ip4(env, ctx, ctx->ip4.dst);
		dhcp = true;
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_flood(env, ctx);
	if (binding && binding->kind == MN_GUEST)
		return mn_send_data(env, ctx, binding);
	if (mn_ip4_group_mac(ctx->ip4.dst, binding, ctx->opt))
		return mn_restore_group(env, ctx, ctx->opt);
	if (dhcp) /* perhaps for this host, which has no address yet */
		return mn_pass_host(ctx);
	mn_key_ip4(&ctx->key, ctx->vlan, ctx->ip4.dst);
	return mn_unknown_in(env, ctx);
}

#endif

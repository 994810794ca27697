/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame enters the bridge by a guest's port: the shortcut may take it (shortcut_rules.h), and the port guard keeps it out
 * of the bridge if mn_from_guest would only refuse it.
 *
 * The bridge learns the source of a frame before it forwards it, and delivers a frame for a sibling without asking. The
 * guard therefore takes from the bridge, and hands to mn_from_guest, which drops them with their reason:
 *
 *   - frames whose source is the MAC address of a station, or of a guest on another port, that is in use (rules 2 and 28):
 *     the forwarding entry of the owner stays where it is; advertisements of virtual routers excepted (rule 33);
 *   - messages of routers and DHCP servers, where the configuration drops them (rule 31): no sibling hears them.
 *
 * User space switches the guard on where the bridge has one forwarding database for all VLANs (bridge/shortcut_ports.c).
 */
#ifndef VIFI_MACNAT_PORT_RULES_H
#define VIFI_MACNAT_PORT_RULES_H

#include "macnat/shortcut_rules.h"

/* Would a claim of the source MAC address be refused now (mn_check_address)? The first frame from a new port opens a contest. */
MN_FN bool mn_is_foreign_source(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	const struct mn_binding *binding;

	mn_key_mac(&ctx->mac_key, ctx->vlan, ctx->eth.src);
	binding = mn_find(env, &ctx->mac_key);
	if (!binding || !mn_is_live(cfg, binding, ctx->now))
		return false;
	if (binding->kind == MN_STATION)
		return true;
	return binding->kind == MN_GUEST && binding->port != ctx->port && !mn_is_at_home(ctx, binding) &&
	       cfg->takeover != MN_TAKEOVER_ANNOUNCED;
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

	if (!cfg || !(cfg->flags & MN_CONFIG_PORT_GUARD) || mn_parse_ether(env, ctx) || mn_vlan_check(cfg, ctx) ||
	    mac_is_group(ctx->eth.src))
		return 0;
	if (ctx->port == cfg->loop_port) /* rule 37: it delivers the frames of stations */
		return 0;
	if (mn_is_foreign_source(env, cfg, ctx))
		return !mn_is_virtual_mac(ctx->eth.src) || !mn_is_advertisement(env, ctx);
	return cfg->guest_services == MN_SERVICES_DROP && mn_is_guest_service(env, ctx);
}

/* Returns whether the frame does not enter the bridge; its verdict is in ctx. shortcut: the shortcut is open. */
MN_FN bool mn_from_port(MN_ENV env, struct mn_context *ctx, bool shortcut)
{
	if (shortcut && mn_shortcut_out(env, ctx) == 1)
		return true;
	if (mn_port_guard(env, ctx) != 1)
		return false;
	ctx->send_to = MN_TO_RULES;
	return true;
}

#endif

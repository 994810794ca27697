/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation rules, one text for both engines.
 *
 * Three entry points, one for each place where frames pass (doc/architecture.md):
 *
 *   mn_from_guest   a frame leaves the bridge by the port of the uplink veth
 *   mn_from_wire    a frame arrives by the uplink
 *   mn_from_host    this host's stack sends a frame by the uplink
 *
 * A fourth, mn_from_port (port_rules.h), may take a frame before it enters the bridge.
 *
 * Each reads the frame and the tables through macnat/env.h and leaves its verdict in struct mn_context
 * (macnat/context.h). The same text is compiled into the eBPF programs and into user space, for --engine=user, tests
 * and fuzzing.
 *
 * The numbers in the comments ("rule 12") are those of doc/rules.md.
 */
#ifndef VIFI_MACNAT_RULES_H
#define VIFI_MACNAT_RULES_H

#include "macnat/ip4_rules.h"
#include "macnat/ip6_rules.h"
#include "macnat/loop_rules.h"
#include "macnat/other_rules.h"
#include "macnat/port_rules.h"

/* Clears the members that the rules expect to be clear. The engine then sets now, len, port, tci and gso. */
MN_FN void mn_context_reset(struct mn_context *ctx)
{
	ctx->vlan = 0;
	ctx->tagged = ctx->nested = ctx->proto = ctx->fragment = ctx->snap_len = 0;
	ctx->announce = ctx->learned_flags = ctx->is_data = ctx->is_service = ctx->is_borrowed = 0;
	ctx->aux = 0;
	ctx->lease_end = 0;
	ctx->drop = NOT_DROPPED;
	ctx->copy_to = ctx->send_to = 0;
	mn_discard_edits(ctx);
	ctx->via_port = 0;
}

MN_FN int mn_guest_checks(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	int ret = mn_parse_ether(env, ctx);

	if (ret)
		return ret;
	if (mn_is_link_control(ctx))
		return DROP_LINK_CONTROL;
	if (mac_is_group(ctx->eth.src) || mac_is_zero(ctx->eth.src))
		return DROP_BAD_SOURCE;
	if (mac_equal(ctx->eth.src, cfg->uplink_mac) && cfg->loop_port && ctx->port == cfg->loop_port)
		return DROP_LOOP;
	if (mac_equal(ctx->eth.src, cfg->uplink_mac)) {
		mac_copy(ctx->claimant, ctx->eth.src);
		mn_key_mac(&ctx->key, ctx->vlan, ctx->eth.src);
		return mn_refuse(env, ctx, DROP_UPLINK_MAC, 0);
	}
	return mn_vlan_check(cfg, ctx);
}

/*
 * A tagged frame also claims the untagged binding of its source, if there is one: a bridge that does not filter by VLAN
 * has one forwarding entry for both (port_rules.h).
 */
MN_STAGE(mn_claim_untagged)
{
	mn_key_mac(&ctx->mac_key, 0, ctx->eth.src);
	return mn_find(env, &ctx->mac_key) ? mn_claim_mac(env, ctx) : NOT_DROPPED;
}

MN_FN int mn_guest_frame(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_config *cfg = mn_config_get(env);
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_guest_checks(env, cfg, ctx);
	/* Rule 37: frames of the uplink's network. A switch there may have seen the uplink's MAC address at this port. */
	if (cfg->loop_port && ctx->port == cfg->loop_port)
		return !ret && mac_equal(ctx->eth.dst, cfg->uplink_mac) ? mn_send_host(env, ctx) : DROP_LOOP;
	if (ret)
		return ret;
	mac_copy(ctx->claimant, ctx->eth.src);
	if (ctx->vlan && (cfg->flags & MN_CONFIG_PORT_GUARD) && !mn_is_virtual_mac(ctx->eth.src)) {
		ret = mn_claim_untagged(env, ctx);
		if (ret)
			return ret;
	}
	mn_key_mac(&ctx->mac_key, ctx->vlan, ctx->eth.src);
	switch (ctx->type) {
	case ETHERTYPE_IP4:
		return mn_ip4_out(env, ctx);
	case ETHERTYPE_IP6:
		return mn_ip6_out(env, ctx);
	case ETHERTYPE_ARP:
		return mn_arp_out(env, ctx);
	case ETHERTYPE_RARP: /* a hypervisor announces a moved guest: for the bridge and the table only */
		ctx->announce = 1;
		ret = mn_claim_mac(env, ctx);
		if (!ret) {
			ctx->key = ctx->mac_key;
			mn_report_rarely(env, ctx, MN_EV_ARRIVED);
		}
		return ret ? ret : DROP_RARP;
	}
	return mn_other_out(env, ctx);
}

/* Finds frames from the uplink that concern only this host, and sets ctx->send_to for them. */
MN_FN int mn_wire_checks(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	int ret = mn_parse_ether(env, ctx);

	if (ret)
		return ret;
	if (mac_equal(ctx->eth.src, cfg->uplink_mac))
		return DROP_REFLECTION; /* rule 10 */
	if (mn_is_link_control(ctx))
		return mn_pass_host(ctx); /* rule 23: for the supplicant, never for a guest */
	if (mn_vlan_check(cfg, ctx))
		return mn_pass_host(ctx); /* this host may have a VLAN interface */
	if (!mac_is_group(ctx->eth.dst) && !mac_equal(ctx->eth.dst, cfg->uplink_mac))
		return mn_pass_host(ctx); /* received in promiscuous mode */
	return NOT_DROPPED;
}

MN_FN int mn_wire_frame(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_config *cfg = mn_config_get(env);
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_wire_checks(env, cfg, ctx);
	if (ret || ctx->send_to)
		return ret;
	if (mac_is_group(ctx->eth.dst) && mn_is_circling(env, ctx))
		return DROP_LOOP;
	switch (ctx->type) {
	case ETHERTYPE_IP4:
		return mn_ip4_in(env, ctx);
	case ETHERTYPE_IP6:
		return mn_ip6_in(env, ctx);
	case ETHERTYPE_ARP:
		return mn_arp_in(env, ctx);
	}
	return mn_other_in(env, ctx);
}

/*
 * This host's group frame: for the uplink and for the guests, except ARP and ND that only one of them needs, and
 * requests to routers and DHCP servers, which guests must not answer (rule 31).
 */
MN_FN int mn_host_group(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->type == ETHERTYPE_ARP)
		return mn_arp_host(env, ctx);
	if (ctx->type == ETHERTYPE_IP6)
		return mn_ip6_host(env, ctx);
	ctx->send_to = MN_TO_UPLINK;
	if (ctx->type == ETHERTYPE_IP4 && mn_is_dhcp_request(env, ctx))
		return NOT_DROPPED;
	ctx->copy_to = MN_TO_GUESTS;
	mn_count_inc(env, MN_COUNT_HOST_GROUP);
	return NOT_DROPPED;
}

MN_FN int mn_host_frame(MN_ENV env, struct mn_context *ctx, bool marked)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding;
	bool service;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_parse_ether(env, ctx);
	if (ret)
		return ret;
	if (!mn_is_uplink_mac(env, cfg, ctx->eth.src))
		return DROP_FOREIGN_SOURCE; /* rule 27: from any program */
	ctx->send_to = MN_TO_UPLINK;
	if (marked || mn_is_link_control(ctx) || mn_vlan_check(cfg, ctx))
		return NOT_DROPPED;
	if (ctx->type != ETHERTYPE_IP4 && ctx->type != ETHERTYPE_IP6 && ctx->type != ETHERTYPE_ARP)
		mn_other_host(env, ctx);
	service = mn_is_host_dhcp_server(env, cfg, ctx);
	if (service && mac_is_group(ctx->eth.dst))
		return DROP_HOST_SERVICE;
	if (mac_is_group(ctx->eth.dst)) {
		ret = mn_host_group(env, ctx);
		if (cfg->loop_port && ctx->send_to == MN_TO_UPLINK) /* rule 37: that port delivers it to the guests */
			ctx->copy_to = 0;
		return ret;
	}
	binding = mn_find_guest(env, ctx, ctx->eth.dst);
	if (binding) {
		bool both = !mn_is_live(cfg, binding, ctx->now) || mn_is_shared_with_wire(binding, ctx->now);

		if (mn_fits_guest(env, ctx, binding))
			mn_send_to_guest_of_host(env, ctx, both);
		else if (!both)
			return DROP_MTU;
	}
	if (service && (ctx->send_to & MN_TO_UPLINK))
		return DROP_HOST_SERVICE;
	return ctx->type == ETHERTYPE_IP6 && ctx->send_to == MN_TO_UPLINK ? mn_ip6_host_unicast(env, ctx) : NOT_DROPPED;
}

MN_FN void mn_set_verdict(struct mn_context *ctx, int ret)
{
	if (ret && !ctx->drop)
		ctx->drop = (uint16_t)ret;
	if (ctx->drop) {
		ctx->copy_to = ctx->send_to = 0;
		mn_discard_edits(ctx);
		ctx->via_port = 0;
	}
}

_Static_assert(DROP_WIFI <= MN_PORT_DROPS && !(MN_PORT_DROPS & (MN_PORT_DROPS - 1)), "mn_charge_drop");

/* Charges a dropped frame to the port where it arrived: so `vifi why` can tell what drops the frames of that port's guests. */
MN_FN void mn_charge_drop(MN_ENV env, const struct mn_context *ctx)
{
	struct mn_port *port = ctx->drop && ctx->drop < DROP_WIFI ? mn_port_find(env, ctx->port) : 0;

	if (port)
		MN_ATOMIC_ADD(&port->n_dropped[ctx->drop & (MN_PORT_DROPS - 1)], 1);
}

/* A frame that leaves the bridge towards the uplink. ctx->port: the bridge port of arrival. */
MN_FN void mn_from_guest(MN_ENV env, struct mn_context *ctx)
{
	mn_set_verdict(ctx, mn_guest_frame(env, ctx));
	mn_charge_drop(env, ctx);
}

/* A frame that the uplink received. marked: from_guest has sent it to this host. */
MN_FN void mn_from_wire(MN_ENV env, struct mn_context *ctx, bool marked)
{
	if (marked) {
		mn_pass_host(ctx);
		return;
	}
	mn_set_verdict(ctx, mn_wire_frame(env, ctx));
}

/* A frame that is about to leave by the uplink. marked: from_guest or from_port has sent it. */
MN_FN void mn_from_host(MN_ENV env, struct mn_context *ctx, bool marked)
{
	mn_set_verdict(ctx, mn_host_frame(env, ctx, marked));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations on the wire, and the addresses that guests may not take from them (rules 28 and 29, doc/trust.md).
 *
 * The frame from the uplink is the only evidence of a station. Its binding has the port and the ring of the uplink, so
 * that forged stations displace the oldest stations and no guest. No frame is lost because a station is not learned.
 */
#ifndef VIFI_MACNAT_STATION_RULES_H
#define VIFI_MACNAT_STATION_RULES_H

#include "macnat/claim_rules.h"

/* Learns the station ctx->claimant under ctx->key. ctx->port is the uplink. */
MN_FN void mn_station_learn(MN_ENV env, struct mn_context *ctx)
{
	struct mn_binding *learned = &ctx->new_binding;
	struct mn_port *port = mn_port_get(env, ctx->port);

	if (!port || !mn_may_learn(env, ctx))
		return;
	__builtin_memset(learned, 0, sizeof(*learned));
	mac_copy(learned->mac, ctx->claimant);
	learned->kind = MN_STATION;
	learned->port = ctx->port;
	learned->created = learned->last_seen = ctx->now;
	learned->slot = (uint32_t)mn_ring_take(env, ctx);
	if (learned->slot == MN_NO_SLOT)
		return;
	mn_evict(env, port, ctx, learned->slot);
	if (mn_insert(env, &ctx->key, learned) == 0)
		MN_ATOMIC_ADD(&port->n_learned, 1);
}

/* The station ctx->claimant takes ctx->key from a guest. That adds no binding, so no rate limits it. */
MN_FN void mn_station_win(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding)
{
	struct mn_port *port = mn_port_get(env, ctx->port);

	if (!port)
		return;
	mn_report_event(env, ctx, MN_EV_STATION, 0, &ctx->key, binding);
	binding->slot = (uint32_t)mn_ring_take(env, ctx);
	if (binding->slot != MN_NO_SLOT)
		mn_evict(env, port, ctx, binding->slot);
	mac_copy(binding->mac, ctx->claimant);
	binding->kind = MN_STATION;
	binding->flags = 0;
	binding->port = ctx->port;
	binding->aux = binding->home = binding->router = 0;
	binding->created = binding->last_seen = ctx->now;
	binding->expires = binding->in_peer = binding->out_peer = 0;
	mn_changed(env, &ctx->key);
}

/* The station that owns ctx->key was seen. */
MN_FN void mn_station_refresh(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding)
{
	binding->last_seen = ctx->now;
	binding->flags &= (uint8_t)~MN_CONTEST_FLAGS;
	mn_ring_touch(env, ctx, binding, &ctx->key);
}

/* A guest that came to this MAC address lately, or that took it from a silent station, yields to a station. */
MN_FN bool mn_yields_to_station(const struct mn_config *cfg, const struct mn_binding *binding, uint64_t now)
{
	if (binding->flags & MN_F_PIN)
		return false;
	return (binding->flags & MN_F_STATION) || now < binding->created + MN_STATION_YOUNG_NS ||
	       !mn_is_live(cfg, binding, now);
}

/* The wire claims the address of a guest that does not yield: user space probes it here, since it may have moved away. */
MN_FN void mn_wire_contest(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding, uint16_t type,
			   uint16_t reason)
{
	/* A pinned address never goes to the wire, nor do frames for it. */
	uint8_t flags = binding->flags & MN_F_PIN ? MN_F_CONTEST : MN_F_CONTEST | MN_F_WIRE;

	if ((binding->flags & flags) == flags)
		return;
	binding->flags |= flags;
	mn_changed(env, &ctx->key);
	mn_report_event(env, ctx, type, reason, &ctx->key, binding);
}

/*
 * The source of a frame from the wire is not a known station, or one that is due for a refresh. ctx->key is its MAC
 * address.
 */
MN_STAGE(mn_wire_source_new)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find(env, &ctx->key);

	if (!cfg)
		return DROP_INTERNAL;
	if (mac_is_group(ctx->eth.src) || mac_is_zero(ctx->eth.src))
		return NOT_DROPPED;
	mac_copy(ctx->claimant, ctx->eth.src);
	ctx->port = cfg->uplink;
	if (!binding) {
		mn_station_learn(env, ctx);
	} else if (binding->kind == MN_STATION) {
		mn_station_refresh(env, ctx, binding);
	} else if (binding->kind == MN_GUEST) {
		if (cfg->loop_port && mn_is_live(cfg, binding, ctx->now))
			return DROP_LOOP; /* rule 37: a frame of the guest has left by that port */
		/* A backup router speaks with the virtual address, too: only an advertisement takes it (vrrp_rules.h). */
		if (mn_is_virtual_mac(ctx->eth.src) && mn_vrrp_is_master(binding, ctx->now))
			return DROP_GUEST_ON_WIRE;
		if (!mn_yields_to_station(cfg, binding, ctx->now)) {
			mn_wire_contest(env, ctx, binding, MN_EV_CONTEST, DROP_GUEST_ON_WIRE);
			return DROP_GUEST_ON_WIRE;
		}
		mn_station_win(env, ctx, binding);
	}
	return NOT_DROPPED;
}

/* The source of a frame from the wire (rule 28). The frequent case, a known station, costs one look-up. */
MN_FN int mn_wire_source(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *binding;

	mn_key_mac(&ctx->key, ctx->vlan, ctx->eth.src);
	binding = mn_find(env, &ctx->key);
	if (binding && binding->kind == MN_STATION && !mn_needs_refresh(ctx, binding))
		return NOT_DROPPED;
	return mn_wire_source_new(env, ctx);
}

/*
 * Does the claimant's MAC address belong to a guest? Then the claim is hearsay: it did not come from the guest's own
 * port.
 */
MN_FN bool mn_claimant_is_guest(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *binding;

	mn_key_mac(&ctx->wanted_key, ctx->vlan, ctx->claimant);
	binding = mn_find(env, &ctx->wanted_key);
	return binding && binding->kind == MN_GUEST;
}

/*
 * The station ctx->claimant claims the IP address ctx->key by ARP or ND (rules 9 and 29). A tentative or silent guest's
 * address becomes the station's; another guest sees the claim and defends itself.
 */
MN_STAGE(mn_wire_claim)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find(env, &ctx->key);

	if (!cfg || !binding)
		return 0;
	ctx->port = cfg->uplink;
	if (binding->kind == MN_STATION && !mn_claimant_is_guest(env, ctx)) {
		mac_copy(binding->mac, ctx->claimant);
		if (mn_needs_refresh(ctx, binding))
			mn_station_refresh(env, ctx, binding);
		return 0;
	}
	if (binding->kind != MN_GUEST)
		return 0;
	mn_count_inc(env, MN_COUNT_CONFLICT);
	if (!(binding->flags & MN_F_PIN) &&
	    (mn_is_tentative(binding, ctx->now) || !mn_is_live(cfg, binding, ctx->now)) &&
	    !mn_claimant_is_guest(env, ctx))
		mn_station_win(env, ctx, binding);
	else
		mn_wire_contest(env, ctx, binding, MN_EV_CONFLICT, 0);
	return 0;
}

/*
 * Binds the short-lived key ctx->key to this host, the owner of ctx->claimant (rule 24), unless it is a guest's live
 * one.
 */
MN_STAGE(mn_remember_host)
{
	struct mn_binding *binding = mn_find(env, &ctx->key), *made = &ctx->new_binding;

	if (binding && binding->kind == MN_GUEST && mn_is_live_key(&ctx->key, binding, ctx->now))
		return 0;
	if (binding && binding->kind != MN_GUEST) {
		if (ctx->now - binding->last_seen > MN_SEEN_RESOLUTION)
			binding->last_seen = ctx->now;
		binding->aux = 0;
		return 0;
	}
	__builtin_memset(made, 0, sizeof(*made));
	mac_copy(made->mac, ctx->claimant);
	made->kind = MN_HOST;
	made->slot = MN_NO_SLOT;
	made->created = made->last_seen = ctx->now;
	if (binding)
		mn_erase(env, &ctx->key);
	mn_insert(env, &ctx->key, made);
	return 0;
}

#endif

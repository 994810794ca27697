/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Claims of guests (rules 1 to 4, 28 to 32): who may own a key. doc/trust.md gives the ranks of the sources.
 *
 * The MAC addresses of one port are one party: none of them needs protection from another. Between ports a live owner
 * keeps its key, and a claim opens a contest, which user space decides by a probe.
 */
#ifndef VIFI_MACNAT_CLAIM_RULES_H
#define VIFI_MACNAT_CLAIM_RULES_H

#include "macnat/learn.h"

#define MN_CONTEST_FLAGS (MN_F_CONTEST | MN_F_WIRE)

/* A decision about a claim, besides drop reasons: the frame passes, and the binding stays. */
#define MN_CLAIM_LEAVE (-1)

/* Refreshes one binding: its owner was seen. */
MN_FN void mn_refresh_one(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *binding,
			  const struct mn_key *key)
{
	if (!mn_is_live(cfg, binding, ctx->now))
		mn_invalidate_peers(env, key);
	/* The router that had said that it stops goes on. */
	if (mn_has_given_up(binding) && (uint32_t)(ctx->now / MN_NS_PER_SEC) - binding->router_s > MN_VRRP_GIVEN_UP_S)
		binding->router = 0;
	binding->last_seen = ctx->now;
	binding->flags &= (uint8_t)~MN_CONTEST_FLAGS;
	mn_ring_touch(env, ctx, binding, key);
}

/* Once per MN_SEEN_RESOLUTION, but an answer in a contest counts at once. */
MN_FN bool mn_needs_refresh(const struct mn_context *ctx, const struct mn_binding *binding)
{
	return ctx->now - binding->last_seen > MN_SEEN_RESOLUTION || (binding->flags & MN_F_CONTEST);
}

/*
 * A frame of the owner refreshes the binding of ctx->key and of the MAC address (rule 3), at most once per
 * MN_SEEN_RESOLUTION.
 */
MN_STAGE(mn_refresh)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find_owner(env, ctx);

	if (!binding || !cfg)
		return 0;
	mn_refresh_one(env, cfg, ctx, binding, &ctx->key);
	if (ctx->key.family == MN_MAC)
		return 0;
	binding = mn_find(env, &ctx->mac_key);
	if (binding && binding->kind == MN_GUEST && binding->port == ctx->port)
		mn_refresh_one(env, cfg, ctx, binding, &ctx->mac_key);
	return 0;
}

/* Counts and reports that ctx->claimant may not have ctx->key. Returns the reason, ctx->refusal. */
MN_STAGE(mn_report_refusal)
{
	/* An answer from the wire is not the fault of the guest that it names. */
	struct mn_port *port = ctx->hook == MN_FROM_WIRE ? 0 : mn_port_get(env, ctx->port);
	int reason = ctx->refusal;

	if (reason == DROP_HOST_TWICE)
		return reason; /* the host's own address: not a guest's fault */
	if (port)
		MN_ATOMIC_ADD(reason == DROP_LEARN_RATE ? &port->n_limited : &port->n_refused, 1);
	if (reason != DROP_LEARN_RATE) /* a flood of claims must not become a flood of events */
		mn_event_send(env, ctx, MN_EV_REFUSED, (uint16_t)reason, &ctx->key);
	return reason;
}

MN_FN int mn_refuse(MN_ENV env, struct mn_context *ctx, int reason, const struct mn_binding *holder)
{
	ctx->refusal = (uint16_t)reason;
	mn_event_set_owner(&ctx->event, holder);
	return mn_report_refusal(env, ctx);
}

/* Another guest or a station claims the binding of a live owner: user space probes the owner. One report is enough. */
MN_FN void mn_contest(MN_ENV env, struct mn_context *ctx, struct mn_binding *binding, uint16_t reason)
{
	if (binding->flags & MN_F_CONTEST)
		return;
	binding->flags |= MN_F_CONTEST;
	mn_changed(env, &ctx->key);
	mn_report_event(env, ctx, MN_EV_CONTEST, reason, &ctx->key, binding);
}

/*
 * Rule 24: a short-lived key in use stays with its user, which is another port or this host. The frame passes all the
 * same, because the key only decides who gets the answers. A PPPoE session does not pass: the concentrator knows all
 * clients by the uplink MAC, so it would take the frame for one of the session's owner. Only a frame of the
 * concentrator, from the wire, gives a live session to another guest.
 */
MN_FN int mn_check_key(struct mn_context *ctx, struct mn_binding *binding)
{
	if (binding->kind == MN_GUEST && binding->port == ctx->port && !(binding->flags & MN_F_PIN))
		return NOT_DROPPED;
	if (!mn_is_live_key(&ctx->key, binding, ctx->now))
		return NOT_DROPPED;
	if (ctx->key.family == MN_PPPOE)
		return ctx->hook == MN_FROM_GUEST ? DROP_CLAIM_TAKEN : NOT_DROPPED;
	if (ctx->key.family == MN_PROBE4)
		binding->flags |= MN_F_CONTEST; /* several ports probe the address: each gets the answer (rule 6) */
	return MN_CLAIM_LEAVE;
}

/*
 * A live owner keeps its address. A data frame is no claim: it passes without a change, as on Ethernet, unless the
 * sources of data are guarded (rule 30).
 */
MN_FN int mn_check_live_owner(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx,
			      struct mn_binding *binding)
{
	uint16_t reason = binding->kind == MN_STATION ? DROP_CLAIM_STATION : DROP_CLAIM_TAKEN;

	if (ctx->is_data)
		return cfg->flags & MN_CONFIG_SOURCE_GUARD ? DROP_SOURCE_GUARD : MN_CLAIM_LEAVE;
	if (binding->kind == MN_GUEST && ctx->announce && cfg->takeover == MN_TAKEOVER_ANNOUNCED)
		return NOT_DROPPED;
	mn_contest(env, ctx, binding, reason);
	return reason;
}

/* Does the MAC address belong to a virtual router that advertises itself (vrrp_rules.h)? */
MN_FN bool mn_is_of_master(MN_ENV env, struct mn_context *ctx, const uint8_t *mac)
{
	const struct mn_binding *binding;

	if (!mn_is_virtual_mac(mac))
		return false;
	mn_key_mac(&ctx->wanted_key, ctx->vlan, mac);
	binding = mn_find(env, &ctx->wanted_key);
	return binding && mn_vrrp_is_master(binding, ctx->now);
}

/*
 * Another MAC address of the owner's port uses the address. ARP and ND move it; an ARP request does not take it from a
 * virtual router, since Linux asks with any address of its own from any interface.
 */
MN_FN int mn_check_one_party(MN_ENV env, struct mn_context *ctx, const struct mn_binding *binding)
{
	if (ctx->is_data || (!ctx->announce && mn_is_of_master(env, ctx, binding->mac)))
		return MN_CLAIM_LEAVE;
	return NOT_DROPPED;
}

/* The answer of an owner that came too late for its contest: an IP address returns to the port that had it. */
MN_FN bool mn_is_late_answer(const struct mn_context *ctx, const struct mn_binding *binding)
{
	return binding->kind == MN_GUEST && ctx->key.family != MN_MAC && !ctx->is_data && binding->home &&
	       binding->home == ctx->port && ctx->now - binding->created < MN_RETURN_NS;
}

/*
 * The owner comes back to the port that its address was taken from, or is heard for the first time since a restart or since
 * its port was guessed.
 */
MN_FN bool mn_is_at_home(const struct mn_config *cfg, const struct mn_context *ctx, const struct mn_binding *binding)
{
	return binding->port == MN_NO_PORT || (binding->home && binding->home == ctx->port) ||
	       mn_is_guess(cfg, binding);
}

/*
 * May ctx->claimant have the address ctx->key, which is bound to another owner or to another port? NOT_DROPPED: it takes
 * the binding.
 */
MN_FN int mn_check_address(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *binding)
{
	bool same_mac = mac_equal(binding->mac, ctx->claimant);

	if (binding->kind == MN_HOST) /* port 0 is the bridge device, that is, this host (arp_ignore=0) */
		return ctx->port == 0 ? DROP_HOST_TWICE : DROP_CLAIM_HOST;
	if (binding->kind == MN_GATEWAY)
		return DROP_CLAIM_GATEWAY;
	if (binding->kind == MN_BROADCAST)
		return DROP_CLAIM_INVALID;
	/* The claim of the MAC address has decided for the IP addresses bound to it, also where it was a station's. */
	if (same_mac && ctx->key.family != MN_MAC)
		return NOT_DROPPED;
	if (binding->kind == MN_GUEST && same_mac) {
		if (mn_is_at_home(cfg, ctx, binding))
			return NOT_DROPPED;
	} else if (binding->flags & MN_F_PIN) {
		return DROP_CLAIM_PINNED;
	}
	if (!mn_is_live(cfg, binding, ctx->now) || mn_is_late_answer(ctx, binding))
		return NOT_DROPPED;
	if (binding->kind == MN_GUEST && binding->port == ctx->port)
		return mn_check_one_party(env, ctx, binding);
	return mn_check_live_owner(env, cfg, ctx, binding);
}

MN_FN uint8_t mn_new_flags(const struct mn_context *ctx)
{
	bool is_ip = ctx->key.family == MN_IP4 || ctx->key.family == MN_IP6;

	/* A lease is tentative as well: its server may be an accomplice of the guest. */
	return ctx->learned_flags | (is_ip ? MN_F_TENTATIVE : 0);
}

/* Writes the new owner into the binding. */
MN_FN void mn_take(const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *binding, uint32_t slot)
{
	bool was_station = binding->kind == MN_STATION;
	bool same_mac = mac_equal(binding->mac, ctx->claimant), moved = binding->port != ctx->port;

	if (was_station || binding->kind != MN_GUEST || (moved && !same_mac)) {
		binding->kind = MN_GUEST;
		binding->created = ctx->now;
		binding->flags = mn_new_flags(ctx) | (was_station && ctx->key.family == MN_MAC ? MN_F_STATION : 0);
		binding->expires = ctx->lease_end;
		/* An owner that has given the address up (vrrp_rules.h), or did not answer, may want it back soon. */
		binding->home =
			!was_station && (!binding->last_seen || mn_has_given_up(binding)) && binding->port != MN_NO_PORT
				? binding->port
				: 0;
	} else {
		if (moved) /* a return ends the absence */
			binding->home = mn_is_at_home(cfg, ctx, binding) ? 0 : binding->port;
		binding->flags &= (uint8_t)~MN_CONTEST_FLAGS;
		binding->flags |= ctx->learned_flags;
		if (ctx->lease_end)
			binding->expires = ctx->lease_end;
	}
	if (moved || !same_mac)
		binding->router = 0;
	mac_copy(binding->mac, ctx->claimant);
	binding->port = ctx->port;
	binding->slot = slot;
	binding->aux = ctx->aux;
	binding->in_peer = binding->out_peer = 0;
	if (ctx->hook != MN_FROM_WIRE || !same_mac)
		binding->last_seen = ctx->now;
}

/*
 * ctx->claimant claims a key that is bound to another owner or to another port: takes it, leaves it, or is refused. The
 * port that takes is charged (rule 1); a change within a port, a return and a restored binding are free.
 */
MN_STAGE(mn_rebind)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find_owner(env, ctx);
	bool same_mac, same_port, is_address = mn_family_is_address(ctx->key.family);
	struct mn_port *port;
	uint32_t slot;
	int ret;

	if (!cfg || !binding)
		return DROP_INTERNAL;
	ret = is_address ? mn_check_address(env, cfg, ctx, binding) : mn_check_key(ctx, binding);
	if (ret == MN_CLAIM_LEAVE)
		return NOT_DROPPED;
	if (ret)
		return mn_refuse(env, ctx, ret, binding);
	same_mac = binding->kind == MN_GUEST && mac_equal(binding->mac, ctx->claimant);
	if (binding->flags & MN_F_PIN) { /* user space owns it: only its port changes */
		binding->port = ctx->port;
		binding->last_seen = ctx->now;
		mn_invalidate_peers(env, &ctx->key);
		mn_changed(env, &ctx->key);
		return NOT_DROPPED;
	}
	if (!same_mac && mn_key_is_routed(env, ctx))
		return mn_refuse(env, ctx, DROP_CLAIM_ROUTED, binding);
	/* If only the port changes, a full table or an exhausted rate drops no frame. */
	same_port = binding->kind == MN_GUEST && binding->port == ctx->port;
	port = mn_port_get(env, ctx->port);
	if (!port)
		return same_mac ? NOT_DROPPED : mn_refuse(env, ctx, DROP_LEARN_FULL, binding);
	if (!(same_mac && mn_is_at_home(cfg, ctx, binding)) && !mn_may_learn(env, ctx))
		return same_mac || same_port ? NOT_DROPPED : mn_refuse(env, ctx, DROP_LEARN_RATE, binding);
	slot = binding->slot;
	if (!same_port || slot == MN_NO_SLOT) {
		slot = (uint32_t)mn_ring_take(env, ctx);
		if (slot == MN_NO_SLOT)
			return same_mac ? NOT_DROPPED : mn_refuse(env, ctx, DROP_LEARN_FULL, binding);
		mn_evict(env, port, ctx, slot);
	}
	if (is_address)
		mn_report_event(env, ctx, same_mac ? MN_EV_MOVED : MN_EV_TAKEN, 0, &ctx->key, binding);
	mn_invalidate_peers(env, &ctx->key);
	mn_take(cfg, ctx, binding, slot);
	mn_changed(env, &ctx->key);
	return NOT_DROPPED;
}

/* Learns the binding of ctx->key, which is free. */
MN_STAGE(mn_learn)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *learned = &ctx->new_binding;
	struct mn_port *port;

	if (!cfg)
		return DROP_INTERNAL;
	if (mn_key_is_routed(env, ctx))
		return mn_refuse(env, ctx, DROP_CLAIM_ROUTED, 0);
	port = mn_port_get(env, ctx->port);
	if (!port)
		return mn_refuse(env, ctx, DROP_LEARN_FULL, 0);
	if (!mn_may_learn(env, ctx))
		return mn_refuse(env, ctx, DROP_LEARN_RATE, 0);
	__builtin_memset(learned, 0, sizeof(*learned));
	mac_copy(learned->mac, ctx->claimant);
	learned->flags = mn_new_flags(ctx);
	learned->port = ctx->port;
	learned->aux = ctx->aux;
	learned->created = learned->last_seen = ctx->now;
	learned->expires = ctx->lease_end;
	learned->slot = (uint32_t)mn_ring_take(env, ctx);
	if (learned->slot == MN_NO_SLOT)
		return mn_refuse(env, ctx, DROP_LEARN_FULL, 0);
	mn_evict(env, port, ctx, learned->slot);
	if (mn_insert(env, &ctx->key, learned) < 0)
		return mn_refuse(env, ctx, DROP_LEARN_FULL, 0);
	mn_invalidate_peers(env, &ctx->key);
	MN_ATOMIC_ADD(&port->n_learned, 1);
	mn_count_inc(env, MN_COUNT_LEARNED);
	if (mn_family_is_address(ctx->key.family)) {
		mn_event_set_owner(&ctx->event, 0);
		ctx->event.flags = learned->flags;
		mn_event_send(env, ctx, MN_EV_LEARNED, 0, &ctx->key);
	}
	return NOT_DROPPED;
}

/*
 * The guest ctx->claimant on ctx->port uses ctx->key (rules 1 and 2): learns, refreshes, moves or refuses the binding.
 * In: claimant, port, key, mac_key, announce, is_data, aux, learned_flags, lease_end of ctx. Returns NOT_DROPPED, or the
 * reason for dropping the frame. A message from the wire to a guest does not show that the guest is alive.
 */
MN_STAGE(mn_claim_checked)
{
	struct mn_binding *binding = mn_find_owner(env, ctx);

	if (!binding)
		return mn_learn(env, ctx);
	if (binding->kind != MN_GUEST || binding->port != ctx->port || !mac_equal(binding->mac, ctx->claimant))
		return mn_rebind(env, ctx);
	if (ctx->hook != MN_FROM_WIRE && mn_needs_refresh(ctx, binding))
		mn_refresh(env, ctx);
	if (!mn_family_is_address(ctx->key.family))
		binding->aux = ctx->aux;
	if (ctx->is_answer)
		binding->flags &= (uint8_t)~MN_F_PROBING;
	if (ctx->lease_end) {
		binding->expires = ctx->lease_end;
		binding->flags |= ctx->learned_flags;
	}
	return NOT_DROPPED;
}

/* Claims the guest's MAC address. Changes ctx->key. */
MN_FN int mn_claim_mac(MN_ENV env, struct mn_context *ctx)
{
	struct mn_binding *binding = mn_find(env, &ctx->mac_key);

	if (binding && binding->port == ctx->port && binding->kind == MN_GUEST && !mn_needs_refresh(ctx, binding))
		return NOT_DROPPED;
	ctx->key = ctx->mac_key;
	return mn_claim_checked(env, ctx);
}

/* Claims the MAC address of the claimant, then ctx->key. is_data: the frame is data, no message that claims an address. */
MN_FN int mn_claim_both(MN_ENV env, struct mn_context *ctx, bool is_data)
{
	int ret;

	ctx->wanted_key = ctx->key;
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	ctx->key = ctx->wanted_key;
	if (is_data)
		ctx->is_data = 1;
	return mn_claim_checked(env, ctx);
}

/* The source address of a data frame is not bound to this guest. */
MN_STAGE(mn_claim_new)
{
	return mn_claim_both(env, ctx, true);
}

/*
 * As mn_claim_checked, for the source address of a data frame. The frequent case, a refresh by the owner, costs one
 * look-up and returns the binding in *sender; otherwise *sender is NULL.
 */
MN_FN int mn_claim(MN_ENV env, struct mn_context *ctx, struct mn_binding **sender)
{
	struct mn_binding *binding = mn_find_owner(env, ctx);

	*sender = 0;
	if (binding && mac_equal(binding->mac, ctx->claimant) && binding->port == ctx->port &&
	    binding->kind == MN_GUEST) {
		*sender = binding;
		MN_ATOMIC_ADD(&binding->out_packets, 1);
		MN_ATOMIC_ADD(&binding->out_bytes, ctx->len);
		if (mn_needs_refresh(ctx, binding))
			mn_refresh(env, ctx);
		return NOT_DROPPED;
	}
	return mn_claim_new(env, ctx);
}

/* The guest releases ctx->key (DHCP RELEASE and DECLINE): only an address of its port, and no pin. */
MN_STAGE(mn_forget)
{
	struct mn_binding *binding = mn_find(env, &ctx->key);

	if (!binding || binding->kind != MN_GUEST || (binding->flags & MN_F_PIN) || binding->port != ctx->port)
		return 0;
	mn_event_set_owner(&ctx->event, binding);
	mn_erase(env, &ctx->key);
	mn_event_send(env, ctx, MN_EV_FORGOTTEN, 0, &ctx->key);
	return 0;
}

/* Binds the short-lived key ctx->key to ctx->claimant, so that answers find the guest. */
MN_FN int mn_remember(MN_ENV env, struct mn_context *ctx, uint32_t aux)
{
	int ret;

	ctx->aux = aux;
	ret = mn_claim_checked(env, ctx);
	ctx->aux = 0;
	return ret;
}

#endif

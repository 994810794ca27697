/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way: data between a guest and a far end beyond the air, without the bridge in between.
 *
 *   out   mn_from_port takes a frame as it enters the bridge by the guest's port
 *   in    mn_send_data (frame_rules.h) names the guest's port in w->via
 *
 * It is a short cut, never another way: it may take what mn_from_guest and mn_from_wire would send to the same end with
 * the same edits, and leaves everything else to them.  What decides was decided before, on the long way, and is kept in
 * the binding of the guest's address: out_peer, the far end that its last frame went to by the air; in_peer, the one
 * that the last frame from the air came from.  When a guest appears, all such notes are void: it might be one of them.
 *
 * The bridge must go on knowing who is where, else it would flood.  So once in MN_SEEN_RESOLUTION, and whenever the far end is
 * another one, a frame takes the long way in each direction: the bridge learns from it, and the rules decide anew.
 *
 * Whether the way is open, the engine knows: a firewall on the bridge, VLAN filtering, an isolated port must not be
 * passed by (app/shortcut.h).
 */
#ifndef VIFI_MACNAT_SHORT_RULES_H
#define VIFI_MACNAT_SHORT_RULES_H

#include "macnat/ip4_rules.h"
#include "macnat/ip6_rules.h"

/* Reads a plain data packet and puts its source address into w->key. */
MN_FN bool mn_shortcut_read(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->type == ETHERTYPE_IP4) {
		if (mn_ip4_read(env, ctx) || mn_maybe_dhcp(env, ctx))
			return false;
		mn_key_ip4(&ctx->key, 0, ctx->ip4.src);
		return true;
	}
	if (ctx->type != ETHERTYPE_IP6 || mn_ip6_read(env, ctx) || ctx->proto == IPPROTO_N_ICMP6)
		return false;
	mn_key_ip6(&ctx->key, 0, ctx->ip6.src);
	return true;
}

/*
 * A frame enters the bridge by w->port.  Returns whether it takes the short way, with the verdict in w; if not, nothing
 * has changed, and the bridge gets it.
 */
MN_STAGE(mn_shortcut_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	const uint64_t *generation = mn_peer_generation(env);
	struct mn_binding *binding;

	if (!cfg || !generation || ctx->tci || mn_load(env, 0, &ctx->eth, sizeof(ctx->eth)))
		return 0;
	ctx->type = be16(ctx->eth.type);
	ctx->l3 = ETHER_HLEN;
	ctx->l3_end = MN_NO_END;
	if (mac_is_group(ctx->eth.src) || mac_is_group(ctx->eth.dst) || !mn_shortcut_read(env, ctx))
		return 0;
	binding = mn_find(env, &ctx->key);
	if (!binding || binding->kind != MN_GUEST || binding->port != ctx->port ||
	    !mac_equal(binding->mac, ctx->eth.src) || binding->out_peer != mac_to_u64(ctx->eth.dst) ||
	    binding->peer_generation != (uint32_t)*generation || ctx->now - binding->last_seen > MN_SEEN_RESOLUTION ||
	    mn_send_uplink(env, cfg, ctx))
		return 0;
	MN_ATOMIC_ADD(&binding->out_packets, 1);
	MN_ATOMIC_ADD(&binding->out_bytes, ctx->len);
	mn_count_inc(env, MN_COUNT_SHORTCUT_OUT);
	return 1;
}

MN_FN bool mn_from_port(MN_ENV env, struct mn_context *ctx)
{
	return mn_shortcut_out(env, ctx) == 1;
}

#endif

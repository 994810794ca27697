/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortcut: data between a guest and a peer beyond the uplink, past the bridge.
 *
 *   out   mn_from_port (port_rules.h) takes a frame as it enters the bridge by the guest's port
 *   in    mn_send_data (frame_rules.h) sets ctx->via_port, the guest's port
 *
 * The shortcut changes no decision: it may take only frames that mn_from_guest and mn_from_wire would send to the same
 * destination with the same edits, and leaves all others to them. The regular path has decided before, and has noted
 * the result in the binding of the guest's address: out_peer is the peer beyond the uplink of its last frame; in_peer
 * is the sender of the last frame from the uplink. When a guest appears all notes become void, because it may be one of
 * those peers.
 *
 * The bridge must keep its entries fresh, or it would flood. Therefore, once per MN_SEEN_RESOLUTION and whenever the
 * peer changes, a frame takes the regular path in each direction: the bridge learns from it, and the rules decide
 * again.
 *
 * User space opens and closes the shortcut: a firewall on the bridge, VLAN filtering or an isolated port must not be
 * bypassed (bridge/policy/shortcut.h).
 */
#ifndef VIFI_MACNAT_SHORTCUT_RULES_H
#define VIFI_MACNAT_SHORTCUT_RULES_H

#include "macnat/ip4_rules.h"
#include "macnat/ip6_rules.h"

/* Reads a plain data packet and makes ctx->key of its source address. mn_vrrp_out reads all packets of protocol 112. */
MN_FN bool mn_shortcut_read(MN_ENV env, struct mn_context *ctx)
{
	if (ctx->type == ETHERTYPE_IP4) {
		if (mn_ip4_read(env, ctx) || ctx->proto == IPPROTO_N_VRRP || mn_maybe_dhcp(env, ctx))
			return false;
		mn_key_ip4(&ctx->key, 0, ctx->ip4.src);
		return true;
	}
	if (ctx->type != ETHERTYPE_IP6 || mn_ip6_read(env, ctx) || ctx->proto == IPPROTO_N_ICMP6 ||
	    ctx->proto == IPPROTO_N_VRRP || mn_is_dhcp6_server(env, ctx))
		return false;
	mn_key_ip6(&ctx->key, 0, ctx->ip6.src);
	return true;
}

/*
 * A frame enters the bridge by ctx->port. Returns 1 if it takes the shortcut, with the verdict in ctx; otherwise 0:
 * nothing has changed, and the bridge gets the frame.
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
	binding = mn_find_owner(env, ctx);
	if (!binding || binding->kind != MN_GUEST || binding->port != ctx->port ||
	    !mac_equal(binding->mac, ctx->eth.src) ||
	    !mn_is_noted_peer(binding, mac_to_u64(ctx->eth.dst), (uint32_t)*generation) ||
	    ctx->now - binding->last_seen > MN_SEEN_RESOLUTION || mn_send_uplink(env, ctx))
		return 0;
	MN_ATOMIC_ADD(&binding->out_packets, 1);
	MN_ATOMIC_ADD(&binding->out_bytes, ctx->len);
	mn_count_inc(env, MN_COUNT_SHORTCUT_OUT);
	return 1;
}

#endif

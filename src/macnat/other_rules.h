/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other ethertypes than ARP and IP: rule 24. */
#ifndef VIFI_MACNAT_OTHER_RULES_H
#define VIFI_MACNAT_OTHER_RULES_H

#include "macnat/frame_rules.h"
#include "wire/pppoe.h"

#define MN_PPPOE_TAGS 16

/* Key for the last sender of this ethertype: to one peer, or to any (peer zero). */
MN_FN void mn_key_ethertype(struct mn_context *ctx, bool any)
{
	mn_key_init(&ctx->key, MN_ETHERTYPE, ctx->vlan);
	put_be16(ctx->key.addr, ctx->type);
	if (!any)
		mac_copy(ctx->key.addr + 2, ctx->peer_mac);
}

MN_FN void mn_key_pppoe(struct mn_context *ctx, const uint8_t *session)
{
	mn_key_init(&ctx->key, MN_PPPOE, ctx->vlan);
	__builtin_memcpy(ctx->key.addr, session, 2);
	mac_copy(ctx->key.addr + 2, ctx->peer_mac);
}

/*
 * Finds the Host-Uniq tag of a PPPoE discovery packet, by which a concentrator's answer identifies the client (RFC
 * 2516, 5 and appendix A), and makes a key of its first 16 bytes. Returns 1, or 0 without such a tag.
 */
MN_STAGE(mn_key_pppoe_uniq)
{
	uint32_t off = (uint32_t)ctx->l3 + sizeof(struct pppoe_hdr), end = off + be16(ctx->body + 4);

	for (int i = 0; i < MN_PPPOE_TAGS && off + 4 <= end; i++) {
		uint32_t len;

		if (mn_load(env, off, ctx->opt, 4))
			return 0;
		len = be16(ctx->opt + 2);
		if (be16(ctx->opt) == PPPOE_TAG_HOST_UNIQ && len) {
			mn_key_init(&ctx->key, MN_PPPOE_UNIQ, ctx->vlan);
			return !mn_load_some(env, off + 4, ctx->key.addr, len < 16 ? len : 16);
		}
		off += 4 + len;
	}
	return 0;
}

/* Is the session ctx->key the live one of another port or of this host? */
MN_FN bool mn_pppoe_is_foreign(MN_ENV env, struct mn_context *ctx)
{
	const struct mn_binding *binding = mn_find(env, &ctx->key);

	return binding && (binding->kind != MN_GUEST || binding->port != ctx->port) &&
	       mn_is_live_key(&ctx->key, binding, ctx->now);
}

/* PPPoE from a guest: remembers the key of its answers. */
MN_STAGE(mn_pppoe_out)
{
	const struct pppoe_hdr *pppoe = (const struct pppoe_hdr *)ctx->body;

	if (mn_load(env, ctx->l3, ctx->body, sizeof(*pppoe)))
		return DROP_TRUNCATED;
	if (ctx->type == ETHERTYPE_PPPOE_S) {
		mn_key_pppoe(ctx, pppoe->session);
		return mn_remember(env, ctx, 0);
	}
	if (pppoe->code == PPPOE_PADT) { /* a PADT ends a session: only its owner may end it */
		mn_key_pppoe(ctx, pppoe->session);
		return mn_pppoe_is_foreign(env, ctx) ? DROP_CLAIM_TAKEN : NOT_DROPPED;
	}
	if ((pppoe->code == PPPOE_PADI || pppoe->code == PPPOE_PADR) && mn_key_pppoe_uniq(env, ctx))
		return mn_remember(env, ctx, 0);
	return NOT_DROPPED;
}

/*
 * A PADS gives the session to the owner of the Host-Uniq ctx->key: the first in each exchange, so that forged ones do
 * not spend the guest's budget. Returns the owner.
 */
MN_FN struct mn_binding *mn_pppoe_bind_session(MN_ENV env, struct mn_context *ctx, struct mn_binding *owner,
					       const uint8_t *session)
{
	bool is_host = owner->kind == MN_HOST;

	owner->aux = 1;
	mac_copy(ctx->claimant, owner->mac);
	mn_key_mac(&ctx->mac_key, ctx->vlan, owner->mac);
	ctx->port = owner->port;
	ctx->wanted_key = ctx->key;
	mn_key_pppoe(ctx, session);
	/* Look up again: the port may have evicted `owner` for the session. */
	if (is_host ? mn_remember_host(env, ctx) : mn_remember(env, ctx, 0))
		return mn_find(env, &ctx->wanted_key);
	return mn_find(env, &ctx->key);
}

/*
 * Finds the owner of a PPPoE frame from the uplink: by session, otherwise by Host-Uniq.
 */
MN_FN struct mn_binding *mn_pppoe_find_owner(MN_ENV env, struct mn_context *ctx)
{
	const struct pppoe_hdr *pppoe = (const struct pppoe_hdr *)ctx->body;
	struct mn_binding *owner;

	if (mn_load(env, ctx->l3, ctx->body, sizeof(*pppoe)))
		return 0;
	if (ctx->type == ETHERTYPE_PPPOE_S || pppoe->code == PPPOE_PADT) {
		mn_key_pppoe(ctx, pppoe->session);
		return mn_find(env, &ctx->key);
	}
	if (!mn_key_pppoe_uniq(env, ctx))
		return 0;
	owner = mn_find(env, &ctx->key);
	if (owner && !owner->aux && pppoe->code == PPPOE_PADS && be16(pppoe->session) &&
	    mn_is_live_key(&ctx->key, owner, ctx->now))
		owner = mn_pppoe_bind_session(env, ctx, owner, pppoe->session);
	return owner;
}

MN_FN bool mn_is_pppoe(const struct mn_context *ctx)
{
	return ctx->type == ETHERTYPE_PPPOE_D || ctx->type == ETHERTYPE_PPPOE_S;
}

/* Any other ethertype from a guest. */
MN_STAGE(mn_other_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	bool group = mac_is_group(ctx->eth.dst);
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	if (!group && (mac_equal(ctx->eth.dst, cfg->uplink_mac) ||
		       mn_is_live_guest(cfg, mn_find_guest(env, ctx, ctx->eth.dst), ctx->now)))
		return mn_send_unicast(env, cfg, ctx, 0, 0); /* not for the uplink */
	mac_copy(ctx->peer_mac, ctx->eth.dst);
	if (mn_is_pppoe(ctx)) {
		ret = mn_pppoe_out(env, ctx);
		if (ret)
			return ret;
	}
	mn_key_ethertype(ctx, true);
	ret = mn_remember(env, ctx, 0);
	if (ret)
		return ret;
	if (group)
		return mn_send_group(env, ctx);
	mn_key_ethertype(ctx, false);
	ret = mn_remember(env, ctx, 0);
	return ret ? ret : mn_send_uplink(env, ctx);
}

/* Any other ethertype from the uplink: for its last sender to this peer, otherwise for its last sender. */
MN_STAGE(mn_other_in)
{
	struct mn_binding *binding = 0;
	int ret = mn_wire_source(env, ctx);

	if (ret)
		return ret;
	if (mac_is_group(ctx->eth.dst))
		return mn_flood(env, ctx);
	mac_copy(ctx->peer_mac, ctx->eth.src);
	if (mn_is_pppoe(ctx))
		binding = mn_pppoe_find_owner(env, ctx);
	if (!binding) {
		mn_key_ethertype(ctx, false);
		binding = mn_find(env, &ctx->key);
	}
	if (!binding) {
		mn_key_ethertype(ctx, true);
		binding = mn_find(env, &ctx->key);
	}
	if (!binding)
		return DROP_NO_OWNER;
	return binding->kind == MN_GUEST ? mn_send_guest(env, ctx, binding) : mn_pass_host(ctx);
}

/* PPPoE from this host: its session and the answers to its discovery are for the host. */
MN_FN void mn_pppoe_host(MN_ENV env, struct mn_context *ctx)
{
	const struct pppoe_hdr *pppoe = (const struct pppoe_hdr *)ctx->body;

	if (mn_load(env, ctx->l3, ctx->body, sizeof(*pppoe)))
		return;
	if (ctx->type == ETHERTYPE_PPPOE_S)
		mn_key_pppoe(ctx, pppoe->session);
	else if ((pppoe->code != PPPOE_PADI && pppoe->code != PPPOE_PADR) || !mn_key_pppoe_uniq(env, ctx))
		return;
	mn_remember_host(env, ctx);
}

/* Another ethertype from this host: its answers are for the host, unless a guest sends the same to the same peer. */
MN_STAGE(mn_other_host)
{
	mac_copy(ctx->claimant, ctx->eth.src);
	mac_copy(ctx->peer_mac, ctx->eth.dst);
	if (mn_is_pppoe(ctx))
		mn_pppoe_host(env, ctx);
	mn_key_ethertype(ctx, true);
	mn_remember_host(env, ctx);
	if (mac_is_group(ctx->eth.dst))
		return 0;
	mn_key_ethertype(ctx, false);
	mn_remember_host(env, ctx);
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP: rules 5 to 12. */
#ifndef VIFI_MACNAT_ARP_RULES_H
#define VIFI_MACNAT_ARP_RULES_H

#include "macnat/unknown_rules.h"

MN_FN bool mn_ip4_is_zero(const uint8_t *addr)
{
	return be32(addr) == 0;
}

MN_FN bool mn_ip4_equal(const uint8_t *a, const uint8_t *b)
{
	return be32(a) == be32(b);
}

/* Reads the packet into ctx->arp. RFC 826: hardware type Ethernet or IEEE 802, protocol IPv4, request or reply. */
MN_FN int mn_arp_read(MN_ENV env, struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;
	uint16_t op, htype;

	if (mn_load_l3(env, ctx, &ctx->arp, sizeof(ctx->arp)))
		return DROP_TRUNCATED;
	op = be16(arp->op);
	htype = be16(arp->htype);
	if ((htype != ARP_ETHERNET && htype != ARP_IEEE802) || be16(arp->ptype) != ETHERTYPE_IP4 || arp->hlen != 6 ||
	    arp->plen != 4 || (op != ARP_REQUEST && op != ARP_REPLY))
		return DROP_ARP_MALFORMED;
	return NOT_DROPPED;
}

/*
 * Rule 5: hardware addresses of guests in the body become the uplink's MAC address. The hardware address of the target
 * is never a claim, whichever machine has it.
 */
MN_FN void mn_arp_translate(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;

	mn_edit_mac(ctx, (uint32_t)ctx->l3 + ARP_OFF_SHA, arp->sha, cfg->uplink_mac, 0);
	if (mac_equal(arp->tha, ctx->eth.src) || (!mac_is_zero(arp->tha) && mn_find_guest(env, ctx, arp->tha)))
		mn_edit_mac(ctx, (uint32_t)ctx->l3 + ARP_OFF_THA, arp->tha, cfg->uplink_mac, 0);
}

/* An announcement (rule 7) may move addresses when the policy permits. */
MN_FN bool mn_arp_is_announcement(const struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;

	return !mn_ip4_is_zero(arp->spa) &&
	       (mn_ip4_equal(arp->spa, arp->tpa) || (be16(arp->op) == ARP_REPLY && mac_is_group(ctx->eth.dst)));
}

/*
 * A request with the address of another port's guest: Linux asks with any of its addresses from any interface. It passes,
 * since the network knows both guests by the uplink MAC, and only the answer must find its way (rule 30). It contests the
 * address like any other claim.
 */
MN_FN bool mn_arp_is_borrowed(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	struct mn_binding *owner = mn_find(env, &ctx->key);

	if (be16(ctx->arp.op) != ARP_REQUEST || ctx->announce || !owner || owner->kind != MN_GUEST ||
	    owner->port == ctx->port || owner->port == MN_NO_PORT || mac_equal(owner->mac, ctx->claimant) ||
	    (owner->flags & MN_F_PIN) || (cfg->flags & MN_CONFIG_SOURCE_GUARD) || !mn_is_live(cfg, owner, ctx->now) ||
	    mn_is_late_answer(ctx, owner))
		return false;
	mn_contest(env, ctx, owner, DROP_CLAIM_TAKEN);
	return true;
}

/* Remembers that this guest asks for the target, so that it gets the answer. */
MN_FN int mn_arp_remember_target(MN_ENV env, struct mn_context *ctx)
{
	mn_key_init(&ctx->key, MN_PROBE4, ctx->vlan);
	__builtin_memcpy(ctx->key.addr, ctx->arp.tpa, 4);
	return mn_remember(env, ctx, 0);
}

/* Claims the sender addresses; a probe is remembered (rule 6). */
MN_FN int mn_arp_claim(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;
	int ret;

	ctx->announce = mn_arp_is_announcement(ctx);
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	if (!mn_is_own_mac(env, ctx, arp->sha))
		return DROP_ARP_SENDER;
	mac_copy(ctx->claimant, arp->sha);
	if (mn_ip4_is_zero(arp->spa))
		return mn_arp_remember_target(env, ctx);
	if (mn_ip4_is_bad_source(arp->spa))
		return DROP_CLAIM_INVALID;
	mn_key_ip4(&ctx->key, ctx->vlan, arp->spa);
	if (mn_arp_is_borrowed(env, cfg, ctx)) {
		ctx->is_borrowed = 1;
		return mn_arp_remember_target(env, ctx);
	}
	ctx->is_answer = be16(arp->op) == ARP_REPLY;
	return mn_claim_checked(env, ctx);
}

/*
 * A machine that hears a request with a borrowed address must not learn that the owner of the address is here. So the
 * request becomes an ARP probe (RFC 5227, 1.1), which gets the same answer but teaches no address.
 */
MN_FN void mn_arp_make_probe(struct mn_context *ctx)
{
	__builtin_memset(ctx->opt, 0, sizeof(ctx->opt));
	mn_edit(ctx, (uint32_t)ctx->l3 + ARP_OFF_SPA, ctx->arp.spa, ctx->opt, 2, 0, 0);
	mn_edit(ctx, (uint32_t)ctx->l3 + ARP_OFF_SPA + 2, ctx->arp.spa + 2, ctx->opt, 2, 0, 0);
}

MN_FN int mn_arp_send_host(MN_ENV env, struct mn_context *ctx)
{
	int ret = mn_send_host(env, ctx);

	if (!ret && ctx->is_borrowed)
		mn_arp_make_probe(ctx);
	return ret;
}

/*
 * Notes for `vifi why` which address the owner of an address asks for; the answer clears the note (mn_arp_note_answer).
 */
MN_FN void mn_arp_note_question(MN_ENV env, struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;
	struct mn_binding *owner;

	if (be16(arp->op) != ARP_REQUEST || mn_ip4_is_zero(arp->spa) || mn_ip4_equal(arp->spa, arp->tpa) ||
	    ctx->is_borrowed)
		return;
	owner = mn_find_ip4(env, ctx, arp->spa);
	if (owner && owner->kind == MN_GUEST && mac_equal(owner->mac, arp->sha)) {
		owner->aux = be32(arp->tpa);
		owner->asked_s = (uint32_t)(ctx->now / MN_NS_PER_SEC);
	}
}

MN_FN void mn_arp_note_answer(const struct mn_context *ctx, struct mn_binding *binding)
{
	if (ctx->key.family == MN_IP4 && be16(ctx->arp.op) == ARP_REPLY && binding->aux == be32(ctx->arp.spa))
		binding->aux = 0;
}

/* ARP from a guest. */
MN_STAGE(mn_arp_out)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct arp_ether_ip4 *arp = &ctx->arp;
	struct mn_binding *target;
	bool is_request;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_arp_read(env, ctx);
	if (ret)
		return ret;
	ret = mn_arp_claim(env, cfg, ctx);
	if (ret)
		return ret;
	mn_arp_translate(env, cfg, ctx);
	target = mn_find_ip4(env, ctx, arp->tpa);
	if (!mac_is_group(ctx->eth.dst)) {
		ret = mn_send_unicast(env, cfg, ctx, target, 0);
		if (ctx->send_to == MN_TO_HOST)
			ret = mn_arp_send_host(env, ctx);
	} else {
		is_request = be16(arp->op) == ARP_REQUEST && !mn_ip4_equal(arp->spa, arp->tpa);
		/*
		 * Rule 11: this host answers for itself, and the request stays off the uplink. A station may have the
		 * address of another interface of this host, too.
		 */
		if (is_request && target && target->kind == MN_HOST && mac_equal(target->mac, cfg->uplink_mac))
			return mn_arp_send_host(env, ctx);
		if (is_request && !mn_ip4_is_zero(arp->spa) && mn_is_live_guest(cfg, target, ctx->now) &&
		    !mac_equal(target->mac, ctx->eth.src) && !mn_wire_may_own(target, ctx->now))
			return mn_keep_local(env, ctx); /* rule 12: the bridge has delivered it to the sibling */
		ret = mn_send_group(env, ctx);
		mn_arp_note_question(env, ctx);
		if (ctx->is_borrowed)
			ctx->copy_to = 0;
	}
	if (!ret && ctx->send_to == MN_TO_UPLINK)
		mn_count_inc(env, MN_COUNT_ARP);
	return ret;
}

MN_FN bool mn_is_guest(const struct mn_binding *binding)
{
	return binding && binding->kind == MN_GUEST;
}

/* The target of the answer to a probe. */
MN_FN bool mn_arp_is_probed(const struct arp_ether_ip4 *arp)
{
	return mn_ip4_is_zero(arp->tpa) || mn_ip4_equal(arp->tpa, arp->spa);
}

/*
 * Finds the guest for a unicast ARP frame to the uplink MAC: the owner of the target address (rule 8); for the answer
 * to a probe, whose target is 0.0.0.0 or the probed address itself, the probing guest (rule 6). Leaves in ctx->key the
 * key of the guest found: MN_PROBE4 also when the target address is not that of the guest that asked.
 */
MN_FN struct mn_binding *mn_arp_find_target(MN_ENV env, struct mn_context *ctx)
{
	const struct arp_ether_ip4 *arp = &ctx->arp;
	struct mn_binding *binding;

	if (be16(arp->op) == ARP_REPLY && (mn_arp_is_probed(arp) || mn_is_guest(mn_find_ip4(env, ctx, arp->tpa)))) {
		mn_key_init(&ctx->key, MN_PROBE4, ctx->vlan);
		__builtin_memcpy(ctx->key.addr, arp->spa, 4);
		binding = mn_find(env, &ctx->key);
		if (binding && (mn_arp_is_probed(arp) || mn_is_live_key(&ctx->key, binding, ctx->now)))
			return binding;
	}
	return mn_find_ip4(env, ctx, arp->tpa);
}

/*
 * The answer to a probe. When guests on several ports probe the address, each must hear that it is taken (rule 6), and the
 * answer to a borrowed address is for the guest that asked and for the owner of the address (rule 30): it becomes a
 * broadcast.
 */
MN_FN bool mn_arp_answers_several(const struct mn_context *ctx, const struct mn_binding *prober)
{
	return ctx->key.family == MN_PROBE4 && ((prober->flags & MN_F_CONTEST) || !mn_arp_is_probed(&ctx->arp));
}

MN_FN int mn_arp_broadcast(MN_ENV env, struct mn_context *ctx)
{
	__builtin_memset(ctx->opt, 0xff, MAC_LEN);
	mn_set_dst(ctx, ctx->opt);
	mn_count_inc(env, MN_COUNT_RESTORED);
	return NOT_DROPPED;
}

/*
 * A neighbour asks by unicast whether an address is still at the uplink's MAC address, but no guest is known to have it
 * (rule 34): the guests are asked.
 */
MN_FN bool mn_arp_asks_for_unknown(const struct mn_context *ctx, const struct mn_binding *owner)
{
	return !owner && be16(ctx->arp.op) == ARP_REQUEST && !mn_key_is_unusable(&ctx->key);
}

/* A station answers this host: user space may wait for that (bridge/witnesses.h). */
MN_FN void mn_arp_note_station(MN_ENV env, struct mn_context *ctx)
{
	struct mn_binding *station;

	if (be16(ctx->arp.op) != ARP_REPLY)
		return;
	mn_key_mac(&ctx->wanted_key, ctx->vlan, ctx->eth.src);
	station = mn_find(env, &ctx->wanted_key);
	if (station && station->kind == MN_STATION)
		station->flags &= (uint8_t)~MN_F_PROBING;
}

/* ARP from the uplink. */
MN_STAGE(mn_arp_in)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct arp_ether_ip4 *arp = &ctx->arp;
	struct mn_binding *binding;
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	ret = mn_wire_source(env, ctx);
	if (ret)
		return ret;
	ret = mn_arp_read(env, ctx);
	if (ret)
		return ret;
	if (mn_is_named_here(env, cfg, ctx, arp->sha))
		return DROP_PROXY_CLAIM;
	if (!mn_ip4_is_zero(arp->spa) && !mac_is_group(arp->sha) && !mac_is_zero(arp->sha)) {
		mn_key_ip4(&ctx->key, ctx->vlan, arp->spa);
		mac_copy(ctx->claimant, arp->sha);
		mn_wire_claim(env, ctx);
	}
	if (mac_is_group(ctx->eth.dst))
		return mn_flood(env, ctx);
	binding = mn_arp_find_target(env, ctx);
	if (mn_arp_asks_for_unknown(ctx, binding)) {
		ctx->send_to = MN_TO_GUESTS | MN_TO_HOST;
		return mn_arp_broadcast(env, ctx);
	}
	if (!binding || binding->kind != MN_GUEST) {
		mn_arp_note_station(env, ctx);
		return mn_pass_host(ctx);
	}
	if (mn_arp_answers_several(ctx, binding)) {
		ctx->send_to = MN_TO_GUESTS;
		return mn_arp_broadcast(env, ctx);
	}
	ret = mn_send_guest(env, ctx, binding);
	mn_arp_note_answer(ctx, binding);
	if (mac_equal(arp->tha, cfg->uplink_mac)) {
		mn_edit_mac(ctx, (uint32_t)ctx->l3 + ARP_OFF_THA, arp->tha, binding->mac, 0);
		mn_count_inc(env, MN_COUNT_ARP);
	}
	return ret;
}

/*
 * ARP of this host. Rule 11: requests for a guest's address stay off the uplink. Announcements on a guest's behalf
 * (rule 25) go only to the uplink.
 */
MN_STAGE(mn_arp_host)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct arp_ether_ip4 *arp = &ctx->arp;
	struct mn_binding *binding;

	ctx->send_to = MN_TO_UPLINK;
	if (!cfg || mn_arp_read(env, ctx))
		return NOT_DROPPED;
	if (!mn_ip4_is_zero(arp->spa)) {
		binding = mn_find_ip4(env, ctx, arp->spa);
		if (binding && binding->kind == MN_GUEST)
			return NOT_DROPPED;
		binding = mn_find_ip4(env, ctx, arp->tpa);
		if (be16(arp->op) == ARP_REQUEST && mn_is_live_guest(cfg, binding, ctx->now)) {
			mn_send_to_guest_of_host(env, ctx, mn_wire_may_own(binding, ctx->now));
			return NOT_DROPPED;
		}
	}
	ctx->copy_to = MN_TO_GUESTS;
	mn_count_inc(env, MN_COUNT_HOST_GROUP);
	return NOT_DROPPED;
}

#endif

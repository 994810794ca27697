/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets from the uplink for an IP address that neither this host nor a guest is known to have (rule 34): a guest that has
 * been idle since `up`, or a neighbour that has not noticed that a guest is gone.
 *
 * User space asks the guests for the address. The packet goes to the host, which may be a router; it is counted.
 */
#ifndef VIFI_MACNAT_UNKNOWN_RULES_H
#define VIFI_MACNAT_UNKNOWN_RULES_H

#include "macnat/frame_rules.h"

/*
 * Reports ctx->key once per MN_ASK_NS. Addresses share MN_ASK_WORDS words, so that a flood of them from the wire causes
 * no more events than that. Which ones share a word changes with the time: otherwise a neighbour that sends one packet per
 * second for an address with the same word would keep a guest from being asked for. What guests report has a half of its own.
 */
MN_FN void mn_report_rarely(MN_ENV env, struct mn_context *ctx, uint16_t type)
{
	const uint32_t *words = (const uint32_t *)&ctx->key, half = MN_ASK_WORDS / 2;
	uint32_t seconds = (uint32_t)(ctx->now / MN_ASK_NS);
	uint32_t mixed = (words[0] ^ words[1] ^ words[2] ^ words[3] ^ seconds * 0x85ebca6bu) * 0x9e3779b1u;
	uint64_t *asked = mn_asked(env, (mixed >> 24 & (half - 1)) | (type == MN_EV_UNKNOWN ? 0 : half));

	if (!asked || (*asked && ctx->now - *asked < MN_ASK_NS))
		return;
	*asked = ctx->now;
	mn_report_event(env, ctx, type, 0, &ctx->key, 0);
}

/* Is it an address that no machine has, such as a group's or the loopback network's? */
MN_FN bool mn_key_is_unusable(const struct mn_key *key)
{
	const uint8_t *addr = key->addr;

	if (key->family == MN_IP4)
		return mn_ip4_is_bad_source(addr);
	return addr[0] == 0xff || (be32(addr) | be32(addr + 4) | be32(addr + 8)) == 0;
}

/* ctx->key is the destination of a unicast packet from the uplink for no guest. Returns the verdict: for the host, if that does
 * not send it back (rule 38). */
MN_STAGE(mn_unknown_in)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct mn_binding *binding = mn_find(env, &ctx->key);
	int ret;

	if (!cfg)
		return DROP_INTERNAL;
	if ((binding && binding->kind == MN_HOST) || mn_key_is_routed(env, ctx))
		return mn_send_host_from_wire(env, ctx, binding);
	if (!binding && !mn_key_is_unusable(&ctx->key)) {
		mac_copy(ctx->claimant, ctx->eth.src);
		ctx->port = cfg->uplink;
		mn_report_rarely(env, ctx, MN_EV_UNKNOWN);
	}
	ret = mn_send_host_from_wire(env, ctx, binding);
	if (!ret)
		mn_count_drop(env, DROP_UNKNOWN_ADDRESS);
	return ret;
}

#endif

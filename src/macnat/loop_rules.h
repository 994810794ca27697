/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loops (rule 37): a port of the bridge leads to the uplink's own network, so that a group frame from the uplink, which the
 * bridge floods, returns by the uplink.
 *
 * The frames of the port do not distinguish it from a guest's port: a guest may forge the addresses of stations. But a
 * frame that returns is the same, byte by byte. The fifth equal frame in a second makes user space look for the port
 * (bridge/loop_probe.h), and the rules for a known port end the loop. Honest senders repeat frames, too: keepalived
 * announces an address five times at once, and lighting controllers send 44 equal frames a second. Where no probe finds
 * the port, MN_COPIES_MAX bounds how often a frame circles.
 */
#ifndef VIFI_MACNAT_LOOP_RULES_H
#define VIFI_MACNAT_LOOP_RULES_H

#include "macnat/frame_rules.h"

/*
 * A hash of the length and of the first 64 bytes, which include each transport checksum. The secret is in each product (NH of
 * UMAC, RFC 4418, 5.2): otherwise a neighbour could send frames with the hash of another's frame, which would be dropped then.
 */
MN_STAGE(mn_hash_frame)
{
	const uint64_t *words = (const uint64_t *)ctx->chunk;
	uint64_t hash = ctx->len, key = mn_secret(env);

	__builtin_memset(ctx->chunk, 0, sizeof(ctx->chunk));
	if (ctx->len >= sizeof(ctx->chunk) ? mn_load(env, 0, ctx->chunk, sizeof(ctx->chunk))
					   : mn_load_some(env, 0, ctx->chunk, ctx->len))
		return -1;
	for (unsigned i = 0; i < sizeof(ctx->chunk) / sizeof(*words); i++) {
		key = key * 0x5851f42d4c957f2dull + 0x14057b7ef767814full;
		hash += (uint64_t)(uint32_t)(words[i] + key) * (uint32_t)((words[i] >> 32) + (key >> 32));
	}
	hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull;
	ctx->frame_hash = hash ^ hash >> 32;
	return 0;
}

/* Has this group frame from the uplink arrived too often? A suspicion is reported once in MN_COPIES_NS. */
MN_FN bool mn_is_circling(MN_ENV env, struct mn_context *ctx)
{
	struct mn_copy *copy;

	if (mn_hash_frame(env, ctx))
		return false;
	copy = mn_copy_get(env, (uint32_t)ctx->frame_hash & (MN_COPIES_SIZE - 1));
	if (!copy)
		return false;
	if (copy->hash != ctx->frame_hash || ctx->now - copy->first > MN_COPIES_NS) {
		copy->hash = ctx->frame_hash;
		copy->first = ctx->now;
		copy->count = 1;
		return false;
	}
	copy->count++;
	if (copy->count == MN_COPIES_SUSPECT) {
		mac_copy(ctx->claimant, ctx->eth.src);
		mn_key_mac(&ctx->key, ctx->vlan, ctx->eth.src);
		mn_report_event(env, ctx, MN_EV_LOOP, DROP_LOOP, &ctx->key, mn_find(env, &ctx->key));
	}
	return copy->count > MN_COPIES_MAX;
}

#endif

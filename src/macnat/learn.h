/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bindings: learning, claims and caps (rules 1 to 4).
 *
 * One table holds all keys that have an owner: IP addresses, MAC addresses, and the short-lived keys (DHCP
 * transactions, probes, PPPoE sessions, ethertypes). One function, mn_claim_checked, decides for all of them.
 *
 * Fairness is by bridge port: a guest can forge any MAC address, but not the port of its frames. A port has
 *
 *   a rate:  the generic cell rate algorithm on one 64-bit word, updated by
 *            compare-and-swap, so that no lock is held and no update is lost;
 *   a ring:  the keys of the port, with the time when each was last seen. A full ring
 *            evicts its own oldest key, never a key of another port.
 *
 * The ring is a hint, the table is the truth: a slot whose binding is gone or names another slot is stale, ages, and is
 * reused. Deleting a binding (user space, a RELEASE) therefore need not touch the ring.
 *
 * The table has room for 256 ports × 256 slots, for the stations of the uplink's ring and for the entries of user space,
 * so that no guest can fill it for the others.
 */
#ifndef VIFI_MACNAT_LEARN_H
#define VIFI_MACNAT_LEARN_H

#include "macnat/env.h"
#include "base/mac.h"

#define MN_NO_PORT   0xffffffffu /* a binding restored by user space: its port is unknown until the guest sends */
#define MN_CAS_TRIES 4

_Static_assert((uint64_t)(MN_PORTS_MAX - 1) * MN_RING_SIZE <= MN_BINDINGS_MAX,
	       "no guest may fill the table for the others");

/*
 * Keys are written in whole words. The hash reads words, and a processor that reads a word just written in smaller
 * pieces stalls until the writes have reached its cache.
 */
typedef uint32_t __attribute__((may_alias)) mn_word;

MN_FN void mn_key_set(struct mn_key *key, uint8_t family, uint16_t vlan, uint32_t word0, uint32_t word1, uint32_t word2,
		      uint32_t word3)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	mn_word *word = (mn_word *)key;

	word[0] = word0;
	word[1] = word1;
	word[2] = word2;
	word[3] = word3;
	word[4] = little ? vlan | (uint32_t)family << 16 : (uint32_t)vlan << 16 | (uint32_t)family << 8;
}

MN_FN void mn_key_init(struct mn_key *key, uint8_t family, uint16_t vlan)
{
	mn_key_set(key, family, vlan, 0, 0, 0, 0);
}

MN_FN void mn_key_ip4(struct mn_key *key, uint16_t vlan, const uint8_t *addr)
{
	uint32_t word0;

	__builtin_memcpy(&word0, addr, 4);
	mn_key_set(key, MN_IP4, vlan, word0, 0, 0, 0);
}

MN_FN void mn_key_ip6(struct mn_key *key, uint16_t vlan, const uint8_t *addr)
{
	uint32_t word0, word1, word2, word3;

	__builtin_memcpy(&word0, addr, 4);
	__builtin_memcpy(&word1, addr + 4, 4);
	__builtin_memcpy(&word2, addr + 8, 4);
	__builtin_memcpy(&word3, addr + 12, 4);
	mn_key_set(key, MN_IP6, vlan, word0, word1, word2, word3);
}

MN_FN void mn_key_mac(struct mn_key *key, uint16_t vlan, const uint8_t *addr)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t mac = mac_to_u64(addr);
	uint32_t low = (uint32_t)mac, high = (uint32_t)(mac >> 32);

	mn_key_set(key, MN_MAC, vlan, little ? low : high, little ? high : low, 0, 0);
}

MN_FN bool mn_key_equal(const struct mn_key *a, const struct mn_key *b)
{
	const uint32_t *words_a = (const uint32_t *)a, *words_b = (const uint32_t *)b;

	return words_a[0] == words_b[0] && words_a[1] == words_b[1] && words_a[2] == words_b[2] &&
	       words_a[3] == words_b[3] && words_a[4] == words_b[4];
}

/* The other families are short-lived: their key belongs to the last user, without a contest. */
MN_FN bool mn_family_is_address(uint8_t family)
{
	return family == MN_MAC || family == MN_IP4 || family == MN_IP6;
}

MN_FN void mn_report_event(MN_ENV env, struct mn_context *ctx, uint16_t type, uint16_t reason, const struct mn_key *key,
			   const uint8_t *owner)
{
	struct mn_event *event = &ctx->event;

	event->time = ctx->now;
	event->key = *key;
	event->port = ctx->port;
	event->type = type;
	event->reason = reason;
	mac_copy(event->mac, ctx->claimant);
	if (owner)
		mac_copy(event->owner, owner);
	else
		__builtin_memset(event->owner, 0, sizeof(event->owner));
	mn_event_push(env, event);
}

/* A live owner keeps its address against other guests. */
MN_FN bool mn_is_live(const struct mn_config *cfg, const struct mn_binding *binding, uint64_t now)
{
	return (binding->flags & MN_F_PIN) || now < binding->last_seen + cfg->silence_ns || now < binding->expires;
}

/* A live guest is reached through the bridge, not through the uplink (rule 12). */
MN_FN bool mn_is_live_guest(const struct mn_config *cfg, const struct mn_binding *binding, uint64_t now)
{
	return binding && binding->kind == MN_GUEST && mn_is_live(cfg, binding, now);
}

/* Rule 32: is ctx->key an IP address in a network that this host routes elsewhere? */
MN_STAGE(mn_key_is_routed)
{
	struct mn_routed_key key = {.prefix_length = 32 + 128, .family = ctx->key.family};

	if (ctx->key.family != MN_IP4 && ctx->key.family != MN_IP6)
		return 0;
	if (ctx->key.family == MN_IP4)
		key.prefix_length = 32 + 32;
	__builtin_memcpy(key.addr, ctx->key.addr, sizeof(key.addr));
	return mn_is_routed(env, &key);
}

/* Rate limit of a port (rule 1). Returns whether it may learn one more address now. */
MN_FN bool mn_may_learn(const struct mn_config *cfg, struct mn_port *port, uint64_t now)
{
	if (!cfg->learn_interval_ns)
		return true;
	for (int i = 0; i < MN_CAS_TRIES; i++) {
		uint64_t tat = port->tat;
		uint64_t base = tat > now ? tat : now;

		if (base - now > cfg->learn_credit_ns)
			return false;
		if (__sync_val_compare_and_swap(&port->tat, tat, base + cfg->learn_interval_ns) == tat)
			return true;
	}
	return true; /* several CPUs learn for one port at once: exceed the rate by one rather than drop a legitimate frame */
}

/*
 * Takes a slot in the port's ring for ctx->key: a free one, otherwise that of the port's oldest key, which becomes
 * ctx->victim (family 0: none). Returns the slot. The oldest candidate is kept in memory, not in registers: the
 * verifier would otherwise track every possible one at every step.
 */
MN_STAGE(mn_ring_take)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_port *port = mn_port_find(env, ctx->port);
	struct mn_ring_slot *slot;
	uint32_t oldest, cap;

	if (!cfg || !port)
		return 0;
	cap = cfg->port_cap;

	ctx->victim.family = 0;
	ctx->oldest_slot = 0;
	mn_lock_port(port);
	ctx->oldest_seen = port->ring[0].last_seen;
	for (uint32_t i = 1; i < MN_RING_SIZE && i < cap && ctx->oldest_seen; i++) {
		uint64_t seen = port->ring[i].last_seen;

		if (seen < ctx->oldest_seen) {
			ctx->oldest_seen = seen;
			ctx->oldest_slot = i;
		}
	}
	oldest = ctx->oldest_slot & (MN_RING_SIZE - 1);
	slot = &port->ring[oldest];
	if (slot->last_seen)
		ctx->victim = slot->key;
	slot->key = ctx->key;
	slot->last_seen = ctx->now;
	mn_unlock_port(port);
	return (int)oldest;
}

/* Deletes the binding of the victim, if it still belongs to the port and is not pinned. */
MN_FN void mn_evict(MN_ENV env, struct mn_port *port, struct mn_context *ctx, uint32_t slot)
{
	struct mn_binding *old;

	if (!ctx->victim.family || mn_key_equal(&ctx->victim, &ctx->key)) /* equal: only its owner changes */
		return;
	old = mn_find(env, &ctx->victim);
	if (!old || old->slot != slot || old->port != ctx->port || (old->flags & MN_F_PIN))
		return;
	mn_erase(env, &ctx->victim);
	MN_ATOMIC_ADD(&port->n_evicted, 1);
	mn_report_event(env, ctx, MN_EV_EVICTED, 0, &ctx->victim, ctx->claimant);
}

/* A guest's MAC address appears, moves or returns: notes of peers (shortcut_rules.h) may name it and are void. */
MN_FN void mn_invalidate_peers(MN_ENV env, const struct mn_key *key)
{
	uint64_t *generation = key->family == MN_MAC ? mn_peer_generation(env) : 0;

	if (generation)
		MN_ATOMIC_ADD(generation, 1);
}

/*
 * A frame of the owner refreshes the binding of ctx->key and of the MAC address (rule 3), at most once per
 * MN_SEEN_RESOLUTION.
 */
MN_STAGE(mn_refresh)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find(env, &ctx->key), *mac_binding;
	struct mn_port *port;

	if (!binding || !cfg)
		return 0;
	if (!mn_is_live(cfg, binding, ctx->now))
		mn_invalidate_peers(env, &ctx->key);
	binding->last_seen = ctx->now;
	binding->flags &= (uint8_t) ~(MN_F_CONTEST | MN_F_PROBING);
	port = mn_port_find(env, binding->port);
	if (port && binding->slot < MN_RING_SIZE &&
	    mn_key_equal(&port->ring[binding->slot & (MN_RING_SIZE - 1)].key, &ctx->key))
		port->ring[binding->slot & (MN_RING_SIZE - 1)].last_seen = ctx->now;
	if (ctx->key.family == MN_MAC)
		return 0;
	mac_binding = mn_find(env, &ctx->mac_key);
	if (!mac_binding || mac_binding->kind != MN_GUEST)
		return 0;
	if (!mn_is_live(cfg, mac_binding, ctx->now))
		mn_invalidate_peers(env, &ctx->mac_key);
	mac_binding->last_seen = ctx->now;
	if (port && mac_binding->slot < MN_RING_SIZE &&
	    mn_key_equal(&port->ring[mac_binding->slot & (MN_RING_SIZE - 1)].key, &ctx->mac_key))
		port->ring[mac_binding->slot & (MN_RING_SIZE - 1)].last_seen = ctx->now;
	return 0;
}

/* Counts and reports that ctx->claimant may not have ctx->key of ctx->owner. Returns the reason, ctx->refusal. */
MN_STAGE(mn_report_refusal)
{
	struct mn_port *port = mn_port_get(env, ctx->port);
	int reason = ctx->refusal;

	if (reason == DROP_HOST_TWICE)
		return reason; /* the host's own address: not a guest's fault */
	if (port)
		MN_ATOMIC_ADD(reason == DROP_LEARN_RATE ? &port->n_limited : &port->n_refused, 1);
	if (reason != DROP_LEARN_RATE) /* a flood of claims must not become a flood of events */
		mn_report_event(env, ctx, MN_EV_REFUSED, (uint16_t)reason, &ctx->key, ctx->owner);
	return reason;
}

MN_FN int mn_refuse(MN_ENV env, struct mn_context *ctx, int reason, const struct mn_binding *holder)
{
	ctx->refusal = (uint16_t)reason;
	if (holder)
		mac_copy(ctx->owner, holder->mac);
	else
		__builtin_memset(ctx->owner, 0, sizeof(ctx->owner));
	return mn_report_refusal(env, ctx);
}

/*
 * May ctx->claimant take over a binding of another owner? NOT_DROPPED: yes. A short-lived key belongs to its last user,
 * this host included; but only the concentrator gives a live PPPoE session to another guest.
 */
MN_FN int mn_check_contest(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *binding)
{
	if (ctx->key.family == MN_PPPOE && ctx->hook == MN_FROM_GUEST)
		return mn_is_live(cfg, binding, ctx->now) ? DROP_CLAIM_TAKEN : NOT_DROPPED;
	if (!mn_family_is_address(ctx->key.family))
		return NOT_DROPPED;
	if (binding->kind == MN_HOST) /* port 0 is the bridge device, that is, this host (arp_ignore=0) */
		return ctx->port == 0 ? DROP_HOST_TWICE : DROP_CLAIM_HOST;
	if (binding->kind == MN_GATEWAY)
		return DROP_CLAIM_GATEWAY;
	if (binding->kind == MN_BROADCAST)
		return DROP_CLAIM_INVALID;
	if (binding->flags & MN_F_PIN)
		return DROP_CLAIM_PINNED;
	if (!mn_is_live(cfg, binding, ctx->now) || (ctx->announce && cfg->takeover == MN_TAKEOVER_ANNOUNCED))
		return NOT_DROPPED;
	if (!(binding->flags & MN_F_CONTEST)) {
		binding->flags |= MN_F_CONTEST;
		mn_report_event(env, ctx, MN_EV_CONTEST, DROP_CLAIM_TAKEN, &ctx->key, binding->mac);
	}
	return DROP_CLAIM_TAKEN;
}

/* ctx->claimant takes the binding of ctx->key over, or moves it to ctx->port. */
MN_FN int mn_rebind(MN_ENV env, const struct mn_config *cfg, struct mn_context *ctx, struct mn_binding *binding)
{
	struct mn_port *port;
	uint32_t slot;
	bool same_owner = mac_equal(binding->mac, ctx->claimant);

	if (!same_owner) {
		int reason = mn_check_contest(env, cfg, ctx, binding);

		if (reason)
			return mn_refuse(env, ctx, reason, binding);
	} else if (binding->kind != MN_GUEST) {
		return mn_refuse(env, ctx, mn_check_contest(env, cfg, ctx, binding), binding);
	}
	if (binding->flags & MN_F_PIN) { /* user space owns it: only its port changes */
		if (!same_owner)
			return NOT_DROPPED; /* the ethertype is pinned to another guest */
		binding->port = ctx->port;
		binding->last_seen = ctx->now;
		mn_invalidate_peers(env, &ctx->key);
		return NOT_DROPPED;
	}
	/* If only the port changes, a full table or an exhausted rate drops no frame: the moves may be forged. */
	port = mn_port_get(env, ctx->port);
	if (!port)
		return same_owner ? NOT_DROPPED : mn_refuse(env, ctx, DROP_LEARN_FULL, binding);
	if (!mn_may_learn(cfg, port, ctx->now))
		return same_owner ? NOT_DROPPED : mn_refuse(env, ctx, DROP_LEARN_RATE, binding);
	slot = (uint32_t)mn_ring_take(env, ctx);
	mn_evict(env, port, ctx, slot);
	if (mn_family_is_address(ctx->key.family))
		mn_report_event(env, ctx, same_owner ? MN_EV_MOVED : MN_EV_TAKEN, 0, &ctx->key, binding->mac);
	mn_invalidate_peers(env, &ctx->key);
	mac_copy(binding->mac, ctx->claimant);
	binding->port = ctx->port;
	binding->slot = slot;
	binding->last_seen = ctx->now;
	binding->aux = ctx->aux;
	if (!same_owner) {
		binding->kind = MN_GUEST;
		binding->created = ctx->now;
		binding->flags = ctx->learned_flags;
		binding->expires = ctx->lease_end;
	} else if (ctx->lease_end) {
		binding->expires = ctx->lease_end;
		binding->flags |= ctx->learned_flags;
	}
	return NOT_DROPPED;
}

/*
 * The guest ctx->claimant on ctx->port uses ctx->key (rules 1 and 2): learns, refreshes, moves or refuses the binding.
 * In: claimant, port, key, mac_key, announce, aux, learned_flags, lease_end of ctx. Returns NOT_DROPPED, or the reason
 * for dropping the frame.
 */
MN_STAGE(mn_claim_checked)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_binding *binding = mn_find(env, &ctx->key), *learned = &ctx->new_binding;
	struct mn_port *port;

	if (!cfg)
		return DROP_INTERNAL;
	if (binding && mac_equal(binding->mac, ctx->claimant) && binding->port == ctx->port &&
	    binding->kind == MN_GUEST) {
		if (ctx->now - binding->last_seen > MN_SEEN_RESOLUTION)
			mn_refresh(env, ctx);
		binding->aux = ctx->aux;
		if (ctx->lease_end) {
			binding->expires = ctx->lease_end;
			binding->flags |= ctx->learned_flags;
		}
		return NOT_DROPPED;
	}
	if (binding)
		return mn_rebind(env, cfg, ctx, binding);
	if (mn_key_is_routed(env, ctx))
		return mn_refuse(env, ctx, DROP_CLAIM_ROUTED, 0);
	port = mn_port_get(env, ctx->port);
	if (!port)
		return mn_refuse(env, ctx, DROP_LEARN_FULL, 0);
	if (!mn_may_learn(cfg, port, ctx->now))
		return mn_refuse(env, ctx, DROP_LEARN_RATE, 0);
	__builtin_memset(learned, 0, sizeof(*learned));
	mac_copy(learned->mac, ctx->claimant);
	learned->flags = ctx->learned_flags;
	learned->port = ctx->port;
	learned->aux = ctx->aux;
	learned->created = learned->last_seen = ctx->now;
	learned->expires = ctx->lease_end;
	learned->slot = (uint32_t)mn_ring_take(env, ctx);
	mn_evict(env, port, ctx, learned->slot);
	if (mn_insert(env, &ctx->key, learned) < 0)
		return mn_refuse(env, ctx, DROP_LEARN_FULL, 0);
	mn_invalidate_peers(env, &ctx->key);
	MN_ATOMIC_ADD(&port->n_learned, 1);
	mn_count_inc(env, MN_COUNT_LEARNED);
	if (mn_family_is_address(ctx->key.family))
		mn_report_event(env, ctx, MN_EV_LEARNED, 0, &ctx->key, 0);
	return NOT_DROPPED;
}

/* Claims the guest's MAC address. Changes ctx->key. */
MN_FN int mn_claim_mac(MN_ENV env, struct mn_context *ctx)
{
	struct mn_binding *binding = mn_find(env, &ctx->mac_key);

	if (binding && binding->port == ctx->port && binding->kind == MN_GUEST &&
	    ctx->now - binding->last_seen <= MN_SEEN_RESOLUTION)
		return NOT_DROPPED;
	ctx->key = ctx->mac_key;
	return mn_claim_checked(env, ctx);
}

/* The address is not bound to this guest: claims its MAC address first, then ctx->key. */
MN_STAGE(mn_claim_new)
{
	int ret;

	ctx->wanted_key = ctx->key;
	ret = mn_claim_mac(env, ctx);
	if (ret)
		return ret;
	ctx->key = ctx->wanted_key;
	return mn_claim_checked(env, ctx);
}

/*
 * As mn_claim_checked, for the source address of a data frame. The frequent case, a refresh by the owner, costs one
 * look-up and returns the binding in *sender; otherwise *sender is NULL.
 */
MN_FN int mn_claim(MN_ENV env, struct mn_context *ctx, struct mn_binding **sender)
{
	struct mn_binding *binding = mn_find(env, &ctx->key);

	*sender = 0;
	if (binding && mac_equal(binding->mac, ctx->claimant) && binding->port == ctx->port &&
	    binding->kind == MN_GUEST) {
		*sender = binding;
		MN_ATOMIC_ADD(&binding->out_packets, 1);
		MN_ATOMIC_ADD(&binding->out_bytes, ctx->len);
		if (ctx->now - binding->last_seen > MN_SEEN_RESOLUTION)
			mn_refresh(env, ctx);
		return NOT_DROPPED;
	}
	return mn_claim_new(env, ctx);
}

/* The guest releases ctx->key (DHCP RELEASE and DECLINE): only its own address, and no pin. */
MN_STAGE(mn_forget)
{
	struct mn_binding *binding = mn_find(env, &ctx->key);

	if (!binding || binding->kind != MN_GUEST || (binding->flags & MN_F_PIN) ||
	    !mac_equal(binding->mac, ctx->claimant))
		return 0;
	mn_erase(env, &ctx->key);
	mn_report_event(env, ctx, MN_EV_FORGOTTEN, 0, &ctx->key, ctx->claimant);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of bindings: keys, liveness, learning rates and caps (rule 1). claim_rules.h and station_rules.h decide who
 * owns a key.
 *
 * One table holds all keys that have an owner: IP addresses, MAC addresses, and the short-lived keys (DHCP
 * transactions, probes, PPPoE sessions, ethertypes).
 *
 * Fairness is by bridge port: a guest can forge any MAC address, but not the port of its frames. The uplink is a port,
 * too: that of the stations. A port has
 *
 *   a rate:  the generic cell rate algorithm on one 64-bit word, updated by
 *            compare-and-swap, so that no lock is held and no update is lost;
 *   a ring:  the keys of the port, with the time when each was last seen, in blocks of
 *            slots. A full ring evicts its own oldest key, never a key of another port.
 *
 * The ring is a hint, the table is the truth: a slot whose binding is gone or names another slot is stale, ages, and is
 * reused. Deleting a binding (user space, a RELEASE) therefore need not touch the ring.
 *
 * The table has room for the full rings of all ports and for the entries of user space (MN_TABLE_SIZE), so that no guest
 * can fill it for the others.
 */
#ifndef VIFI_MACNAT_LEARN_H
#define VIFI_MACNAT_LEARN_H

#include "macnat/env.h"
#include "base/mac.h"
#include "wire/ip.h"

#define MN_NO_PORT   0xffffffffu /* a binding restored by user space: its port is unknown until the guest sends */
#define MN_CAS_TRIES 4

#define MN_VRRP_TICK   10000000ull /* ns: the unit of VRRP's intervals, a hundredth of a second */
#define MN_VRRP_MISSED 3           /* advertisements (RFC 5798, 6.1, Master_Down_Interval) */

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

/* The other families are short-lived. */
MN_FN bool mn_family_is_address(uint8_t family)
{
	return family == MN_MAC || family == MN_IP4 || family == MN_IP6;
}

/* Writes the owner of the event's address; NULL: none. */
MN_FN void mn_event_set_owner(struct mn_event *event, const struct mn_binding *owner)
{
	if (owner) {
		mac_copy(event->owner, owner->mac);
		event->owner_port = owner->port;
		event->kind = owner->kind;
		event->flags = owner->flags;
	} else {
		__builtin_memset(event->owner, 0, sizeof(event->owner));
		event->owner_port = 0;
		event->kind = event->flags = 0;
	}
}

/* Sends ctx->event, of which type, reason, key and owner are set. */
MN_STAGE(mn_event_complete)
{
	struct mn_event *event = &ctx->event;

	event->time = ctx->now;
	event->port = ctx->port;
	mac_copy(event->mac, ctx->claimant);
	event->is_data = ctx->is_data;
	if (event->type != MN_EV_NAME) {
		event->name_len = 0;
		__builtin_memset(event->name, 0, sizeof(event->name));
	}
	mn_event_push(env, event);
	return 0;
}

/* Sends ctx->event; its owner is set. */
MN_FN void mn_event_send(MN_ENV env, struct mn_context *ctx, uint16_t type, uint16_t reason, const struct mn_key *key)
{
	ctx->event.key = *key;
	ctx->event.type = type;
	ctx->event.reason = reason;
	mn_event_complete(env, ctx);
}

MN_FN void mn_report_event(MN_ENV env, struct mn_context *ctx, uint16_t type, uint16_t reason, const struct mn_key *key,
			   const struct mn_binding *owner)
{
	mn_event_set_owner(&ctx->event, owner);
	mn_event_send(env, ctx, type, reason, key);
}

/* Has the owner, a virtual router, said that it stops? Its last data may be younger than that (mn_refresh_one). */
MN_FN bool mn_has_given_up(const struct mn_binding *binding)
{
	return binding->router & MN_VRRP_GIVEN_UP;
}

/*
 * A live owner keeps its address against others. A lease keeps the address of a silent guest, but not for ever. User
 * space sets last_seen to 0 when the owner has not answered.
 */
MN_FN bool mn_is_live(const struct mn_config *cfg, const struct mn_binding *binding, uint64_t now)
{
	if (binding->flags & MN_F_PIN)
		return true;
	if (!binding->last_seen || mn_has_given_up(binding))
		return false;
	return now < binding->last_seen + cfg->silence_ns ||
	       (now < binding->expires && now < binding->last_seen + MN_LEASE_MAX_NS);
}

/* How long a short-lived key stays with its last user, in ns. */
MN_FN bool mn_is_live_key(const struct mn_key *key, const struct mn_binding *binding, uint64_t now)
{
	bool is_long = key->family == MN_ETHERTYPE || key->family == MN_PPPOE;

	return (binding->flags & MN_F_PIN) || now < binding->last_seen + (is_long ? MN_KEY_LIVE_NS : MN_EXCHANGE_NS);
}

/* A virtual router's MAC address (RFC 5798, 7.3); CARP uses the first range. */
MN_FN bool mn_is_virtual_mac(const uint8_t *mac)
{
	return mac[0] == 0 && mac[1] == 0 && mac[2] == 0x5e && mac[3] == 0 && (mac[4] == 1 || mac[4] == 2);
}

/* The priority in `aux` of a virtual MAC address (vrrp_rules.h). */
MN_FN uint32_t mn_vrrp_rank(uint32_t word)
{
	return word & 0xff;
}

/* The number of the virtual router in `router` of an IP address, with MN_VRRP_KNOWN. */
MN_FN uint32_t mn_vrrp_number(uint32_t word)
{
	return word & (MN_VRRP_KNOWN | 0xff00);
}

/* Has the owner of a virtual MAC address advertised lately, and not that it stops? */
MN_FN bool mn_vrrp_is_master(const struct mn_binding *binding, uint64_t now)
{
	uint64_t interval = (binding->aux >> 8 & 0xffff) * MN_VRRP_TICK;

	return (binding->aux & MN_VRRP_KNOWN) && mn_vrrp_rank(binding->aux) &&
	       now - binding->last_seen <= MN_VRRP_MISSED * interval;
}

/* Rule 29: the wire may still contradict the claim. */
MN_FN bool mn_is_tentative(const struct mn_binding *binding, uint64_t now)
{
	return (binding->flags & MN_F_TENTATIVE) && now < binding->created + MN_TENTATIVE_NS;
}

/*
 * Do frames for the MAC address of a guest go to the uplink as well? The wire contests it, or the guest has just taken it from a
 * silent station, which would otherwise not be heard again.
 */
MN_FN bool mn_is_shared_with_wire(const struct mn_binding *binding, uint64_t now)
{
	return (binding->flags & MN_F_WIRE) ||
	       ((binding->flags & MN_F_STATION) && now - binding->created < MN_STATION_YOUNG_NS);
}

/* Rules 28 and 29: a station may own the address, so questions and frames for it also go to the uplink. */
MN_FN bool mn_wire_may_own(const struct mn_binding *binding, uint64_t now)
{
	return (binding->flags & MN_F_WIRE) || mn_is_tentative(binding, now);
}

/* A live guest is reached through the bridge, not through the uplink (rule 12). */
MN_FN bool mn_is_live_guest(const struct mn_config *cfg, const struct mn_binding *binding, uint64_t now)
{
	return binding && binding->kind == MN_GUEST && mn_is_live(cfg, binding, now);
}

/* Makes ctx->network_key of ctx->key, an IP address. */
MN_FN void mn_set_network_key(struct mn_context *ctx)
{
	struct mn_routed_key *key = &ctx->network_key;

	key->prefix_length = 32 + (ctx->key.family == MN_IP4 ? 32 : 128);
	key->family = ctx->key.family;
	key->zero[0] = key->zero[1] = key->zero[2] = 0;
	__builtin_memcpy(key->addr, ctx->key.addr, sizeof(key->addr));
}

/* Rule 32: is ctx->key an IP address in a network that this host routes elsewhere? */
MN_STAGE(mn_key_is_routed)
{
	if (ctx->key.family != MN_IP4 && ctx->key.family != MN_IP6)
		return 0;
	mn_set_network_key(ctx);
	return mn_route_find(env, &ctx->network_key) & 1;
}

/* An address that no machine has: "this network", loopback, multicast, limited broadcast. */
MN_FN bool mn_ip4_is_bad_source(const uint8_t *addr)
{
	return addr[0] >= 0xe0 || addr[0] == 127 || addr[0] == 0;
}

/* Can ctx->key be in a pinned network? Groups, loopback and link-local IPv6 addresses cannot. */
MN_FN bool mn_may_be_in_network(const struct mn_context *ctx)
{
	const uint8_t *addr = ctx->key.addr;

	if (ctx->key.vlan)
		return false;
	if (ctx->key.family == MN_IP4)
		return !mn_ip4_is_bad_source(addr);
	return ctx->key.family == MN_IP6 && addr[0] != 0xff && !ip6_is_link_local(addr);
}

/*
 * Rule 36: is the address ctx->key in a pinned network, to which this host has no longer route? Then ctx->network is its
 * key. A network of length 0 is the way for all addresses that are not here, and excludes no guest: it holds addresses of
 * frames from the wire and of its own guest.
 */
MN_STAGE(mn_match_network)
{
	const struct mn_prefix *prefix;
	const struct mn_binding *binding;

	if (!mn_may_be_in_network(ctx))
		return 0;
	mn_set_network_key(ctx);
	prefix = mn_prefix_find(env, &ctx->network_key);
	if (!prefix || prefix->length < mn_route_find(env, &ctx->network_key) >> 1)
		return 0;
	ctx->network = prefix->key;
	if (prefix->length || ctx->hook == MN_FROM_WIRE)
		return 1;
	binding = mn_find(env, &ctx->network);
	return binding && mac_equal(binding->mac, ctx->eth.src);
}

/* The binding of the pinned network that holds the address ctx->key; NULL: none. */
MN_FN struct mn_binding *mn_find_network(MN_ENV env, struct mn_context *ctx)
{
	return mn_match_network(env, ctx) ? mn_find(env, &ctx->network) : 0;
}

/* The binding of the address ctx->key, or of its pinned network. */
MN_FN struct mn_binding *mn_find_owner(MN_ENV env, struct mn_context *ctx)
{
	struct mn_binding *binding = mn_find(env, &ctx->key);

	return binding ? binding : mn_find_network(env, ctx);
}

/* Rate limit of ctx->port, which exists (rule 1). Returns whether it may learn one more address now. */
MN_STAGE(mn_may_learn)
{
	const struct mn_config *cfg = mn_config_get(env);
	struct mn_port *port = mn_port_find(env, ctx->port);

	if (!cfg || !port || !cfg->learn_interval_ns)
		return true;
	for (int i = 0; i < MN_CAS_TRIES; i++) {
		uint64_t tat = port->tat;
		uint64_t base = tat > ctx->now ? tat : ctx->now;

		if (base - ctx->now > cfg->learn_credit_ns)
			return false;
		if (__sync_val_compare_and_swap(&port->tat, tat, base + cfg->learn_interval_ns) == tat)
			return true;
	}
	return true; /* several CPUs learn for one port at once: exceed the rate by one rather than drop a legitimate frame */
}

/*
 * Looks for a free slot, otherwise for the slot of the oldest key, in block ctx->block of the port's ring. The candidate is
 * kept in memory, not in registers: the verifier would otherwise track every possible one at every step.
 */
MN_STAGE(mn_ring_scan)
{
	const struct mn_config *cfg = mn_config_get(env);
	const struct mn_block *block = mn_block_find(env, ctx->port, ctx->block);
	uint32_t first = ctx->block * MN_BLOCK_SLOTS;

	if (!cfg)
		return 0;
	if (!block) {
		ctx->oldest_seen = 0;
		ctx->oldest_slot = first;
		return 0;
	}
	for (uint32_t i = 0; i < MN_BLOCK_SLOTS; i++) {
		uint64_t seen = block->slots[i].last_seen;

		if (first + i >= cfg->port_cap || !ctx->oldest_seen)
			return 0;
		if (seen < ctx->oldest_seen) {
			ctx->oldest_seen = seen;
			ctx->oldest_slot = first + i;
		}
	}
	return 0;
}

/* The same in all blocks: sets ctx->oldest_slot and ctx->oldest_seen. */
MN_STAGE(mn_ring_search)
{
	const struct mn_config *cfg = mn_config_get(env);

	ctx->oldest_seen = UINT64_MAX;
	ctx->oldest_slot = 0;
	for (uint32_t i = 0; cfg && i < MN_BLOCKS_MAX; i++) {
		if (i * MN_BLOCK_SLOTS >= cfg->port_cap || !ctx->oldest_seen)
			break;
		ctx->block = i;
		mn_ring_scan(env, ctx);
	}
	return 0;
}

/*
 * Takes a slot in the port's ring for ctx->key: a free one, otherwise that of the port's oldest key, which becomes
 * ctx->victim (family 0: none). Returns the slot, or -1 without memory. Another CPU may take the same slot at the same
 * time: then this one looks again, and in the end shares the slot, which costs the port one binding more than its cap.
 */
MN_STAGE(mn_ring_take)
{
	struct mn_ring_slot *slot;
	struct mn_block *block;

	ctx->victim.family = 0;
	for (int i = 0; i < MN_CAS_TRIES; i++) {
		mn_ring_search(env, ctx);
		block = mn_block_get(env, ctx->port, ctx->oldest_slot / MN_BLOCK_SLOTS);
		if (!block)
			return -1;
		slot = &block->slots[ctx->oldest_slot & (MN_BLOCK_SLOTS - 1)];
		if (__sync_val_compare_and_swap(&slot->last_seen, ctx->oldest_seen, ctx->now) != ctx->oldest_seen &&
		    i < MN_CAS_TRIES - 1)
			continue;
		if (ctx->oldest_seen)
			ctx->victim = slot->key;
		slot->key = ctx->key;
		return (int)ctx->oldest_slot;
	}
	return -1;
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
	mn_event_set_owner(&ctx->event, old);
	mn_erase(env, &ctx->victim);
	MN_ATOMIC_ADD(&port->n_evicted, 1);
	if (ctx->event.kind == MN_GUEST) /* the eviction of a station is not reported */
		mn_event_send(env, ctx, MN_EV_EVICTED, 0, &ctx->victim);
}

/* A guest's MAC address appears, moves or returns: notes of peers (shortcut_rules.h) may name it and are void. */
MN_FN void mn_invalidate_peers(MN_ENV env, const struct mn_key *key)
{
	uint64_t *generation = key->family == MN_MAC ? mn_peer_generation(env) : 0;

	if (generation)
		MN_ATOMIC_ADD(generation, 1);
}

/* Marks the port's ring that the key in the binding's slot was seen now. */
MN_FN void mn_ring_touch(MN_ENV env, struct mn_context *ctx, const struct mn_binding *binding, const struct mn_key *key)
{
	uint32_t slot = binding->slot;
	struct mn_block *block;

	if (slot == MN_NO_SLOT)
		return;
	block = mn_block_find(env, binding->port, slot / MN_BLOCK_SLOTS);
	if (block && mn_key_equal(&block->slots[slot & (MN_BLOCK_SLOTS - 1)].key, key))
		block->slots[slot & (MN_BLOCK_SLOTS - 1)].last_seen = ctx->now;
}

#endif

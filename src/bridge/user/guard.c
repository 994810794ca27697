/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include <string.h>

/* The nft guard has sets of untagged addresses only. */
static int guard_set(const struct mn_key *key)
{
	if (key->vlan)
		return -1;
	switch (key->family) {
	case MN_MAC:
		return NFT_GUARD_MAC;
	case MN_IP4:
		return NFT_GUARD_IP4;
	case MN_IP6:
		return NFT_GUARD_IP6;
	}
	return -1;
}

void user_engine_guard_update(struct user_engine *engine, const struct mn_key *key, bool guest)
{
	int set = guard_set(key);

	if (engine->guard && store_is_network(key)) {
		engine->changes.networks = true;
		pthread_cond_signal(&engine->changed);
	}
	if (set < 0 || !engine->guard)
		return;
	if (engine->changes.count == GUARD_CHANGES_MAX)
		user_engine_guard_rebuild(engine);
	if (!engine->changes.rebuild) {
		struct user_guard_change *change = &engine->changes.list[engine->changes.count++];

		memcpy(change->address, key->addr, sizeof(change->address));
		change->set = (uint8_t)set;
		change->guest = guest;
	}
	pthread_cond_signal(&engine->changed);
}

void user_engine_guard_rebuild(struct user_engine *engine)
{
	engine->changes.rebuild = true;
	engine->changes.count = 0;
	pthread_cond_signal(&engine->changed);
}

void user_engine_guard_update_mac(struct user_engine *engine)
{
	engine->uplink_mac_changed = true;
	pthread_cond_signal(&engine->changed);
}

static void add_all_guests(struct user_engine *engine)
{
	struct mn_key key;
	struct mn_binding binding;
	void *cursor = NULL;

	nft_guard_clear(engine->guard);
	while (mn_engine_next(engine->rules, &cursor, &key, &binding)) {
		int set = guard_set(&key);

		if (set >= 0 && binding.kind == MN_GUEST)
			nft_guard_set_guest(engine->guard, (enum nft_guard_set)set, key.addr, true);
	}
	engine->changes.rebuild = false;
	engine->changes.count = 0;
}

static void set_networks(struct user_engine *engine)
{
	struct mn_key key;
	struct mn_binding binding;
	void *cursor = NULL;

	nft_guard_clear_networks(engine->guard);
	while (mn_engine_next(engine->rules, &cursor, &key, &binding))
		if (store_is_network(&key))
			nft_guard_add_network(engine->guard, key.family == MN_NET6, key.addr, key.length);
	engine->changes.networks = false;
}

/* Collects the pending changes, under the lock. */
static void collect_changes(struct user_engine *engine)
{
	engine->in_flight = engine->changes;
	if (engine->uplink_mac_changed)
		nft_guard_set_uplink_mac(engine->guard, mn_engine_config(engine->rules)->uplink_mac);
	engine->uplink_mac_changed = false;
	if (engine->changes.networks)
		set_networks(engine);
	if (engine->changes.rebuild)
		add_all_guests(engine);
	for (uint32_t i = 0; i < engine->changes.count; i++) {
		const struct user_guard_change *change = &engine->changes.list[i];

		nft_guard_set_guest(engine->guard, (enum nft_guard_set)change->set, change->address, change->guest);
	}
	engine->changes.count = 0;
}

static bool has_changes(const struct user_engine *engine)
{
	return engine->changes.count || engine->changes.rebuild || engine->uplink_mac_changed ||
	       engine->changes.networks;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / MN_NS_PER_SEC), (long)(ns % MN_NS_PER_SEC)};
}

/* Waits for a change; with the port guard for a second at most. */
static void wait_for_change(struct user_engine *engine)
{
	struct timespec end = timespec_of(engine->port_guard.synced + USER_PORT_GUARD_NS);

	if (engine->port_guard.nft)
		pthread_cond_timedwait(&engine->changed, &engine->lock, &end);
	else
		pthread_cond_wait(&engine->changed, &engine->lock);
}

void *user_engine_guard_run(void *user)
{
	struct user_engine *engine = user;

	pthread_mutex_lock(&engine->lock);
	while (!engine->guard_stop) {
		bool port_guard = user_port_guard_is_due(engine);

		if (!has_changes(engine) && !port_guard) {
			wait_for_change(engine);
			continue;
		}
		collect_changes(engine);
		pthread_mutex_unlock(&engine->lock);
		/*
		 * A refused transaction (no memory, a full set) leaves the guard incomplete, which costs no guest its
		 * data.
		 */
		(void)nft_guard_commit(engine->guard);
		pthread_mutex_lock(&engine->lock);
		engine->in_flight = (struct user_guard_changes){0};
		uv_async_send(&engine->guarded);
		if (port_guard)
			user_port_guard_sync(engine);
	}
	pthread_mutex_unlock(&engine->lock);
	return NULL;
}

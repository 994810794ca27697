/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "daemon/clock.h"

#include <string.h>

#define GUARD_WAIT_NS 50000000ull

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
		engine->guard_networks_changed = true;
		pthread_cond_signal(&engine->changed);
	}
	if (set < 0 || !engine->guard)
		return;
	if (engine->n_changes == GUARD_CHANGES_MAX)
		user_engine_guard_rebuild(engine);
	if (!engine->guard_rebuild) {
		struct user_guard_change *change = &engine->changes[engine->n_changes++];

		memcpy(change->address, key->addr, sizeof(change->address));
		change->set = (uint8_t)set;
		change->guest = guest;
	}
	pthread_cond_signal(&engine->changed);
}

void user_engine_guard_rebuild(struct user_engine *engine)
{
	engine->guard_rebuild = true;
	engine->n_changes = 0;
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
	engine->guard_rebuild = false;
	engine->n_changes = 0;
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
	engine->guard_networks_changed = false;
}

/* Collects the pending changes, under the lock. */
static void collect_changes(struct user_engine *engine)
{
	if (engine->uplink_mac_changed)
		nft_guard_set_uplink_mac(engine->guard, mn_engine_config(engine->rules)->uplink_mac);
	engine->uplink_mac_changed = false;
	if (engine->guard_networks_changed)
		set_networks(engine);
	if (engine->guard_rebuild)
		add_all_guests(engine);
	for (uint32_t i = 0; i < engine->n_changes; i++)
		nft_guard_set_guest(engine->guard, (enum nft_guard_set)engine->changes[i].set,
				    engine->changes[i].address, engine->changes[i].guest);
	engine->n_changes = 0;
}

static bool has_changes(const struct user_engine *engine)
{
	return engine->n_changes || engine->guard_rebuild || engine->uplink_mac_changed ||
	       engine->guard_networks_changed;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / MN_NS_PER_SEC), (long)(ns % MN_NS_PER_SEC)};
}

static bool is_guarded(const struct user_engine *engine)
{
	return !engine->guard_running || engine->guard_stop || !(has_changes(engine) || engine->guard_busy);
}

void user_engine_guard_wait(struct user_engine *engine)
{
	struct timespec end;
	int ret = 0;

	user_engine_dispatch_events(engine); /* the changes follow from them */
	if (is_guarded(engine))
		return;
	end = timespec_of(monotonic_ns() + GUARD_WAIT_NS);
	while (!is_guarded(engine) && ret == 0)
		ret = pthread_cond_timedwait(&engine->guarded, &engine->lock, &end);
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
		engine->guard_busy = true;
		pthread_mutex_unlock(&engine->lock);
		/*
		 * A refused transaction (no memory, a full set) leaves the guard incomplete, which costs no guest its
		 * data.
		 */
		(void)nft_guard_commit(engine->guard);
		pthread_mutex_lock(&engine->lock);
		engine->guard_busy = false;
		pthread_cond_broadcast(&engine->guarded);
		if (port_guard)
			user_port_guard_sync(engine);
	}
	pthread_mutex_unlock(&engine->lock);
	return NULL;
}

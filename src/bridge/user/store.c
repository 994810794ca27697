/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct user_engine *to_engine(struct store *store)
{
	return (struct user_engine *)store;
}

static int get(struct store *store, const struct mn_key *key, struct mn_binding *binding)
{
	struct user_engine *engine = to_engine(store);
	const struct mn_binding *found;

	pthread_mutex_lock(&engine->lock);
	found = mn_engine_get(engine->rules, key);
	if (found)
		*binding = *found;
	pthread_mutex_unlock(&engine->lock);
	return found ? 0 : -ENOENT;
}

static int put(struct store *store, const struct mn_key *key, const struct mn_binding *binding)
{
	struct user_engine *engine = to_engine(store);
	bool was_guest, is_guest = binding->kind == MN_GUEST;
	const struct mn_binding *old;
	int ret;

	pthread_mutex_lock(&engine->lock);
	old = mn_engine_get(engine->rules, key);
	was_guest = old && old->kind == MN_GUEST;
	ret = mn_engine_put(engine->rules, key, binding);
	if (ret == 0 && is_guest != was_guest)
		user_engine_guard_update(engine, key, is_guest);
	user_port_guard_changed(engine);
	pthread_mutex_unlock(&engine->lock);
	return ret < 0 ? -ENOSPC : 0;
}

static int del(struct store *store, const struct mn_key *key)
{
	struct user_engine *engine = to_engine(store);
	bool deleted;

	pthread_mutex_lock(&engine->lock);
	deleted = mn_engine_delete(engine->rules, key);
	if (deleted)
		user_engine_guard_update(engine, key, false);
	user_port_guard_changed(engine);
	pthread_mutex_unlock(&engine->lock);
	return deleted ? 0 : -ENOENT;
}

static int list(struct store *store, struct store_item **items, size_t *count)
{
	struct user_engine *engine = to_engine(store);
	struct store_item *all;
	void *cursor = NULL;
	size_t n_items = 0, size;

	pthread_mutex_lock(&engine->lock);
	size = mn_engine_count(engine->rules);
	all = size ? calloc(size, sizeof(*all)) : NULL;
	while (all && n_items < size &&
	       mn_engine_next(engine->rules, &cursor, &all[n_items].key, &all[n_items].binding))
		n_items++;
	pthread_mutex_unlock(&engine->lock);
	*items = all;
	*count = n_items;
	return size && !all ? -ENOMEM : 0;
}

static int ports(struct store *store, struct store_port **out, size_t *count)
{
	struct user_engine *engine = to_engine(store);
	struct mn_port *port = malloc(sizeof(*port));
	void *cursor = NULL;

	*count = 0;
	*out = calloc(MN_PORTS_MAX, sizeof(**out));
	if (!port || !*out) {
		free(port);
		free(*out);
		*out = NULL;
		return -ENOMEM;
	}
	pthread_mutex_lock(&engine->lock);
	while (*count < MN_PORTS_MAX && mn_engine_next_port(engine->rules, &cursor, port))
		(*out)[(*count)++] = store_port_of(port->ifindex, port);
	pthread_mutex_unlock(&engine->lock);
	free(port);
	return 0;
}

static int port_del(struct store *store, uint32_t port)
{
	struct user_engine *engine = to_engine(store);

	pthread_mutex_lock(&engine->lock);
	mn_engine_forget_port(engine->rules, port);
	pthread_mutex_unlock(&engine->lock);
	return 0;
}

static int routed_set(struct store *store, const struct store_network *networks, size_t count)
{
	struct user_engine *engine = to_engine(store);
	int ret = 0;

	pthread_mutex_lock(&engine->lock);
	mn_engine_routed_clear(engine->rules);
	for (size_t i = 0; i < count && ret == 0; i++) {
		struct mn_routed_key key = store_routed_key(&networks[i]);

		ret = mn_engine_routed_add(engine->rules, &key, store_routed_value(&networks[i]));
	}
	pthread_mutex_unlock(&engine->lock);
	return ret < 0 ? -ENOSPC : 0;
}

static int counters(struct store *store, uint64_t drops[DROP_COUNT], uint64_t counts[MN_COUNTS])
{
	struct user_engine *engine = to_engine(store);

	pthread_mutex_lock(&engine->lock);
	for (uint32_t i = 0; i < DROP_COUNT; i++)
		drops[i] = mn_engine_drops(engine->rules, (enum drop)i);
	for (uint32_t i = 0; i < MN_COUNTS; i++)
		counts[i] = mn_engine_counts(engine->rules, (enum mn_count)i);
	engine->ring_drops += ring_dropped(&engine->uplink_rx) + ring_dropped(&engine->veth_rx) +
			      marked_rx_dropped(&engine->port_guard.rx);
	drops[DROP_QUEUE] +=
		engine->ring_drops + engine->uplink_tx.failed + engine->guest_tx.failed + engine->host_tx.failed;
	pthread_mutex_unlock(&engine->lock);
	drops[DROP_FOREIGN_SOURCE] += nft_guard_drops(engine->guard, NFT_GUARD_FOREIGN);
	drops[DROP_HOST_SERVICE] += nft_guard_drops(engine->guard, NFT_GUARD_SERVICE);
	drops[DROP_RETURNED] += nft_guard_drops(engine->guard, NFT_GUARD_RETURNED);
	drops[DROP_HOST_REDIRECT] += nft_guard_drops(engine->guard, NFT_GUARD_REDIRECT);
	return 0;
}

static int config_get(struct store *store, struct mn_config *config)
{
	struct user_engine *engine = to_engine(store);

	pthread_mutex_lock(&engine->lock);
	*config = *mn_engine_config(engine->rules);
	pthread_mutex_unlock(&engine->lock);
	return 0;
}

static int config_put(struct store *store, const struct mn_config *config)
{
	struct user_engine *engine = to_engine(store);
	bool mac_changed;

	pthread_mutex_lock(&engine->lock);
	mac_changed = !mac_equal(mn_engine_config(engine->rules)->uplink_mac, config->uplink_mac);
	*mn_engine_config(engine->rules) = *config;
	if (mac_changed)
		user_engine_guard_update_mac(engine);
	user_port_guard_changed(engine);
	pthread_mutex_unlock(&engine->lock);
	return 0;
}

static void close_store(struct store *store)
{
	(void)store; /* user_engine_stop() frees it */
}

const struct store_ops user_engine_store_ops = {
	.get = get,
	.put = put,
	.del = del,
	.list = list,
	.ports = ports,
	.port_del = port_del,
	.routed_set = routed_set,
	.counters = counters,
	.config_get = config_get,
	.config_put = config_put,
	.close = close_store,
};

struct store *user_engine_store(struct user_engine *engine)
{
	return &engine->store;
}

void user_engine_set_mtu(struct user_engine *engine, int port, int mtu)
{
	pthread_mutex_lock(&engine->lock);
	/* When memory runs out the port has no MTU, so that every frame fits. */
	mn_engine_set_mtu(engine->rules, (uint32_t)port, mtu > 0 ? (uint32_t)mtu : 0);
	pthread_mutex_unlock(&engine->lock);
}

/* ---- events ---- */

static void update_guard(struct user_engine *engine, const struct mn_event *event)
{
	switch ((enum mn_event_type)event->type) {
	case MN_EV_LEARNED:
	case MN_EV_TAKEN: /* perhaps from a station */
		user_engine_guard_update(engine, &event->key, true);
		user_port_guard_changed(engine);
		break;
	case MN_EV_FORGOTTEN:
	case MN_EV_EVICTED:
	case MN_EV_STATION:
		user_engine_guard_update(engine, &event->key, false);
		user_port_guard_changed(engine);
		break;
	case MN_EV_MOVED: /* the nft guard does not distinguish guests */
		user_port_guard_changed(engine);
		break;
	case MN_EV_CONTEST:
	case MN_EV_REFUSED:
	case MN_EV_CONFLICT:
	case MN_EV_NAME:
	case MN_EV_UNKNOWN:
	case MN_EV_ARRIVED:
	case MN_EV_LOOP:
		break;
	}
}

static void queue_event(struct user_engine *engine, const struct mn_event *event)
{
	if (engine->n_events == MN_ENGINE_EVENTS) {
		engine->overflow = true;
		return;
	}
	engine->events[(engine->first_event + engine->n_events++) % MN_ENGINE_EVENTS] = *event;
}

void user_engine_dispatch_events(struct user_engine *engine)
{
	struct mn_event event;
	bool any = false;

	while (mn_engine_event_pop(engine->rules, &event)) {
		update_guard(engine, &event);
		queue_event(engine, &event);
		any = true;
	}
	if (mn_engine_take_overflow(engine->rules)) {
		engine->overflow = true;
		if (engine->guard)
			user_engine_guard_rebuild(engine);
		user_port_guard_changed(engine);
	}
	if (any && engine->notify)
		uv_async_send(engine->notify);
}

void user_engine_notify(struct user_engine *engine, uv_async_t *async)
{
	pthread_mutex_lock(&engine->lock);
	engine->notify = async;
	if (async && (engine->n_events || engine->overflow))
		uv_async_send(async);
	pthread_mutex_unlock(&engine->lock);
}

bool user_engine_event_pop(struct user_engine *engine, struct mn_event *event)
{
	bool any;

	pthread_mutex_lock(&engine->lock);
	any = engine->n_events > 0;
	if (any) {
		*event = engine->events[engine->first_event];
		engine->first_event = (engine->first_event + 1) % MN_ENGINE_EVENTS;
		engine->n_events--;
	}
	pthread_mutex_unlock(&engine->lock);
	return any;
}

bool user_engine_take_overflow(struct user_engine *engine)
{
	bool overflow;

	pthread_mutex_lock(&engine->lock);
	overflow = engine->overflow;
	engine->overflow = false;
	pthread_mutex_unlock(&engine->lock);
	return overflow;
}

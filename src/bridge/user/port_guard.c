/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/array.h"
#include "bridge/policy/port_facts.h"
#include "daemon/clock.h"

#include <stdlib.h>
#include <string.h>

int user_port_guard_open(struct user_engine *engine, const struct user_engine_links *links)
{
	struct user_port_guard *guard = &engine->port_guard;
	int ret = marked_rx_open(&guard->rx, links->veth, NFT_PORT_MARK, NFT_PORT_MARK_MASK);

	if (ret < 0)
		return ret;
	guard->nft = nft_port_guard_new(links->uplink_name, links->port_name);
	if (guard->nft)
		return 0;
	marked_rx_close(&guard->rx);
	return -1;
}

void user_port_guard_close(struct user_engine *engine)
{
	struct user_port_guard *guard = &engine->port_guard;

	nft_port_guard_free(guard->nft);
	marked_rx_close(&guard->rx);
	free(guard->facts.list);
	guard->nft = NULL;
	guard->facts = (struct user_facts){0};
}

bool user_engine_has_port_guard(const struct user_engine *engine)
{
	return engine->port_guard.nft;
}

void user_engine_set_ports(struct user_engine *engine, const struct user_port *ports, size_t count)
{
	struct user_port_guard *guard = &engine->port_guard;
	size_t size = count * sizeof(*ports);

	if (!guard->nft || count > MN_PORTS_MAX)
		return;
	pthread_mutex_lock(&engine->lock);
	if (count != guard->n_wanted || memcmp(ports, guard->wanted, size)) {
		memcpy(guard->wanted, ports, size);
		guard->n_wanted = count;
		user_port_guard_changed(engine);
	}
	pthread_mutex_unlock(&engine->lock);
}

void user_port_guard_changed(struct user_engine *engine)
{
	engine->port_guard.changed = true;
	pthread_cond_signal(&engine->changed);
}

/* ---- the thread ---- */

bool user_port_guard_is_due(const struct user_engine *engine)
{
	const struct user_port_guard *guard = &engine->port_guard;

	return guard->nft && (guard->changed || monotonic_ns() >= guard->synced + USER_PORT_GUARD_NS);
}

static bool add_fact(struct user_facts *facts, const struct nft_port_fact *fact)
{
	if (array_reserve(&facts->list, &facts->room, facts->count + 1, sizeof(*facts->list)))
		return false;
	facts->list[facts->count++] = *fact;
	return true;
}

/* Reads all bindings, under the lock. Returns false without memory. */
static bool collect_facts(struct user_engine *engine, struct user_facts *facts)
{
	const struct mn_config *config = mn_engine_config(engine->rules);
	struct nft_port_fact fact = port_facts_of_uplink(config), some[PORT_FACTS_MAX];
	uint64_t now = monotonic_ns();
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	if (!add_fact(facts, &fact))
		return false;
	while (mn_engine_next(engine->rules, &cursor, &key, &binding)) {
		size_t count = port_facts_of(config, &key, &binding, now, some);

		for (size_t i = 0; i < count; i++)
			if (!add_fact(facts, &some[i]))
				return false;
	}
	return true;
}

static void apply_facts(struct user_port_guard *guard, struct user_facts *now)
{
	struct user_facts *before = &guard->facts;
	size_t i = 0, k = 0;
	bool any = false;

	qsort(now->list, now->count, sizeof(*now->list), port_facts_compare);
	while (i < before->count || k < now->count) {
		int order = i == before->count ? 1
			    : k == now->count  ? -1
					       : port_facts_compare(&before->list[i], &now->list[k]);

		any = any || order;
		if (order < 0)
			nft_port_guard_delete(guard->nft, &before->list[i]);
		else if (order > 0)
			nft_port_guard_put(guard->nft, &now->list[k]);
		i += order <= 0;
		k += order >= 0;
	}
	if (any && nft_port_guard_commit(guard->nft) < 0) { /* then all of them the next time */
		nft_port_guard_clear(guard->nft);
		nft_port_guard_commit(guard->nft);
		now->count = 0;
	}
	free(before->list);
	*before = *now;
}

static bool contains(const struct user_port *ports, size_t count, const struct user_port *port)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(&ports[i], port, sizeof(*port)))
			return true;
	return false;
}

/* The chain of a port that has gone went with it, and cannot be removed. */
static void apply_ports(struct user_port_guard *guard, const struct user_port *wanted, size_t n_wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < guard->n_guarded; i++) {
		if (contains(wanted, n_wanted, &guard->guarded[i]))
			guard->guarded[kept++] = guard->guarded[i];
		else
			(void)nft_port_guard_remove(guard->nft, guard->guarded[i].ifindex);
	}
	guard->n_guarded = kept;
	for (size_t i = 0; i < n_wanted; i++)
		if (!contains(guard->guarded, guard->n_guarded, &wanted[i]) &&
		    nft_port_guard_add(guard->nft, wanted[i].ifindex, wanted[i].name) == 0)
			guard->guarded[guard->n_guarded++] = wanted[i];
}

/* Compares what the kernel has with the table and the ports. Under the lock, which is released meanwhile. */
void user_port_guard_sync(struct user_engine *engine)
{
	struct user_port_guard *guard = &engine->port_guard;
	const struct mn_config *config = mn_engine_config(engine->rules);
	bool on = config->flags & MN_CONFIG_PORT_GUARD, drops = config->guest_services == MN_SERVICES_DROP;
	struct user_facts facts = {0};
	size_t n_wanted = on ? guard->n_wanted : 0;

	guard->changed = false;
	guard->synced = monotonic_ns();
	if (on && !collect_facts(engine, &facts))
		facts.count = 0;
	memcpy(guard->wanted_now, guard->wanted, n_wanted * sizeof(*guard->wanted));
	pthread_mutex_unlock(&engine->lock);
	apply_facts(guard, &facts);
	(void)nft_port_guard_set_services(guard->nft, drops);
	apply_ports(guard, guard->wanted_now, n_wanted);
	pthread_mutex_lock(&engine->lock);
}

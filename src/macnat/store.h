/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a running translator, wherever they live: in eBPF maps (store_maps.c), or in the process that
 * translates in user space.  Whoever ages, shows, pins or forgets speaks to this.
 *
 * The data path changes bindings while they are read.  What is put replaces a whole binding; a field of a learned
 * binding is never written from here.
 */
#ifndef VIFI_MACNAT_STORE_H
#define VIFI_MACNAT_STORE_H

#include "macnat/model.h"

#include <stdbool.h>
#include <stddef.h>

struct store;

struct store_item {
	struct mn_key key;
	struct mn_binding binding;
};

struct store_port {
	uint32_t ifindex; /* ifindex; 0 is the bridge itself */
	uint64_t n_learned, n_evicted, n_refused, n_limited;
};

/* Each returns 0 or a negative errno; -ENOENT where there is no such key. Lists are allocated for the caller to free. */
struct store_ops {
	int (*get)(struct store *store, const struct mn_key *key, struct mn_binding *binding);
	int (*put)(struct store *store, const struct mn_key *key, const struct mn_binding *binding);
	int (*del)(struct store *store, const struct mn_key *key);
	int (*list)(struct store *store, struct store_item **items, size_t *count);
	int (*ports)(struct store *store, struct store_port **ports, size_t *count);
	int (*port_del)(struct store *store, uint32_t port);
	int (*counters)(struct store *store, uint64_t drops[DROP_COUNT], uint64_t counts[MN_COUNTS]);
	int (*config_get)(struct store *store, struct mn_config *config);
	int (*config_put)(struct store *store, const struct mn_config *config);
	void (*close)(struct store *store);
};

/* What every implementation begins with. */
struct store {
	const struct store_ops *ops;
};

static inline void store_close(struct store *store)
{
	if (store)
		store->ops->close(store);
}

struct kernel_part;

/* A store over the maps of a kernel part, whose descriptors it borrows: close the store first. NULL: no memory. */
struct store *store_maps_open(const struct kernel_part *part);

#endif

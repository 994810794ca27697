/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a running translator, in eBPF maps (bpf/store_maps.c) or in the user-space engine. Ageing, `show`, pins
 * and releases access bindings through this interface.
 *
 * The data path changes bindings at the same time. A put replaces a whole binding; user space never writes single
 * fields of a learned binding.
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
	uint32_t ifindex; /* 0 is the bridge itself */
	uint64_t n_learned, n_evicted, n_refused, n_limited;
};

/* Each returns 0 or a negative errno; -ENOENT for a missing key. The caller frees the lists. */
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

/* The first member of every implementation. */
struct store {
	const struct store_ops *ops;
};

static inline void store_close(struct store *store)
{
	if (store)
		store->ops->close(store);
}

struct kernel_part;

/* A store over the maps of a kernel part, whose descriptors it borrows: close the store first. NULL: out of memory. */
struct store *store_maps_open(const struct kernel_part *part);

#endif

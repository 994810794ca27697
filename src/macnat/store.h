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
	uint32_t port; /* ifindex; 0 is the bridge itself */
	uint64_t learned, evicted, refused, limited;
};

/* Each returns 0 or a negative errno; -ENOENT where there is no such key. Lists are allocated for the caller to free. */
struct store_ops {
	int (*get)(struct store *s, const struct mn_key *key, struct mn_binding *b);
	int (*put)(struct store *s, const struct mn_key *key, const struct mn_binding *b);
	int (*del)(struct store *s, const struct mn_key *key);
	int (*list)(struct store *s, struct store_item **items, size_t *count);
	int (*ports)(struct store *s, struct store_port **ports, size_t *count);
	int (*port_del)(struct store *s, uint32_t port);
	int (*counters)(struct store *s, uint64_t drops[DROP_COUNT], uint64_t counts[MN_N_COUNT]);
	int (*config_get)(struct store *s, struct mn_config *config);
	int (*config_put)(struct store *s, const struct mn_config *config);
	void (*close)(struct store *s);
};

/* What every implementation begins with. */
struct store {
	const struct store_ops *ops;
};

static inline void store_close(struct store *s)
{
	if (s)
		s->ops->close(s);
}

struct kernel_part;

/* A store over the maps of a kernel part, whose descriptors it borrows: close the store first. NULL: no memory. */
struct store *store_maps_open(const struct kernel_part *part);

#endif

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
#include <string.h>

struct store;

struct store_item {
	struct mn_key key;
	struct mn_binding binding;
};

/* A network of this host's routing table. */
struct store_network {
	uint8_t family;        /* MN_IP4 or MN_IP6 */
	uint8_t prefix_length; /* 0 to 32 or 128 */
	bool elsewhere;        /* reached neither by the uplink nor by the bridge: guests cannot claim it (rule 32) */
	bool has_gateway;      /* reached by a router */
	uint8_t addr[16];      /* zero after the prefix */
};

struct store_port {
	uint32_t ifindex; /* 0 is the bridge itself */
	uint64_t n_learned, n_evicted, n_refused, n_limited;
	uint32_t host_xid;                 /* as of struct mn_port */
	uint64_t n_dropped[MN_PORT_DROPS]; /* by enum drop */
};

static inline struct store_port store_port_of(uint32_t ifindex, const struct mn_port *port)
{
	struct store_port row = {.ifindex = ifindex,
				 .n_learned = port->n_learned,
				 .n_evicted = port->n_evicted,
				 .n_refused = port->n_refused,
				 .n_limited = port->n_limited,
				 .host_xid = port->host_xid};

	memcpy(row.n_dropped, port->n_dropped, sizeof(row.n_dropped));
	return row;
}

/*
 * Each returns 0 or a negative errno; -ENOENT for a missing key. The caller frees the lists. The put of a pinned network
 * (MN_NET4, MN_NET6) adds it to the table of prefixes, too: -ENOSPC when that is full.
 */
struct store_ops {
	int (*get)(struct store *store, const struct mn_key *key, struct mn_binding *binding);
	int (*put)(struct store *store, const struct mn_key *key, const struct mn_binding *binding);
	int (*del)(struct store *store, const struct mn_key *key);
	int (*list)(struct store *store, struct store_item **items, size_t *count);
	int (*ports)(struct store *store, struct store_port **ports, size_t *count);
	int (*port_del)(struct store *store, uint32_t port);
	/* Replaces the table of networks; the longest match decides. -ENOSPC: more than MN_ROUTED_MAX. */
	int (*routed_set)(struct store *store, const struct store_network *networks, size_t count);
	int (*counters)(struct store *store, uint64_t drops[DROP_COUNT], uint64_t counts[MN_COUNTS]);
	int (*config_get)(struct store *store, struct mn_config *config);
	int (*config_put)(struct store *store, const struct mn_config *config);
	void (*close)(struct store *store);
};

/* The first member of every implementation. */
struct store {
	const struct store_ops *ops;
};

static inline struct mn_routed_key store_routed_key(const struct store_network *network)
{
	struct mn_routed_key key = {.prefix_length = 32u + network->prefix_length, .family = network->family};

	memcpy(key.addr, network->addr, sizeof(key.addr));
	return key;
}

static inline uint32_t store_routed_value(const struct store_network *network)
{
	bool precedes = network->elsewhere || !network->has_gateway;

	return MN_ROUTED_VALUE(network->elsewhere, precedes ? network->prefix_length : 0);
}

static inline bool store_is_ip(const struct mn_key *key)
{
	return key->family == MN_IP4 || key->family == MN_IP6;
}

static inline bool store_is_network(const struct mn_key *key)
{
	return key->family == MN_NET4 || key->family == MN_NET6;
}

/* The key of a pinned network in the table `prefixes`. */
static inline struct mn_routed_key store_prefix_key(const struct mn_key *key)
{
	struct mn_routed_key prefix = {.prefix_length = 32u + key->length,
				       .family = key->family == MN_NET4 ? MN_IP4 : MN_IP6};

	memcpy(prefix.addr, key->addr, sizeof(prefix.addr));
	return prefix;
}

static inline void store_close(struct store *store)
{
	if (store)
		store->ops->close(store);
}

struct kernel_part;

/*
 * A store over the maps of a kernel part, whose descriptors it borrows: close the store first. NULL with errno: ENOMEM,
 * or another if /sys, which has the number of processors, cannot be read, or the places cannot be mapped into memory.
 */
struct store *store_maps_open(const struct kernel_part *part);

#endif

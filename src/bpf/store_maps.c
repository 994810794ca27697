/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "macnat/store.h"

#include "bpf/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 };

struct store_maps {
	struct store store;
	int map[PART_MAPS];
	int cpus;
};

static struct store_maps *to_maps(struct store *store)
{
	return (struct store_maps *)store;
}

static int get(struct store *store, const struct mn_key *key, struct mn_binding *binding)
{
	return bpf_map_lookup_elem(to_maps(store)->map[PART_BINDINGS], key, binding) < 0 ? -errno : 0;
}

static int put(struct store *store, const struct mn_key *key, const struct mn_binding *binding)
{
	return bpf_map_update_elem(to_maps(store)->map[PART_BINDINGS], key, binding, BPF_ANY) < 0 ? -errno : 0;
}

static int del(struct store *store, const struct mn_key *key)
{
	return bpf_map_delete_elem(to_maps(store)->map[PART_BINDINGS], key) < 0 ? -errno : 0;
}

static int list_one_by_one(int fd, struct store_item *items, size_t room, size_t *count)
{
	struct mn_key *last = NULL;

	*count = 0;
	while (*count < room && bpf_map_get_next_key(fd, last, &items[*count].key) == 0) {
		struct store_item *item = &items[*count];
		last = &item->key;
		/* Gone in between: its key still leads on, but it is overwritten by the next one found. */
		if (bpf_map_lookup_elem(fd, &item->key, &item->binding) == 0)
			++*count;
		else if (*count == 0)
			break;
		else
			last = &items[*count - 1].key;
	}
	return 0;
}

/* Growth by batches: a table with three guests does not cost 8 MB.  *items is the caller's whatever is returned. */
static int list_by_batches(int fd, struct store_item **items, size_t *count)
{
	struct mn_key *keys = malloc(BATCH * sizeof(*keys));
	struct mn_binding *values = malloc(BATCH * sizeof(*values));
	uint32_t batch = 0, got;
	int ret = keys && values ? 0 : -ENOMEM;

	for (bool first = true, more = true; ret == 0 && more && *count < 2 * MN_TABLE_MAX; first = false) {
		got = BATCH;
		more = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, values, &got, NULL) == 0;
		if (!more && errno != ENOENT) {
			ret = -errno;
			break;
		}
		struct store_item *grown = reallocarray(*items, *count + got + 1, sizeof(*grown));
		if (!grown) {
			ret = -ENOMEM;
			break;
		}
		*items = grown;
		for (uint32_t i = 0; i < got; i++)
			grown[(*count)++] = (struct store_item){keys[i], values[i]};
	}
	free(keys);
	free(values);
	return ret;
}

static int list(struct store *store, struct store_item **items, size_t *count)
{
	int fd = to_maps(store)->map[PART_BINDINGS], ret;
	struct store_item *all = NULL;
	size_t n_items = 0;

	ret = list_by_batches(fd, &all, &n_items);
	if (ret == -EINVAL || ret == -ENOTSUP ||
	    ret == -ENOSPC) { /* a kernel without batches, or one very long chain */
		free(all);
		all = malloc(MN_TABLE_MAX * sizeof(*all));
		ret = all ? list_one_by_one(fd, all, MN_TABLE_MAX, &n_items) : -ENOMEM;
	}
	if (ret < 0) {
		free(all);
		all = NULL;
		n_items = 0;
	}
	*items = all;
	*count = n_items;
	return ret;
}

static int ports(struct store *store, struct store_port **out, size_t *count)
{
	struct mn_port *value = malloc(sizeof(*value));
	uint32_t key, *last = NULL;

	*count = 0;
	*out = calloc(MN_PORTS_MAX, sizeof(**out));
	if (!value || !*out) {
		free(value);
		free(*out);
		*out = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < MN_PORTS_MAX && bpf_map_get_next_key(to_maps(store)->map[PART_PORTS], last, &key) == 0;
	     i++) {
		last = &key;
		if (bpf_map_lookup_elem(to_maps(store)->map[PART_PORTS], &key, value) < 0)
			continue;
		(*out)[(*count)++] = (struct store_port){key, value->n_learned, value->n_evicted, value->n_refused,
							 value->n_limited};
	}
	free(value);
	return 0;
}

static int port_del(struct store *store, uint32_t port)
{
	return bpf_map_delete_elem(to_maps(store)->map[PART_PORTS], &port) < 0 ? -errno : 0;
}

static int sum_per_cpu(struct store_maps *maps, enum part_map map, uint64_t *out, uint32_t count)
{
	uint64_t *per_cpu = calloc((size_t)maps->cpus, sizeof(*per_cpu));
	int ret = per_cpu ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && ret == 0; i++) {
		out[i] = 0;
		if (bpf_map_lookup_elem(maps->map[map], &i, per_cpu) < 0)
			ret = -errno;
		for (int cpu = 0; cpu < maps->cpus && ret == 0; cpu++)
			out[i] += per_cpu[cpu];
	}
	free(per_cpu);
	return ret;
}

static int counters(struct store *store, uint64_t drops[DROP_COUNT], uint64_t counts[MN_COUNTS])
{
	int ret = sum_per_cpu(to_maps(store), PART_DROPS, drops, DROP_COUNT);

	return ret < 0 ? ret : sum_per_cpu(to_maps(store), PART_COUNTS, counts, MN_COUNTS);
}

static int config_get(struct store *store, struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(to_maps(store)->map[PART_CONFIG], &zero, config) < 0 ? -errno : 0;
}

static int config_put(struct store *store, const struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(to_maps(store)->map[PART_CONFIG], &zero, config, BPF_ANY) < 0 ? -errno : 0;
}

static void close_maps(struct store *store)
{
	free(store);
}

struct store *store_maps_open(const struct kernel_part *part)
{
	static const struct store_ops ops = {
		.get = get,
		.put = put,
		.del = del,
		.list = list,
		.ports = ports,
		.port_del = port_del,
		.counters = counters,
		.config_get = config_get,
		.config_put = config_put,
		.close = close_maps,
	};
	struct store_maps *maps = calloc(1, sizeof(*maps));

	if (!maps)
		return NULL;
	maps->store.ops = &ops;
	memcpy(maps->map, part->map, sizeof(maps->map));
	maps->cpus = libbpf_num_possible_cpus();
	if (maps->cpus <= 0) {
		free(maps);
		return NULL;
	}
	return &maps->store;
}

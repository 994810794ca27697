/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "macnat/store.h"

#include "base/array.h"
#include "bpf/loader.h"
#include "bpf/map_walk.h"
#include "bpf/place_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 }; /* bindings read by one system call */

struct store_maps {
	struct store store;
	int map[PART_MAPS];
	struct place_maps places;
	int cpus;
};

static struct store_maps *to_maps(struct store *store)
{
	return (struct store_maps *)store;
}

static int get(struct store *store, const struct mn_key *key, struct mn_binding *binding)
{
	struct store_maps *maps = to_maps(store);

	if (bpf_map_lookup_elem(maps->map[PART_BINDINGS], key, binding) < 0)
		return -errno;
	place_maps_count(&maps->places, key, binding);
	return 0;
}

static int put(struct store *store, const struct mn_key *key, const struct mn_binding *binding)
{
	const struct mn_prefix value = {.key = *key, .length = key->length};
	const int *map = to_maps(store)->map;
	struct mn_routed_key prefix;

	if (bpf_map_update_elem(map[PART_BINDINGS], key, binding, BPF_ANY) < 0)
		return -errno;
	place_maps_void(&to_maps(store)->places, key);
	if (!store_is_network(key))
		return 0;
	prefix = store_prefix_key(key);
	return bpf_map_update_elem(map[PART_PREFIXES], &prefix, &value, BPF_ANY) < 0 ? -errno : 0;
}

static int del(struct store *store, const struct mn_key *key)
{
	struct mn_routed_key prefix;

	if (store_is_network(key)) {
		prefix = store_prefix_key(key);
		bpf_map_delete_elem(to_maps(store)->map[PART_PREFIXES], &prefix);
	}
	if (bpf_map_delete_elem(to_maps(store)->map[PART_BINDINGS], key) < 0)
		return -errno;
	place_maps_void(&to_maps(store)->places, key);
	return 0;
}

/* A list of bindings that grows: a table with three guests does not cost 8 MB. */
struct binding_list {
	struct store_item *items;
	size_t count, room, limit; /* limit: a walk that finds more goes in circles */
};

static int append_binding(const void *key, const void *value, bool first, void *arg)
{
	struct binding_list *list = arg;

	if (first)
		list->count = 0;
	if (list->count == list->limit)
		return -EAGAIN;
	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
		return -ENOMEM;
	memcpy(&list->items[list->count].key, key, sizeof(struct mn_key));
	memcpy(&list->items[list->count].binding, value, sizeof(struct mn_binding));
	list->count++;
	return 0;
}

static int list_by_batches(int fd, struct binding_list *list)
{
	struct mn_key *keys = malloc(BATCH * sizeof(*keys));
	struct mn_binding *values = malloc(BATCH * sizeof(*values));
	uint32_t batch = 0, got;
	bool more = true;
	int ret = keys && values ? 0 : -ENOMEM;

	for (bool first = true; ret == 0 && more;) {
		got = BATCH;
		if (bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, values, &got, NULL) < 0) {
			more = false;
			ret = errno == ENOENT ? 0 : -errno;
		}
		for (uint32_t i = 0; i < got && ret == 0; i++, first = false)
			ret = append_binding(&keys[i], &values[i], first, list);
	}
	free(keys);
	free(values);
	return ret;
}

static int list(struct store *store, struct store_item **items, size_t *count)
{
	int fd = to_maps(store)->map[PART_BINDINGS], ret;
	struct binding_list bindings = {.limit = 2 * (size_t)MN_TABLE_SIZE(MN_PORT_CAP_MAX)};

	ret = list_by_batches(fd, &bindings);
	/* A kernel without batches, or more bindings in one hash bucket than a batch holds. */
	if (ret == -EINVAL || ret == -ENOTSUP || ret == -ENOSPC) {
		bindings.count = 0;
		ret = map_walk(fd, sizeof(struct mn_key), sizeof(struct mn_binding), append_binding, &bindings);
	}
	if (ret < 0) {
		free(bindings.items);
		bindings = (struct binding_list){0};
	}
	for (size_t i = 0; i < bindings.count && ret == 0; i++)
		place_maps_count(&to_maps(store)->places, &bindings.items[i].key, &bindings.items[i].binding);
	*items = bindings.items;
	*count = bindings.count;
	return ret;
}

struct port_list {
	struct store_port *ports;
	size_t count;
};

static int append_port(const void *key, const void *value, bool first, void *arg)
{
	struct port_list *list = arg;

	if (first)
		list->count = 0;
	if (list->count == MN_PORTS_MAX)
		return -EAGAIN;
	list->ports[list->count++] = store_port_of(*(const uint32_t *)key, value);
	return 0;
}

static int ports(struct store *store, struct store_port **out, size_t *count)
{
	struct port_list list = {.ports = calloc(MN_PORTS_MAX, sizeof(*list.ports))};
	int ret = -ENOMEM;

	if (list.ports)
		ret = map_walk(to_maps(store)->map[PART_PORTS], sizeof(uint32_t), sizeof(struct mn_port), append_port,
			       &list);
	if (ret < 0) {
		free(list.ports);
		list = (struct port_list){0};
	}
	*out = list.ports;
	*count = list.count;
	return ret;
}

static int port_del(struct store *store, uint32_t port)
{
	struct mn_block_key block = {.port = port};

	/* The blocks of a port are created in order. */
	while (block.number < MN_BLOCKS_MAX && bpf_map_delete_elem(to_maps(store)->map[PART_BLOCKS], &block) == 0)
		block.number++;
	return bpf_map_delete_elem(to_maps(store)->map[PART_PORTS], &port) < 0 ? -errno : 0;
}

static bool has_network(const struct store_network *networks, size_t count, const struct mn_routed_key *key)
{
	for (size_t i = 0; i < count; i++) {
		struct mn_routed_key own = store_routed_key(&networks[i]);

		if (!memcmp(&own, key, sizeof(own)))
			return true;
	}
	return false;
}

/* The data path reads the table meanwhile: networks that stay are never missing. */
static int routed_set(struct store *store, const struct store_network *networks, size_t count)
{
	int fd = to_maps(store)->map[PART_ROUTED];
	struct mn_routed_key key, next, *from = NULL;

	if (count > MN_ROUTED_MAX)
		return -ENOSPC;
	while (bpf_map_get_next_key(fd, from, &next) == 0)
		if (has_network(networks, count, &next)) {
			key = next;
			from = &key;
		} else if (bpf_map_delete_elem(fd, &next) < 0 && errno != ENOENT) {
			return -errno;
		}
	for (size_t i = 0; i < count; i++) {
		uint32_t value = store_routed_value(&networks[i]);

		key = store_routed_key(&networks[i]);
		if (bpf_map_update_elem(fd, &key, &value, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
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
	place_maps_close(&to_maps(store)->places);
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
		.routed_set = routed_set,
		.counters = counters,
		.config_get = config_get,
		.config_put = config_put,
		.close = close_maps,
	};
	struct store_maps *maps = calloc(1, sizeof(*maps));
	int ret;

	if (!maps)
		return NULL;
	maps->store.ops = &ops;
	memcpy(maps->map, part->map, sizeof(maps->map));
	maps->cpus = libbpf_num_possible_cpus();
	ret = maps->cpus < 0 ? maps->cpus /* from reading /sys/devices/system/cpu/possible */
			     : place_maps_open(&maps->places, part->map[PART_PLACES], part->map[PART_VERSIONS]);
	if (ret < 0) {
		close_maps(&maps->store);
		errno = -ret;
		return NULL;
	}
	return &maps->store;
}

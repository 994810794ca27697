/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "macnat/store.h"

#include "bpf/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 };

struct maps {
	struct store store;
	int map[PART_MAPS];
	int cpus;
};

static struct maps *of(struct store *s)
{
	return (struct maps *)s;
}

static int get(struct store *s, const struct mn_key *key, struct mn_binding *b)
{
	return bpf_map_lookup_elem(of(s)->map[PART_BINDINGS], key, b) < 0 ? -errno : 0;
}

static int put(struct store *s, const struct mn_key *key, const struct mn_binding *b)
{
	return bpf_map_update_elem(of(s)->map[PART_BINDINGS], key, b, BPF_ANY) < 0 ? -errno : 0;
}

static int del(struct store *s, const struct mn_key *key)
{
	return bpf_map_delete_elem(of(s)->map[PART_BINDINGS], key) < 0 ? -errno : 0;
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
	int r = keys && values ? 0 : -ENOMEM;

	for (bool first = true, more = true; r == 0 && more && *count < 2 * MN_TABLE_MAX; first = false) {
		got = BATCH;
		more = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, values, &got, NULL) == 0;
		if (!more && errno != ENOENT) {
			r = -errno;
			break;
		}
		struct store_item *grown = reallocarray(*items, *count + got + 1, sizeof(*grown));
		if (!grown) {
			r = -ENOMEM;
			break;
		}
		*items = grown;
		for (uint32_t i = 0; i < got; i++)
			grown[(*count)++] = (struct store_item){keys[i], values[i]};
	}
	free(keys);
	free(values);
	return r;
}

static int list(struct store *s, struct store_item **items, size_t *count)
{
	int fd = of(s)->map[PART_BINDINGS], r;
	struct store_item *all = NULL;
	size_t n = 0;

	r = list_by_batches(fd, &all, &n);
	if (r == -EINVAL || r == -ENOTSUP || r == -ENOSPC) { /* a kernel without batches, or one very long chain */
		free(all);
		all = malloc(MN_TABLE_MAX * sizeof(*all));
		r = all ? list_one_by_one(fd, all, MN_TABLE_MAX, &n) : -ENOMEM;
	}
	if (r < 0) {
		free(all);
		all = NULL;
		n = 0;
	}
	*items = all;
	*count = n;
	return r;
}

static int ports(struct store *s, struct store_port **out, size_t *count)
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
	for (size_t i = 0; i < MN_PORTS_MAX && bpf_map_get_next_key(of(s)->map[PART_PORTS], last, &key) == 0; i++) {
		last = &key;
		if (bpf_map_lookup_elem(of(s)->map[PART_PORTS], &key, value) < 0)
			continue;
		(*out)[(*count)++] =
			(struct store_port){key, value->learned, value->evicted, value->refused, value->limited};
	}
	free(value);
	return 0;
}

static int port_del(struct store *s, uint32_t port)
{
	return bpf_map_delete_elem(of(s)->map[PART_PORTS], &port) < 0 ? -errno : 0;
}

static int sum(struct maps *m, enum part_map map, uint64_t *out, uint32_t count)
{
	uint64_t *each = calloc((size_t)m->cpus, sizeof(*each));
	int r = each ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && r == 0; i++) {
		out[i] = 0;
		if (bpf_map_lookup_elem(m->map[map], &i, each) < 0)
			r = -errno;
		for (int cpu = 0; cpu < m->cpus && r == 0; cpu++)
			out[i] += each[cpu];
	}
	free(each);
	return r;
}

static int counters(struct store *s, uint64_t drops[DROP_COUNT], uint64_t counts[MN_N_COUNT])
{
	int r = sum(of(s), PART_DROPS, drops, DROP_COUNT);

	return r < 0 ? r : sum(of(s), PART_COUNTS, counts, MN_N_COUNT);
}

static int config_get(struct store *s, struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(of(s)->map[PART_CONFIG], &zero, config) < 0 ? -errno : 0;
}

static int config_put(struct store *s, const struct mn_config *config)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(of(s)->map[PART_CONFIG], &zero, config, BPF_ANY) < 0 ? -errno : 0;
}

static void close_maps(struct store *s)
{
	free(s);
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
	struct maps *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->store.ops = &ops;
	memcpy(m->map, part->map, sizeof(m->map));
	m->cpus = libbpf_num_possible_cpus();
	if (m->cpus <= 0) {
		free(m);
		return NULL;
	}
	return &m->store;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small table of bindings in memory, with the store operations that control requests and the saved state use. */
#ifndef VIFI_TESTS_FUZZ_TABLE_H
#define VIFI_TESTS_FUZZ_TABLE_H

#include "fuzz.h"

#include "macnat/store.h"

#include <errno.h>

enum { TABLE_ROWS = 8 };

struct store_table {
	struct store store; /* its ops are table_ops */
	struct store_item row[TABLE_ROWS];
	size_t count;
};

static inline struct store_item *table_find(struct store *store, const struct mn_key *key)
{
	struct store_table *table = (struct store_table *)store;

	for (size_t i = 0; i < table->count; i++)
		if (!memcmp(&table->row[i].key, key, sizeof(*key)))
			return &table->row[i];
	return NULL;
}

static inline int table_get(struct store *store, const struct mn_key *key, struct mn_binding *binding)
{
	struct store_item *row = table_find(store, key);

	if (!row)
		return -ENOENT;
	*binding = row->binding;
	return 0;
}

static inline int table_put(struct store *store, const struct mn_key *key, const struct mn_binding *binding)
{
	struct store_table *table = (struct store_table *)store;
	struct store_item *row = table_find(store, key);

	must((!key->length || store_is_network(key)) && key->vlan < 4096);
	must(binding->kind == MN_GUEST);
	if (!row && table->count == TABLE_ROWS)
		return -ENOSPC;
	if (!row)
		row = &table->row[table->count++];
	*row = (struct store_item){*key, *binding};
	return 0;
}

static inline int table_del(struct store *store, const struct mn_key *key)
{
	struct store_table *table = (struct store_table *)store;
	struct store_item *row = table_find(store, key);

	if (!row)
		return -ENOENT;
	*row = table->row[--table->count];
	return 0;
}

static inline int table_list(struct store *store, struct store_item **items, size_t *count)
{
	struct store_table *table = (struct store_table *)store;

	*items = malloc(sizeof(table->row));
	must(*items);
	memcpy(*items, table->row, sizeof(table->row));
	*count = table->count;
	return 0;
}

static const struct store_ops table_ops = {.get = table_get, .put = table_put, .del = table_del, .list = table_list};

/* An address of the host and a configured pin; no input may change these two. */
static const struct store_table table_fresh = {
	.store = {&table_ops},
	.row = {{{{192, 0, 2, 1}, 0, MN_IP4, 0}, {.kind = MN_HOST}},
		{{{192, 0, 2, 2}, 0, MN_IP4, 0}, {.mac = {2, 0, 0, 0, 0, 2}, .flags = MN_F_PIN | MN_F_CONFIG}}},
	.count = 2,
};

static inline void table_check(struct store_table *table)
{
	must(table->count <= TABLE_ROWS);
	for (size_t i = 0; i < table_fresh.count; i++) {
		const struct store_item *fresh = &table_fresh.row[i], *row = table_find(&table->store, &fresh->key);

		must(row && row->binding.kind == fresh->binding.kind && row->binding.flags == fresh->binding.flags);
		must(!memcmp(row->binding.mac, fresh->binding.mac, 6));
	}
}

#endif

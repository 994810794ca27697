/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small table of bindings in memory, behind the operations that the control requests and the saved state use. */
#ifndef VIFI_TESTS_FUZZ_TABLE_H
#define VIFI_TESTS_FUZZ_TABLE_H

#include "fuzz.h"

#include "macnat/store.h"

#include <errno.h>

enum { TABLE_ROWS = 8 };

struct table {
	struct store store; /* its ops are table_ops */
	struct store_item row[TABLE_ROWS];
	size_t count;
};

static inline struct store_item *table_find(struct store *s, const struct mn_key *key)
{
	struct table *t = (struct table *)s;

	for (size_t i = 0; i < t->count; i++)
		if (!memcmp(&t->row[i].key, key, sizeof *key))
			return &t->row[i];
	return NULL;
}

static inline int table_get(struct store *s, const struct mn_key *key, struct mn_binding *b)
{
	struct store_item *row = table_find(s, key);

	if (!row)
		return -ENOENT;
	*b = row->binding;
	return 0;
}

static inline int table_put(struct store *s, const struct mn_key *key, const struct mn_binding *b)
{
	struct table *t = (struct table *)s;
	struct store_item *row = table_find(s, key);

	must(!key->zero && key->vlan < 4096);
	must(b->kind == MN_GUEST);
	if (!row && t->count == TABLE_ROWS)
		return -ENOSPC;
	if (!row)
		row = &t->row[t->count++];
	*row = (struct store_item){*key, *b};
	return 0;
}

static inline int table_del(struct store *s, const struct mn_key *key)
{
	struct table *t = (struct table *)s;
	struct store_item *row = table_find(s, key);

	if (!row)
		return -ENOENT;
	*row = t->row[--t->count];
	return 0;
}

static inline int table_list(struct store *s, struct store_item **items, size_t *count)
{
	struct table *t = (struct table *)s;

	*items = malloc(sizeof t->row);
	must(*items);
	memcpy(*items, t->row, sizeof t->row);
	*count = t->count;
	return 0;
}

static const struct store_ops table_ops = {.get = table_get, .put = table_put, .del = table_del, .list = table_list};

/* An address of the host, and a pin of the configuration: whatever comes in, these two stay as they are. */
static const struct table table_fresh = {
	.store = {&table_ops},
	.row = {{{{192, 0, 2, 1}, 0, MN_IP4, 0}, {.kind = MN_HOST}},
		{{{192, 0, 2, 2}, 0, MN_IP4, 0}, {.mac = {2, 0, 0, 0, 0, 2}, .flags = MN_F_PIN | MN_F_CONF}}},
	.count = 2,
};

static inline void table_check(struct table *t)
{
	must(t->count <= TABLE_ROWS);
	for (size_t i = 0; i < table_fresh.count; i++) {
		const struct store_item *fresh = &table_fresh.row[i], *row = table_find(&t->store, &fresh->key);

		must(row && row->binding.kind == fresh->binding.kind && row->binding.flags == fresh->binding.flags);
		must(!memcmp(row->binding.mac, fresh->binding.mac, 6));
	}
}

#endif

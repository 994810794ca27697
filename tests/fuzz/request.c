/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes by the control socket, answered over a small table in memory. */
#include "fuzz.h"

#include "app/bridge.h"
#include "app/request.h"

#include <errno.h>
#include <jansson.h>

enum { ROWS = 8 };

struct table {
	struct store store;
	struct store_item row[ROWS];
	size_t count;
};

static struct store_item *find(struct store *s, const struct mn_key *key)
{
	struct table *t = (struct table *)s;

	for (size_t i = 0; i < t->count; i++)
		if (!memcmp(&t->row[i].key, key, sizeof *key))
			return &t->row[i];
	return NULL;
}

static int get(struct store *s, const struct mn_key *key, struct mn_binding *b)
{
	struct store_item *row = find(s, key);

	if (!row)
		return -ENOENT;
	*b = row->binding;
	return 0;
}

static int put(struct store *s, const struct mn_key *key, const struct mn_binding *b)
{
	struct table *t = (struct table *)s;
	struct store_item *row = find(s, key);

	must(!key->zero && key->vlan < 4096);
	if (!row && t->count == ROWS)
		return -ENOSPC;
	if (!row)
		row = &t->row[t->count++];
	*row = (struct store_item){*key, *b};
	return 0;
}

static int del(struct store *s, const struct mn_key *key)
{
	struct table *t = (struct table *)s;
	struct store_item *row = find(s, key);

	if (!row)
		return -ENOENT;
	*row = t->row[--t->count];
	return 0;
}

static int list(struct store *s, struct store_item **items, size_t *count)
{
	struct table *t = (struct table *)s;

	*items = malloc(sizeof t->row);
	must(*items);
	memcpy(*items, t->row, sizeof t->row);
	*count = t->count;
	return 0;
}

static const struct store_ops ops = {.get = get, .put = put, .del = del, .list = list};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge b;
	/* An address of the host and a pin of the configuration, which no request may take or forget. */
	static const struct table fresh = {
		.store = {&ops},
		.row = {{{{192, 0, 2, 1}, 0, MN_IP4, 0}, {.kind = MN_HOST}},
			{{{192, 0, 2, 2}, 0, MN_IP4, 0}, {.mac = {2, 0, 0, 0, 0, 2}, .flags = MN_F_PIN | MN_F_CONF}}},
		.count = 2,
	};
	struct table t = fresh;
	json_t *request = json_loadb((const char *)data, size, 0, NULL), *answer;
	const char *ask = json_string_value(json_object_get(request, "ask"));

	b.store = &t.store;
	/* The view asks the kernel about interfaces. */
	if (request && !(ask && !strcmp(ask, "show"))) {
		answer = request_answer(&b, request);
		if (answer)
			must(json_object_get(answer, "ok") || json_object_get(answer, "error"));
		json_decref(answer);
		for (size_t i = 0; i < fresh.count; i++) {
			struct store_item *row = find(&t.store, &fresh.row[i].key);

			must(row && row->binding.kind == fresh.row[i].binding.kind);
			must(row->binding.flags == fresh.row[i].binding.flags);
			must(!memcmp(row->binding.mac, fresh.row[i].binding.mac, 6));
		}
	}
	json_decref(request);
	return 0;
}

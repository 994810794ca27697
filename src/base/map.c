/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

/* Where a key belongs: a multiplication spreads the low bits of counters and addresses over the high ones. */
static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (m->room - 1);
}

static struct map_row *row_of(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->row[i].key && m->row[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->row[i];
}

void *map_get(const struct map *m, uint64_t key)
{
	return m->count ? row_of(m, key)->value : NULL;
}

static int grow(struct map *m)
{
	struct map wider = {.count = m->count, .room = m->room ? 2 * m->room : 16};

	wider.row = calloc(wider.room, sizeof *wider.row);
	if (!wider.row)
		return -ENOMEM;
	for (size_t i = 0; i < m->room; i++)
		if (m->row[i].key)
			*row_of(&wider, m->row[i].key) = m->row[i];
	free(m->row);
	*m = wider;
	return 0;
}

int map_put(struct map *m, uint64_t key, void *value)
{
	struct map_row *row;

	if (4 * (m->count + 1) > 3 * m->room && grow(m))
		return -ENOMEM;
	row = row_of(m, key);
	m->count += !row->key;
	*row = (struct map_row){key, value};
	return 0;
}

void *map_take(struct map *m, uint64_t key)
{
	struct map_row *hole = m->count ? row_of(m, key) : NULL;
	size_t at, mask = m->room - 1;
	void *value;

	if (!hole || !hole->key)
		return NULL;
	value = hole->value;
	/* Who stands behind the hole and was pushed there from before it, or from it, comes forward. */
	at = (size_t)(hole - m->row);
	for (size_t i = (at + 1) & mask; m->row[i].key; i = (i + 1) & mask)
		if (((i - home(m, m->row[i].key)) & mask) >= ((i - at) & mask)) {
			m->row[at] = m->row[i];
			at = i;
		}
	m->row[at] = (struct map_row){0};
	m->count--;
	return value;
}

void map_free(struct map *m)
{
	free(m->row);
	*m = (struct map){0};
}

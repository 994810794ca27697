/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bpf/map_walk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WALK_TRIES = 64 };

/* Buffers of a walk. */
struct map_cursor {
	void *first, *current, *next; /* keys */
	void *value;
};

/* Walks once from the first key. Returns -EAGAIN when the walk loses its place. */
static int walk_once(int fd, size_t key_size, struct map_cursor *cursor, map_visitor *visit, void *arg)
{
	bool first = true;
	void *passed;
	int ret = 0;

	while (ret == 0) {
		if (bpf_map_get_next_key(fd, first ? NULL : cursor->current, cursor->next) < 0)
			return errno == ENOENT ? 0 : -errno;
		if (!first && !memcmp(cursor->next, cursor->first, key_size))
			return -EAGAIN; /* the current key was deleted: this is the beginning again */
		if (bpf_map_lookup_elem(fd, cursor->next, cursor->value) < 0)
			return errno == ENOENT ? -EAGAIN : -errno;
		if (first)
			memcpy(cursor->first, cursor->next, key_size);
		ret = visit(cursor->next, cursor->value, first, arg);
		first = false;
		passed = cursor->current;
		cursor->current = cursor->next;
		cursor->next = passed;
	}
	return ret;
}

int map_walk(int fd, size_t key_size, size_t value_size, map_visitor *visit, void *arg)
{
	size_t room = (key_size + 7) & ~(size_t)7; /* each buffer is aligned for its struct */
	uint8_t *memory = calloc(1, 3 * room + value_size);
	struct map_cursor cursor;
	int ret = -EAGAIN;

	if (!memory)
		return -ENOMEM;
	cursor = (struct map_cursor){memory, memory + room, memory + 2 * room, memory + 3 * room};
	for (int i = 0; i < WALK_TRIES && ret == -EAGAIN; i++)
		ret = walk_once(fd, key_size, &cursor, visit, arg);
	free(memory);
	return ret;
}

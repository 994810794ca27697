/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growth of an array that its owner keeps as three members: items, count and room.
 *
 *	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
 *		return -ENOMEM;
 *	list->items[list->count++] = item;
 */
#ifndef VIFI_BASE_ARRAY_H
#define VIFI_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for at least `count` items of `size` bytes; `items` is the address of the array's pointer. Room doubles,
 * so that appending is cheap. The array may move; the owner frees it. Returns 0 or -ENOMEM; on failure nothing changes.
 */
int array_reserve(void *items, size_t *room, size_t count, size_t size);

#endif

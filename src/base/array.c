/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 8

int array_reserve(void *items, size_t *room, size_t count, size_t size)
{
	size_t more = *room ? *room : FIRST_ROOM;
	void *array, *grown;

	if (count <= *room)
		return 0;
	/* No object is larger than PTRDIFF_MAX; the bound also keeps the doubling from overflow. */
	if (count > PTRDIFF_MAX / 2 / size)
		return -ENOMEM;
	while (more < count)
		more *= 2;
	/* The caller's pointer has another type than void *: copy its bytes instead of aliasing it. */
	memcpy(&array, items, sizeof(array));
	grown = reallocarray(array, more, size);
	if (!grown)
		return -ENOMEM;
	memcpy(items, &grown, sizeof(grown));
	*room = more;
	return 0;
}

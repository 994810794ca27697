/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/frame_list.h"

#include <errno.h>
#include <stdlib.h>

int frames_add(struct frames *l, struct frame *f)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct frame **more = reallocarray(l->at, room, sizeof(struct frame *));

		if (!more) {
			frame_free(f);
			return -ENOMEM;
		}
		l->at = more;
		l->room = room;
	}
	l->at[l->count++] = f;
	return 0;
}

void frames_clear(struct frames *l)
{
	for (size_t i = 0; i < l->count; i++)
		frame_free(l->at[i]);
	l->count = 0;
}

void frames_free(struct frames *l)
{
	frames_clear(l);
	free(l->at);
	*l = (struct frames){0};
}

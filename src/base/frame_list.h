/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of frames that it owns, in order. All zero bytes are an empty one. */
#ifndef VIFI_BASE_FRAME_LIST_H
#define VIFI_BASE_FRAME_LIST_H

#include "base/frame.h"

struct frames {
	struct frame **at;
	size_t count, room;
};

/* Takes `f` over, at the end.  Returns 0; or -ENOMEM: then `f` is freed. */
int frames_add(struct frames *l, struct frame *f);

/* Gives the frames up and keeps the list's memory for the next ones. */
void frames_clear(struct frames *l);

/* Gives up everything. */
void frames_free(struct frames *l);

#endif

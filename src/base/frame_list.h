/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of frames that it owns, in order. All zero bytes are an empty one. */
#ifndef VIFI_BASE_FRAME_LIST_H
#define VIFI_BASE_FRAME_LIST_H

#include "base/frame.h"

struct frame_list {
	struct frame **at;
	size_t count, room;
};

/* Takes `frame` over, at the end. Returns 0; or -ENOMEM: then `frame` is freed. */
int frame_list_add(struct frame_list *list, struct frame *frame);

/* Gives the frames up and keeps the list's memory for the next ones. */
void frame_list_clear(struct frame_list *list);

/* Gives up everything. */
void frame_list_free(struct frame_list *list);

#endif

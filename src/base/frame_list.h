/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ordered list of frames, which it owns. A zero struct is an empty list. */
#ifndef VIFI_BASE_FRAME_LIST_H
#define VIFI_BASE_FRAME_LIST_H

#include "base/frame.h"

struct frame_list {
	struct frame **at;
	size_t count, room;
};

/* Appends `frame`, which the list then owns. Returns 0, or -ENOMEM after freeing the frame. */
int frame_list_add(struct frame_list *list, struct frame *frame);

/* Frees the frames and the list's memory. */
void frame_list_free(struct frame_list *list);

#endif

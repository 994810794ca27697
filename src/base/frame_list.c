/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/frame_list.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>

int frame_list_add(struct frame_list *list, struct frame *frame)
{
	if (array_reserve(&list->at, &list->room, list->count + 1, sizeof(*list->at))) {
		frame_free(frame);
		return -ENOMEM;
	}
	list->at[list->count++] = frame;
	return 0;
}

void frame_list_free(struct frame_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		frame_free(list->at[i]);
	free(list->at);
	*list = (struct frame_list){0};
}

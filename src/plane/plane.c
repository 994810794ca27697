/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plane/plane.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

struct plane_action *plane_actions_add(struct plane_actions *actions, enum plane_action_kind kind)
{
	if (array_reserve(&actions->list, &actions->room, actions->count + 1, sizeof(*actions->list)))
		return NULL;
	memset(&actions->list[actions->count], 0, sizeof(*actions->list));
	actions->list[actions->count].kind = kind;
	return &actions->list[actions->count++];
}

void plane_actions_clear(struct plane_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++) {
		struct plane_action *action = &actions->list[i];

		frame_free(action->frame);
		if (action->kind == PLANE_KEY_INSTALL || action->kind == PLANE_KEY_EXPECT)
			explicit_bzero(&action->key, sizeof(action->key));
	}
	actions->count = 0;
}

void plane_actions_free(struct plane_actions *actions)
{
	plane_actions_clear(actions);
	free(actions->list);
	*actions = (struct plane_actions){0};
}

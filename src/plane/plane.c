/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plane/plane.h"

#include "base/mac.h"
#include "wire/ether.h"
#include "wire/frame_writer.h"

#include <stdlib.h>
#include <string.h>

/* Not array_reserve(): it would leave copies of keys in the memory that it frees. */
static bool grow(struct plane_actions *actions)
{
	size_t room = actions->room ? 2 * actions->room : 16;
	struct plane_action *list = calloc(room, sizeof(*list));

	if (!list)
		return false;
	if (actions->list) {
		memcpy(list, actions->list, actions->count * sizeof(*list));
		explicit_bzero(actions->list, actions->count * sizeof(*list));
	}
	free(actions->list);
	actions->list = list;
	actions->room = room;
	return true;
}

struct plane_action *plane_actions_add(struct plane_actions *actions, enum plane_action_kind kind)
{
	if (actions->count == actions->room && !grow(actions)) {
		actions->lost = true;
		return NULL;
	}
	memset(&actions->list[actions->count], 0, sizeof(*actions->list));
	actions->list[actions->count].kind = kind;
	return &actions->list[actions->count++];
}

struct action *plane_actions_report(struct plane_actions *actions, enum action_kind kind, const uint8_t *addr)
{
	struct plane_action *action = plane_actions_add(actions, PLANE_REPORT);

	if (!action)
		return NULL;
	action->report.kind = kind;
	if (addr)
		mac_copy(action->report.addr, addr);
	return &action->report;
}

void plane_actions_drop(struct plane_actions *actions, enum drop drop, const uint8_t *addr)
{
	struct action *report = plane_actions_report(actions, ACTION_DROP, addr);

	if (report)
		report->drop = drop;
}

void plane_actions_clear(struct plane_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++) {
		struct plane_action *action = &actions->list[i];

		frame_free(action->frame);
		frame_free(action->after);
		if (action->kind == PLANE_REPORT)
			frame_free(action->report.frame);
		if (action->kind == PLANE_KEY_INSTALL || action->kind == PLANE_KEY_EXPECT)
			explicit_bzero(&action->key, sizeof(action->key));
		if (action->kind == PLANE_REKEY_DATA)
			explicit_bzero(&action->rekey, sizeof(action->rekey));
		if (action->kind == PLANE_ASSOCIATE)
			explicit_bzero(&action->join, sizeof(action->join));
	}
	actions->count = 0;
	actions->lost = false;
}

void plane_actions_free(struct plane_actions *actions)
{
	plane_actions_clear(actions);
	free(actions->list);
	*actions = (struct plane_actions){0};
}

struct frame *plane_new_keep_alive(const uint8_t bssid[6], const uint8_t addr[6])
{
	struct frame_writer writer = frame_writer_begin(frame_new(64, 0, ETHER_HLEN + 64));

	write_bytes(&writer, bssid, MAC_LEN);
	write_bytes(&writer, addr, MAC_LEN);
	write_be16(&writer, ETHERTYPE_PREAUTH);
	return frame_writer_end(&writer);
}

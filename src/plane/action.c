/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plane/action.h"

#include "base/array.h"

#include <stdlib.h>

static const char *const notes[NOTES][2] = {
#define X(id, text) {#id, text},
	NOTE_LIST(X)
#undef X
};

const char *note_name(enum note note)
{
	return (unsigned)note < NOTES ? notes[note][0] : "UNKNOWN";
}

const char *note_text(enum note note)
{
	return (unsigned)note < NOTES ? notes[note][1] : "unknown";
}

static const char *const awaited[AWAITED_COUNT][2] = {
#define X(id, text) {#id, text},
	AWAITED_LIST(X)
#undef X
};

const char *awaited_name(enum awaited what)
{
	return awaited[(unsigned)what < AWAITED_COUNT ? what : AWAITED_UNKNOWN][0];
}

const char *awaited_text(enum awaited what)
{
	return awaited[(unsigned)what < AWAITED_COUNT ? what : AWAITED_UNKNOWN][1];
}

struct action *actions_add(struct actions *actions, enum action_kind kind)
{
	if (array_reserve(&actions->list, &actions->room, actions->count + 1, sizeof(*actions->list)))
		return NULL;
	actions->list[actions->count] = (struct action){.kind = kind};
	return &actions->list[actions->count++];
}

void actions_clear(struct actions *actions)
{
	for (size_t i = 0; i < actions->count; i++)
		frame_free(actions->list[i].frame);
	actions->count = 0;
}

void actions_free(struct actions *actions)
{
	actions_clear(actions);
	free(actions->list);
	*actions = (struct actions){0};
}

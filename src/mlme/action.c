/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/action.h"

#include <stdlib.h>

static const char *const notes[NOTES][2] = {
#define X(id, text) {#id, text},
	NOTE_LIST(X)
#undef X
};

const char *note_name(enum note n)
{
	return (unsigned)n < NOTES ? notes[n][0] : "UNKNOWN";
}

const char *note_text(enum note n)
{
	return (unsigned)n < NOTES ? notes[n][1] : "unknown";
}

struct action *actions_add(struct actions *a, enum action_kind kind)
{
	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 16;
		struct action *more = reallocarray(a->list, room, sizeof *more);

		if (!more)
			return NULL;
		a->list = more;
		a->room = room;
	}
	a->list[a->count] = (struct action){.kind = kind};
	return &a->list[a->count++];
}

void actions_clear(struct actions *a)
{
	for (size_t i = 0; i < a->count; i++)
		frame_free(a->list[i].frame);
	a->count = 0;
}

void actions_free(struct actions *a)
{
	actions_clear(a);
	free(a->list);
	*a = (struct actions){0};
}

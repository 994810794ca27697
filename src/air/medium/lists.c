/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int members_put(struct member ***list, size_t *count, size_t *room, struct member *one)
{
	if (*count == *room) {
		size_t more = *room ? 2 * *room : 8;
		struct member **grown = reallocarray(*list, more, sizeof **list);

		if (!grown)
			return -ENOMEM;
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = one;
	return 0;
}

void members_take(struct member **list, size_t *count, const struct member *one)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i] == one) {
			memmove(list + i, list + i + 1, (*count - i - 1) * sizeof *list);
			(*count)--;
			return;
		}
}

static bool before(const struct due *a, const struct due *b)
{
	return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

int due_push(struct medium *m, struct due d)
{
	size_t i = m->due;

	if (m->due == m->due_room) {
		size_t room = m->due_room ? 2 * m->due_room : 64;
		struct due *grown = reallocarray(m->heap, room, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		m->heap = grown;
		m->due_room = room;
	}
	d.order = m->order++;
	for (m->due++; i && before(&d, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = d;
	return 0;
}

struct due due_pop(struct medium *m)
{
	struct due first = m->heap[0], last = m->heap[--m->due];
	size_t i = 0;

	for (size_t child = 1; child < m->due; child = 2 * i + 1) {
		child += child + 1 < m->due && before(&m->heap[child + 1], &m->heap[child]);
		if (!before(&m->heap[child], &last))
			break;
		m->heap[i] = m->heap[child];
		i = child;
	}
	if (m->due)
		m->heap[i] = last;
	return first;
}

void ready_push(struct medium *m, struct medium_event e)
{
	if (m->ready_count == m->ready_room) {
		size_t room = m->ready_room ? 2 * m->ready_room : 64;
		struct medium_event *grown = reallocarray(m->ready, room, sizeof *grown);

		if (!grown) {
			frame_free(e.frame);
			return;
		}
		m->ready = grown;
		m->ready_room = room;
	}
	m->ready[m->ready_count++] = e;
}

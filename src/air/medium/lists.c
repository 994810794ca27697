/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int medium_list_add(struct medium_radio ***list, size_t *count, size_t *room, struct medium_radio *radio)
{
	if (*count == *room) {
		size_t new_room = *room ? 2 * *room : 8;
		struct medium_radio **grown = reallocarray(*list, new_room, sizeof **list);

		if (!grown)
			return -ENOMEM;
		*list = grown;
		*room = new_room;
	}
	(*list)[(*count)++] = radio;
	return 0;
}

void medium_list_remove(struct medium_radio **list, size_t *count, const struct medium_radio *radio)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i] == radio) {
			memmove(list + i, list + i + 1, (*count - i - 1) * sizeof *list);
			(*count)--;
			return;
		}
}

static bool fires_before(const struct medium_timer *left, const struct medium_timer *right)
{
	return left->at_ns < right->at_ns || (left->at_ns == right->at_ns && left->sequence < right->sequence);
}

int medium_timer_push(struct medium *medium, struct medium_timer timer)
{
	size_t i = medium->timer_count;

	if (medium->timer_count == medium->timer_room) {
		size_t room = medium->timer_room ? 2 * medium->timer_room : 64;
		struct medium_timer *grown = reallocarray(medium->timers, room, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		medium->timers = grown;
		medium->timer_room = room;
	}
	timer.sequence = medium->next_sequence++;
	for (medium->timer_count++; i && fires_before(&timer, &medium->timers[(i - 1) / 2]); i = (i - 1) / 2)
		medium->timers[i] = medium->timers[(i - 1) / 2];
	medium->timers[i] = timer;
	return 0;
}

struct medium_timer medium_timer_pop(struct medium *medium)
{
	struct medium_timer earliest = medium->timers[0], last = medium->timers[--medium->timer_count];
	size_t i = 0;

	for (size_t child = 1; child < medium->timer_count; child = 2 * i + 1) {
		child += child + 1 < medium->timer_count &&
			 fires_before(&medium->timers[child + 1], &medium->timers[child]);
		if (!fires_before(&medium->timers[child], &last))
			break;
		medium->timers[i] = medium->timers[child];
		i = child;
	}
	if (medium->timer_count)
		medium->timers[i] = last;
	return earliest;
}

void medium_event_push(struct medium *medium, struct medium_event event)
{
	if (medium->events_count == medium->events_room) {
		size_t room = medium->events_room ? 2 * medium->events_room : 64;
		struct medium_event *grown = reallocarray(medium->events, room, sizeof *grown);

		if (!grown) {
			frame_free(event.frame);
			return;
		}
		medium->events = grown;
		medium->events_room = room;
	}
	medium->events[medium->events_count++] = event;
}

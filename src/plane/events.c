/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plane/events.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

struct plane_event *plane_events_add(struct plane_events *events, enum plane_event_kind kind)
{
	if (array_reserve(&events->list, &events->room, events->count + 1, sizeof(*events->list))) {
		events->lost = true;
		return NULL;
	}
	events->list[events->count] = (struct plane_event){.kind = kind};
	return &events->list[events->count++];
}

bool plane_events_copy_elements(struct plane_event *event, struct span elements)
{
	uint8_t *copy = elements.len ? malloc(elements.len) : NULL;

	if (!copy)
		return !elements.len;
	memcpy(copy, elements.bytes, elements.len);
	event->elements = (struct span){copy, elements.len};
	return true;
}

void plane_event_release(struct plane_event *event)
{
	frame_free(event->frame);
	free((void *)(uintptr_t)event->elements.bytes);
	event->frame = NULL;
	event->elements = (struct span){0};
}

bool plane_events_take(struct plane_events *events, struct plane_event *event)
{
	if (!events->count)
		return false;
	*event = events->list[0];
	events->count--;
	memmove(events->list, events->list + 1, events->count * sizeof(*events->list));
	return true;
}

void plane_events_free(struct plane_events *events)
{
	for (size_t i = 0; i < events->count; i++)
		plane_event_release(&events->list[i]);
	free(events->list);
	*events = (struct plane_events){0};
}

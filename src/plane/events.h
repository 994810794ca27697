/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events for control, in a list: a plane that is called from outside appends them, and its caller passes them to control,
 * whose actions go to the plane again, until nothing is left. The list owns the frames of its events.
 */
#ifndef VIFI_PLANE_EVENTS_H
#define VIFI_PLANE_EVENTS_H

#include "plane/plane.h"

struct plane_events {
	struct plane_event *list;
	size_t count, room;
	bool lost; /* one is missing for lack of memory */
};

/* Appends an event and returns it; NULL: no memory. The pointer is valid until the next one is added. */
struct plane_event *plane_events_add(struct plane_events *events, enum plane_event_kind kind);

/* Gives an event of the list a copy of these elements. Returns false without memory. */
bool plane_events_copy_elements(struct plane_event *event, struct span elements);

/* Removes the first event and moves it to `event`; the caller releases it. Returns false if the list is empty. */
bool plane_events_take(struct plane_events *events, struct plane_event *event);

/* Frees the frame and the elements of an event that was taken. */
void plane_event_release(struct plane_event *event);

void plane_events_free(struct plane_events *events);

#endif

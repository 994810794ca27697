/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder of a process: what an access point or a station in user space notes (trace/event.h). Pure: time comes from the
 * owner, who sets `now_ns` before each event that it handles.
 *
 * A drop names its frame by the id: the recorder remembers the heads of the last frames, because a stage that drops a frame may
 * have freed it.
 */
#ifndef VIFI_TRACE_RECORDER_H
#define VIFI_TRACE_RECORDER_H

#include "base/frame.h"
#include "trace/ring.h"

enum { TRACE_RECENT = 128 };

struct trace_recorder {
	struct trace_ring ring; /* valid unless `mode` is TRACE_OFF */
	enum trace_mode mode;
	uint64_t now_ns;  /* since 1970 */
	uint64_t last_id; /* that was given */
	uint8_t own_hop;  /* TRACE_HOP_AP or TRACE_HOP_STA */
	uint32_t ifindex; /* of the interface of network 0; those of further networks follow from their numbers */
	struct trace_recent {
		struct trace_event event;
		uint8_t bytes[TRACE_HEAD];
	} recent[TRACE_RECENT];
};

/* NULL is off. */
static inline bool trace_is_on(const struct trace_recorder *recorder)
{
	return recorder && __builtin_expect(recorder->mode != TRACE_OFF, 0);
}

/* Gives a frame an id where its journey begins. Call it only while the recorder is on. */
void trace_begin(struct trace_recorder *recorder, struct frame *frame);

/* Notes a frame. `event` has hop, direction, destinations, link and peer. */
void trace_note(struct trace_recorder *recorder, const struct trace_event *event, const struct frame *frame);

/* Notes that the frame of this id was dropped at a hop; 0, or a frame of long ago: without its bytes. */
void trace_note_drop(struct trace_recorder *recorder, uint64_t id, unsigned reason, enum trace_hop hop);

#endif

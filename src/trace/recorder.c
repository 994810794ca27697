/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/recorder.h"

#include <string.h>

static struct trace_recent *recent_of(struct trace_recorder *recorder, uint64_t id)
{
	return &recorder->recent[id % TRACE_RECENT];
}

void trace_begin(struct trace_recorder *recorder, struct frame *frame)
{
	frame->meta.trace_id = ++recorder->last_id;
}

void trace_note(struct trace_recorder *recorder, const struct trace_event *event, const struct frame *frame)
{
	struct trace_event note = *event;
	struct trace_recent *recent = recent_of(recorder, frame->meta.trace_id);

	note.time = recorder->now_ns;
	note.id = frame->meta.trace_id;
	note.len = (uint32_t)frame->len;
	note.captured = recorder->mode == TRACE_WHOLE || note.len <= TRACE_HEAD ? note.len : TRACE_HEAD;
	trace_ring_add(&recorder->ring, &note, frame->data);
	if (!note.id)
		return;
	recent->event = note;
	if (note.captured > TRACE_HEAD)
		recent->event.captured = TRACE_HEAD;
	memcpy(recent->bytes, frame->data, recent->event.captured);
}

void trace_note_drop(struct trace_recorder *recorder, uint64_t id, unsigned reason, enum trace_hop hop)
{
	const struct trace_recent *recent = recent_of(recorder, id);
	struct trace_event note = {.id = id};

	if (id && recent->event.id == id)
		note = recent->event;
	note.time = recorder->now_ns;
	note.hop = (uint8_t)hop;
	note.to = 0;
	note.reason = (uint16_t)reason;
	trace_ring_add(&recorder->ring, &note, recent->bytes);
}

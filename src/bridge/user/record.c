/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "bridge/policy/trace_hop.h"
#include "wire/ether.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

void user_engine_record(struct user_engine *engine, struct trace_ring *ring)
{
	pthread_mutex_lock(&engine->lock);
	engine->trace = ring;
	if (!engine->trace_id)
		engine->trace_id = trace_id_base((uint32_t)getpid());
	pthread_mutex_unlock(&engine->lock);
}

bool user_engine_is_recording(const struct user_engine *engine)
{
	return engine->trace && mn_engine_config(engine->rules)->recorder != TRACE_OFF;
}

static void add(struct user_engine *engine, const struct ring_frame *frame, struct trace_event *event)
{
	const struct mn_config *config = mn_engine_config(engine->rules);
	uint32_t snap = config->recorder == TRACE_WHOLE ? TRACE_FRAME : TRACE_HEAD;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	event->time = (uint64_t)now.tv_sec * MN_NS_PER_SEC + (uint64_t)now.tv_nsec;
	event->id = engine->trace_id;
	event->len = frame->len;
	event->captured = frame->len < snap ? frame->len : snap;
	event->tci = frame->tci;
	event->by_tc = 1; /* the same rules */
	trace_hop_normalise(event, config->uplink, (uint32_t)engine->ports.bridge);
	trace_ring_add(engine->trace, event, frame->data);
}

void user_engine_record_verdict(struct user_engine *engine, enum mn_hook hook, const struct ring_frame *frame,
				uint32_t port, const struct mn_context *ctx, enum drop reason)
{
	struct trace_event event = {.port = port == UINT32_MAX ? 0 : port, .reason = (uint16_t)reason};

	event.hop = hook == MN_FROM_GUEST  ? TRACE_HOP_BRIDGE
		    : hook == MN_FROM_WIRE ? TRACE_HOP_UPLINK_IN
					   : TRACE_HOP_HOST;
	event.direction = hook == MN_FROM_WIRE ? TRACE_IN : TRACE_OUT;
	if (ctx) {
		engine->trace_id++;
		event.reason = ctx->drop;
		event.to = ctx->copy_to | ctx->send_to;
	}
	add(engine, frame, &event);
}

void user_engine_record_result(struct user_engine *engine, const struct ring_frame *frame, uint8_t dests)
{
	static const struct {
		uint8_t dest, hop, direction;
	} hops[] = {
		{MN_TO_UPLINK, TRACE_HOP_UPLINK_OUT, TRACE_OUT},
		{MN_TO_GUESTS, TRACE_HOP_BRIDGE, TRACE_IN},
		{MN_TO_HOST, TRACE_HOP_HOST, TRACE_IN},
	};

	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
		struct trace_event event = {.hop = hops[i].hop, .direction = hops[i].direction, .to = TRACE_ARRIVED};

		if (dests & hops[i].dest)
			add(engine, frame, &event);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder of a bridge (trace/event.h). The eBPF programs write into a ring buffer of the kernel, which this process empties
 * into the ring of its trace file (daemon/trace_file.h); the user-space engine writes there directly. Between two requests
 * nothing of this costs anything.
 */
#ifndef VIFI_BRIDGE_RECORDER_H
#define VIFI_BRIDGE_RECORDER_H

#include "base/error.h"
#include "bridge/bridge.h"
#include "trace/event.h"

#include <jansson.h>
#include <uv.h>

struct bridge_recorder;

/* Begins to record if the configuration says so; a failure is logged. NULL: out of memory. */
struct bridge_recorder *bridge_recorder_new(struct bridge *bridge, uv_loop_t *loop);
/* Ends the use of the event loop, before it closes. */
void bridge_recorder_stop(struct bridge_recorder *recorder);
void bridge_recorder_free(struct bridge_recorder *recorder); /* NULL is fine */

/*
 * {"ask": "trace", "mode": "off" | "headers" | "whole", "seconds": n} → {"ok": true, "mode": …, "begin": n}, or
 * {"error": sentence}. `begin` is the head of the ring before any frame that is recorded because of this request.
 */
json_t *bridge_recorder_answer(struct bridge_recorder *recorder, const json_t *request);

/* Applies a changed configuration, and the end of a request. */
void bridge_recorder_update(struct bridge_recorder *recorder);

#endif

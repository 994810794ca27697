/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules' engine in user space: for --engine=user, for tests, for fuzzing.
 *
 * It holds the same tables as the kernel's maps and runs the same rules over a
 * frame in memory.  No I/O and no clock: time is an argument, the verdict comes
 * back in a struct mn_context, and mn_engine_apply writes its edits into the frame.
 * Not thread-safe; one engine per thread.
 */
#ifndef VIFI_MACNAT_ENGINE_H
#define VIFI_MACNAT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macnat/context.h"

struct mn_engine;

/* A frame as it arrived. Offloads are described as an AF_PACKET socket or a tap describes them. */
struct mn_frame {
	uint8_t *data; /* from the Ethernet header; only mn_engine_apply writes it */
	uint32_t len;
	uint32_t port;        /* ifindex of the bridge port it came by; 0 elsewhere */
	uint32_t tci;         /* a tag that lies beside the frame: 0x10000 | TCI; 0: none */
	uint32_t segment_len; /* longest Ethernet frame it will be cut into; 0: it is not to be cut */
	bool csum_partial;    /* its transport checksum is still to be completed (CHECKSUM_PARTIAL) */
};

/* Makes an engine with empty tables. Returns NULL without memory. The caller frees it by mn_engine_free. */
struct mn_engine *mn_engine_new(const struct mn_config *config);
void mn_engine_free(struct mn_engine *engine); /* NULL is fine */

/* The configuration, to be changed at any time between two frames. */
struct mn_config *mn_engine_config(struct mn_engine *engine);

/*
 * Runs the rules of one hook over the frame at time now (ns).  marked: the
 * engine itself has handed the frame on before (MN_MARK).  The verdict stays
 * valid until the next call.
 */
const struct mn_context *mn_engine_run(struct mn_engine *engine, enum mn_hook hook, const struct mn_frame *frame,
				       uint64_t now, bool marked);

/* Writes the verdict's edits into the frame and moves its checksums. Returns 0, or -1 where an edit does not fit. */
int mn_engine_apply(const struct mn_context *ctx, const struct mn_frame *frame);

/* The table, as user space sees it. put returns 0, or -1 without room or memory; it replaces what is there. */
const struct mn_binding *mn_engine_get(struct mn_engine *engine, const struct mn_key *key);
int mn_engine_put(struct mn_engine *engine, const struct mn_key *key, const struct mn_binding *binding);
bool mn_engine_delete(struct mn_engine *engine, const struct mn_key *key); /* whether there was one */

/*
 * Iteration in no order: start with a cursor of NULL, until false.  Deleting the
 * binding just returned is allowed, nothing else may change meanwhile.
 */
bool mn_engine_next(struct mn_engine *engine, void **cursor, struct mn_key *key, struct mn_binding *binding);
bool mn_engine_next_port(struct mn_engine *engine, void **cursor, struct mn_port *port);
void mn_engine_forget_port(struct mn_engine *engine, uint32_t ifindex); /* its budget and ring; not its bindings */
size_t mn_engine_count(const struct mn_engine *engine);

uint64_t mn_engine_drops(const struct mn_engine *engine, enum drop reason);
uint64_t mn_engine_counts(const struct mn_engine *engine, enum mn_count what);
void mn_engine_count_drop(struct mn_engine *engine,
			  enum drop reason); /* a drop outside the rules, e.g. by the socket */

/*
 * Takes the oldest event; false: there is none.  The queue holds MN_ENGINE_EVENTS; a full queue loses new events and sets
 * an overflow flag.  mn_engine_take_overflow() returns that flag and clears it.  A consumer that derives state from events
 * must call it after the queue is empty, and on true read the whole table (mn_engine_next).
 */
#define MN_ENGINE_EVENTS 256
bool mn_engine_event_pop(struct mn_engine *engine, struct mn_event *event);
bool mn_engine_take_overflow(struct mn_engine *engine);

/* MTU of a bridge port, for frames from the wire (rule 26); 0 forgets it. Without one every frame fits. */
int mn_engine_set_mtu(struct mn_engine *engine, uint32_t ifindex, uint32_t mtu);

#endif

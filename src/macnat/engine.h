/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space engine of the rules: for --engine=user, tests and fuzzing.
 *
 * It holds the same tables as the kernel's maps and runs the same rules over a frame in memory. No I/O and no clock:
 * time is an argument, the verdict is a struct mn_context, and mn_engine_apply() writes its edits into the frame. Not
 * thread-safe; one engine per thread.
 */
#ifndef VIFI_MACNAT_ENGINE_H
#define VIFI_MACNAT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macnat/context.h"

struct mn_engine;

/* A received frame, with its offloads as an AF_PACKET socket or a TAP describes them. */
struct mn_frame {
	uint8_t *data; /* starts at the Ethernet header; only mn_engine_apply() writes it */
	uint32_t len;
	uint32_t port;        /* ifindex of the bridge port of arrival; 0 on other hooks */
	uint32_t tci;         /* VLAN tag outside the frame: 0x10000 | TCI; 0: none */
	uint32_t segment_len; /* length of the longest Ethernet frame after segmentation; 0: not segmented */
	bool csum_partial;    /* the transport checksum is incomplete (CHECKSUM_PARTIAL) */
	uint32_t room;        /* bytes after data + len by which the frame may grow */
};

/*
 * Creates an engine with empty tables; mn_engine_free() releases it. secret: a random number, for hashes that no neighbour
 * foresees. Returns NULL without memory.
 */
struct mn_engine *mn_engine_new(const struct mn_config *config, uint64_t secret);
void mn_engine_free(struct mn_engine *engine); /* NULL is fine */

/* The configuration; it may be changed between two frames. */
struct mn_config *mn_engine_config(struct mn_engine *engine);

/*
 * Runs the rules of one hook on the frame at time now (ns). marked: the engine itself has sent the frame before
 * (MN_MARK). The verdict is valid until the next call.
 */
const struct mn_context *mn_engine_run(struct mn_engine *engine, enum mn_hook hook, const struct mn_frame *frame,
				       uint64_t now, bool marked);

/*
 * Applies the verdict's edits to the frame and updates its checksums. Returns the new length of the frame, or -1 if it
 * has no room to grow or an edit lies outside it.
 */
int mn_engine_apply(const struct mn_context *ctx, const struct mn_frame *frame);

/*
 * Access to bindings. mn_engine_put() replaces an existing binding; it returns 0, or -1 if the table is full or memory
 * is short. A pinned network (MN_NET4, MN_NET6) holds all addresses for which it is the longest match.
 */
const struct mn_binding *mn_engine_get(struct mn_engine *engine, const struct mn_key *key);
int mn_engine_put(struct mn_engine *engine, const struct mn_key *key, const struct mn_binding *binding);
bool mn_engine_delete(struct mn_engine *engine, const struct mn_key *key); /* returns whether it existed */

/*
 * Iteration in no particular order: start with a NULL cursor, until false. The binding just returned may be deleted; no
 * other change is allowed meanwhile.
 */
bool mn_engine_next(struct mn_engine *engine, void **cursor, struct mn_key *key, struct mn_binding *binding);
bool mn_engine_next_port(struct mn_engine *engine, void **cursor, struct mn_port *port);
void mn_engine_forget_port(struct mn_engine *engine, uint32_t ifindex); /* its rate limit and ring, not its bindings */

/*
 * Adds a network with its MN_ROUTED_VALUE to the table of routed networks, the longest match of which decides;
 * mn_engine_routed_clear() empties the table. Returns 0, or -1 if the table is full or memory is short.
 */
int mn_engine_routed_add(struct mn_engine *engine, const struct mn_routed_key *key, uint32_t value);
void mn_engine_routed_clear(struct mn_engine *engine);

size_t mn_engine_count(const struct mn_engine *engine);

uint64_t mn_engine_drops(const struct mn_engine *engine, enum drop reason);
uint64_t mn_engine_counts(const struct mn_engine *engine, enum mn_count what);
void mn_engine_count_drop(struct mn_engine *engine,
			  enum drop reason); /* a drop outside the rules, for example in a socket */

/*
 * Takes the oldest event; false: none. The queue holds MN_ENGINE_EVENTS; a full queue loses new events and sets an
 * overflow flag. mn_engine_take_overflow() returns that flag and clears it. A consumer that derives state from events
 * calls it after the queue is empty, and on true reads the whole table (mn_engine_next()).
 */
#define MN_ENGINE_EVENTS 256
bool mn_engine_event_pop(struct mn_engine *engine, struct mn_event *event);
bool mn_engine_take_overflow(struct mn_engine *engine);

/*
 * Sets the MTU of a bridge port, for frames from the uplink (rule 26); 0 forgets it. Without an MTU every frame fits.
 */
int mn_engine_set_mtu(struct mn_engine *engine, uint32_t ifindex, uint32_t mtu);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the user-space engine, for its own files:
 *
 *   engine.c  starts and stops the engine, and forwards frames
 *   store.c   the tables and events, for the rest of the program
 *   guard.c   keeps the nft guard up to date
 *   hold.c    holds back frames of guests that it does not know yet
 *   port_guard.c  keeps the port guard up to date
 *   ports.c   finds the bridge port of a guest
 *   record.c  notes frames for the recorder
 */
#ifndef VIFI_BRIDGE_USER_ENGINE_STATE_H
#define VIFI_BRIDGE_USER_ENGINE_STATE_H

#include "bridge/user/engine.h"
#include "macnat/engine.h"
#include "netdev/fdb.h"
#include "netdev/marked_rx.h"
#include "netdev/nft_guard.h"
#include "netdev/nft_port_guard.h"
#include "netdev/ring.h"
#include "netdev/host_inject.h"

#include "trace/ring.h"

#include <pthread.h>

enum {
	PORT_CACHE_SIZE = 4096,   /* MAC addresses with a known port; a newer one overwrites an older one */
	GUARD_CHANGES_MAX = 1024, /* pending changes of the nft guard; beyond that it is rebuilt */
	USER_HOLD_MAX = 256,      /* frames that are held back */
	USER_HOLD_PORT_MAX = 64,  /* of one port */
};
#define USER_PORT_GUARD_NS MN_NS_PER_SEC         /* between two comparisons without a change */
#define PORT_CACHE_NS      MN_NS_PER_SEC         /* lifetime of an answer of the bridge, */
#define PORT_UNKNOWN_NS    (MN_NS_PER_SEC / 100) /* and of one that it does not know the address */

struct user_port_entry {
	uint8_t mac[6];
	uint16_t vlan;
	uint32_t port;
	uint64_t valid_until; /* ns; 0: empty */
};

/* Used by the forwarding thread only. */
struct user_ports {
	struct fdb_socket fdb;
	int bridge;
	struct user_port_entry cache[PORT_CACHE_SIZE];
};

struct user_guard_change {
	uint8_t address[16];
	uint8_t set; /* enum nft_guard_set */
	bool guest;
};

/* Changes of the nft guard. */
struct user_guard_changes {
	struct user_guard_change list[GUARD_CHANGES_MAX];
	uint32_t count;
	bool rebuild;  /* a change was lost: read the whole table */
	bool networks; /* the pinned networks have changed */
};

/* Frames for this host from guests that the nft guard does not know yet. */
struct user_hold {
	struct user_held_frame {
		struct ring_frame frame; /* with memory of its own */
		uint32_t port;
	} list[USER_HOLD_MAX];
	uint32_t count;
};

struct user_facts {
	struct nft_port_fact *list;
	size_t count, room;
};

struct user_port_guard {
	struct nft_port_guard *nft; /* NULL: none */
	struct marked_rx rx;        /* the frames that it keeps out of the bridge; of the forwarding thread */
	uv_poll_t poll;

	/* under the lock */
	struct user_port wanted[MN_PORTS_MAX];
	size_t n_wanted;
	bool changed;    /* the table, the configuration or the ports */
	uint64_t synced; /* ns, when the kernel's sets were last compared with the table */

	/* the thread of the nft guard */
	struct user_port guarded[MN_PORTS_MAX], wanted_now[MN_PORTS_MAX];
	size_t n_guarded;
	struct user_facts facts; /* that the kernel has */
};

struct user_engine {
	struct store store; /* the first member: store.c casts a store to its engine */
	struct mn_engine *rules;
	pthread_mutex_t lock; /* protects the rules, the events and the changes of the guard */

	/* the forwarding thread */
	pthread_t forward_thread;
	int own_nice; /* of the caller's thread */
	bool forward_running;
	struct ring uplink_rx, veth_rx;
	struct ring_out uplink_tx, guest_tx, host_tx;
	struct host_inject inject;
	struct user_ports ports;
	uv_loop_t loop;
	uv_poll_t uplink_poll, veth_poll;
	uv_async_t stop;
	uv_async_t guarded; /* a transaction of the nft guard has ended */
	bool has_loop;
	struct user_hold hold;    /* under the lock */
	struct trace_ring *trace; /* of the recorder; NULL: none; under the lock, as the next one */
	uint64_t trace_id;        /* of the frame that is processed */
	uint64_t ring_drops;      /* frames that were lost because a ring was full; under the lock */

	/* for the event loop of the program */
	struct mn_event events[MN_ENGINE_EVENTS];
	uint32_t first_event, n_events;
	bool overflow; /* an event was lost */
	uv_async_t *notify;

	/* the thread of the nft guard */
	pthread_t guard_thread;
	bool guard_running;
	struct nft_guard *guard;
	bool guard_stop;
	pthread_cond_t changed;                       /* there is something to do */
	struct user_guard_changes changes, in_flight; /* pending; in the transaction that is under way */
	bool uplink_mac_changed;
	struct user_port_guard port_guard;
};

/* ---- store.c ---- */
extern const struct store_ops user_engine_store_ops;
/* Moves new events of the rules to the program's loop and to the nft guard. Under the lock. */
void user_engine_dispatch_events(struct user_engine *engine);

/* ---- guard.c ---- */
/* A guest's binding was added (`guest`) or deleted; the guard needs only some of them. Under the lock. */
void user_engine_guard_update(struct user_engine *engine, const struct mn_key *key, bool guest);
/* The uplink's MAC address has changed. Under the lock. */
void user_engine_guard_update_mac(struct user_engine *engine);
/* A change was lost. Under the lock. */
void user_engine_guard_rebuild(struct user_engine *engine);
/* The thread. */
void *user_engine_guard_run(void *user);

/* ---- engine.c ---- */
/* Counts and records a drop outside the rules. Under the lock. */
void user_engine_drop(struct user_engine *engine, enum mn_hook hook, const struct ring_frame *frame, enum drop reason);

/* ---- hold.c ---- */
enum user_hold_verdict {
	USER_HOLD_PASS, /* the nft guard knows the sender, or there is no guard */
	USER_HOLD_KEPT, /* a copy is kept */
	USER_HOLD_FULL, /* the frame must be dropped */
};
/*
 * Judges a frame for this host. That of a guest which the nft guard does not know yet must wait: this host's answer would otherwise
 * leave by the uplink with the guest's MAC address as its destination. Under the lock, as the next two.
 */
enum user_hold_verdict user_engine_hold(struct user_engine *engine, const struct ring_frame *frame, uint32_t port);
/* Sends the held frames of guests that the nft guard knows by now, and drops those of guests that lost their source address meanwhile. */
void user_engine_release(struct user_engine *engine);
void user_engine_hold_clear(struct user_engine *engine);

/* ---- port_guard.c ---- */
/* Opens the port guard. Returns 0, or a negative number where the kernel cannot, and then nothing is left. */
int user_port_guard_open(struct user_engine *engine, const struct user_engine_links *links);
void user_port_guard_close(struct user_engine *engine);
/* A binding, the configuration or a port has changed. Under the lock, as the next two. */
void user_port_guard_changed(struct user_engine *engine);
/* Are the sets of the kernel to be compared with the table? Once a second also without a change, since owners fall silent. */
bool user_port_guard_is_due(const struct user_engine *engine);
/* Compares them; releases the lock meanwhile. By the thread of the nft guard. */
void user_port_guard_sync(struct user_engine *engine);

/* ---- record.c ---- */
/* The recorder is on. */
bool user_engine_is_recording(const struct user_engine *engine);
/* A frame as it came, with the verdict of the rules or a reason to drop it. Under the lock, as the next one. */
void user_engine_record_verdict(struct user_engine *engine, enum mn_hook hook, const struct ring_frame *frame,
				uint32_t port, const struct mn_context *ctx, enum drop reason);
/* The frame as this engine sends it. */
void user_engine_record_result(struct user_engine *engine, const struct ring_frame *frame, uint8_t dests);

/* ---- ports.c ---- */
int user_ports_open(struct user_ports *ports, int bridge);
void user_ports_close(struct user_ports *ports);
/* The bridge port of a source address; 0 if the bridge does not know it. */
uint32_t user_ports_find(struct user_ports *ports, const uint8_t *mac, uint16_t vlan, uint64_t now);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the user-space engine share; nobody else includes this.
 *
 *   engine_user.c        starts, stops, and moves frames
 *   user_engine_store.c  the tables and events, for the rest of the program
 *   engine_user_fence.c  keeps the fence
 *   engine_user_ports.c  which bridge port a guest is behind
 */
#ifndef VIFI_BRIDGE_USER_ENGINE_STATE_H
#define VIFI_BRIDGE_USER_ENGINE_STATE_H

#include "bridge/user/engine.h"
#include "macnat/engine.h"
#include "netdev/fdb.h"
#include "netdev/nft_guard.h"
#include "netdev/ring.h"
#include "netdev/host_inject.h"

#include <pthread.h>

enum {
	PORT_CACHE_SIZE = 4096,   /* MAC addresses whose port is known; a newer one takes the place of an older */
	GUARD_CHANGES_MAX = 1024, /* of the fence that wait; beyond, it is made anew */
};
#define PORT_CACHE_NS MN_NS_PER_SEC /* how long an answer of the bridge holds */

struct user_port_entry {
	uint8_t mac[6];
	uint16_t vlan;
	uint32_t port;
	uint64_t valid_until; /* ns; 0: empty */
};

/* Used by the thread that translates, alone. */
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

struct user_engine {
	struct store store; /* the first: a store is the engine */
	struct mn_engine *rules;
	pthread_mutex_t lock; /* engine, news, changes */

	/* the thread that translates */
	pthread_t forward_thread;
	bool forward_running;
	struct ring uplink_rx, veth_rx;
	struct ring_out uplink_tx, guest_tx, host_tx;
	struct host_inject inject;
	struct user_ports ports;
	int stop_fd;
	uint64_t ring_drops; /* frames that found no room in a ring; under the lock */

	/* for the loop of the program */
	struct mn_event events[MN_ENGINE_EVENTS];
	uint32_t first_event, n_events;
	int event_fd;

	/* the thread that keeps the fence */
	pthread_t guard_thread;
	bool guard_running, guard_stop;
	struct nft_guard *guard;
	pthread_cond_t changed;
	struct user_guard_change changes[GUARD_CHANGES_MAX];
	uint32_t n_changes;
	bool guard_rebuild;      /* all of the fence, because a change was lost */
	bool uplink_mac_changed; /* W is another */
};

/* ---- user_engine_store.c ---- */
extern const struct store_ops user_engine_store_ops;
/* Hands on what the rules have told since the last call: to the program's loop and to the fence. Under the lock. */
void user_engine_dispatch_events(struct user_engine *engine);

/* ---- engine_user_fence.c ---- */
/* The binding of a key has come or gone; not every one concerns the fence. Under the lock. */
void user_engine_guard_update(struct user_engine *engine, const struct mn_key *key, bool guest);
void user_engine_guard_update_mac(struct user_engine *engine);
void *user_engine_guard_run(void *user);

/* ---- engine_user_ports.c ---- */
int user_ports_open(struct user_ports *ports, int bridge);
void user_ports_close(struct user_ports *ports);
/* The port that a frame came by, from its source address; 0 where the bridge does not know. */
uint32_t user_ports_find(struct user_ports *ports, const uint8_t *mac, uint16_t vlan, uint64_t now);

#endif

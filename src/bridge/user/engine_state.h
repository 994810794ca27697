/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the user-space engine share; nobody else includes this.
 *
 *   engine_user.c        starts, stops, and moves frames
 *   engine_user_store.c  the tables and events, for the rest of the program
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
	PORT_CACHE = 4096,  /* MAC addresses whose port is known; a newer one takes the place of an older */
	CHANGES_MAX = 1024, /* of the fence that wait; beyond, it is made anew */
};
#define PORT_AGE MN_NS_PER_SEC /* how long an answer of the bridge holds */

struct port_of_mac {
	uint8_t mac[6];
	uint16_t vlan;
	uint32_t port;
	uint64_t until; /* ns; 0: empty */
};

/* Used by the thread that translates, alone. */
struct user_ports {
	struct fdb fdb;
	int bridge;
	struct port_of_mac mac[PORT_CACHE];
};

struct user_change {
	uint8_t address[16];
	uint8_t set; /* enum fence_set */
	bool guest;
};

struct engine_user {
	struct store store; /* the first: a store is the engine */
	struct mn_engine *engine;
	pthread_mutex_t lock; /* engine, news, changes */

	/* the thread that translates */
	pthread_t mover;
	bool moving;
	struct ring wire, veth;
	struct ring_out air, guests, host;
	struct sidedoor door;
	struct user_ports ports;
	int stop_fd;
	uint64_t lost; /* frames that found no room in a ring; under the lock */

	/* for the loop of the program */
	struct mn_event news[MN_ENGINE_EVENTS];
	uint32_t news_first, n_news;
	int news_fd;

	/* the thread that keeps the fence */
	pthread_t keeper;
	bool keeping, leave;
	struct fence *fence;
	pthread_cond_t changed;
	struct user_change changes[CHANGES_MAX];
	uint32_t n_changes;
	bool anew;    /* all of the fence, because a change was lost */
	bool new_own; /* W is another */
};

/* ---- engine_user_store.c ---- */
extern const struct store_ops engine_user_store_ops;
/* Hands on what the rules have told since the last call: to the program's loop and to the fence. Under the lock. */
void engine_user_tell(struct engine_user *u);

/* ---- engine_user_fence.c ---- */
/* The binding of a key has come or gone; not every one concerns the fence. Under the lock. */
void engine_user_note(struct engine_user *u, const struct mn_key *key, bool guest);
void engine_user_note_own(struct engine_user *u);
void *engine_user_keep(void *user);

/* ---- engine_user_ports.c ---- */
int user_ports_open(struct user_ports *p, int bridge);
void user_ports_close(struct user_ports *p);
/* The port that a frame came by, from its source address; 0 where the bridge does not know. */
uint32_t user_ports_find(struct user_ports *p, const uint8_t *mac, uint16_t vlan, uint64_t now);

#endif

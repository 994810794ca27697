/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `vifi air` share. */
#ifndef VIFI_AIR_DAEMON_STATE_H
#define VIFI_AIR_DAEMON_STATE_H

#include "air/daemon.h"
#include "air/capture_file.h"
#include "base/map.h"

#include <uv.h>

/* What waits to be sent to a client. */
struct air_out {
	struct air_message m;
	struct frame *frame; /* holds the bytes of `m`; NULL: there are none */
};

struct air_client {
	struct air *air;
	struct air_client *next, *next_touched;
	uv_poll_t poll;
	int fd, events; /* what `poll` waits for */
	radio_id id;    /* 0: it has not said HELLO */
	char name[AIR_NAME + 1];
	bool touched, monitor, gone, last; /* last: hangs up when all is sent */
	bool named;                        /* some rule speaks of it */
	uint16_t freq;
	uint8_t addr[MEDIUM_ADDRESSES][6];
	size_t addrs;
	struct air_out *out; /* a ring */
	size_t out_at, out_count, out_room;
	uint64_t dropped; /* it did not read fast enough: DROP_QUEUE */
};

struct air {
	const struct air_conf *conf;
	struct air_rules rules;
	struct medium *medium;
	uv_loop_t loop;
	uv_poll_t listener, clock;
	uv_timer_t flush;
	uv_signal_t term, interrupt;
	int listen_fd, clock_fd;
	struct air_client *clients, *touched;
	size_t count, most, paused;
	struct map by_id;
	radio_id ear; /* hears for the capture */
	struct air_file *file;
	bool rules_changed;
	uint64_t turned_away; /* connections beyond the most */
	uint8_t record[AIR_RECORD];
};

/* ---- air.c ---- */

/* CLOCK_MONOTONIC. */
uint64_t air_now(void);

/*
 * Takes what the medium has by now to the clients, sends, lets go of those that are gone, and sets the clock for what
 * comes next.  No client may be looked at behind it.
 */
void air_pump(struct air *a);

/* There is something to be done for it at the end of air_pump(). */
void air_touch(struct air_client *c);

/* ---- air_client.c ---- */

/* Takes the descriptor over. */
void air_client_new(struct air *a, int fd);

/* An event of the medium; takes its frame over. */
void air_client_event(struct air_client *c, struct medium_event *e);

/* Sends what waits; reads on or does not, by how much that is. */
void air_client_settle(struct air_client *c);

/* Leaves the medium and hangs up; the memory goes once the loop has run its close callbacks. */
void air_client_close(struct air_client *c);

/* ---- air_rules.c ---- */

/* The links of one client to all others and back; of all. */
void air_rules_for(struct air *a, struct air_client *c);
void air_rules_for_all(struct air *a);

/* What there is to see, as JSON text; the caller frees it.  NULL: no memory. */
char *air_show(const struct air *a);

#endif

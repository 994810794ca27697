/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `vifi air` share. */
#ifndef VIFI_AIR_DAEMON_STATE_H
#define VIFI_AIR_DAEMON_STATE_H

#include "air/daemon.h"
#include "air/capture_file.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <uv.h>

/* What waits to be sent to a client. */
struct air_outgoing {
	struct air_message message;
	struct frame *frame; /* holds the bytes of `m`; NULL: there are none */
};

struct air_client {
	struct air_daemon *air;
	struct air_client *next, *next_dirty;
	uv_poll_t poll;
	int fd, poll_events; /* what `poll` waits for */
	radio_id id;         /* 0: it has not said HELLO */
	char name[AIR_NAME_MAX + 1];
	bool dirty, monitor, gone, close_after_send; /* last: hangs up when all is sent */
	bool has_rule;                               /* some rule speaks of it */
	uint16_t freq_mhz;
	uint8_t addr[MEDIUM_ADDRESSES_MAX][6];
	size_t addr_count;
	struct air_outgoing *out; /* a ring */
	size_t out_at, out_count, out_room;
	uint64_t dropped;  /* it did not read fast enough: DROP_QUEUE */
	UT_hash_handle hh; /* by id */
};

struct air_daemon {
	const struct air_conf *conf;
	struct air_rules rules;
	struct medium *medium;
	uv_loop_t loop;
	uv_poll_t listen_poll, clock_poll;
	uv_timer_t flush_timer;
	uv_signal_t sigterm, sigint;
	int listen_fd, clock_fd;
	struct air_client *clients, *dirty_clients;
	size_t client_count, client_limit, paused_clients;
	struct air_client *radios; /* the clients that have said HELLO */
	radio_id monitor;          /* hears for the capture */
	struct capture_file *capture;
	bool rules_changed;
	uint64_t rejected; /* connections beyond the most */
	uint8_t record[AIR_RECORD_MAX];
};

/* ---- air.c ---- */

/* CLOCK_MONOTONIC. */
uint64_t air_daemon_now_ns(void);

/*
 * Takes what the medium has by now to the clients, sends, lets go of those that are gone, and sets the clock for what
 * comes next.  No client may be looked at behind it.
 */
void air_daemon_process(struct air_daemon *air);

/* There is something to be done for it at the end of air_daemon_process(). */
void air_client_mark_dirty(struct air_client *client);

/* ---- air_client.c ---- */

/* Takes the descriptor over. */
void air_client_new(struct air_daemon *air, int fd);

/* An event of the medium; takes its frame over. */
void air_client_event(struct air_client *client, struct medium_event *event);

/* Sends what waits; reads on or does not, by how much that is. */
void air_client_flush(struct air_client *client);

/* Leaves the medium and hangs up; the memory goes once the loop has run its close callbacks. */
void air_client_close(struct air_client *client);

/* ---- air_rules.c ---- */

/* The links of one client to all others and back; of all. */
void air_daemon_apply_rules(struct air_daemon *air, struct air_client *client);
void air_daemon_apply_all_rules(struct air_daemon *air);

/* What there is to see, as JSON text; the caller frees it.  NULL: no memory. */
char *air_daemon_status(const struct air_daemon *air);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of `vifi air`, shared by its files. Each file uses those before it in this list:
 *
 *	daemon_socket.c   the listening socket and its lock
 *	daemon_rules.c    links from rules; the status report
 *	daemon_trace.c    the recorder of the medium
 *	daemon_send.c     messages to a client, and its end
 *	daemon_medium.c   drives the medium by the clock
 *	daemon_admission.c  who may connect, and who gives way
 *	daemon_receive.c  messages from a client, and its beginning
 *	daemon.c          start, loop and stop
 */
#ifndef VIFI_AIR_DAEMON_STATE_H
#define VIFI_AIR_DAEMON_STATE_H

#include "air/capture_file.h"
#include "air/daemon.h"
#include "air/message_queue.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <uv.h>

#define AIR_RECORDS_PER_TURN 4 /* read from one client, before the others get their turn */

/* A user, or a process of a user, that has connections. */
struct air_owner_key {
	int32_t uid, pid; /* pid -1: the user */
};

struct air_owner {
	struct air_owner_key key;
	size_t count;
	UT_hash_handle hh;
};

struct air_client {
	struct air_daemon *air;
	struct air_client *next, *next_dirty;
	uv_poll_t poll;
	uv_poll_cb on_ready;
	int fd, poll_events;
	radio_id id; /* 0 before HELLO */
	char name[AIR_NAME_MAX + 1];
	bool dirty, monitor;
	bool gone;             /* to be closed by air_daemon_process() */
	bool close_after_send; /* becomes `gone` when `out` is empty */
	bool has_rule;         /* a rule names it */
	bool named;            /* in the recorder's ring */
	struct air_owner *user, *process;
	uint64_t active_ns; /* before HELLO: its beginning, or its last record */
	uint16_t freq_mhz;
	uint8_t addr[MEDIUM_ADDRESSES_MAX][6];
	size_t addr_count;
	struct message_queue out;
	uint64_t dropped;  /* received frames that it did not read fast enough */
	UT_hash_handle hh; /* by id */
};

/* A listening socket. The lock is held as long as the process lives, so that a second air cannot displace it. */
struct air_socket {
	int fd, lock_fd;
	char path[108], lock_path[120];
};

struct air_daemon {
	const struct air_conf *conf;
	struct air_rules rules;
	struct medium *medium;
	uv_loop_t loop;
	uv_poll_t listen_poll, clock_poll;
	uv_timer_t flush_timer;
	uv_signal_t sigterm, sigint;
	struct air_socket socket;
	int clock_fd;
	struct air_client *clients, *dirty_clients;
	struct air_client *radios; /* the clients that have said HELLO, by id */
	struct air_owner *owners;  /* users and processes with connections */
	size_t client_count, client_limit, paused_clients;
	radio_id monitor; /* receives for the capture */
	struct capture_file *capture;
	struct air_recorder *recorder; /* NULL: none */
	bool rules_changed;
	uint64_t rejected; /* connections beyond the limit */
	uint64_t evicted;  /* connections that gave way, or never became radios */
	uint8_t record[AIR_RECORD_MAX];
};

/* ---- daemon_socket.c ---- */

/* Listens on `path` with mode 0660. Returns 0; -EADDRINUSE: another air listens there; or another negative errno. */
int air_socket_open(struct air_socket *socket, const char *path, struct error *error);

/* Removes the socket and the lock. A socket that is not open is fine. */
void air_socket_close(struct air_socket *socket);

/* ---- daemon_rules.c ---- */

/* Sets the links between one client and all others; or all links. */
void air_daemon_apply_rules(struct air_daemon *air, struct air_client *client);
void air_daemon_apply_all_rules(struct air_daemon *air);

/* Returns the status as JSON text, which the caller frees; NULL: no memory. */
char *air_daemon_status(const struct air_daemon *air);

/* ---- daemon_trace.c ---- */

/* Creates the file of the recorder. Returns NULL if that is not possible; the medium works all the same. */
struct air_recorder *air_recorder_open(const struct air_conf *conf);

/* Removes the file. NULL is fine. */
void air_recorder_close(struct air_recorder *recorder);

/* Follows the requests of readers, before the events of the medium are handled. */
void air_recorder_update(struct air_daemon *air, uint64_t now_ns);

/* Notes that the client receives a frame, or why not. */
void air_recorder_received(struct air_client *client, const struct medium_event *received, enum drop reason);

/* ---- daemon_send.c ---- */

/* Makes air_daemon_process() flush the client. */
void air_client_mark_dirty(struct air_client *client);

/* Queues a message; `text` may be NULL. */
void air_client_send(struct air_client *client, const struct air_message *message, const char *text);

/* Queues an error, after which the connection closes. */
void air_client_refuse(struct air_client *client, int code, const char *text);

/* Queues an event of the medium; takes its frame over. */
void air_client_event(struct air_client *client, const struct medium_event *event);

/* Sends what the socket takes, and pauses or resumes reading according to the queues of the client. */
void air_client_flush(struct air_client *client);

/* Leaves the medium and closes the connection; the loop frees the client. */
void air_client_close(struct air_client *client);

/* ---- daemon_medium.c ---- */

/* Creates the clock. Returns 0 or a negative errno. */
int air_daemon_start_clock(struct air_daemon *air);

/*
 * Passes the events of the medium that are due to the clients, flushes the dirty clients, closes those that are gone and
 * sets the clock. Callers must not use a client after it.
 */
void air_daemon_process(struct air_daemon *air);

/* Flushes the capture. */
void air_daemon_flush_capture(struct air_daemon *air);

/* ---- daemon_admission.c ---- */

struct ucred;

/* Reads the credentials of a new connection, and makes room for it. Returns 0; -EAGAIN: the medium is full; another error. */
int air_daemon_admit(struct air_daemon *air, int fd, struct ucred *creds);

/* Counts the connection for its user and its process, or no more. Returns 0 or -ENOMEM. */
int air_client_charge(struct air_client *client, const struct ucred *creds);
void air_client_discharge(struct air_client *client);

/* Ends connections that have not become radios. */
void air_daemon_expire_clients(struct air_daemon *air);

/* ---- daemon_receive.c ---- */

/* Adds a client. Takes the descriptor over. */
void air_client_new(struct air_daemon *air, int fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a running `vifi bridge up`, which is also the lock against a second one.
 *
 * It is a Unix socket of mode 0600 in a private folder (/run/vifi), COOKIE-UPLINK.sock, one for each network namespace.
 * A process that starts binds it while holding a lock on the folder, and takes the name over from one that no longer
 * listens: the lock ends with its process however that ends. Both ends check the credentials of their peer
 * (SO_PEERCRED), and neither waits for the other without a limit. A connection carries one request and one answer, each
 * one line of JSON.
 */
#ifndef VIFI_DAEMON_CONTROL_H
#define VIFI_DAEMON_CONTROL_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#define CONTROL_ANSWER_MAX  (64 << 20) /* bytes of an answer: a full table of bindings */
#define CONTROL_REQUEST_MAX 65536      /* bytes */
#define CONTROL_IDLE_MS     10000
#define CONTROL_NAME_MAX    32 /* of a name of control_names(), which has a terminator */

/*
 * Takes the lock, and creates the folder where it is missing. Returns the listening descriptor, or a negative errno
 * with an error; -EADDRINUSE: another process holds the lock.
 */
int control_lock(const char *folder, const char *uplink, struct error *error);

/* Releases the lock: removes the socket and closes its descriptor. -1 is allowed. */
void control_unlock(const char *folder, const char *uplink, int fd);

/* Removes the socket that a killed process left. */
void control_clean(const char *folder, const char *uplink);

/*
 * Finds the process that holds the lock of an uplink. Returns 0 with its pid; the pid is 0 where the caller's pid
 * namespace does not show that process, and where its queue is full. -ECONNREFUSED: no process holds the lock; -EPERM:
 * the folder or the process belongs to another user.
 */
int control_owner(const char *folder, const char *uplink, pid_t *pid);
/* Whether a process is stopped by a signal or a debugger, so that it answers nothing; pid 0: unknown. */
bool control_peer_is_stopped(pid_t pid);

/*
 * Lists the names under which processes of this network namespace hold locks in a folder; some may have been killed.
 * Returns the number of names, at most `room`.
 */
size_t control_names(const char *folder, char (*names)[CONTROL_NAME_MAX], size_t room);

/*
 * Sends a request to the process that holds the lock of an uplink. Returns the answer, which the caller releases, or
 * NULL with `error` when there is no answer within `timeout` seconds. With `until_gone` it also waits, as long again,
 * for the process to end.
 */
json_t *control_request(const char *folder, const char *uplink, const json_t *request, unsigned timeout,
			bool until_gone, struct error *error);

/* The serving end. */
struct control;

/*
 * Answers a request; the caller releases the answer. A peer that `reads_only` gets answers, but must change nothing. A handler
 * that sets *last keeps the connection open until the process ends.
 */
typedef json_t *control_handler(void *user, const json_t *request, bool reads_only, bool *last);

/*
 * Serves requests of root, and unless `root_only` of the own user, on a listening descriptor, which it borrows. The
 * users that daemons of root continue as may read. A connection that makes no progress for CONTROL_IDLE_MS is closed. NULL: out of memory.
 */
struct control *control_serve(uv_loop_t *loop, int fd, bool root_only, control_handler *handler, void *user);
/* Closes the handles and connections; the memory is freed by their close callbacks, which the loop still has to run. */
void control_stop(struct control *control);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a running `vifi bridge up`, and the lock against a second one.
 *
 * It is an abstract Unix socket, @vifi/bridge/UPLINK: one for each network namespace, gone with the process whatever
 * ends it, no file to clean up.  Both ends look at the other's credentials (SO_PEERCRED) and speak only to root.
 * A connection carries one request and one answer, each one line of JSON.
 */
#ifndef VIFI_DAEMON_CONTROL_H
#define VIFI_DAEMON_CONTROL_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#define CONTROL_ANSWER_MAX  (64 << 20) /* an answer: a full table of bindings */
#define CONTROL_REQUEST_MAX 65536

/*
 * Takes the lock. Returns the listening descriptor, or a negative errno; -EADDRINUSE: somebody has it, and *holder is
 * its process, or 0 where that is not root's.
 */
int control_lock(const char *uplink, pid_t *owner);

/* Returns the process that serves an uplink; 0: none does. */
pid_t control_owner(const char *uplink);

/*
 * Asks the process that serves an uplink. The answer is the caller's; NULL and `why` when nobody answers within
 * `timeout` seconds.  With `until_gone` it also waits, as long again, for the process to end.
 */
json_t *control_request(const char *uplink, const json_t *request, unsigned timeout, bool until_gone,
			struct error *error);

/* The listening end. */
struct control;

/* Answers a request; the result is handed over. `*last` may be set: the connection then stays open until the end. */
typedef json_t *control_handler(void *user, const json_t *request, bool *last);

/* Serves requests on a listening descriptor, which it borrows. NULL: no memory. */
struct control *control_serve(uv_loop_t *loop, int fd, control_handler *handler, void *user);
/* Closes handles and connections; the memory goes once the loop has run its close callbacks. */
void control_stop(struct control *control);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address and the peers of the control socket, for both of its ends. */
#ifndef VIFI_DAEMON_CONTROL_SOCKET_H
#define VIFI_DAEMON_CONTROL_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Connects to the process that holds the lock of an uplink, waiting at most `timeout_ms` until its queue has room.
 * Returns a non-blocking descriptor and its pid, or a negative errno: -ECONNREFUSED: no process holds the lock;
 * -EAGAIN: the queue is full; -EPERM: the folder or the process belongs to another user.
 */
int control_connect(const char *folder, const char *uplink, unsigned timeout_ms, pid_t *pid);

/*
 * Accepts a peer of root, of the user that listened on `listener`, and of the users that daemons of root continue as.
 * Returns 0 or a negative errno. *reads_only: the peer may ask, but change nothing: with `root_only` all but root,
 * otherwise the service users.
 */
int control_check_client(int listener, int fd, bool root_only, bool *reads_only);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi air`: a medium that processes join over a Unix socket. One event loop owns the medium and drives it by the clock;
 * air/medium/protocol.h describes the protocol.
 *
 * No client can block another one. The process does not read from a client whose queue in the medium is full, so a client
 * that sends too fast only delays itself. A client that does not read loses received frames, which are counted; it never loses the
 * TX status of its frames, whose number is limited by that queue.
 */
#ifndef VIFI_AIR_DAEMON_H
#define VIFI_AIR_DAEMON_H

#include "conf/air_conf.h"

struct air_daemon;

/*
 * Opens the socket and the capture; the process can drop its privileges after that. `conf` must outlive the daemon.
 * Returns NULL on failure; `*in_use`: because another air listens on the socket.
 */
struct air_daemon *air_daemon_open(const struct air_conf *conf, bool *in_use, struct error *error);

/*
 * Confines the process (daemon/sandbox.h) to its open descriptors and the removal of its socket. Returns 0, or a negative
 * errno with an error that names the layers that do not apply.
 */
int air_daemon_confine(const struct air_conf *conf, struct error *error);

/* Runs until SIGTERM or SIGINT. */
void air_daemon_run(struct air_daemon *air);

/* Returns 0, or a negative errno if the capture is incomplete. */
int air_daemon_close(struct air_daemon *air);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi air`: a medium that processes join over a Unix socket.  One loop owns the medium and drives it by the clock;
 * radio/air_wire.h says what is spoken at the socket.
 *
 * Nobody can hold up another.  A client that sends faster than the air is carries the wait itself: it is not read while
 * its queue is full.  A client that does not read what it is sent loses frames, which are counted; what is never lost,
 * the fate of its own frames, is bounded by what it may have waiting.
 */
#ifndef VIFI_AIR_DAEMON_H
#define VIFI_AIR_DAEMON_H

#include "conf/air_conf.h"

struct air_daemon;

/*
 * Opens the socket and the capture; the process may give its privileges away after that.  `conf` is borrowed.  Returns
 * NULL and says why; `*in_use`: because somebody serves there already.
 */
struct air_daemon *air_daemon_open(const struct air_conf *conf, bool *in_use, struct error *error);

/* Until SIGTERM or SIGINT. */
void air_daemon_run(struct air_daemon *air);

/* 0; or -errno: the capture is not whole. */
int air_daemon_close(struct air_daemon *air);

#endif

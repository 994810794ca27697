/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_EVENT_LOOP_H
#define VIFI_DAEMON_EVENT_LOOP_H

#include <stdbool.h>
#include <uv.h>

/* Closes the handles of a loop that does not run, and the loop. */
void event_loop_close(uv_loop_t *loop);

/* Polls `fd` for reading; `data` is that of the handle. Returns whether that is possible. */
bool event_loop_watch(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb callback, void *data);

/*
 * The callback of a poll for readable sockets calls it with its status. libuv stops polling a socket that has an error:
 * ENOBUFS of netlink, after lost messages, or ENETDOWN of a packet socket. This polls it again; the callback must read
 * the socket, which clears the error.
 */
void event_loop_keep_polling(uv_poll_t *poll, int status, uv_poll_cb callback);

#endif

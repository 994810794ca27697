/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_EVENT_LOOP_H
#define VIFI_DAEMON_EVENT_LOOP_H

#include <uv.h>

/* Closes the handles of a loop that does not run, and the loop. */
void event_loop_close(uv_loop_t *loop);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_NOTIFY_H
#define VIFI_DAEMON_NOTIFY_H

/*
 * Sends a state ("READY=1", "STOPPING=1", "STATUS=…") to the service manager that set NOTIFY_SOCKET (sd_notify(3)).
 * Without one it does nothing.
 */
void notify(const char *state);

#endif

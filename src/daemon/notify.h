/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_NOTIFY_H
#define VIFI_DAEMON_NOTIFY_H

/*
 * Connects to the service manager that set NOTIFY_SOCKET (sd_notify(3)), while the process may still reach it: the sandbox
 * and another user may not.
 */
void notify_connect(void);

/* Sends a state ("READY=1", "STOPPING=1", "STATUS=…") to the service manager. Without one it does nothing. */
void notify(const char *state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_NOTIFY_H
#define VIFI_DAEMON_NOTIFY_H

/* Tells the service manager, if one asked by NOTIFY_SOCKET (sd_notify(3)): "READY=1", "STOPPING=1", "STATUS=…". */
void notify(const char *state);

#endif

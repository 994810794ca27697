/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "EXPLAIN COMMAND" on a control socket: OK and FAIL are followed by what the log says of the command, for `vifi ap` and `vifi sta`, whose
 * users do not have the log before them.
 */
#ifndef VIFI_WIFI_EXPLAIN_H
#define VIFI_WIFI_EXPLAIN_H

#include "ctrl/server/server.h"
#include "wifi/log.h"

/* Answers a command by `handle`, with or without the prefix. */
void wifi_explain(struct wifi_log *log, ctrl_handler *handle, void *user, char *command, struct ctrl_reply *reply);

#endif

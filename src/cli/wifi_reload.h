/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap reload --config`, `vifi sta reload --config`. */
#ifndef VIFI_CLI_WIFI_RELOAD_H
#define VIFI_CLI_WIFI_RELOAD_H

#include "cli/cmd.h"

/*
 * Sends a file to the running process of a role, "ap" or "sta", which may not be allowed to read it. `interface` is that of the
 * process, or empty: the file of an access point names it, and a station is the only one. Returns an exit code.
 */
int wifi_reload(const struct opt_command *command, const char *role, const char *interface, const char *file);

#endif

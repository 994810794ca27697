/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap reload --config`, `vifi sta reload --config`. */
#ifndef VIFI_CLI_WIFI_RELOAD_H
#define VIFI_CLI_WIFI_RELOAD_H

#include "cli/cmd.h"

/* Its option; `field` is that of the file's name, as OPT_FIELD() makes it. */
/* clang-format off */
#define WIFI_RELOAD_OPTION(field) \
	{.name = "config", .letter = 'c', .argument = "FILE", .type = OPT_TEXT, .command_line_only = true, field, \
	 .help = "send this file, with the rights of root, instead: the process may be unable to read it, as that of the unit is"}
/* clang-format on */

/*
 * Sends a file to the running process of a role, "ap" or "sta", which may not be allowed to read it. `interface` is that of the
 * process, or empty: the file of an access point names it, and a station is the only one. Returns an exit code.
 */
int wifi_reload(const struct opt_command *command, const char *role, const char *interface, const char *file);

#endif

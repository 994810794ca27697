/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands to a running access point, through its control socket. */
#ifndef VIFI_CLI_AP_CONTROL_H
#define VIFI_CLI_AP_CONTROL_H

#include "cli/cmd.h"

/* Returns the command `vifi ap NAME`, or NULL: NAME is a file, then. */
const struct command *ap_control_find(int argc, char **argv);

extern const struct opt_command *const ap_control_page_commands[]; /* ends with NULL */

#endif

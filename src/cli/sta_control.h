/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands to a running station, through its control socket. */
#ifndef VIFI_CLI_STA_CONTROL_H
#define VIFI_CLI_STA_CONTROL_H

#include "cli/cmd.h"

/* Returns the command `vifi sta NAME`, or NULL: NAME is a file, then. */
const struct command *sta_control_find(int argc, char **argv);

extern const struct opt_command *const sta_control_page_commands[]; /* ends with NULL */

#endif

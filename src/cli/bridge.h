/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `vifi bridge`, one file for each. */
#ifndef VIFI_CLI_BRIDGE_H
#define VIFI_CLI_BRIDGE_H

#include "cli/cmd.h"

extern const struct opt_command bridge_up_command, bridge_down_command, bridge_show_command, bridge_pin_command,
	bridge_forget_command, bridge_check_command, bridge_reload_command;

int cmd_bridge_up(int argc, char **argv);
int cmd_bridge_down(int argc, char **argv);
int cmd_bridge_show(int argc, char **argv);
int cmd_bridge_pin(int argc, char **argv);
int cmd_bridge_forget(int argc, char **argv);
int cmd_bridge_check(int argc, char **argv);
int cmd_bridge_reload(int argc, char **argv);

#endif

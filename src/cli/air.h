/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `vifi air`. */
#ifndef VIFI_CLI_AIR_H
#define VIFI_CLI_AIR_H

#include "cli/cmd.h"

extern const struct opt_command air_up_command, air_rule_command, air_show_command, air_capture_command,
	air_inject_command, air_hwsim_command;

int cmd_air_up(int argc, char **argv);
int cmd_air_rule(int argc, char **argv);
int cmd_air_show(int argc, char **argv);
int cmd_air_capture(int argc, char **argv);
int cmd_air_inject(int argc, char **argv);
int cmd_air_hwsim(int argc, char **argv);

#endif

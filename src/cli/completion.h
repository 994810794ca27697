/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion scripts for shells, from the tables of commands and options. */
#ifndef VIFI_CLI_COMPLETION_H
#define VIFI_CLI_COMPLETION_H

#include "cli/cmd.h"

/*
 * Runs `vifi completion SHELL`, a hidden command for the build: prints the completion script of bash, zsh or fish for the
 * commands of `group` and of its groups. argv[0] is "completion". Returns an exit code.
 */
int completion_run(const struct command_group *group, int argc, char **argv);

#endif

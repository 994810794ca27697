/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of the program have in common. */
#ifndef VIFI_CLI_CMD_H
#define VIFI_CLI_CMD_H

/* Exit codes, the same for each command. */
enum exit_code {
	EXIT_DONE = 0,      /* what was asked is done */
	EXIT_FAILED = 1,    /* it failed, and standard error says why */
	EXIT_USAGE = 2,     /* the command line or the configuration is wrong */
	EXIT_PRIVILEGE = 3, /* a privilege or a feature of the kernel is missing */
	EXIT_STATE = 4,     /* it runs already, or does not run */
};

/* One for each file here: argv[0] is the command's own name.  Returns an exit code. */
int cmd_bridge(int argc, char **argv);

#endif

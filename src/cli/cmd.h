/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of the program have in common: a table of names, and exit codes. */
#ifndef VIFI_CLI_CMD_H
#define VIFI_CLI_CMD_H

#include "conf/opt.h"

/* Exit codes, the same for each command. */
enum exit_code {
	EXIT_DONE = 0,      /* what was asked is done */
	EXIT_FAILED = 1,    /* it failed, and standard error says why */
	EXIT_USAGE = 2,     /* the command line or the configuration is wrong */
	EXIT_PRIVILEGE = 3, /* a privilege or a feature of the kernel is missing */
	EXIT_STATE = 4,     /* it runs already, or does not run */
};

struct command {
	const char *name;                  /* NULL ends a table */
	int (*run)(int argc, char **argv); /* argv[0] is the command's own name; returns an exit code */
	const struct opt_command *syntax;  /* its sentence stands in the list */
};

/* A word with commands behind it: the program itself, `vifi bridge`. */
struct command_group {
	const char *name;               /* "vifi bridge" */
	const struct command *commands; /* ends with {0} */
	const struct opt_page *page; /* its sentence heads the list; the hidden option --man prints it for the build */
	const char *version;         /* what --version prints, or NULL */
};

/*
 * Runs the command that argv[1] names.  Understands --help, --version and --man by itself; an unknown
 * command exits with EXIT_USAGE and names the nearest known one.
 */
int command_run(const struct command_group *group, int argc, char **argv);

/* One for each file here. */
int cmd_ap(int argc, char **argv);
int cmd_air(int argc, char **argv);
int cmd_bridge(int argc, char **argv);
int cmd_decrypt(int argc, char **argv);
int cmd_sta(int argc, char **argv);

extern const struct opt_command ap_command, decrypt_command, sta_command;

#endif

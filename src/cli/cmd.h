/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common parts of all commands: tables of commands, and exit codes. */
#ifndef VIFI_CLI_CMD_H
#define VIFI_CLI_CMD_H

#include "base/error.h"
#include "conf/opt.h"

/* Exit codes, the same for each command. */
enum exit_code {
	EXIT_DONE = 0,      /* success */
	EXIT_FAILED = 1,    /* failure; standard error has the reason */
	EXIT_USAGE = 2,     /* invalid command line or configuration */
	EXIT_PRIVILEGE = 3, /* a privilege or a kernel feature is missing */
	EXIT_STATE = 4,     /* a process runs already, or none runs */
};

struct command {
	const char *name;                  /* NULL ends a table */
	int (*run)(int argc, char **argv); /* argv[0] is the name of the command; returns an exit code */
	const struct opt_command *syntax;  /* its summary appears in the list of commands */
};

/* A command with subcommands: the program itself, `vifi bridge`; `vifi ap`, which also takes files. */
struct command_group {
	const char *name;               /* "vifi bridge" */
	const struct command *commands; /* ends with {0} */
	const struct opt_page *page;    /* its summary heads the list of commands; NULL: for completion only */
	const char *version;            /* printed by --version, or NULL */
	/* The groups among the commands, for the completion of shells; ends with NULL. Or NULL. */
	const struct command_group *const *groups;
};

/*
 * Runs the command that argv[1] names. Handles --help, --version and --man; for an unknown command it returns EXIT_USAGE
 * and suggests the nearest known one.
 */
int command_run(const struct command_group *group, int argc, char **argv);

/* Prints the man page if the only argument is --man, a hidden option for the build. Returns whether it did. */
bool command_prints_man(const struct opt_page *page, int argc, char **argv);

/* Prints "COMMAND: error" on standard error and returns `code`. */
int command_fail(const struct opt_command *command, int code, const struct error *error);

/* The commands of main.c, one file each. */
int cmd_ap(int argc, char **argv);
int cmd_air(int argc, char **argv);
int cmd_bridge(int argc, char **argv);
int cmd_decrypt(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_setup(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_sta(int argc, char **argv);

extern const struct command_group air_group, ap_group, bridge_group, sta_group;
extern const struct opt_command ap_command, decrypt_command, doctor_command, metrics_command, setup_command,
	sta_command, top_command, trace_command, why_command;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the clients of running access points and stations share: ap_control.c, sta_control.c. */
#ifndef VIFI_CLI_CONTROL_H
#define VIFI_CLI_CONTROL_H

#include "cli/cmd.h"

#include <jansson.h>

/* Prints the error; returns the exit code for a negative errno of ctrl_client_open() or ctrl_client_ask(). */
int control_fail(const struct opt_command *command, int ret, const struct error *error);

/* Prints a value, and releases it. */
void control_print_json(json_t *value);

/*
 * Lines NAME=VALUE as members of an object, which the caller releases; a line without `=` becomes the member `bare`, and is left
 * out if that is NULL. Changes the text.
 */
json_t *control_lines_json(char *text, const char *bare);

/*
 * Sends a command that is answered by OK. A line that the log has about it ("ROAM: …") is an error, too. `subject`: "the station".
 * Returns 0, or a negative errno with an error.
 */
int control_order(int fd, const char *command, const char *subject, struct error *error);

/*
 * Asks for STATUS until it is as wanted, for at most `seconds`. Returns 1 if it was, 0 if not, or a negative errno with
 * an error.
 */
int control_await(int fd, bool (*arrived)(char *status, const void *wanted), const void *wanted, unsigned seconds,
		  struct error *error);

/* Is `line` a whole line of the text? */
bool control_has_line(const char *text, const char *line);

/* The command of that name in a table that ends with {0}; NULL: there is none. */
const struct command *control_find(const struct command *commands, const char *name);

/*
 * The command of `vifi sta status -i wlan0`, whose name may also follow the options, as in `vifi sta -i wlan0 status`, unless there
 * is a file of that name: moves it before them. NULL: the arguments name no command.
 */
const struct command *control_find_moved(const struct command *commands, int argc, char **argv);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/control.h"

#include "ctrl/reply.h"
#include "ctrl/server/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int control_fail(const struct opt_command *command, int ret, const struct error *error)
{
	return command_fail(command,
			    ret == -ENOENT || ret == -ECONNREFUSED ? EXIT_STATE
			    : ret == -EACCES || ret == -EPERM      ? EXIT_PRIVILEGE
								   : EXIT_FAILED,
			    error);
}

void control_print_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(value);
}

json_t *control_lines_json(char *text, const char *bare)
{
	json_t *object = json_object();
	char *line;

	while (object && (line = strsep(&text, "\n"))) {
		char *equals = strchr(line, '=');

		if (equals)
			*equals = '\0';
		if (*line && (equals || bare))
			json_object_set_new(object, equals ? line : bare, json_string(equals ? equals + 1 : line));
	}
	return object;
}

int control_order(int fd, const char *command, const char *subject, struct error *error)
{
	char reply[CTRL_REPLY_MAX];
	int len = ctrl_client_ask(fd, command, reply, sizeof(reply), error);

	if (len < 0)
		return len;
	if (!strncmp(reply, "OK", 2))
		return 0;
	return error_set(error, -EINVAL, "%s refuses it%s; its log has the reason", subject,
			 !strncmp(reply, "FAIL-BUSY", 9) ? " while it scans" : "");
}

const struct command *control_find(const struct command *commands, const char *name)
{
	for (const struct command *command = commands; name && command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

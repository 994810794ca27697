/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/control.h"

#include "ctrl/reply.h"
#include "ctrl/server/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* Sends the command with the wish for an explanation. Returns the length of the reply, or a negative errno with an error. */
static int ask(int fd, const char *command, char reply[CTRL_REPLY_MAX], struct error *error)
{
	char text[200];
	int len;

	snprintf(text, sizeof(text), "EXPLAIN %s", command);
	len = ctrl_client_ask(fd, text, reply, CTRL_REPLY_MAX, error);
	if (len >= 0 && !strncmp(reply, "UNKNOWN COMMAND", 15)) /* of another program's socket */
		len = ctrl_client_ask(fd, command, reply, CTRL_REPLY_MAX, error);
	return len;
}

int control_order(int fd, const char *command, const char *subject, struct error *error)
{
	char reply[CTRL_REPLY_MAX];
	const char *reason;
	int len = ask(fd, command, reply, error);

	if (len < 0)
		return len;
	reason = strchr(reply, '\n') ? strchr(reply, '\n') + 1 : "";
	if (!strncmp(reply, "OK", 2) && strncmp(reason, command, strcspn(command, " ")) != 0)
		return 0;
	if (!strncmp(reply, "FAIL-BUSY", 9))
		return error_set(error, -EBUSY, "%s refuses it while it scans or connects; try again in some seconds",
				 subject);
	if (*reason)
		return error_set(error, -EINVAL, "%.*s", (int)strcspn(reason, "\n"), reason);
	return error_set(error, -EINVAL, "%s refuses it; its log has the reason", subject);
}

int control_await(int fd, bool (*arrived)(char *status, const void *wanted), const void *wanted, unsigned seconds,
		  struct error *error)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	char reply[CTRL_REPLY_MAX];
	int len;

	for (unsigned tries = 0; tries < 10 * seconds; tries++) {
		len = ctrl_client_ask(fd, "STATUS", reply, sizeof(reply), error);
		if (len < 0)
			return len;
		if (arrived(reply, wanted))
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

bool control_has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (; text; text = strchr(text, '\n'), text += text != NULL)
		if (!strncmp(text, line, len) && (text[len] == '\n' || !text[len]))
			return true;
	return false;
}

const struct command *control_find(const struct command *commands, const char *name)
{
	for (const struct command *command = commands; name && command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

const struct command *control_find_moved(const struct command *commands, int argc, char **argv)
{
	const struct command *command = control_find(commands, argc > 1 ? argv[1] : NULL);

	for (int i = 2; !command && i < argc && argv[1][0] == '-'; i++) {
		char *name = argv[i];

		command = access(name, F_OK) != 0 ? control_find(commands, name) : NULL;
		if (!command)
			continue;
		memmove(&argv[2], &argv[1], (size_t)(i - 1) * sizeof(*argv));
		argv[1] = name;
	}
	return command;
}

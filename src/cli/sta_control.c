/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta status`, `scan`, `networks` …: clients of the control socket of a running station. */
#include "cli/sta_control.h"

#include "base/mac.h"
#include "cli/control.h"
#include "cli/wifi_reload.h"
#include "ctrl/reply.h"
#include "ctrl/server/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FOLDER "/run/wpa_supplicant"
#define ROAM_S 10

struct options {
	char folder[100], interface[16], file[256];
	bool json;
};

#define OPTION(field_) OPT_FIELD(struct options, field_)
/* clang-format off */
#define WHERE \
	{.name = "interface", .letter = 'i', .argument = "NAME", .type = OPT_TEXT, OPTION(interface), .command_line_only = true, \
	 .help = "the interface of the station; not needed where there is only one"}, \
	{.name = "control", .letter = 'p', .argument = "FOLDER", .type = OPT_TEXT, OPTION(folder), .command_line_only = true, \
	 .default_value = FOLDER, .help = "the folder of the control sockets, as in ctrl_interface"}
/* clang-format on */

static const struct opt where_options[] = {WHERE, {0}};
static const struct opt show_options[] = {WHERE,
					  {.name = "json",
					   .letter = 'j',
					   .type = OPT_FLAG,
					   OPTION(json),
					   .command_line_only = true,
					   .help = "print JSON; /usr/share/vifi/control.schema.json describes it"},
					  {0}};

static const struct opt reload_options[] = {WHERE, WIFI_RELOAD_OPTION(OPTION(file)), {0}};

static const struct opt_command status_command = {
	.name = "vifi sta status",
	.summary = "print the state and the connection of a running station",
	.options = show_options,
};
static const struct opt_command scan_command = {
	.name = "vifi sta scan",
	.summary = "scan, and list the networks in range",
	.options = show_options,
};
static const struct opt_command networks_command = {
	.name = "vifi sta networks",
	.summary = "list the configured networks of a running station",
	.options = show_options,
};
static const struct opt_command disconnect_command = {
	.name = "vifi sta disconnect",
	.summary = "leave the network, until `vifi sta reconnect`",
	.options = where_options,
};
static const struct opt_command reconnect_command = {
	.name = "vifi sta reconnect",
	.summary = "connect again, and at once",
	.options = where_options,
};
static const struct opt_command roam_command = {
	.name = "vifi sta roam",
	.operands = "BSSID",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "move to another access point of the network",
	.options = where_options,
};
static const struct opt_command reload_command = {
	.name = "vifi sta reload",
	.summary = "read the file again, and keep the connection if its network has not changed",
	.options = reload_options,
};

const struct opt_command *const sta_control_page_commands[] = {
	&status_command,    &scan_command, &networks_command, &disconnect_command,
	&reconnect_command, &roam_command, &reload_command,   NULL};

/* ---- output ---- */

/* A table whose first line names the columns, "a / b / c", and whose rows have tabulators. */
static json_t *parse_table(char *text)
{
	char *names = strsep(&text, "\n"), *line;
	json_t *rows = json_array();

	while (rows && (line = strsep(&text, "\n")) && *line) {
		char *column = names, *value;
		json_t *row = json_object();

		while (column && (value = strsep(&line, "\t"))) {
			char name[32] = "";
			const char *end = strstr(column, " / ");
			size_t len = end ? (size_t)(end - column) : strlen(column);

			memcpy(name, column, len < sizeof(name) ? len : sizeof(name) - 1);
			for (char *blank = name; (blank = strchr(blank, ' '));)
				*blank = '_';
			json_object_set_new(row, name, json_string(value));
			column = end ? column + len + 3 : NULL;
		}
		json_array_append_new(rows, row);
	}
	return rows;
}

/* ---- commands ---- */

static int show(int fd, const char *command, bool json, bool table, struct error *error)
{
	char reply[CTRL_REPLY_MAX];
	int len = ctrl_client_ask(fd, command, reply, sizeof(reply), error);

	if (len < 0)
		return len;
	if (json)
		control_print_json(table ? parse_table(reply) : control_lines_json(reply, NULL));
	else
		fputs(reply, stdout);
	return 0;
}

/* Waits until the station scans no longer. */
static int scan(const struct options *options, int fd, struct error *error)
{
	char reply[CTRL_REPLY_MAX];
	int ret = control_order(fd, "SCAN TYPE=ONLY", "the station", error);

	for (int tries = 0; ret == 0 && tries < 150; tries++) {
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
		if (ctrl_client_ask(fd, "STATUS-DRIVER", reply, sizeof(reply), error) < 0)
			return -EIO;
		if (!strstr(reply, "SCAN_STARTED"))
			return show(fd, "SCAN_RESULTS", options->json, true, error);
	}
	return ret ? ret : error_set(error, -ETIMEDOUT, "the scan did not end in time");
}

/* `wanted`: "bssid=02:00:00:12:34:56" */
static bool has_roamed(char *status, const void *wanted)
{
	return control_has_line(status, wanted) && control_has_line(status, "wpa_state=COMPLETED");
}

static int roam(int fd, const char *command, const char *bssid, struct error *error)
{
	char wanted[32];
	int ret = control_order(fd, command, "the station", error);

	if (ret < 0)
		return ret;
	snprintf(wanted, sizeof(wanted), "bssid=%.17s", bssid);
	ret = control_await(fd, has_roamed, wanted, ROAM_S, error);
	if (ret < 0)
		return ret;
	if (!ret)
		return error_set(
			error, -ETIMEDOUT,
			"the station is not connected to %s after %d s; `vifi why` with its interface says what "
			"failed, and `vifi sta status` where it is",
			bssid, ROAM_S);
	printf("connected to %s\n", bssid);
	return 0;
}

static int run(const struct opt_command *command, const struct options *options, int fd, const char *text,
	       struct error *error)
{
	if (command == &scan_command)
		return scan(options, fd, error);
	if (command == &status_command || command == &networks_command)
		return show(fd, text, options->json, command == &networks_command, error);
	if (command == &roam_command)
		return roam(fd, text, text + strlen("ROAM "), error);
	return control_order(fd, text, "the station", error);
}

/* Reads the command line, opens the socket, and sends the command, followed by the operand if there is one. */
static int execute(const struct opt_command *command, const char *verb, int argc, char **argv)
{
	struct options options = {0};
	char text[80];
	char mac[MAC_TEXT_SIZE];
	uint8_t bssid[6];
	struct error error;
	int first, fd, ret;

	opt_defaults(command->options, &options);
	first = opt_parse(command, argc, argv, &options);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (first < argc && !mac_parse(bssid, argv[first])) {
		fprintf(stderr, "%s: `%s` is not a BSSID (02:00:00:12:34:56)\n", command->name, argv[first]);
		return EXIT_USAGE;
	}
	if (options.file[0])
		return wifi_reload(command, "sta", options.interface, options.file);
	if (first < argc)
		snprintf(text, sizeof(text), "%s %s", verb, mac_format(mac, bssid));
	else
		snprintf(text, sizeof(text), "%s", verb);
	fd = ctrl_client_open(options.folder, options.interface, &error);
	if (fd < 0)
		return control_fail(command, fd, &error);
	ret = run(command, &options, fd, text, &error);
	ctrl_client_close(fd);
	return ret < 0 ? control_fail(command, ret, &error) : EXIT_DONE;
}

static int cmd_status(int argc, char **argv)
{
	return execute(&status_command, "STATUS", argc, argv);
}

static int cmd_scan(int argc, char **argv)
{
	return execute(&scan_command, "SCAN", argc, argv);
}

static int cmd_networks(int argc, char **argv)
{
	return execute(&networks_command, "LIST_NETWORKS", argc, argv);
}

static int cmd_disconnect(int argc, char **argv)
{
	return execute(&disconnect_command, "DISCONNECT", argc, argv);
}

static int cmd_reconnect(int argc, char **argv)
{
	return execute(&reconnect_command, "RECONNECT", argc, argv);
}

static int cmd_roam(int argc, char **argv)
{
	return execute(&roam_command, "ROAM", argc, argv);
}

static int cmd_reload(int argc, char **argv)
{
	return execute(&reload_command, "RECONFIGURE", argc, argv);
}

static const struct command commands[] = {
	{"status", cmd_status, &status_command},          {"scan", cmd_scan, &scan_command},
	{"networks", cmd_networks, &networks_command},    {"disconnect", cmd_disconnect, &disconnect_command},
	{"reconnect", cmd_reconnect, &reconnect_command}, {"roam", cmd_roam, &roam_command},
	{"reload", cmd_reload, &reload_command},          {0},
};

const struct command_group sta_group = {.name = "vifi sta", .commands = commands};

const struct command *sta_control_find(int argc, char **argv)
{
	return control_find_moved(commands, argc, argv);
}

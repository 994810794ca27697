/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap status`, `stations`, `deauth` …: clients of the control socket of a running access point. */
#include "cli/ap_control.h"

#include "base/mac.h"
#include "cli/control.h"
#include "cli/wifi_reload.h"
#include "ctrl/reply.h"
#include "ctrl/server/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	char folder[100], interface[16], file[256];
	bool json;
	uint32_t reason, count, width, freq;
	const char *verb, *station; /* of deauth and disassoc */
	uint8_t addr[6];            /* … of the station */
};

#define SWITCH_S 5 /* for a move, beside the announcements */

#define OPTION(field_) OPT_FIELD(struct options, field_)
/* clang-format off */
#define WHERE \
	{.name = "interface", .letter = 'i', .argument = "NAME", .type = OPT_TEXT, OPTION(interface), .command_line_only = true, \
	 .help = "the interface of the network; not needed where there is only one"}, \
	{.name = "control", .argument = "FOLDER", .type = OPT_TEXT, OPTION(folder), .command_line_only = true, \
	 .default_value = CTRL_FOLDER, .help = "the folder of the control sockets, as in ctrl_interface"}
#define JSON \
	{.name = "json", .letter = 'j', .type = OPT_FLAG, OPTION(json), .command_line_only = true, .help = "print JSON; /usr/share/vifi/control.schema.json describes it"}
/* clang-format on */

static const struct opt where_options[] = {WHERE, {0}};
static const struct opt show_options[] = {WHERE, JSON, {0}};
static const struct opt kick_options[] = {WHERE,
					  {.name = "reason",
					   .letter = 'r',
					   .argument = "NUMBER",
					   .type = OPT_NUMBER,
					   .min = 1,
					   .max = 65535,
					   .default_value = "3",
					   .command_line_only = true,
					   OPTION(reason),
					   .help = "the reason code to send to the station"},
					  {0}};
static const struct opt switch_options[] = {
	WHERE,
	{.name = "count",
	 .letter = 'c',
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 .min = 1,
	 .max = 255,
	 .default_value = "5",
	 .command_line_only = true,
	 OPTION(count),
	 .help = "announce the move in NUMBER beacons"},
	{.name = "width",
	 .letter = 'w',
	 .argument = "MHZ",
	 .type = OPT_NUMBER,
	 .max = 160,
	 .command_line_only = true,
	 OPTION(width),
	 .help = "the width of the new channel; 0, the default: 20 MHz without 802.11n"},
	{0}};

static const struct opt reload_options[] = {WHERE, WIFI_RELOAD_OPTION(OPTION(file)), {0}};

static const struct opt_command status_command = {
	.name = "vifi ap status",
	.summary = "print the state, the channel and the networks of a running access point",
	.options = show_options,
};
static const struct opt_command stations_command = {
	.name = "vifi ap stations",
	.summary = "list the stations of a running access point",
	.options = show_options,
};
static const struct opt_command deauth_command = {
	.name = "vifi ap deauth",
	.operands = "STATION",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "deauthenticate a station, or with ff:ff:ff:ff:ff:ff all of them",
	.options = kick_options,
};
static const struct opt_command disassoc_command = {
	.name = "vifi ap disassoc",
	.operands = "STATION",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "disassociate a station, or with ff:ff:ff:ff:ff:ff all of them",
	.options = kick_options,
};
static const struct opt_command rekey_command = {
	.name = "vifi ap rekey",
	.operands = "[STATION]",
	.max_operands = 1,
	.summary = "renew the group keys, or the pairwise keys of one station",
	.options = where_options,
};
static const struct opt_command reload_command = {
	.name = "vifi ap reload",
	.summary = "read the file again, and keep the stations that the change does not affect",
	.options = reload_options,
};
static const struct opt_command switch_command = {
	.name = "vifi ap switch",
	.operands = "FREQUENCY",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "move to another channel; FREQUENCY in MHz. Stations follow",
	.options = switch_options,
};

const struct opt_command *const ap_control_page_commands[] = {
	&status_command, &stations_command, &deauth_command, &disassoc_command,
	&rekey_command,  &reload_command,   &switch_command, NULL};

/* ---- output ---- */

static const char *member(const json_t *station, const char *name)
{
	const char *value = json_string_value(json_object_get(station, name));

	return value ? value : "";
}

static void print_station(const json_t *station)
{
	printf("%s  %s  %s s  signal %s dBm  received %s, sent %s bytes%s%s\n", member(station, "address"),
	       member(station, "flags"), member(station, "connected_time"), member(station, "signal"),
	       member(station, "rx_bytes"), member(station, "tx_bytes"), *member(station, "keyid") ? "  keyid " : "",
	       member(station, "keyid"));
}

/* ---- commands ---- */

static int show_status(const struct options *options, int fd, struct error *error)
{
	char reply[CTRL_REPLY_MAX];
	int len = ctrl_client_ask(fd, "STATUS", reply, sizeof(reply), error);

	if (len >= 0 && options->json)
		control_print_json(control_lines_json(reply, "address"));
	else if (len >= 0)
		fputs(reply, stdout);
	return len < 0 ? len : 0;
}

static int show_stations(const struct options *options, int fd, struct error *error)
{
	char reply[CTRL_REPLY_MAX], command[64] = "STA-FIRST";
	json_t *list = json_array(), *station;
	int len;

	while ((len = ctrl_client_ask(fd, command, reply, sizeof(reply), error)) > 0 &&
	       strncmp(reply, "FAIL", 4) != 0) {
		station = control_lines_json(reply, "address");
		snprintf(command, sizeof(command), "STA-NEXT %s", member(station, "address"));
		if (!options->json)
			print_station(station);
		if (json_array_append_new(list, station))
			break;
	}
	if (len >= 0 && options->json)
		control_print_json(list);
	else
		json_decref(list);
	return len < 0 ? len : 0;
}

/* Opens the socket and runs one command there. */
static int with_socket(const struct opt_command *command, const struct options *options,
		       int (*run)(const struct options *, int, struct error *), const char *text)
{
	struct error error;
	int fd = ctrl_client_open(options->folder, options->interface, &error), ret;

	if (fd < 0)
		return control_fail(command, fd, &error);
	ret = run ? run(options, fd, &error) : control_order(fd, text, "the access point", &error);
	ctrl_client_close(fd);
	return ret < 0 ? control_fail(command, ret, &error) : EXIT_DONE;
}

/* Reads the command line. Returns the index of the first operand, or a negative exit code less 1. */
static int read_line(const struct opt_command *command, int argc, char **argv, struct options *options)
{
	int first;

	*options = (struct options){0};
	opt_defaults(command->options, options);
	first = opt_parse(command, argc, argv, options);
	if (first < 0)
		return first == OPT_HELP ? -1 - EXIT_DONE : -1 - EXIT_USAGE;
	return first;
}

static int cmd_status(int argc, char **argv)
{
	struct options options;
	int first = read_line(&status_command, argc, argv, &options);

	return first < 0 ? -1 - first : with_socket(&status_command, &options, show_status, NULL);
}

static int cmd_stations(int argc, char **argv)
{
	struct options options;
	int first = read_line(&stations_command, argc, argv, &options);

	return first < 0 ? -1 - first : with_socket(&stations_command, &options, show_stations, NULL);
}

/* Prints what is wrong with an operand that should be a station's address. */
static bool is_station(const struct opt_command *command, const char *text)
{
	uint8_t addr[6];

	if (mac_parse(addr, text))
		return true;
	fprintf(stderr, "%s: `%s` is not a MAC address (02:00:00:12:34:56)\n", command->name, text);
	return false;
}

/* The access point also tells a station to leave that it does not know, and answers OK: ask before. */
static int kick_station(const struct options *options, int fd, struct error *error)
{
	char text[80], reply[CTRL_REPLY_MAX];
	int ret = 0;

	snprintf(text, sizeof(text), "STA %.17s", options->station);
	if (!mac_is_broadcast(options->addr))
		ret = ctrl_client_ask(fd, text, reply, sizeof(reply), error);
	if (ret > 0 && !strncmp(reply, "FAIL", 4))
		ret = error_set(error, -ENXIO,
				"the access point has no station %s; `vifi ap stations` lists its stations",
				options->station);
	if (ret < 0)
		return ret;
	snprintf(text, sizeof(text), "%s %.17s reason=%u", options->verb, options->station, options->reason);
	return control_order(fd, text, "the access point", error);
}

static int kick(const struct opt_command *command, const char *verb, int argc, char **argv)
{
	struct options options;
	int first = read_line(command, argc, argv, &options);

	if (first < 0)
		return -1 - first;
	if (!is_station(command, argv[first]))
		return EXIT_USAGE;
	options.verb = verb;
	options.station = argv[first];
	mac_parse(options.addr, argv[first]);
	return with_socket(command, &options, kick_station, NULL);
}

static int cmd_deauth(int argc, char **argv)
{
	return kick(&deauth_command, "DEAUTHENTICATE", argc, argv);
}

static int cmd_disassoc(int argc, char **argv)
{
	return kick(&disassoc_command, "DISASSOCIATE", argc, argv);
}

static int cmd_rekey(int argc, char **argv)
{
	struct options options;
	int first = read_line(&rekey_command, argc, argv, &options);
	char text[80] = "REKEY_GTK";

	if (first < 0)
		return -1 - first;
	if (first < argc && !is_station(&rekey_command, argv[first]))
		return EXIT_USAGE;
	if (first < argc)
		snprintf(text, sizeof(text), "REKEY_PTK %.17s", argv[first]);
	return with_socket(&rekey_command, &options, NULL, text);
}

static int cmd_reload(int argc, char **argv)
{
	struct options options;
	int first = read_line(&reload_command, argc, argv, &options);

	if (first < 0)
		return -1 - first;
	return options.file[0] ? wifi_reload(&reload_command, "ap", options.interface, options.file)
			       : with_socket(&reload_command, &options, NULL, "RELOAD");
}

/* `wanted`: "freq=2437" */
static bool has_moved(char *status, const void *wanted)
{
	return control_has_line(status, wanted);
}

/* The beacons count down, and a channel with radar detection is listened to for a minute, or ten. */
static int switch_channel(const struct options *options, int fd, struct error *error)
{
	char text[80], freq[16];
	int len = snprintf(text, sizeof(text), "CHAN_SWITCH %u %u", options->count, options->freq), ret;

	if (options->width)
		snprintf(text + len, sizeof(text) - (size_t)len, " bandwidth=%u", options->width);
	ret = control_order(fd, text, "the access point", error);
	if (ret < 0)
		return ret;
	snprintf(freq, sizeof(freq), "freq=%u", options->freq);
	ret = control_await(fd, has_moved, freq, SWITCH_S + options->count / 5, error);
	if (ret > 0)
		printf("the access point is on %u MHz\n", options->freq);
	else if (ret == 0)
		printf("the access point has not moved to %u MHz yet: `vifi ap status` shows its state and channel\n",
		       options->freq);
	return ret < 0 ? ret : 0;
}

static int cmd_switch(int argc, char **argv)
{
	struct options options;
	int first = read_line(&switch_command, argc, argv, &options);

	if (first < 0)
		return -1 - first;
	if (strspn(argv[first], "0123456789") != strlen(argv[first]) || strlen(argv[first]) > 5) {
		fprintf(stderr, "%s: `%s` is not a frequency in MHz (2412)\n", switch_command.name, argv[first]);
		return EXIT_USAGE;
	}
	options.freq = (uint32_t)strtoul(argv[first], NULL, 10);
	return with_socket(&switch_command, &options, switch_channel, NULL);
}

static const struct command commands[] = {
	{"status", cmd_status, &status_command}, {"stations", cmd_stations, &stations_command},
	{"deauth", cmd_deauth, &deauth_command}, {"disassoc", cmd_disassoc, &disassoc_command},
	{"rekey", cmd_rekey, &rekey_command},    {"reload", cmd_reload, &reload_command},
	{"switch", cmd_switch, &switch_command}, {0},
};

const struct command_group ap_group = {.name = "vifi ap", .commands = commands};

const struct command *ap_control_find(int argc, char **argv)
{
	return control_find_moved(commands, argc, argv);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/down.h"
#include "bridge/log.h"
#include "bridge/report.h"
#include "bridge/run.h"
#include "bridge/state.h"
#include "bridge/up.h"
#include "daemon/privilege.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt_command bridge_up_command = {
	.name = "vifi bridge up",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "serve the guests of a bridge through an uplink, until it is stopped",
	.description =
		"UPLINK is the interface that leads to the network and may send only its own MAC address, BRIDGE the "
		"bridge of "
		"the guests; both may stand in the file of --config instead. It stays in the foreground, as service "
		"managers like it, and puts everything back when it is stopped. When it is killed, the kernel goes on "
		"translating (but with --engine=user nobody does); the next `up` takes over without a gap, and `vifi "
		"bridge down` ends it.",
	.options = bridge_conf_options,
};

int bridge_fail(const struct opt_command *command, int code, const struct error *error)
{
	fprintf(stderr, "%s: %s\n", command->name, error->text);
	return code;
}

static int usage_error(const struct error *error)
{
	fprintf(stderr, "%s: %s\n", bridge_up_command.name, error->text);
	return EXIT_USAGE;
}

/* Defaults, then the file, then the command line. Returns EXIT_DONE, an exit code, or -1 when --help was all. */
static int read_conf(int argc, char **argv, struct bridge_conf *conf)
{
	struct error error;
	/* Reading moves the words about; the command line is read twice, for the file's name and to overrule the file. */
	char **args = calloc((size_t)argc + 1, sizeof(*args));
	if (!args)
		return EXIT_FAILED;
	memcpy(args, argv, (size_t)argc * sizeof(*args));
	int first = opt_parse(&bridge_up_command, argc, args, conf);
	free(args);
	if (first < 0)
		return first == OPT_HELP ? -1 : EXIT_USAGE;
	char file[sizeof(conf->file)];
	memcpy(file, conf->file, sizeof(file));
	memset(conf, 0, sizeof(*conf));
	opt_defaults(bridge_conf_options, conf);
	if (file[0] && !bridge_conf_read(conf, file, &error))
		return usage_error(&error);
	first = opt_parse(&bridge_up_command, argc, argv, conf);
	if (first < 0)
		return EXIT_USAGE;
	const struct opt *rows[] = {opt_find(bridge_conf_options, "uplink"), opt_find(bridge_conf_options, "bridge")};
	for (int i = first; i < argc; i++)
		if (!opt_set(rows[i - first], conf, argv[i], &error))
			return usage_error(&error);
	if (!conf->uplink[0]) {
		fprintf(stderr,
			"%s: no uplink is named; give it here (vifi bridge up wlan0 br0), or in a file (uplink = "
			"wlan0)\n",
			bridge_up_command.name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static void print_summary(const struct bridge *bridge)
{
	const uint8_t *mac = bridge->uplink.mac;

	printf("vifi: guests on %s go out by %s as %02x:%02x:%02x:%02x:%02x:%02x (%s, port %s%s%s)\n",
	       bridge->bridge.name, bridge->uplink.name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
	       bridge_report_engine(&bridge->part), bridge->port.name,
	       bridge->adopted ? ", taken over from an earlier vifi" : "",
	       bridge->uplink.carrier ? "" : ", no carrier yet");
	fflush(stdout);
}

int cmd_bridge_up(int argc, char **argv)
{
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	struct bridge *bridge = calloc(1, sizeof(*bridge));
	struct error error = {{0}};
	int code = EXIT_FAILED;

	if (!conf || !bridge)
		goto out;
	code = read_conf(argc, argv, conf);
	if (code != EXIT_DONE)
		goto out;
	code = (int)bridge_up(bridge, conf, &error);
	if (code == BRIDGE_OK) {
		int ret = privilege_drop();
		if (ret < 0)
			bridge_log("privileges could not be given away: %s", strerror(-ret));
		print_summary(bridge);
		code = (int)bridge_run(bridge);
		if (!bridge->discard_state)
			bridge_state_save(bridge);
		bridge_restore(bridge);
	} else {
		bridge_fail(&bridge_up_command, code, &error);
	}
	bridge_close(bridge);
out:
	free(bridge);
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

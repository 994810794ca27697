/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "base/mac.h"
#include "bridge/bridge_filter.h"
#include "bridge/confine.h"
#include "bridge/down.h"
#include "bridge/log.h"
#include "bridge/report.h"
#include "bridge/run.h"
#include "bridge/state.h"
#include "bridge/up.h"
#include "bridge/uplinks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt_command bridge_up_command = {
	.name = "vifi bridge up",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "translate between the guests of a bridge and an uplink, until stopped",
	.description =
		"UPLINK is the interface that leads to the network and may send only its own MAC address. BRIDGE is "
		"the bridge of the guests. The file of --config may name both instead. Without UPLINK it is the "
		"interface of "
		"the default route, and without BRIDGE br0. The process stays in the "
		"foreground, for a service manager, and reverts its changes when it is stopped. If it is killed, "
		"translation continues in the kernel (not with --engine=user); the next `up` takes it over without a "
		"gap, and `vifi bridge down` ends it.",
	.options = bridge_conf_options,
};

/* Takes the uplink of the default route, and says so. Returns EXIT_DONE or EXIT_USAGE. */
static int take_default_uplink(struct bridge_conf *conf)
{
	struct uplink_candidate uplink;
	struct error error;

	if (bridge_default_uplink(&uplink) < 0) {
		error_set(&error, -EINVAL,
			  "missing uplink: no Ethernet or Wi-Fi interface outside of a bridge has a default route; "
			  "give it as "
			  "an operand (vifi bridge up wlan0 br0), or in a file (uplink = wlan0)");
		return command_fail(&bridge_up_command, EXIT_USAGE, &error);
	}
	memcpy(conf->uplink, uplink.name, sizeof(conf->uplink));
	bridge_log("%s has the default route and becomes the uplink, %s the bridge", conf->uplink, conf->bridge);
	return EXIT_DONE;
}

/* Reads the command line after the file, and its operands. Returns EXIT_DONE or EXIT_USAGE. */
static int read_arguments(int argc, char **argv, struct bridge_conf *conf)
{
	const struct opt *rows[] = {opt_find(bridge_conf_options, "uplink"), opt_find(bridge_conf_options, "bridge")};
	int first = opt_parse(&bridge_up_command, argc, argv, conf);
	struct error error;

	if (first < 0)
		return EXIT_USAGE;
	for (int i = first; i < argc; i++)
		if (!opt_set(rows[i - first], conf, argv[i], &error))
			return command_fail(&bridge_up_command, EXIT_USAGE, &error);
	return conf->uplink[0] ? EXIT_DONE : take_default_uplink(conf);
}

/* Reads the defaults, the file and the command line. Returns EXIT_DONE, another exit code, or -1 after --help. */
static int read_conf(int argc, char **argv, struct bridge_conf *conf)
{
	/* The first pass finds the file. It works on a copy, because it reorders the arguments. */
	char **args = calloc((size_t)argc + 1, sizeof(*args)), file[sizeof(conf->file)];
	struct error error;
	int first;

	if (!args)
		return EXIT_FAILED;
	memcpy(args, argv, (size_t)argc * sizeof(*args));
	first = opt_parse(&bridge_up_command, argc, args, conf);
	free(args);
	if (first < 0)
		return first == OPT_HELP ? -1 : EXIT_USAGE;
	memcpy(file, conf->file, sizeof(file));
	memset(conf, 0, sizeof(*conf));
	opt_defaults(bridge_conf_options, conf);
	if (file[0] && !bridge_conf_read(conf, file, &error))
		return command_fail(&bridge_up_command, EXIT_USAGE, &error);
	return read_arguments(argc, argv, conf);
}

static void print_summary(const struct bridge *bridge)
{
	char mac[MAC_TEXT_SIZE];

	printf("vifi: guests of %s use %s with %s (%s, port %s%s%s)\n", bridge->bridge.name, bridge->uplink.name,
	       mac_format(mac, bridge->uplink.mac), bridge_report_engine(&bridge->part), bridge->port.name,
	       bridge->adopted ? ", taken over from an earlier vifi" : "",
	       bridge->uplink.carrier ? "" : ", no carrier yet");
	fflush(stdout);
}

/* Serves the guests until a signal or `vifi bridge down` ends it. Returns an exit code. */
static int serve(struct bridge *bridge)
{
	struct error error;
	int code = BRIDGE_FAILED;

	/* The confined process cannot read the lists of iptables. */
	bridge_filter_warn(&bridge->bridge);
	if (bridge_confine(bridge, &error) < 0) {
		command_fail(&bridge_up_command, code, &error);
	} else {
		print_summary(bridge);
		code = (int)bridge_run(bridge);
	}
	if (!bridge->discard_state)
		bridge_state_save(bridge);
	bridge_restore(bridge);
	return code;
}

int cmd_bridge_up(int argc, char **argv)
{
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	struct bridge *bridge = calloc(1, sizeof(*bridge));
	struct error error = {{0}};
	int code = EXIT_FAILED;

	if (!conf || !bridge) {
		error_set(&error, -ENOMEM, "no memory");
		command_fail(&bridge_up_command, EXIT_FAILED, &error);
		goto out;
	}
	code = read_conf(argc, argv, conf);
	if (code != EXIT_DONE)
		goto out;
	/* A signal during the set-up waits until bridge_run() can handle it, so that everything is reverted. */
	bridge_block_signals(true);
	code = (int)bridge_up(bridge, conf, &error);
	if (code == BRIDGE_OK) {
		code = serve(bridge);
	} else {
		command_fail(&bridge_up_command, code, &error);
	}
	bridge_close(bridge);
out:
	free(bridge);
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

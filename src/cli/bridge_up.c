/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "base/mac.h"
#include "bridge/policy/identity.h"
#include "bridge/bridge_filter.h"
#include "bridge/confine.h"
#include "bridge/down.h"
#include "bridge/log.h"
#include "bridge/report.h"
#include "bridge/run.h"
#include "bridge/signals.h"
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

/* Takes the uplink of the default route, and logs its name. Returns EXIT_DONE or EXIT_USAGE. */
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

/* Reads the defaults, the file and the command line. Returns EXIT_DONE, another exit code, or -1 after --help. */
static int read_conf(const struct bridge_command_line *line, struct bridge_conf *conf)
{
	char **args = calloc((size_t)line->argc + 1, sizeof(*args));
	struct error error;
	int first;

	if (!args)
		return EXIT_FAILED;
	/* The first pass prints the help, or what is wrong with the options. It reorders the arguments. */
	memcpy(args, line->argv, (size_t)line->argc * sizeof(*args));
	first = opt_parse(line->command, line->argc, args, conf);
	free(args);
	if (first < 0)
		return first == OPT_HELP ? -1 : EXIT_USAGE;
	if (!bridge_conf_assemble(conf, line, NULL, &error))
		return command_fail(line->command, EXIT_USAGE, &error);
	return conf->uplink[0] ? EXIT_DONE : take_default_uplink(conf);
}

static void print_summary(const struct bridge *bridge)
{
	char mac[MAC_TEXT_SIZE];

	if (strcmp(bridge->uplink.name, bridge->conf->uplink))
		bridge_log("%s is named %s now: it is the same card (%s)", bridge->conf->uplink, bridge->uplink.name,
			   mac_format(mac, identity_card(&bridge->uplink)));
	bridge_log("guests of %s use %s with %s (%s, port %s%s%s)", bridge->bridge.name, bridge->uplink.name,
		   mac_format(mac, bridge->uplink.mac), bridge_report_engine(&bridge->part), bridge->port.name,
		   bridge->adopted ? ", taken over from an earlier vifi" : "",
		   bridge->uplink.carrier ? "" : ", no carrier yet");
}

/* Serves the guests until a signal or `vifi bridge down` ends it. Returns an exit code. */
static int serve(struct bridge *bridge)
{
	struct error error;
	int code = BRIDGE_FAILED;

	/* The confined process cannot read the lists of iptables. */
	bridge_filter_warn(bridge->nd, &bridge->bridge, &bridge->firewall_files);
	if (bridge_confine(bridge, &error) < 0) {
		command_fail(&bridge_up_command, code, &error);
	} else {
		print_summary(bridge);
		code = (int)bridge_run(bridge);
	}
	if (!bridge->discard_state)
		bridge_state_save(bridge);
	return code;
}

static void finish(struct bridge *bridge)
{
	if (bridge->keep)
		bridge_leave(bridge);
	else
		bridge_restore(bridge);
}

int cmd_bridge_up(int argc, char **argv)
{
	const struct bridge_command_line line = {&bridge_up_command, argc, argv};
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	struct bridge *bridge = calloc(1, sizeof(*bridge));
	struct error error = {{0}};
	int code = EXIT_FAILED;

	if (!conf || !bridge) {
		error_set(&error, -ENOMEM, "no memory");
		command_fail(&bridge_up_command, EXIT_FAILED, &error);
		goto out;
	}
	code = read_conf(&line, conf);
	if (code != EXIT_DONE)
		goto out;
	/* A signal during the set-up waits until bridge_run() can handle it, so that everything is reverted. */
	bridge_block_signals(true);
	code = (int)bridge_up(bridge, conf, &line, &error);
	if (code != BRIDGE_OK) {
		command_fail(&bridge_up_command, code, &error);
	} else {
		if (!bridge->stopped)
			code = serve(bridge);
		finish(bridge);
	}
	bridge_close(bridge);
out:
	free(bridge);
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

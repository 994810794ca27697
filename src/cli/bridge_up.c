/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/bridge.h"
#include "daemon/privilege.h"
#include "bridge/report.h"
#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt_command bridge_up_line = {
	.name = "vifi bridge up",
	.operands = "[UPLINK [BRIDGE]]",
	.most = 2,
	.sentence = "serve the guests of a bridge through an uplink, until it is stopped",
	.about = "UPLINK is the interface that leads to the network and may send only its own MAC address, BRIDGE the "
		 "bridge of "
		 "the guests; both may stand in the file of --config instead. It stays in the foreground, as service "
		 "managers like it, and puts everything back when it is stopped. When it is killed, the kernel goes on "
		 "translating (but with --engine=user nobody does); the next `up` takes over without a gap, and `vifi "
		 "bridge down` ends it.",
	.options = bridge_conf_options,
};

int bridge_fail(const struct opt_command *line, int code, const struct why *why)
{
	fprintf(stderr, "%s: %s\n", line->name, why->text);
	return code;
}

static int bad(const struct why *why)
{
	fprintf(stderr, "%s: %s\n", bridge_up_line.name, why->text);
	return EXIT_USAGE;
}

/* Defaults, then the file, then the command line. Returns EXIT_DONE, an exit code, or -1 when --help was all. */
static int read_conf(int argc, char **argv, struct bridge_conf *conf)
{
	struct why why;
	/* Reading moves the words about; the command line is read twice, for the file's name and to overrule the file. */
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	if (!words)
		return EXIT_FAILED;
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	int first = opt_parse(&bridge_up_line, argc, words, conf);
	free(words);
	if (first < 0)
		return first == OPT_HELPED ? -1 : EXIT_USAGE;
	char file[sizeof(conf->file)];
	memcpy(file, conf->file, sizeof(file));
	memset(conf, 0, sizeof(*conf));
	opt_defaults(bridge_conf_options, conf);
	if (file[0] && !bridge_conf_read(conf, file, &why))
		return bad(&why);
	first = opt_parse(&bridge_up_line, argc, argv, conf);
	if (first < 0)
		return EXIT_USAGE;
	const struct opt *rows[] = {opt_find(bridge_conf_options, "uplink"), opt_find(bridge_conf_options, "bridge")};
	for (int i = first; i < argc; i++)
		if (!opt_set(rows[i - first], conf, argv[i], &why))
			return bad(&why);
	if (!conf->uplink[0]) {
		fprintf(stderr,
			"%s: no uplink is named; give it here (vifi bridge up wlan0 br0), or in a file (uplink = "
			"wlan0)\n",
			bridge_up_line.name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static void say_what_stands(const struct bridge *b)
{
	const uint8_t *w = b->uplink.mac;

	printf("vifi: guests on %s go out by %s as %02x:%02x:%02x:%02x:%02x:%02x (%s, port %s%s%s)\n", b->bridge.name,
	       b->uplink.name, w[0], w[1], w[2], w[3], w[4], w[5], view_engine(&b->part), b->port.name,
	       b->adopted ? ", taken over from an earlier vifi" : "", b->uplink.carrier ? "" : ", no carrier yet");
	fflush(stdout);
}

int cmd_bridge_up(int argc, char **argv)
{
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	struct bridge *b = calloc(1, sizeof(*b));
	struct why why = {{0}};
	int code = EXIT_FAILED;

	if (!conf || !b)
		goto out;
	code = read_conf(argc, argv, conf);
	if (code != EXIT_DONE)
		goto out;
	code = (int)bridge_up(b, conf, &why);
	if (code == BRIDGE_OK) {
		int r = privilege_drop();
		if (r < 0)
			bridge_say("privileges could not be given away: %s", strerror(-r));
		say_what_stands(b);
		code = (int)bridge_run(b);
		if (!b->forget)
			bridge_state_save(b);
		bridge_restore(b);
	} else {
		bridge_fail(&bridge_up_line, code, &why);
	}
	bridge_close(b);
out:
	free(b);
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

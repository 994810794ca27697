/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/become.h"
#include "cli/cmd.h"

#include "air/daemon.h"
#include "daemon/atomic_file.h"
#include "metrics/metrics.h"

#include <errno.h>
#include <string.h>

struct metrics_options {
	char output[256], air_socket[108];
	uint32_t port; /* 0: none */
};

static const struct opt options[] = {
	{.name = "output",
	 .letter = 'o',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct metrics_options, output),
	 .help = "write to FILE atomically, for the textfile collector of Prometheus' node exporter, instead of "
		 "printing"},
	{.name = "listen",
	 .letter = 'l',
	 .argument = "PORT",
	 .type = OPT_NUMBER,
	 .min = 1,
	 .max = 65535,
	 OPT_FIELD(struct metrics_options, port),
	 .help = "serve http://127.0.0.1:PORT/metrics until stopped"},
	{.name = "air",
	 .argument = "SOCKET",
	 .type = OPT_TEXT,
	 .default_value = "/run/vifi/air",
	 OPT_FIELD(struct metrics_options, air_socket),
	 .help = "the socket of the medium, if `vifi air` runs"},
	{0},
};

const struct opt_command metrics_command = {
	.name = "vifi metrics",
	.summary = "print what bridges, access points, stations and the medium count, for Prometheus",
	.description =
		"Asks every bridge, access point and station of vifi and the medium on this machine, and prints their "
		"metrics in the text format of Prometheus: traffic of each guest and station, dropped frames by "
		"reason, ports at their limits, what needs attention. With `--listen` it serves them on the loopback "
		"interface, in a sandbox and without root "
		"privileges; then names of virtual machines are missing, because reading them needs access to /proc of "
		"other "
		"users.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&metrics_command, NULL};

static const struct opt_section sections[] = {
	{"FILES", "_/usr/share/vifi/vifi-dashboard.json_\n\tA dashboard for Grafana.\n\n"
		  "_/usr/share/vifi/vifi.rules.yml_\n\tAlerts for Prometheus."},
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tFailure; standard error has the reason.\n\n"
			"*2*\n\tThe command line is invalid."},
	{"EXAMPLES", "For the node exporter, each minute:\n\n"
		     "```\nvifi metrics -o /var/lib/prometheus/node-exporter/vifi.prom\n```\n\n"
		     "A target of its own, http://127.0.0.1:9749/metrics:\n\n"
		     "```\nvifi metrics --listen 9749\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
		     "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-metrics",
	.section = 8,
	.summary = "metrics of bridges, access points, stations and of the virtual medium",
	.description = "`vifi metrics` prints or serves the counters of vifi on this machine.",
	.commands = page_commands,
	.sections = sections,
};

static int print_once(const struct metrics_options *opts)
{
	struct exposition text = {0};
	struct error error;
	int err = 0;

	metrics_collect(&text, opts->air_socket);
	if (text.failed)
		err = error_set(&error, -ENOMEM, "no memory");
	else if (!opts->output[0])
		fwrite(text.bytes, 1, text.len, stdout);
	else if ((err = atomic_file_write_mode(opts->output, text.bytes, text.len, 0644)) < 0)
		error_set(&error, err, "cannot write %s: %s", opts->output, strerror(-err));
	exposition_free(&text);
	return err < 0 ? command_fail(&metrics_command, EXIT_FAILED, &error) : EXIT_DONE;
}

/* Becomes the program that serves HTTP. Returns only on failure. */
static int become_server(struct metrics_options *opts)
{
	char name[] = "vifi-metricsd", port[16];
	char *const argv[] = {name, port, opts->air_socket, NULL};
	struct error error;

	snprintf(port, sizeof(port), "%u", opts->port);
	become(name, argv, &error);
	return command_fail(&metrics_command, EXIT_FAILED, &error);
}

int cmd_metrics(int argc, char **argv)
{
	struct metrics_options opts = {0};
	int first;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	opt_defaults(options, &opts);
	first = opt_parse(&metrics_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (!opts.port)
		return print_once(&opts);
	if (opts.output[0])
		return command_fail(&metrics_command, EXIT_USAGE,
				    &(struct error){.text = "--output and --listen exclude each other"});
	return become_server(&opts);
}

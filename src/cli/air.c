/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/air.h"

#include "air/daemon.h"
#include "air/client.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const struct opt_command air_up_command = {
	.name = "vifi air up",
	.summary = "serve a virtual radio medium until stopped",
	.description =
		"Access points (`vifi ap`) and stations (`vifi sta`) join at its socket and receive each other's "
		"frames as on a "
		"radio channel: unicast frames are acknowledged or retried, and frames occupy the channel one after "
		"the "
		"other.\n\n"
		"A rule sets properties of the link from one radio to another. from=NAME and to=NAME name the radios; "
		"*, the "
		"default, is every radio. `both` applies the rule to the opposite direction, too; `clear` discards "
		"earlier rules "
		"for the same names. Properties are loss=5% of transmissions, duplicate=1% of unicast frames, "
		"reorder=1% of "
		"frames, which arrive later by reorder-by=5ms; delay=2ms, jitter=1ms; signal=-70 dBm; rate=54 Mbit/s "
		"at most; "
		"deaf=yes: out of range. Properties that a rule does not set keep the values of earlier rules.\n\n"
		"`vifi air` without a command is `vifi air up`.",
	.options = air_conf_options,
};

/* Reads the defaults, the file and the command line. Returns EXIT_DONE, another exit code, or -1 after --help. */
static int read_conf(int argc, char **argv, struct air_conf *conf)
{
	/* The first pass finds the file. It works on a copy, because it reorders the arguments. */
	char **args = calloc((size_t)argc + 1, sizeof(*args)), file[sizeof(conf->file)];
	struct error error;
	int first;

	if (!args)
		return EXIT_FAILED;
	memcpy(args, argv, (size_t)argc * sizeof(*args));
	first = opt_parse(&air_up_command, argc, args, conf);
	free(args);
	if (first < 0)
		return first == OPT_HELP ? -1 : EXIT_USAGE;
	memcpy(file, conf->file, sizeof(file));
	memset(conf, 0, sizeof(*conf));
	opt_defaults(air_conf_options, conf);
	if (file[0] && !air_conf_read(conf, file, &error))
		return command_fail(&air_up_command, EXIT_USAGE, &error);
	return opt_parse(&air_up_command, argc, argv, conf) < 0 ? EXIT_USAGE : EXIT_DONE;
}

/* Serves the medium until a signal ends it. Returns an exit code. */
static int serve(struct air_daemon *air, const struct air_conf *conf)
{
	struct error error;
	int ret;

	if (air_daemon_confine(conf, &error) < 0)
		fprintf(stderr, "%s: not fully confined: %s\n", air_up_command.name, error.text);
	printf("vifi: the medium is at %s\n", conf->socket);
	fflush(stdout);
	air_daemon_run(air);
	ret = air_daemon_close(air);
	if (ret == 0)
		return EXIT_DONE;
	fprintf(stderr, "%s: %s: %s; the capture is incomplete\n", air_up_command.name, conf->capture, strerror(-ret));
	return EXIT_FAILED;
}

int cmd_air_up(int argc, char **argv)
{
	struct air_conf *conf = calloc(1, sizeof(*conf));
	int code = conf ? read_conf(argc, argv, conf) : EXIT_FAILED;
	struct error error = {{0}};
	struct air_daemon *air;
	bool in_use;

	if (code == EXIT_DONE) {
		air = air_daemon_open(conf, &in_use, &error);
		if (air)
			code = serve(air, conf);
		else
			code = command_fail(&air_up_command, in_use ? EXIT_STATE : EXIT_FAILED, &error);
	}
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

/* ---- requests to a running medium ---- */

struct air_request_options {
	char socket[108];
	bool json;
};

#define OPTION_FIELD(name) OPT_FIELD(struct air_request_options, name)
#define SOCKET_OPTION                                                                                        \
	{                                                                                                    \
		.name = "socket", .letter = 's', .argument = "PATH", .type = OPT_TEXT, OPTION_FIELD(socket), \
		.default_value = AIR_SOCKET, .help = "the socket of the medium",                             \
	}

static const struct opt rule_options[] = {SOCKET_OPTION, {0}};

static const struct opt show_options[] = {
	SOCKET_OPTION,
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPTION_FIELD(json),
	 .help = "print JSON; /usr/share/vifi/air.schema.json describes it"},
	{0},
};

const struct opt_command air_rule_command = {
	.name = "vifi air rule",
	.operands = "'from=NAME to=NAME WORD=VALUE…'…",
	.min_operands = 1,
	.max_operands = AIR_RULES_MAX,
	.summary = "change the links between the radios of a running medium",
	.description = "Each operand is a rule like those of `vifi air up --rule`. It takes effect immediately.",
	.options = rule_options,
};

const struct opt_command air_show_command = {
	.name = "vifi air show",
	.summary = "show the radios of a running medium, and its rules",
	.options = show_options,
};

int cmd_air_rule(int argc, char **argv)
{
	struct air_request_options opts = {0};
	struct error error = {{0}};
	int first;

	opt_defaults(rule_options, &opts);
	first = opt_parse(&air_rule_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	for (; first < argc; first++) {
		struct air_rule rule;

		if (!air_rule_parse(&rule, argv[first], &error))
			return command_fail(&air_rule_command, EXIT_USAGE, &error);
		if (air_request(opts.socket, AIR_RULE, argv[first], NULL, &error))
			return command_fail(&air_rule_command, EXIT_STATE, &error);
	}
	return EXIT_DONE;
}

static long long get_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *get_text(const json_t *object, const char *key)
{
	const char *string = json_string_value(json_object_get(object, key));

	return string ? string : "";
}

static void print_status(const json_t *status)
{
	size_t i;
	json_t *entry;

	printf("%-16s %5s %-17s %9s %9s %9s %9s %7s\n", "radio", "MHz", "address", "sent", "on air", "lost", "received",
	       "dropped");
	json_array_foreach(json_object_get(status, "radios"), i, entry)
	{
		const char *address = json_string_value(json_array_get(json_object_get(entry, "addresses"), 0));
		const json_t *drops = json_object_get(entry, "drops");

		printf("%-16s %5lld %-17s %9lld %9lld %9lld %9lld %7lld\n", get_text(entry, "name"),
		       get_number(entry, "freq_mhz"),
		       json_is_true(json_object_get(entry, "monitor")) ? "(monitor)"
		       : address                                       ? address
								       : "-",
		       get_number(entry, "sent"), get_number(entry, "transmissions"), get_number(entry, "failed"),
		       get_number(entry, "received"),
		       get_number(drops, "queue") + get_number(drops, "queue_medium") + get_number(drops, "late"));
	}
	json_array_foreach(json_object_get(status, "rules"), i, entry) printf("rule %s\n", json_string_value(entry));
}

int cmd_air_show(int argc, char **argv)
{
	struct air_request_options opts = {0};
	struct error error = {{0}};
	char *answer;
	json_t *status;
	int first;

	opt_defaults(show_options, &opts);
	first = opt_parse(&air_show_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (air_request(opts.socket, AIR_SHOW, NULL, &answer, &error))
		return command_fail(&air_show_command, EXIT_STATE, &error);
	status = json_loads(answer, 0, NULL);
	if (opts.json)
		printf("%s\n", answer);
	else if (status)
		print_status(status);
	json_decref(status);
	free(answer);
	return EXIT_DONE;
}

/* ---- the group ---- */

static const struct command commands[] = {
	{"up", cmd_air_up, &air_up_command},
	{"rule", cmd_air_rule, &air_rule_command},
	{"show", cmd_air_show, &air_show_command},
	{"capture", cmd_air_capture, &air_capture_command},
	{"inject", cmd_air_inject, &air_inject_command},
	{"hwsim", cmd_air_hwsim, &air_hwsim_command},
	{0},
};

static const struct opt_command *const page_commands[] = {&air_up_command,
							  &air_rule_command,
							  &air_show_command,
							  &air_capture_command,
							  &air_inject_command,
							  &air_hwsim_command,
							  NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tFailure; standard error has the reason.\n\n"
			"*2*\n\tThe command line or the configuration is invalid.\n\n"
			"*3*\n\tA privilege or a kernel feature is missing.\n\n"
			"*4*\n\tAnother process already serves this socket, or no process serves it."},
	{"FILES",
	 "_/run/vifi/air_\n\tThe socket. Its owner and its group may join the medium, change its rules and receive "
	 "every frame. When root starts it, they are the user and the group vifi, or those that *PRIVILEGES* in "
	 "*vifi-bridge*(8) names. _/run/vifi_ is open to "
	 "that "
	 "user only; for others, give *--socket* a path in a folder that they can "
	 "enter.\n\n_/run/vifi/air.lock_\n\tLocked while `vifi air` serves the socket."},
	{"EXAMPLES", "A medium that loses 5 of 100 frames and writes all frames to a file:\n\n"
		     "```\nvifi air --rule 'loss=5%' --capture air.pcapng\n```\n\n"
		     "A station moves out of the range of ap1 and comes near ap2:\n\n"
		     "```\nvifi air rule 'from=sta1 to=ap1 both deaf=yes' 'from=sta1 to=ap2 both signal=-50'\n```\n\n"
		     "The kernel's Wi-Fi stack as a station on the medium, with wpa_supplicant:\n\n"
		     "```\nmodprobe mac80211_hwsim radios=0\nvifi air hwsim sta1 &\n"
		     "iw phy sta1 interface add wlan0 type managed\nwpa_supplicant -i wlan0 -c home.conf\n```"},
	{"SEE ALSO",
	 "*vifi*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), *vifi-metrics*(8), "
	 "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-air",
	.section = 8,
	.summary = "a virtual radio medium",
	.description = "Wi-Fi without hardware: a medium that access points and stations on this machine join over a "
		       "Unix socket, with configurable losses, delays and ranges.",
	.commands = page_commands,
	.keys = air_conf_options,
	.keys_description = "/etc/vifi/NAME.conf, read by `vifi air up -c NAME`. Keys belong in the section [air]. "
			    "Options of the command line take precedence over the file; rules are added to those of "
			    "the file.",
	.sections = sections,
};

const struct command_group air_group = {
	.name = "vifi air",
	.commands = commands,
	.page = &page,
};

/* Options without a command are those of `up`. */
int cmd_air(int argc, char **argv)
{
	bool is_up = argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") && strcmp(argv[1], "-h") &&
				  strcmp(argv[1], "--man"));

	return is_up ? cmd_air_up(argc, argv) : command_run(&air_group, argc, argv);
}

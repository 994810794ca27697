/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/air.h"

#include "air/daemon.h"
#include "daemon/privilege.h"
#include "air/client.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const struct opt_command air_up_line = {
	.name = "vifi air up",
	.sentence = "serve the air until stopped",
	.about = "Access points (`vifi ap`) and stations (`vifi sta`) join at its socket and hear each other as on a "
		 "real "
		 "channel: unicast frames are acknowledged or sent again, frames take their time, one after the "
		 "other.\n\n"
		 "A rule says how well one radio hears another, by their names; * is everybody. from=NAME and to=NAME "
		 "say "
		 "who, `both` means also the other way round, `clear` makes earlier rules for the same names void. The "
		 "rest is what holds: loss=5% of transmissions, duplicate=1% of unicast frames, reorder=1% of frames, "
		 "which come later by reorder-by=5ms; delay=2ms, jitter=1ms; signal=-70 dBm; rate=54 Mbit/s at most; "
		 "deaf=yes: out of range. What a rule does not speak of stays as earlier rules have it.\n\n"
		 "`vifi air` with options alone is the same as `vifi air up`.",
	.options = air_conf_options,
};

int air_fail(const struct opt_command *line, int code, const struct why *why)
{
	fprintf(stderr, "%s: %s\n", line->name, why->text);
	return code;
}

/* Defaults, then the file, then the command line. Returns EXIT_DONE, an exit code, or -1 when --help was all. */
static int read_conf(int argc, char **argv, struct air_conf *conf)
{
	/* Reading moves the words about; the command line is read twice, for the file's name and to overrule the file. */
	char **words = calloc((size_t)argc + 1, sizeof *words), file[sizeof conf->file];
	struct why why;
	int first;

	if (!words)
		return EXIT_FAILED;
	memcpy(words, argv, (size_t)argc * sizeof *words);
	first = opt_parse(&air_up_line, argc, words, conf);
	free(words);
	if (first < 0)
		return first == OPT_HELPED ? -1 : EXIT_USAGE;
	memcpy(file, conf->file, sizeof file);
	memset(conf, 0, sizeof *conf);
	opt_defaults(air_conf_options, conf);
	if (file[0] && !air_conf_read(conf, file, &why))
		return air_fail(&air_up_line, EXIT_USAGE, &why);
	return opt_parse(&air_up_line, argc, argv, conf) < 0 ? EXIT_USAGE : EXIT_DONE;
}

int cmd_air_up(int argc, char **argv)
{
	struct air_conf *conf = calloc(1, sizeof *conf);
	int code = conf ? read_conf(argc, argv, conf) : EXIT_FAILED, r;
	struct why why = {{0}};
	struct air *a = NULL;
	bool in_use;

	if (code == EXIT_DONE) {
		a = air_open(conf, &in_use, &why);
		if (!a)
			code = air_fail(&air_up_line, in_use ? EXIT_STATE : EXIT_FAILED, &why);
	}
	if (a) {
		r = privilege_drop_all();
		if (r < 0)
			fprintf(stderr, "%s: privileges could not be given away: %s\n", air_up_line.name, strerror(-r));
		printf("vifi: the air is at %s\n", conf->socket);
		fflush(stdout);
		air_run(a);
		r = air_close(a);
		if (r < 0) {
			fprintf(stderr, "%s: %s: %s; the capture is not whole\n", air_up_line.name, conf->capture,
				strerror(-r));
			code = EXIT_FAILED;
		}
	}
	free(conf);
	return code < 0 ? EXIT_DONE : code;
}

/* ---- asking a running one ---- */

struct asking {
	char socket[108];
	bool json;
};

#define FIELD(name) OPT_FIELD(struct asking, name)
#define SOCKET                                                                                        \
	{                                                                                             \
		.name = "socket", .letter = 's', .argument = "PATH", .type = OPT_TEXT, FIELD(socket), \
		.fallback = AIR_SOCKET, .help = "where the air is",                                   \
	}

static const struct opt rule_options[] = {SOCKET, {0}};

static const struct opt show_options[] = {
	SOCKET,
	{.name = "json", .letter = 'j', .type = OPT_FLAG, FIELD(json), .help = "print JSON"},
	{0},
};

const struct opt_command air_rule_line = {
	.name = "vifi air rule",
	.operands = "'from=NAME to=NAME WORD=VALUE…'…",
	.least = 1,
	.most = AIR_RULES_MAX,
	.sentence = "change how well radios of a running air hear each other",
	.about = "Each operand is a rule, as with --rule of `vifi air up`; it holds at once.",
	.options = rule_options,
};

const struct opt_command air_show_line = {
	.name = "vifi air show",
	.sentence = "show the radios of a running air, and its rules",
	.options = show_options,
};

int cmd_air_rule(int argc, char **argv)
{
	struct asking o;
	struct why why = {{0}};
	int first;

	opt_defaults(rule_options, &o);
	first = opt_parse(&air_rule_line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	for (; first < argc; first++) {
		struct air_rule rule;

		if (!air_rule_read(&rule, argv[first], &why))
			return air_fail(&air_rule_line, EXIT_USAGE, &why);
		if (air_ask(o.socket, AIR_RULE, argv[first], NULL, &why))
			return air_fail(&air_rule_line, EXIT_STATE, &why);
	}
	return EXIT_DONE;
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void print(const json_t *shown)
{
	size_t i;
	json_t *one;

	printf("%-16s %5s %-17s %9s %9s %9s %9s %7s\n", "radio", "MHz", "address", "sent", "on air", "lost", "received",
	       "dropped");
	json_array_foreach(json_object_get(shown, "radios"), i, one)
	{
		const char *address = json_string_value(json_array_get(json_object_get(one, "addresses"), 0));
		const json_t *drops = json_object_get(one, "drops");

		printf("%-16s %5lld %-17s %9lld %9lld %9lld %9lld %7lld\n", text(one, "name"), number(one, "freq_mhz"),
		       json_is_true(json_object_get(one, "monitor")) ? "(monitor)"
		       : address                                     ? address
								     : "-",
		       number(one, "sent"), number(one, "transmissions"), number(one, "failed"),
		       number(one, "received"),
		       number(drops, "queue") + number(drops, "queue_medium") + number(drops, "late"));
	}
	json_array_foreach(json_object_get(shown, "rules"), i, one) printf("rule %s\n", json_string_value(one));
}

int cmd_air_show(int argc, char **argv)
{
	struct asking o = {0};
	struct why why = {{0}};
	char *answer;
	json_t *shown;
	int first;

	opt_defaults(show_options, &o);
	first = opt_parse(&air_show_line, argc, argv, &o);
	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (air_ask(o.socket, AIR_SHOW, NULL, &answer, &why))
		return air_fail(&air_show_line, EXIT_STATE, &why);
	shown = json_loads(answer, 0, NULL);
	if (o.json)
		printf("%s\n", answer);
	else if (shown)
		print(shown);
	json_decref(shown);
	free(answer);
	return EXIT_DONE;
}

/* ---- the group ---- */

static const struct command commands[] = {
	{"up", cmd_air_up, &air_up_line},
	{"rule", cmd_air_rule, &air_rule_line},
	{"show", cmd_air_show, &air_show_line},
	{"capture", cmd_air_capture, &air_capture_line},
	{"inject", cmd_air_inject, &air_inject_line},
	{0},
};

static const struct opt_command *const lines[] = {&air_up_line,      &air_rule_line,   &air_show_line,
						  &air_capture_line, &air_inject_line, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tWhat was asked is done.\n\n"
			"*1*\n\tIt failed, and standard error says why.\n\n"
			"*2*\n\tThe command line or the configuration is wrong.\n\n"
			"*4*\n\tAnother process serves this socket already, or none does."},
	{"FILES", "_/run/vifi/air_\n\tThe socket. Its owner and its group may join the air, change its rules and hear "
		  "everything."},
	{"EXAMPLES", "A medium that loses 5 of 100 frames, and all of it in a file:\n\n"
		     "```\nvifi air --rule 'loss=5%' --capture air.pcapng\n```\n\n"
		     "The station goes away from ap1, and comes near ap2:\n\n"
		     "```\nvifi air rule 'from=sta1 to=ap1 both deaf=yes' 'from=sta1 to=ap2 both signal=-50'\n```"},
	{"SEE ALSO", "*vifi*(1)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-air",
	.section = 1,
	.sentence = "a virtual radio medium",
	.about = "Wi-Fi without Wi-Fi hardware: a medium that access points and stations on this machine join over a "
		 "Unix "
		 "socket, with losses, delays and ranges as one likes.",
	.commands = lines,
	.keys = air_conf_options,
	.keys_about =
		"/etc/vifi/NAME.conf, read by `vifi air up -c NAME`. Keys stand in the section [air]. What is given "
		"on the command line goes before what stands in the file; rules are added to those of the file.",
	.sections = sections,
};

static const struct command_group group = {
	.name = "vifi air",
	.commands = commands,
	.page = &page,
};

/* Without a command it serves. */
int cmd_air(int argc, char **argv)
{
	bool serves = argc < 2 || (argv[1][0] == '-' && strcmp(argv[1], "--help") && strcmp(argv[1], "-h") &&
				   strcmp(argv[1], "--man"));

	return serves ? cmd_air_up(argc, argv) : command_run(&group, argc, argv);
}

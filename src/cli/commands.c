/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program with all commands, which `vifi` becomes for those that it does not run itself (main.c). It calls itself
 * vifi, because people look for that name in the list of processes.
 */
#include "cli/cmd.h"
#include "cli/completion.h"

#include <string.h>
#include <sys/prctl.h>

/* Each command has a row here, a file in this folder, and a man page. */
enum { HELP_DEPTH = 4 };

static const struct opt_command help = {
	.name = "vifi help",
	.operands = "[COMMAND …]",
	.max_operands = HELP_DEPTH,
	.summary = "list the commands, or show the help of one",
};

static const struct opt_command bridge = {
	.name = "vifi bridge",
	.operands = "COMMAND …",
	.summary = "connect the guests of a bridge to the network through a Wi-Fi client interface",
};

static const struct opt_command air = {
	.name = "vifi air",
	.operands = "[COMMAND …]",
	.summary = "a virtual radio medium for access points and stations on this machine",
};

static int cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{"help", cmd_help, &help},
	{"setup", cmd_setup, &setup_command},
	{"bridge", cmd_bridge, &bridge},
	{"air", cmd_air, &air},
	{"ap", cmd_ap, &ap_command},
	{"sta", cmd_sta, &sta_command},
	{"why", cmd_why, &why_command},
	{"trace", cmd_trace, &trace_command},
	{"top", cmd_top, &top_command},
	{"doctor", cmd_doctor, &doctor_command},
	{"metrics", cmd_metrics, &metrics_command},
	{"decrypt", cmd_decrypt, &decrypt_command},
	{0},
};

static const struct opt_command *const page_commands[] = {&setup_command,
							  &bridge,
							  &air,
							  &ap_command,
							  &sta_command,
							  &doctor_command,
							  &why_command,
							  &trace_command,
							  &top_command,
							  &metrics_command,
							  &decrypt_command,
							  &help,
							  NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tFailure; standard error has the reason.\n\n"
			"*2*\n\tThe command line or the configuration is invalid.\n\n"
			"*3*\n\tA privilege or a kernel feature is missing.\n\n"
			"*4*\n\tAnother process already serves the interface, or no process serves it."},
	{"SEE ALSO",
	 "*vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), *vifi-metrics*(8), "
	 "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi",
	.section = 8,
	.summary = "virtual machines on Wi-Fi",
	.description =
		"A client of a Wi-Fi network may send frames only from its own MAC address, so the access point "
		"drops the "
		"frames of virtual machines on a bridge behind it. `vifi bridge` translates between the guests "
		"of a bridge "
		"and such an uplink.\n\n"
		"`vifi ap` and `vifi sta` are an access point and a station, on a Wi-Fi card or, with `vifi air`, "
		"without hardware. `vifi why`, `vifi trace` and `vifi doctor` find faults. `vifi decrypt` decrypts "
		"captures of protected Wi-Fi frames. Each command has a man page.",
	.commands = page_commands,
	.summaries_only = true,
	.sections = sections,
};

static const struct command_group *const groups[] = {&bridge_group, &air_group, &ap_group, &sta_group, NULL};

static const struct command_group group = {
	.name = "vifi",
	.commands = commands,
	.page = &page,
	.version = VIFI_VERSION,
	.groups = groups,
};

/* `vifi help` is `vifi --help`, and `vifi help bridge up` is `vifi bridge up --help`. */
static int cmd_help(int argc, char **argv)
{
	static char program[] = "vifi", option[] = "--help";
	char *args[HELP_DEPTH + 3] = {program};
	int first = opt_parse(&help, argc, argv, NULL), count;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	count = argc - first;
	memcpy(args + 1, argv + first, (size_t)count * sizeof(*args));
	args[1 + count] = option;
	return command_run(&group, count + 2, args);
}

int main(int argc, char **argv)
{
	prctl(PR_SET_NAME, "vifi", 0, 0, 0);
	/* Hidden: the build installs what it prints. */
	if (argc > 1 && !strcmp(argv[1], "completion"))
		return completion_run(&group, argc - 1, argv + 1);
	return command_run(&group, argc, argv);
}

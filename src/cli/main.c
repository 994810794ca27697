/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

/* Each command: its line and its row here, a file beside this one, and a man page of its own. */
static const struct opt_command help = {
	.name = "vifi help",
	.operands = "[COMMAND]",
	.summary = "say what there is, or what one command does",
};

static const struct opt_command bridge = {
	.name = "vifi bridge",
	.operands = "COMMAND …",
	.summary = "guests on a bridge reach the network through a Wi-Fi client interface",
};

static const struct opt_command air = {
	.name = "vifi air",
	.operands = "[COMMAND …]",
	.summary = "a virtual radio medium for access points and stations on this machine",
};

static int cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{"help", cmd_help, &help},
	{"bridge", cmd_bridge, &bridge},
	{"air", cmd_air, &air},
	{"ap", cmd_ap, &ap_command},
	{"sta", cmd_sta, &sta_command},
	{"decrypt", cmd_decrypt, &decrypt_command},
	{0},
};

static const struct opt_command *const page_commands[] = {&bridge,          &air,  &ap_command, &sta_command,
							  &decrypt_command, &help, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tWhat was asked is done.\n\n"
			"*1*\n\tIt failed, and standard error says why.\n\n"
			"*2*\n\tThe command line or the configuration is wrong.\n\n"
			"*3*\n\tA privilege or a feature of the kernel is missing.\n\n"
			"*4*\n\tIt runs already, or does not run."},
	{"SEE ALSO", "*vifi-bridge*(1), *vifi-ap*(1), *vifi-sta*(1)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi",
	.section = 1,
	.summary = "virtual machines on Wi-Fi",
	.description = "An interface that is a client of a Wi-Fi network may send only its own MAC address, so virtual "
		       "machines on a bridge behind it stay without network. vifi mends that.\n\n"
		       "Each command has a page of its own.",
	.commands = page_commands,
	.sections = sections,
};

static const struct command_group group = {
	.name = "vifi",
	.commands = commands,
	.page = &page,
	.version = VIFI_VERSION,
};

/* `vifi help` is `vifi --help`, and `vifi help COMMAND` is `vifi COMMAND --help`. */
static int cmd_help(int argc, char **argv)
{
	char option[] = "--help", *args[] = {argv[0], argc > 1 ? argv[1] : option, argc > 1 ? option : NULL, NULL};

	return command_run(&group, argc > 1 ? 3 : 2, args);
}

int main(int argc, char **argv)
{
	return command_run(&group, argc, argv);
}

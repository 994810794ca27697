/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "conf/bridge_conf.h"

static const struct command commands[] = {
	{"up", cmd_bridge_up, &bridge_up_command},
	{"down", cmd_bridge_down, &bridge_down_command},
	{"show", cmd_bridge_show, &bridge_show_command},
	{"pin", cmd_bridge_pin, &bridge_pin_command},
	{"forget", cmd_bridge_forget, &bridge_forget_command},
	{"check", cmd_bridge_check, &bridge_check_command},
	{0},
};

static const struct opt_command *const page_commands[] = {&bridge_up_command,
							  &bridge_down_command,
							  &bridge_show_command,
							  &bridge_pin_command,
							  &bridge_forget_command,
							  &bridge_check_command,
							  NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tWhat was asked is done.\n\n"
			"*1*\n\tIt failed, and standard error says why.\n\n"
			"*2*\n\tThe command line or the configuration is wrong; nothing was changed.\n\n"
			"*3*\n\tA privilege or a feature of the kernel is missing; nothing was changed.\n\n"
			"*4*\n\tAnother process serves this uplink already, or none does."},
	{"FILES", "_/etc/vifi/NAME.conf_\n\tThe configuration; *systemctl enable --now vifi-bridge@NAME* serves it.\n\n"
		  "_/run/vifi_\n\tBindings over a restart."},
	{"EXAMPLES", "What stands in the way on this machine, and then for the guests of br0:\n\n"
		     "```\nvifi bridge check wlan0 br0\nvifi bridge up wlan0 br0\n```\n\n"
		     "The same at each start of the machine; /etc/vifi/home.conf says\n\n"
		     "```\n[bridge]\nuplink = wlan0\nbridge = br0\n```\n\n"
		     "and systemd starts it:\n\n"
		     "```\nsystemctl enable --now vifi-bridge@home\n```"},
	{"SEE ALSO", "*vifi*(1), *bridge*(8), *tc*(8), *bpftool*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-bridge",
	.section = 1,
	.summary = "guests on a bridge reach the network through a Wi-Fi client interface",
	.description =
		"A Wi-Fi client may send frames only from its own MAC address. `vifi bridge` gives the guests' frames "
		"that address on their way out, in the kernel, and finds the guest again on the way in by its IP "
		"address, or by what else a frame tells.",
	.commands = page_commands,
	.keys = bridge_conf_options,
	.keys_description =
		"/etc/vifi/NAME.conf, read by `vifi bridge up -c NAME`. Keys stand in the section [bridge]. What "
		"is given on the command line goes before what stands in the file.",
	.sections = sections,
};

static const struct command_group group = {
	.name = "vifi bridge",
	.commands = commands,
	.page = &page,
};

int cmd_bridge(int argc, char **argv)
{
	return command_run(&group, argc, argv);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/wifi.h"

#include "conf/hostapd_conf.h"

static const struct opt options[] = {
	{.name = "interface",
	 .letter = 'i',
	 .command_line_only = true,
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 WIFI_OPTION(interface),
	 .help = "the interface of the first network, whatever the file says"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command ap_command = {
	.name = "vifi ap",
	.operands = "FILE …",
	.max_operands = 64,
	.summary = "an access point on a virtual air, configured by hostapd.conf",
	.description =
		"FILE is a hostapd.conf, one for each radio. The interface that it names is made, a TAP interface, and "
		"is the "
		"access point's own end of the network; `bridge=` makes it a port of a bridge. This version drives the "
		"virtual air of `vifi air` only: driver= is read and not used.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&ap_command, NULL};

static const struct opt_section sections[] = {
	{"LEGACY",
	 "TKIP and WEP are broken, and taken only from a file that names them: *wpa_pairwise=TKIP*, *wep_key0*, or "
	 "*wpa=1* (or *3*) without *wpa_pairwise*, which means TKIP as it does with hostapd. *wpa=2* alone means "
	 "CCMP."},
	WIFI_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES",
	 "A network on this machine: the air, the access point, and a station in a network namespace:\n\n"
	 "```\nvifi air &\nvifi ap -B home.conf\nip netns add laptop\nip netns exec laptop vifi sta -B -i wlan0 "
	 "laptop.conf\n```\n\nwhere home.conf says\n\n"
	 "```\ninterface=ap0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=correct horse\nieee80211w=1\n```"},
	{"SEE ALSO", "*vifi*(1), *vifi-sta*(1), *hostapd*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-ap",
	.section = 1,
	.summary = "an access point on a virtual air",
	.description =
		"The whole of an access point in user space: beacons, association, WPA and WPA2 handshakes, ciphers, "
		"power "
		"save, without Wi-Fi hardware.",
	.commands = page_commands,
	.keys = hostapd_conf_options,
	.keys_description =
		"FILE has lines KEY=VALUE, as hostapd reads them. Keys of hostapd that are not among these are known "
		"by name, "
		"and a message says that they are not used; any other key is a mistake. `bss=NAME` begins the next "
		"network on the same radio.",
	.sections = sections,
};

int cmd_ap(int argc, char **argv)
{
	return wifi_command(&page, &ap_command, &wifi_ap_program, argc, argv);
}

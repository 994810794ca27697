/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/sta_control.h"
#include "cli/wifi.h"

#include "base/mac.h"
#include "conf/wpa_conf.h"

#include <string.h>

static bool read_address(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t addr[6];

	if (!mac_parse(addr, value) || mac_is_group(addr) || mac_is_zero(addr))
		return error_set(error, false,
				 "address must be an individual MAC address (02:00:00:12:34:56), not `%.60s`", value);
	memcpy(field, addr, size);
	return true;
}

#define STA_SIGNALS                                                                                                   \
	{                                                                                                             \
		"SIGNALS",                                                                                            \
			"*SIGTERM*, *SIGINT*\n\tDeauthenticate, remove the interfaces and exit.\n\n"                  \
			"*SIGHUP*\n\tRead the file again, and apply what has changed.\n\n"                            \
			"*SIGUSR1*\n\tLog the connection, traffic counters, and the drop counters that are not zero." \
	}

static const char *const power_save[] = {"default", "off", "on", NULL};

static const struct opt options[] = {
	{.name = "interface",
	 .letter = 'i',
	 .command_line_only = true,
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 WIFI_OPTION(interface),
	 .default_value = "wlan0",
	 .help = "the interface of the Wi-Fi card, or the TAP interface that is created"},
	{.name = "address",
	 .letter = 'a',
	 .command_line_only = true,
	 .argument = "ADDRESS",
	 .type = OPT_CUSTOM,
	 WIFI_OPTION(addr),
	 .read = read_address,
	 .help = "its MAC address; by default derived from its name, the same every time"},
	{.name = "bridge",
	 .letter = 'b',
	 .command_line_only = true,
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 WIFI_OPTION(bridge),
	 .help = "make the interface a port of this bridge, in 4-address mode: hosts behind it keep their MAC "
		 "addresses; the access "
		 "point must accept that (wds_sta=1). Without it, `vifi bridge` serves any access point"},
	{.name = "power-save",
	 .command_line_only = true,
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 WIFI_OPTION(power_save),
	 .choices = power_save,
	 .default_value = "default",
	 .help = "on: the idle station dozes, and the access point keeps its frames until it listens; off: never; "
		 "default: a card as it is set (`iw dev`), a station on the medium never. A card's monitor interface "
		 "cannot doze"},
	{.name = "driver",
	 .letter = 'D',
	 .command_line_only = true,
	 .argument = "DRIVER",
	 .type = OPT_TEXT,
	 WIFI_OPTION(driver),
	 .help = "nl80211: the Wi-Fi card of the interface; air: the medium of `vifi air`; by default as the interface "
		 "is"},
	{.name = "config",
	 .letter = 'c',
	 .command_line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 WIFI_OPTION(config_file),
	 .help = "the file, in the format of wpa_supplicant"},
	{.name = "ctrl-interface",
	 .letter = 'C',
	 .command_line_only = true,
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 WIFI_OPTION(ctrl_interface),
	 .help = "the control socket, FOLDER/NAME, for wpa_cli; by default as *ctrl_interface* of the file says. "
		 "FOLDER "
		 "may be DIR=FOLDER GROUP=group. Without FILE, networks come by it"},
	{.name = "global",
	 .letter = 'g',
	 .command_line_only = true,
	 .argument = "SOCKET",
	 .type = OPT_TEXT,
	 WIFI_OPTION(global_socket),
	 .help = "a control socket by which stations come and go (INTERFACE_ADD); without FILE there is none at first"},
	{.name = "global-group",
	 .letter = 'G',
	 .command_line_only = true,
	 .argument = "GROUP",
	 .type = OPT_TEXT,
	 WIFI_OPTION(group),
	 .help = "the group that may use the global socket"},
	{.name = "check",
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 WIFI_OPTION(check),
	 .help = "print what was understood of FILE, all remarks, and whether the Wi-Fi card of the interface can do "
		 "it; "
		 "change nothing. The exit code says whether wpa_supplicant would start with it, too"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command sta_command = {
	.name = "vifi sta",
	.operands = "[FILE]",
	.max_operands = 1,
	.summary = "a station on a Wi-Fi card or on a virtual medium, configured by wpa_supplicant.conf",
	.description =
		"FILE is a wpa_supplicant.conf. The station scans for its networks, joins the best one, and reconnects "
		"after any loss. If the interface is a card's, or with -D nl80211, the radio is that card. Otherwise "
		"the radio joins the medium of `vifi air`, and the interface is a TAP interface that is created; it "
		"has "
		"a carrier while the station is connected. Clients of wpa_supplicant, as wpa_cli, control it by the "
		"socket of *ctrl_interface*; then FILE may be without networks, or missing.",
	.options = options,
};

/* The rest is filled in from sta_control.c. */
static const struct opt_command *page_commands[10] = {&sta_command};

static const struct opt_section sections[] = {
	WIFI_LIMITS,
	{"LEGACY",
	 "TKIP and WEP are broken. As wpa_supplicant, the station accepts WPA and TKIP where a block does not exclude "
	 "them by *proto=RSN*, *pairwise=CCMP* and *group=CCMP*. It uses the strongest that the access point offers, "
	 "and logs a connection whose frames, or whose group frames, are under TKIP. WEP needs *wep_key0*."},
	WIFI_INJECTION,
	{"CONTROL",
	 "With *ctrl_interface=FOLDER* in FILE, or *-C*, the station answers the commands of wpa_supplicant on the "
	 "socket FOLDER/INTERFACE, and tells attached clients its events: networks that come and go (ADD_NETWORK …), "
	 "SELECT_NETWORK, SCAN, BSS, ROAM, STATUS and others, of which wpa_cli shows a list. SAVE_CONFIG, which needs "
	 "*update_config=1*, writes FILE with its comments; of a line that has changed, the comment is lost. "
	 "RECONFIGURE and SIGHUP read FILE again: an association stays if its network is the same, and a mistake in "
	 "the file changes nothing. With *-g* there is also wpa_supplicant's global socket (INTERFACE_ADD, "
	 "INTERFACE_REMOVE, INTERFACES, IFNAME=). Commands of 802.1X, WPS, P2P and mesh are unknown."},
	WIFI_PRIVILEGES,
	STA_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES", "```\nnetwork={\n\tssid=\"home\"\n\tpsk=\"correct horse\"\n\tieee80211w=1\n}\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
		     "*vifi-metrics*(8), *vifi-setup*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8), *wpa_cli*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-sta",
	.section = 8,
	.summary = "a station on a Wi-Fi card or on a virtual medium",
	.description =
		"A Wi-Fi station: scan, association, WPA, WPA2 and WPA3 (SAE), roaming. On a Wi-Fi card, the kernel "
		"carries and encrypts the frames; on the medium of vifi-air(8), this process does it, without "
		"hardware.",
	.commands = page_commands,
	.keys = wpa_network_options,
	.keys_description = "Keys of a block network={ … }; outside of blocks there are country, ctrl_interface, "
			    "ctrl_interface_group, update_config, filter_ssids, freq_list, autoscan, bgscan, mac_addr, "
			    "preassoc_mac_addr, rand_addr_lifetime, passive_scan, pmf, sae_groups and sae_pwe. "
			    "Unsupported keys of wpa_supplicant are warned about; unknown keys are errors.",
	.sections = sections,
};

int cmd_sta(int argc, char **argv)
{
	const struct command *command = sta_control_find(argc > 1 ? argv[1] : NULL);

	if (command)
		return command->run(argc - 1, argv + 1);
	for (size_t i = 0; sta_control_page_commands[i] && i + 2 < sizeof(page_commands) / sizeof(page_commands[0]);
	     i++)
		page_commands[i + 1] = sta_control_page_commands[i];
	return wifi_command(&page, &sta_command, &wifi_sta_program, argc, argv);
}

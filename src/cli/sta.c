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
	 .help = "its MAC address; by default derived from its name, and always the same"},
	{.name = "bridge",
	 .letter = 'b',
	 .command_line_only = true,
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 WIFI_OPTION(bridge),
	 .help = "make the interface a port of this bridge, in 4-address mode: hosts behind it keep their MAC "
		 "addresses; the access "
		 "point must accept that (wds_sta=1). Where the access point does not, use `vifi bridge` instead"},
	{.name = "power-save",
	 .command_line_only = true,
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 WIFI_OPTION(power_save),
	 .choices = power_save,
	 .default_value = "default",
	 .help = "`on`: the station dozes while it is idle, and the access point buffers its frames; `off`: never; "
		 "`default`: a card keeps its setting (`iw dev`), a station on the medium never dozes. With a card's "
		 "monitor interface it cannot doze"},
	{.name = "driver",
	 .letter = 'D',
	 .command_line_only = true,
	 .argument = "DRIVER",
	 .type = OPT_TEXT,
	 WIFI_OPTION(driver),
	 .help = "`nl80211`: the Wi-Fi card of the interface; `air`: the medium of `vifi air`; by default `nl80211` if "
		 "the interface belongs to a card"},
	{.name = "wait",
	 .letter = 'w',
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 WIFI_OPTION(wait),
	 .help = "the interface is a Wi-Fi card's, as with -D nl80211, and the card may be plugged in later"},
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
	 .help = "serve the control socket FOLDER/NAME for wpa_cli; the default is `ctrl_interface` of the file. "
		 "FOLDER may be DIR=FOLDER GROUP=group. Without FILE, networks are added through this socket"},
	{.name = "global",
	 .letter = 'g',
	 .command_line_only = true,
	 .argument = "SOCKET",
	 .type = OPT_TEXT,
	 WIFI_OPTION(global_socket),
	 .help = "serve a global control socket, through which stations can be added and removed (INTERFACE_ADD; with "
		 "`create`, on a new interface of the same card). Without FILE there is no station at first"},
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
	 .help = "print how FILE was understood, all remarks, and whether the Wi-Fi card of the interface supports it; "
		 "change nothing. The exit code also tells whether wpa_supplicant would start with it"},
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
		"has a carrier while the station is connected. Clients of wpa_supplicant, such as wpa_cli, control the "
		"station through the socket of `ctrl_interface`; then FILE may have no networks, or be omitted.\n\n"
		"These commands control a running station: `vifi sta status`, `scan`, `networks`, `disconnect`, "
		"`reconnect`, `roam` and `reload`; each has a `--help`.",
	.options = options,
};

/* The rest is filled in from sta_control.c. */
static const struct opt_command *page_commands[10] = {&sta_command};

static const struct opt_section sections[] = {
	{"ON A CARD",
	 "A card that is unplugged is awaited, and so is its interface if it was deleted: once there is an interface "
	 "of "
	 "the same name, the station uses it, with the networks and the settings that clients of the control socket "
	 "have "
	 "given it meanwhile. With *--wait* the card may be missing at the start, too; the unit vifi-sta@.service "
	 "passes "
	 "that option after `systemctl edit vifi-sta@NAME` with Environment=VIFI_STA_OPTIONS=--wait; without it, the "
	 "station "
	 "joins the medium of `vifi air` where there is one, and its TAP interface has the name. A station whose "
	 "radio is switched off (rfkill), or whose interface is set down, connects again when it is back. Another "
	 "program "
	 "that uses the interface must release it, as by \"nmcli device set wlan0 managed no\"; if it has been faster "
	 "than "
	 "the station after the card came back, the station waits until that program has ended."},
	WIFI_LIMITS,
	{"LEGACY",
	 "TKIP and WEP are broken. Like wpa_supplicant, the station accepts WPA and TKIP unless a block excludes them "
	 "by *proto=RSN*, *pairwise=CCMP* and *group=CCMP*. It uses the strongest that the access point offers, "
	 "and logs a connection whose frames, or whose group frames, are under TKIP. WEP needs *wep_key0*."},
	WIFI_INJECTION,
	{"CONTROL",
	 "With *ctrl_interface=FOLDER* in FILE, or *-C*, the station answers the commands of wpa_supplicant on the "
	 "socket FOLDER/INTERFACE, and sends its events to attached clients. It supports ADD_NETWORK, REMOVE_NETWORK, "
	 "SELECT_NETWORK, SCAN, BSS, ROAM, STATUS and others, which wpa_cli lists. SAVE_CONFIG, which needs "
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
			    "preassoc_mac_addr, rand_addr_lifetime, passive_scan, pmf, okc, sae_groups, sae_pwe, "
			    "sae_check_mfp, "
			    "dot11RSNAConfigPMKLifetime and dot11RSNAConfigPMKReauthThreshold. "
			    "Unsupported keys of wpa_supplicant are warned about; unknown keys are errors.",
	.sections = sections,
};

int cmd_sta(int argc, char **argv)
{
	const struct command *command = sta_control_find(argc, argv);

	if (command)
		return command->run(argc - 1, argv + 1);
	for (size_t i = 0; sta_control_page_commands[i] && i + 2 < sizeof(page_commands) / sizeof(page_commands[0]);
	     i++)
		page_commands[i + 1] = sta_control_page_commands[i];
	return wifi_command(&page, &sta_command, &wifi_sta_program, argc, argv);
}

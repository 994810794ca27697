/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/ap_control.h"
#include "cli/wifi.h"

#include "conf/hostapd_conf.h"

#define AP_SIGNALS                                                                                              \
	{                                                                                                       \
		"SIGNALS", "*SIGTERM*, *SIGINT*\n\tDeauthenticate, remove the interfaces and exit.\n\n"         \
			   "*SIGHUP*\n\tRead the files again, and apply what has changed.\n\n"                  \
			   "*SIGUSR1*\n\tLog peers, traffic counters, and the drop counters that are not zero." \
	}

static const struct opt options[] = {
	{.name = "interface",
	 .letter = 'i',
	 .command_line_only = true,
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 WIFI_OPTION(interface),
	 .help = "the interface of the first network; overrides the file"},
	{.name = "global",
	 .letter = 'g',
	 .command_line_only = true,
	 .argument = "SOCKET",
	 .type = OPT_TEXT,
	 WIFI_OPTION(global_socket),
	 .help = "serve hostapd's global control socket, through which networks can be added and removed at run time; "
		 "FILE is then optional"},
	{.name = "group",
	 .letter = 'G',
	 .command_line_only = true,
	 .argument = "GROUP",
	 .type = OPT_TEXT,
	 WIFI_OPTION(group),
	 .help = "the group that may use the global control socket"},
	{.name = "check",
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 WIFI_OPTION(check),
	 .help = "print how each FILE was understood, all remarks, and whether its card, if it is here, supports it; "
		 "then exit. The "
		 "exit code also tells whether hostapd would start with it"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command ap_command = {
	.name = "vifi ap",
	.operands = "[FILE …]",
	.max_operands = 64,
	.summary = "an access point on a Wi-Fi card or on a virtual medium, configured by hostapd.conf",
	.description = "FILE is a hostapd.conf, one for each radio. If its interface belongs to a Wi-Fi card, or with "
		       "driver=nl80211, the radio is that card, and the kernel carries the frames. Otherwise, and with "
		       "driver=air or `--air`, the radio joins the medium of `vifi air`; the interface is then a TAP "
		       "interface that vifi creates, the access point's own end of the network. `bridge=` makes the "
		       "interface a bridge port in both cases.\n\n"
		       "These commands control a running access point: `vifi ap status`, `stations`, `deauth`, "
		       "`disassoc`, `rekey`, `reload` and `switch`; each has a `--help`.",
	.options = options,
};

/* `vifi ap FILE` first, then the commands to one that runs. */
static const struct opt_command *page_commands[16] = {&ap_command};

static const struct opt_section sections[] = {
	{"ON A CARD",
	 "The interface becomes an access point's, with the address of `bssid`, and further networks (`bss`) get "
	 "interfaces of their own. At the end they are removed, and the first one is what it was before; the kernel "
	 "also stops the "
	 "networks if the process is killed. `country_code` is set first, because it decides which channels are "
	 "permitted. *ieee80211n*, *ieee80211ac* and *ieee80211ax* announce all that the card has, unless *ht_capab* "
	 "and *vht_capab* list it; not in networks whose only cipher is TKIP or WEP. If the radio is switched off "
	 "(rfkill) or the interface is set down, the networks start again when it is back. So they do after a "
	 "suspension of "
	 "the machine, and when a card that was unplugged is plugged in again, under the same name. An interface that "
	 "another program makes a station becomes an access point again once that program has ended. If the bridge of "
	 "`bridge` is deleted and made anew, the interface becomes a port of it again.\n\n"
	 "Another program that uses the interface must release it, as by \"nmcli device set wlan0 managed no\"."},
	{"THE CHANNEL",
	 "*channel=0* chooses a channel at the start. *acs_num_scans* passive scans visit the channels of *hw_mode* "
	 "that "
	 "*chanlist*, *freqlist*, *min_tx_power* and the country permit. The interference of a channel is the share of "
	 "the "
	 "time for which the driver's survey found it busy, 1 % for each dB of noise above the quietest channel, and 1 "
	 "to 25 "
	 "% for each network that was heard there, by its signal; in the 2.4 GHz band, networks on neighbouring "
	 "channels "
	 "count by their overlap. *acs_chan_bias* multiplies it; channels that need radar detection are 2 % worse. "
	 "Without a "
	 "survey the networks decide alone. The log has the choice and its reason.\n\n"
	 "In most countries the channels 52 to 144 need radar detection (DFS), which *ieee80211h=1* permits. The "
	 "access point "
	 "listens for 60 s before the network starts, and the log counts down. After a radar the channel is not used "
	 "for 30 "
	 "minutes. The access point moves to a channel that it may use at once, of the same width if there is one, by "
	 "chance "
	 "among equals; otherwise the network stops until it has listened to another one, and so it does when "
	 "*chan_switch* "
	 "names a channel to which nobody has listened. Events tell the clients of the control socket of all this, as "
	 "hostapd's do; \"raw RADAR DETECTED freq=5260\" of hostapd_cli simulates a radar. *chanlist*, *freqlist* and "
	 "*min_tx_power* restrict this choice, too. Where ETSI rules apply, a channel of weather radars (5600 to 5650 "
	 "MHz) is "
	 "refused unless the kernel listens for the ten minutes that they demand. The survey and the detection of "
	 "radar are "
	 "the driver's."},
	WIFI_LIMITS,
	{"LEGACY", "TKIP and WEP are broken. The keys that name them are *wpa_pairwise=TKIP*, *wep_key0*, and *wpa=1* "
		   "(or *3*) without *wpa_pairwise*, which means TKIP as in hostapd. *wpa=2* alone means CCMP."},
	WIFI_INJECTION,
	{"CONTROL",
	 "`ctrl_interface=/run/hostapd` in FILE, or *--global*, makes control sockets, which speak the protocol of "
	 "hostapd: "
	 "*hostapd_cli*(1) and programs made for it work, and so do the commands above, which are its clients. "
	 "`ctrl_interface_group` is the group that may use them. Through the global socket, networks can be added and "
	 "removed at run time: \"ADD wlan0 /run/hostapd\", settings in any order, \"ENABLE\"; *--global* needs no "
	 "FILE. A station whose passphrase or password has gone, whose VLAN has changed, that a list now "
	 "denies, or that lacks management frame protection where the file now requires it, is deauthenticated by a "
	 "reload; "
	 "the others stay unless the radio, or the name or the ciphers of their own network change. Networks (`bss=`) "
	 "are identified by their interfaces: a reload removes those that the file no longer has, adds new ones, and "
	 "does not interrupt the others; the first network keeps its interface. Over the medium only *--global* keeps "
	 "the privilege to create an interface. If the file has a mistake, or the card cannot have another network, "
	 "nothing changes."},
	WIFI_PRIVILEGES,
	AP_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES",
	 "A network on this machine: the medium, an access point, and a station in a network namespace:\n\n"
	 "```\nvifi air &\nvifi ap -B home.conf\nip netns add laptop\nip netns exec laptop vifi sta -B -i wlan0 "
	 "laptop.conf\n```\n\nwith home.conf:\n\n"
	 "```\ninterface=ap0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=correct horse\nieee80211w=1\n```"},
	{"SEE ALSO",
	 "*vifi*(8), *vifi-air*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), *vifi-metrics*(8), "
	 "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8), *hostapd*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-ap",
	.section = 8,
	.summary = "an access point on a Wi-Fi card or on a virtual medium",
	.description =
		"An access point: association, WPA, WPA2 and WPA3 (SAE), rekeys, protected management frames, address "
		"lists. On a Wi-Fi card, the kernel carries, encrypts and buffers the frames; on the medium of "
		"vifi-air(8), this process does it, without hardware.",
	.commands = page_commands,
	.keys = hostapd_conf_options,
	.keys_description = "FILE has lines KEY=VALUE in the format of hostapd. Unsupported keys of hostapd are warned "
			    "about; unknown keys are errors. `bss=NAME` begins a further network on the same radio.",
	.sections = sections,
};

int cmd_ap(int argc, char **argv)
{
	const struct command *command = ap_control_find(argc, argv);

	if (command)
		return command->run(argc - 1, argv + 1);
	for (size_t i = 0; ap_control_page_commands[i] && i + 2 < sizeof(page_commands) / sizeof(page_commands[0]); i++)
		page_commands[i + 1] = ap_control_page_commands[i];
	return wifi_command(&page, &ap_command, &wifi_ap_program, argc, argv);
}

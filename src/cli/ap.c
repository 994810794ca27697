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
	 .help = "the interface of the first network; overrides the file"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command ap_command = {
	.name = "vifi ap",
	.operands = "FILE …",
	.max_operands = 64,
	.summary = "an access point on a virtual medium, configured by hostapd.conf",
	.description = "FILE is a hostapd.conf, one for each radio. The TAP interface that it names is created, and is "
		       "the access point's own end of the network; `bridge=` makes it a port of a bridge. Only the "
		       "medium of `vifi air` is supported as radio: driver= is ignored.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&ap_command, NULL};

static const struct opt_section sections[] = {
	WIFI_LIMITS,
	{"LEGACY", "TKIP and WEP are broken. The keys that name them are *wpa_pairwise=TKIP*, *wep_key0*, and *wpa=1* "
		   "(or *3*) without *wpa_pairwise*, which means TKIP as in hostapd. *wpa=2* alone means CCMP."},
	WIFI_PRIVILEGES,
	WIFI_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES",
	 "A network on this machine: the medium, an access point, and a station in a network namespace:\n\n"
	 "```\nvifi air &\nvifi ap -B home.conf\nip netns add laptop\nip netns exec laptop vifi sta -B -i wlan0 "
	 "laptop.conf\n```\n\nwith home.conf:\n\n"
	 "```\ninterface=ap0\nssid=home\nhw_mode=g\nchannel=6\nwpa=2\nwpa_passphrase=correct horse\nieee80211w=1\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-setup*(8), *vifi-sta*(8), "
		     "*hostapd*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-ap",
	.section = 8,
	.summary = "an access point on a virtual medium",
	.description = "A complete access point in user space, without Wi-Fi hardware: beacons, association, WPA and "
		       "WPA2 handshakes, ciphers, power save.",
	.commands = page_commands,
	.keys = hostapd_conf_options,
	.keys_description = "FILE has lines KEY=VALUE in the format of hostapd. Unsupported keys of hostapd are warned "
			    "about; unknown keys are errors. `bss=NAME` begins a further network on the same radio.",
	.sections = sections,
};

int cmd_ap(int argc, char **argv)
{
	return wifi_command(&page, &ap_command, &wifi_ap_program, NULL, argc, argv);
}

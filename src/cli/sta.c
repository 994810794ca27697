/* SPDX-License-Identifier: GPL-2.0-or-later */
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
	 .help = "its MAC address; by default that of the card, or derived from its name, the same every time"},
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
	{.name = "check",
	 .command_line_only = true,
	 .type = OPT_FLAG,
	 WIFI_OPTION(check),
	 .help = "print what FILE says, and whether the Wi-Fi card of the interface can do it; change nothing"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command sta_command = {
	.name = "vifi sta",
	.operands = "[FILE]",
	.max_operands = 1,
	.summary = "a station on a Wi-Fi card or on a virtual medium, configured by wpa_supplicant.conf",
	.description = "FILE is a wpa_supplicant.conf. The station scans for its networks, joins the best one, and "
		       "reconnects after any loss. If the interface is that of a Wi-Fi card, the radio is that card, "
		       "and the kernel carries the frames. Otherwise, and with *--air* or *-D air*, the station joins "
		       "the medium of `vifi air`, and creates the interface as a TAP interface. Either has a carrier "
		       "only while the station is connected.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&sta_command, NULL};

static const struct opt_section sections[] = {
	{"ON A CARD", "The interface becomes a station's, with the address of *--address* if that is given, and is set "
		      "up; at the end it is what it was before. It is dormant until the keys are in place, so that "
		      "DHCP clients wait. `country` is a hint for the regulatory domain. Scans use random addresses if "
		      "the driver can do that. If the process is killed, the kernel ends the association.\n\nIf the "
		      "radio is switched off (rfkill), the station waits, and sets the interface up again. If somebody "
		      "sets the interface down, it waits until it is up again. If the interface is removed, it "
		      "exits.\n\nA card has one manager: wpa_supplicant, iwd and NetworkManager must release the "
		      "interface, as by \"nmcli device set wlan0 managed no\". Ciphers that the card lacks are not "
		      "used; *--check* names them."},
	WIFI_LIMITS,
	{"LEGACY", "TKIP and WEP are broken. The keys that name them are *pairwise=TKIP*, *group=TKIP*, *wep_key0*, "
		   "and *proto=WPA* without *pairwise*. Other blocks use WPA2 with CCMP or GCMP."},
	WIFI_PRIVILEGES,
	WIFI_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES", "```\nnetwork={\n\tssid=\"home\"\n\tpsk=\"correct horse\"\n\tieee80211w=1\n}\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-setup*(8), "
		     "*wpa_supplicant.conf*(5)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-sta",
	.section = 8,
	.summary = "a station on a Wi-Fi card or on a virtual medium",
	.description = "A Wi-Fi station: scan, association, WPA and WPA2 handshakes, rekeys, protected management "
		       "frames, roaming. On a Wi-Fi card, the kernel carries and encrypts the frames; on the medium of "
		       "vifi-air(8), this process does it, without hardware.",
	.commands = page_commands,
	.keys = wpa_network_options,
	.keys_description =
		"Keys of a block network={ … }; outside of blocks there are pmf, passive_scan, freq_list and country. "
		"Unsupported keys of wpa_supplicant are warned about; unknown keys are errors.",
	.sections = sections,
};

int cmd_sta(int argc, char **argv)
{
	return wifi_command(&page, &sta_command, &wifi_sta_program, wifi_sta_check, argc, argv);
}

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
				 "address is a MAC address of one station, 02:00:00:12:34:56; not `%.60s`", value);
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
	 .help = "the interface that is made"},
	{.name = "address",
	 .letter = 'a',
	 .command_line_only = true,
	 .argument = "ADDRESS",
	 .type = OPT_CUSTOM,
	 WIFI_OPTION(addr),
	 .read = read_address,
	 .help = "its MAC address; by default one that is made from its name, and stays"},
	{.name = "config",
	 .letter = 'c',
	 .command_line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 WIFI_OPTION(config_file),
	 .help = "the file, as wpa_supplicant takes it"},
	WIFI_OPTIONS,
	{0},
};

const struct opt_command sta_command = {
	.name = "vifi sta",
	.operands = "[FILE]",
	.max_operands = 1,
	.summary = "a station on a virtual air, configured by wpa_supplicant.conf",
	.description =
		"FILE is a wpa_supplicant.conf. The station looks for its networks, joins the best, and comes back by "
		"itself "
		"whatever happens. Its interface is made, a TAP interface, and has a carrier while it is connected. "
		"This "
		"version drives the virtual air of `vifi air` only.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&sta_command, NULL};

static const struct opt_section sections[] = {
	{"LEGACY", "TKIP and WEP are broken, and taken only from a block that names them: *pairwise=TKIP*, "
		   "*group=TKIP*, *wep_key0*, or "
		   "*proto=WPA* without *pairwise*. A block that says nothing uses WPA2 with CCMP or GCMP."},
	WIFI_SIGNALS,
	WIFI_EXITS,
	{"EXAMPLES", "```\nnetwork={\n\tssid=\"home\"\n\tpsk=\"correct horse\"\n\tieee80211w=1\n}\n```"},
	{"SEE ALSO", "*vifi*(1), *vifi-ap*(1), *vifi-bridge*(1), *wpa_supplicant.conf*(5)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-sta",
	.section = 1,
	.summary = "a station on a virtual air",
	.description =
		"The whole of a Wi-Fi station in user space: scan, association, WPA and WPA2 handshakes, ciphers, "
		"roaming, power "
		"save, without Wi-Fi hardware.",
	.commands = page_commands,
	.keys = wpa_network_options,
	.keys_description =
		"Keys of a block network={ … }; outside of blocks: pmf, passive_scan, freq_list and country. Keys of "
		"wpa_supplicant that are not among these are known by name, and a message says that they are not used; "
		"any "
		"other key is a mistake.",
	.sections = sections,
};

int cmd_sta(int argc, char **argv)
{
	return wifi_command(&page, &sta_command, &wifi_sta_program, argc, argv);
}

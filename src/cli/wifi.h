/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common parts of the command lines of `vifi ap` and `vifi sta`. */
#ifndef VIFI_CLI_WIFI_H
#define VIFI_CLI_WIFI_H

#include "wifi/wifi.h"
#include "cli/cmd.h"
#include "conf/recorder_options.h"

#define WIFI_OPTION(field_) OPT_FIELD(struct wifi_options, field_)

/* clang-format off */
#define WIFI_OPTIONS \
	{.name = "json", .letter = 'j', .command_line_only = true, .type = OPT_FLAG, WIFI_OPTION(json), \
	 .help = "with --check: print JSON; /usr/share/vifi/file-check.schema.json describes it"}, \
	{.name = "debug", .letter = 'd', .command_line_only = true, .type = OPT_COUNT, WIFI_OPTION(debug), \
	 .help = "log each change of state; twice (-dd): also each frame, and each drop with its reason"}, \
	{.name = "background", .letter = 'B', .command_line_only = true, .type = OPT_FLAG, WIFI_OPTION(background), \
	 .help = "go into the background once the start has succeeded; messages go to syslog"}, \
	{.name = "pid-file", .letter = 'P', .command_line_only = true, .argument = "FILE", .type = OPT_TEXT, WIFI_OPTION(pid_file), \
	 .help = "write the process ID to FILE, and remove FILE at the end"}, \
	{.name = "log-file", .letter = 'f', .command_line_only = true, .argument = "FILE", .type = OPT_TEXT, WIFI_OPTION(log_file), \
	 .help = "append messages to FILE"}, \
	{.name = "timestamps", .letter = 't', .command_line_only = true, .type = OPT_FLAG, WIFI_OPTION(timestamps), \
	 .help = "prepend the time to messages"}, \
	{.name = "air", .command_line_only = true, .argument = "SOCKET", .type = OPT_TEXT, WIFI_OPTION(air_socket), .default_value = WIFI_AIR_SOCKET, \
	 .help = "the socket of the medium, served by `vifi air`"}, \
	{.name = "monitor", .letter = 'M', .command_line_only = true, .argument = "INTERFACE", .type = OPT_TEXT, WIFI_OPTION(monitor), \
	 .help = "the radio is a card's monitor interface, through which vifi injects its frames; see INJECTION"}, \
	{.name = "name", .letter = 'n', .command_line_only = true, .argument = "NAME", .type = OPT_TEXT, WIFI_OPTION(radio_name), \
	 .help = "the name of this radio in rules of the medium; by default the name of its interface"}, \
	RECORDER_OPTIONS(WIFI_OPTION, true)
/* clang-format on */

#define WIFI_LIMITS                                                                              \
	{                                                                                        \
		"LIMITS", "802.1X is not implemented. WEP is used only where the file names it." \
	}
/* clang-format off */
#define WIFI_PRIVILEGES                                                                                                 \
	{"PRIVILEGES",                                                                                                  \
	 "Root, or CAP\\_NET\\_ADMIN, is needed to create the interfaces. Before the first frame is parsed, root becomes the " \
	 "user vifi or, where that user does not exist, the first unused user ID from 65520 to 65533. Of the capabilities, the process keeps CAP\\_NET\\_ADMIN on a card; " \
	 "with control sockets CAP\\_DAC\\_OVERRIDE, and `vifi ap` also CAP\\_DAC\\_READ\\_SEARCH, to read "  \
	 "their files again and to answer clients of other users; both with *--global* also CAP\\_NET\\_ADMIN, "           \
	 "CAP\\_NET\\_RAW, CAP\\_CHOWN and CAP\\_FOWNER, for new interfaces and sockets. It can open files only in the folders " \
	 "of its configuration and of the files that this names; with *--global*, everywhere. Without control " \
	 "sockets, a file is read again only if that user may read it. To rejoin a restarted medium, that user must have access to the socket of *--air*, as in _/run/vifi_. A PID file is removed where that user may write to its folder, and " \
	 "emptied elsewhere. Keys are excluded from core dumps and kept in locked memory as far as RLIMIT\\_MEMLOCK permits; with a control socket, so is the text of the configuration with its passphrases."}
/* clang-format on */

/* clang-format off */
#define WIFI_INJECTION                                                                                                  \
	{"INJECTION",                                                                                                   \
	 "With *--monitor* the whole 802.11 MAC is vifi's, as on the medium of `vifi air`, and a card transmits and receives " \
	 "its frames through a monitor interface. Frames pass a TAP interface of the configured name. Use it only if the card cannot be an access point or a station by itself: it is slower, at most 54 Mbit/s, and does not use the card's power save.\n\n"                                                                                                     \
	 "```\niw phy phy0 interface add mon0 type monitor flags active\nvifi ap --monitor mon0 home.conf\n```\n\n"           \
	 "A receiver acknowledges a frame within 16 µs, which only the card can do, and it does so for the MAC addresses of its " \
	 "interfaces that are up. *flags active* makes the monitor interface one of them where the driver can (`iw phy` lists " \
	 "\"active monitor\"); with other drivers, add a managed interface, with that address, and set it up. Where neither "   \
	 "works, peers repeat each frame until they give up. vifi takes the MAC address of the monitor interface, unless the " \
	 "configuration has another one. A driver that does not return frames with their TX status hides losses: they count " \
	 "as acknowledged. No other interface of the card may be in use: it has one channel."}
/* clang-format on */

#define WIFI_EXITS                                                                                                 \
	{                                                                                                          \
		"EXIT STATUS", "*0*\n\tEnded by a signal; with -B: running in the background.\n\n"                 \
			       "*1*\n\tFailure; standard error has the reason.\n\n"                                \
			       "*2*\n\tThe command line or the configuration is invalid; nothing was changed.\n\n" \
			       "*3*\n\tCAP_NET_ADMIN is missing, which is needed to create or configure the "      \
			       "interface; run the command as root.\n\n"                                           \
			       "*4*\n\tAnother program has the interface.\n\n"                                     \
			       "*5*\n\tWith --check: vifi accepts the file, but hostapd or wpa_supplicant would "  \
			       "refuse it.\n\n"                                                                    \
			       "*6*\n\tWith --check: vifi refuses the file, but hostapd or wpa_supplicant would "  \
			       "start with it."                                                                    \
	}

/* Runs the command. With --man it prints the page. */
int wifi_command(const struct opt_page *page, const struct opt_command *command, const struct wifi_program *program,
		 int argc, char **argv);

#endif

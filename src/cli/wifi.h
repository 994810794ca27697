/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command lines of `vifi ap` and `vifi sta` have in common. */
#ifndef VIFI_CLI_WIFI_H
#define VIFI_CLI_WIFI_H

#include "wifi/wifi.h"
#include "cli/cmd.h"

#define WIFI_OPTION(field_) OPT_FIELD(struct wifi_options, field_)

/* clang-format off */
#define WIFI_OPTIONS \
	{.name = "debug", .letter = 'd', .command_line_only = true, .type = OPT_COUNT, WIFI_OPTION(debug), \
	 .help = "say more: each change of state; twice (-dd): also each frame, and each drop with its reason"}, \
	{.name = "background", .letter = 'B', .command_line_only = true, .type = OPT_FLAG, WIFI_OPTION(background), \
	 .help = "go into the background once the radio is on the air; messages go to syslog"}, \
	{.name = "pid-file", .letter = 'P', .command_line_only = true, .argument = "FILE", .type = OPT_TEXT, WIFI_OPTION(pid_file), \
	 .help = "write the number of the process to FILE, and remove it at the end"}, \
	{.name = "log-file", .letter = 'f', .command_line_only = true, .argument = "FILE", .type = OPT_TEXT, WIFI_OPTION(log_file), \
	 .help = "append messages to FILE"}, \
	{.name = "timestamps", .letter = 't', .command_line_only = true, .type = OPT_FLAG, WIFI_OPTION(timestamps), \
	 .help = "begin messages with the time"}, \
	{.name = "air", .command_line_only = true, .argument = "SOCKET", .type = OPT_TEXT, WIFI_OPTION(air_socket), .default_value = WIFI_AIR_SOCKET, \
	 .help = "the virtual air to join, as `vifi air` serves it"}, \
	{.name = "name", .letter = 'n', .command_line_only = true, .argument = "NAME", .type = OPT_TEXT, WIFI_OPTION(radio_name), \
	 .help = "what rules of the air call this radio; by default the name of its interface"}
/* clang-format on */

#define WIFI_SIGNALS                                                                                                  \
	{                                                                                                             \
		"SIGNALS",                                                                                            \
			"*SIGTERM*, *SIGINT*, *SIGHUP*\n\tLeave the air in good order and end.\n\n"                   \
			"*SIGUSR1*\n\tSay who is there, what was sent and received, and each reason for a drop that " \
			"occurred."                                                                                   \
	}
#define WIFI_EXITS                                                                                                   \
	{                                                                                                            \
		"EXIT STATUS",                                                                                       \
			"*0*\n\tIt was ended by a signal; with -B: it runs.\n\n"                                     \
			"*1*\n\tIt failed, and standard error says why.\n\n"                                         \
			"*2*\n\tThe command line or the configuration is wrong; nothing was changed.\n\n"            \
			"*3*\n\tA privilege is missing: it needs CAP_NET_ADMIN to make its interface, and gives it " \
			"away then.\n\n"                                                                             \
			"*4*\n\tAnother program has the interface."                                                  \
	}

/* `--man` prints the page. */
int wifi_command(const struct opt_page *page, const struct opt_command *command, const struct wifi_program *program,
		 int argc, char **argv);

#endif

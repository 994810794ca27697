/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of the flight recorder, which bridges, access points, stations and the medium share. */
#ifndef VIFI_CONF_RECORDER_OPTIONS_H
#define VIFI_CONF_RECORDER_OPTIONS_H

#include "conf/opt.h"

/* Two rows of a table. field: a macro like OPT_FIELD(), without the type; only: the value of command_line_only. */
/* clang-format off */
#define RECORDER_OPTIONS(field, only) \
	{.name = "recorder", .command_line_only = (only), .argument = "MODE", .type = OPT_CHOICE, field(recorder), \
	 .choices = (const char *const[]){"off", "headers", "whole", NULL}, .default_value = "off", \
	 .help = "always keep the last frames for `vifi trace --last`: their headers, or whole frames; off: record only while `vifi trace` runs"}, \
	{.name = "recorder-size", .command_line_only = (only), .argument = "MIB", .type = OPT_NUMBER, .min = 1, .max = 1024, \
	 field(recorder_size), .default_value = "8", .help = "memory for these frames, in /run/vifi"}
/* clang-format on */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_stations OPTION… FILE…: `vifi sta OPTION… FILE` for many files, of which vifi itself takes only one. A process for
 * each of thousands of files would take most of the time of test_file_values.py.
 */
#include "cli/cmd.h"
#include "wifi/wifi.h"

#include <limits.h>

int main(int argc, char **argv)
{
	struct wifi_options options = {.air_socket = ""};
	struct opt_command command = sta_command;
	int first;

	command.max_operands = UINT_MAX;
	opt_defaults(command.options, &options);
	first = opt_parse(&command, argc, argv, &options);
	if (first < 0)
		return EXIT_USAGE;
	return (int)wifi_main(&wifi_sta_program, &options, argv + first, (size_t)(argc - first));
}

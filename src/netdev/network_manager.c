/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/network_manager.h"

#include "netdev/processes.h"

#include <stdio.h>
#include <string.h>

static bool file_has_line(const char *path, const char *wanted)
{
	FILE *file = fopen(path, "re");
	char line[64];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, wanted);
	}
	if (file)
		fclose(file);
	return found;
}

bool network_manager_has(unsigned int ifindex)
{
	const char *name = "NetworkManager";
	char path[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", ifindex);
	return file_has_line(path, "managed=true") && netdev_running(&name, 1);
}

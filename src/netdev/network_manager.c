/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/network_manager.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* Is it in the network namespace of this process? */
static bool shares_network(const char *pid)
{
	struct stat own, other;
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	return stat("/proc/self/ns/net", &own) < 0 || stat(path, &other) < 0 || own.st_ino == other.st_ino;
}

static bool process_runs(const char *name)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300];
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		found = isdigit((unsigned char)entry->d_name[0]) && file_has_line(path, name) &&
			shares_network(entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

bool network_manager_has(unsigned int ifindex)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", ifindex);
	return file_has_line(path, "managed=true") && process_runs("NetworkManager");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void netdev_process_name(const char *pid, char name[PROCESS_NAME_SIZE])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(name, PROCESS_NAME_SIZE, file))
		name[0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
}

static bool shares_network(const char *pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	return stat("/proc/self/ns/net", &own) < 0 || stat(path, &other) < 0 || own.st_ino == other.st_ino;
}

unsigned netdev_running(const char *const names[], size_t count)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	char name[PROCESS_NAME_SIZE];
	unsigned found = 0;

	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		netdev_process_name(entry->d_name, name);
		for (size_t i = 0; i < count; i++)
			if (!(found & 1u << i) && !strcmp(name, names[i]) && shares_network(entry->d_name))
				found |= 1u << i;
	}
	if (folder)
		closedir(folder);
	return found;
}

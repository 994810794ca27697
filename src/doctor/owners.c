/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel does not tell which process uses an interface. The programs do: hostapd and wpa_supplicant have a control socket for each
 * interface, NetworkManager has a file for each. Others (iwd, ConnMan) only show that they run, by the names of processes.
 */
#include "doctor/doctor.h"
#include "netdev/network_manager.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add(struct doctor_card *card, const char *program, bool certain)
{
	struct doctor_owner *owner;

	for (size_t i = 0; i < card->owner_count; i++)
		if (!strcmp(card->owners[i].program, program))
			return;
	if (card->owner_count == DOCTOR_OWNERS_MAX)
		return;
	owner = &card->owners[card->owner_count++];
	snprintf(owner->program, sizeof(owner->program), "%s", program);
	owner->certain = certain;
}

static void find_sockets(struct doctor_card *card)
{
	static const char *const programs[] = {"hostapd", "wpa_supplicant"};
	char path[64];

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		snprintf(path, sizeof(path), "/run/%s/%s", programs[i], card->interface.name);
		if (access(path, F_OK) == 0)
			add(card, programs[i], true);
	}
}

/* The name of a process, without its line break; empty: it has ended. */
static void read_name(const char *pid, char name[32])
{
	char path[64];
	FILE *file;

	name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, 32, file))
		name[strcspn(name, "\n")] = '\0';
	else
		name[0] = '\0';
	fclose(file);
}

static void find_processes(struct doctor_card *card)
{
	static const char *const programs[] = {"iwd", "connmand", "hostapd", "wpa_supplicant"};
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char name[32];

	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		read_name(entry->d_name, name);
		for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
			if (!strcmp(name, programs[i]))
				add(card, programs[i], false);
	}
	if (folder)
		closedir(folder);
}

void doctor_find_owners(struct doctor_card *card)
{
	find_sockets(card);
	if (network_manager_has((unsigned int)card->interface.ifindex))
		add(card, "NetworkManager", true);
	find_processes(card);
}

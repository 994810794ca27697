/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel does not tell which process uses an interface. The programs do: hostapd and wpa_supplicant have a control socket for each
 * interface, NetworkManager has a file for each. Others (iwd, ConnMan) only show that they run, by the names of processes.
 */
#include "doctor/doctor.h"
#include "netdev/listeners.h"
#include "netdev/network_manager.h"
#include "netdev/processes.h"

#include <stdio.h>
#include <string.h>

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

/*
 * The process that serves the socket which clients of `program` use: a program of vifi in its place has such a socket, too. Without
 * the right to look into that process it is taken for what its socket claims.
 */
static void add_server(struct doctor_card *card, const char *program, uint32_t inode)
{
	char name[PROCESS_NAME_SIZE];
	pid_t pid;

	if (netdev_socket_owner(inode, &pid, name) && !strcmp(name, "vifi"))
		add(card, !strcmp(program, "hostapd") ? "vifi ap" : "vifi sta", true);
	else
		add(card, program, true);
}

static void find_sockets(struct doctor_card *card)
{
	static const char *const programs[] = {"hostapd", "wpa_supplicant"}, *const folders[] = {"/run", "/var/run"};
	char path[64];

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		for (size_t k = 0; k < sizeof(folders) / sizeof(folders[0]); k++) {
			uint32_t inode;

			snprintf(path, sizeof(path), "%s/%s/%s", folders[k], programs[i], card->interface.name);
			inode = netdev_unix_socket(path);
			if (inode)
				add_server(card, programs[i], inode);
		}
}

static void find_processes(struct doctor_card *card)
{
	static const char *const programs[] = {"iwd", "connmand", "hostapd", "wpa_supplicant"};
	size_t count = sizeof(programs) / sizeof(programs[0]);
	unsigned running = netdev_running(programs, count);

	for (size_t i = 0; i < count; i++)
		if (running & 1u << i)
			add(card, programs[i], false);
}

void doctor_find_owners(struct doctor_card *card)
{
	find_sockets(card);
	if (network_manager_has((unsigned int)card->interface.ifindex))
		add(card, "NetworkManager", true);
	find_processes(card);
}

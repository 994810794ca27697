/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/listeners.h"

#include "base/array.h"
#include "netdev/netlink.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct listener_list {
	const uint16_t *ports;
	size_t n_ports;
	struct netdev_listener *items;
	size_t count, room, before; /* before: those of earlier dumps */
};

static bool is_wanted(const struct listener_list *list, uint16_t port)
{
	for (size_t i = 0; i < list->n_ports; i++)
		if (list->ports[i] == port)
			return true;
	return false;
}

static int parse_socket(struct nlmsghdr *nlh, void *arg)
{
	struct listener_list *list = arg;
	const struct inet_diag_msg *msg;
	struct netdev_listener *item;

	if (!nlh) {
		list->count = list->before;
		return 0;
	}
	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || nlmsg_datalen(nlh) < (int)sizeof(*msg))
		return -EPROTO;
	msg = nlmsg_data(nlh);
	if (!is_wanted(list, ntohs(msg->id.idiag_sport)))
		return 0;
	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
		return -ENOMEM;
	item = &list->items[list->count++];
	*item = (struct netdev_listener){
		.family = msg->idiag_family,
		.port = ntohs(msg->id.idiag_sport),
		.ifindex = (int)msg->id.idiag_if,
		.inode = msg->idiag_inode,
	};
	memcpy(item->addr, msg->id.idiag_src, msg->idiag_family == AF_INET ? 4 : 16);
	return 0;
}

int netdev_udp_listeners(const uint16_t *ports, size_t n_ports, struct netdev_listener **out, size_t *count)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct listener_list list = {.ports = ports, .n_ports = n_ports};
	struct netlink netlink;
	int ret = netlink_open(&netlink, NETLINK_SOCK_DIAG);

	*out = NULL;
	*count = 0;
	for (size_t i = 0; ret == 0 && i < sizeof(families); i++) {
		const struct inet_diag_req_v2 request = {
			.sdiag_family = families[i], .sdiag_protocol = IPPROTO_UDP, .idiag_states = UINT32_MAX};

		list.before = list.count;
		ret = netlink_dump(&netlink, SOCK_DIAG_BY_FAMILY, &request, sizeof(request), parse_socket, &list);
	}
	netlink_close(&netlink);
	if (ret < 0 || !list.count) {
		free(list.items);
		return ret;
	}
	*out = list.items;
	*count = list.count;
	return 0;
}

/* ---- Unix sockets ---- */

uint32_t netdev_unix_socket(const char *path)
{
	FILE *file = fopen("/proc/thread-self/net/unix", "re");
	unsigned long inode = 0;
	size_t size = 0;
	char *line = NULL;
	int at;

	while (file && !inode &&
	       getline(&line, &size, file) > 0) { /* number: references protocol flags type state inode path */
		line[strcspn(line, "\n")] = '\0';
		at = 0;
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %n", &inode, &at) != 1 || !at ||
		    strcmp(line + at, path) != 0)
			inode = 0;
	}
	free(line);
	if (file)
		fclose(file);
	return (uint32_t)inode;
}

/* ---- the process of a socket ---- */

static bool has_socket(const char *pid, uint32_t inode)
{
	char path[300], link[64], wanted[64];
	const struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder))) {
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.200s", pid, entry->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		found = !strcmp(link, wanted);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* For a person to read. */
static void read_name(const char *pid, char name[PROCESS_NAME_SIZE])
{
	netdev_process_name(pid, name);
	if (!name[0])
		snprintf(name, PROCESS_NAME_SIZE, "a process");
	for (char *ch = name; *ch; ch++)
		if (!isprint((unsigned char)*ch))
			*ch = '?';
}

bool netdev_socket_owner(uint32_t inode, pid_t *pid, char name[PROCESS_NAME_SIZE])
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !has_socket(entry->d_name, inode))
			continue;
		found = true;
		*pid = (pid_t)strtol(entry->d_name, NULL, 10);
		read_name(entry->d_name, name);
	}
	if (folder)
		closedir(folder);
	return found;
}

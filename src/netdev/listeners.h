/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of this network namespace, and the processes that have them (NETLINK_SOCK_DIAG, /proc). */
#ifndef VIFI_NETDEV_LISTENERS_H
#define VIFI_NETDEV_LISTENERS_H

#include "netdev/processes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct netdev_listener {
	int family;       /* AF_INET, AF_INET6 */
	uint16_t port;    /* local */
	int ifindex;      /* of the device that the socket is bound to; 0: any */
	uint8_t addr[16]; /* local; the first 4 bytes for AF_INET; zero: any */
	uint32_t inode;
};

/*
 * Lists the UDP sockets bound to one of the ports. The caller frees *list, which is NULL when *count is 0. Returns 0 or a
 * negative errno: -ENOENT on a kernel without CONFIG_INET_UDP_DIAG.
 */
int netdev_udp_listeners(const uint16_t *ports, size_t n_ports, struct netdev_listener **list, size_t *count);

/*
 * The inode of the Unix socket that is bound to a path; 0: none. The file of a socket outlives its process; this entry does not. The
 * path is compared with what the process bound: not with where that leads by symbolic links.
 */
uint32_t netdev_unix_socket(const char *path);

/* Finds a process that has the socket open. False: there is none that this process can see. */
bool netdev_socket_owner(uint32_t inode, pid_t *pid, char name[PROCESS_NAME_SIZE]);

#endif

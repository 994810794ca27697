/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which port of a bridge a MAC address was seen behind: one question to the kernel, by rtnetlink. */
#ifndef VIFI_NETDEV_FDB_H
#define VIFI_NETDEV_FDB_H

#include <stdint.h>

struct fdb_socket {
	int fd; /* a request socket of its own, for one thread */
	uint32_t sequence;
};

/* Returns 0 or a negative errno; the caller closes it. */
int fdb_open(struct fdb_socket *fdb);
void fdb_close(struct fdb_socket *fdb);

/*
 * Asks a bridge (ifindex) for a MAC address in a VLAN (0: none).  Returns the ifindex of the port, 0 where the bridge
 * itself has the address, -ENOENT where nobody has, or another negative errno.
 */
int fdb_port(struct fdb_socket *fdb, int bridge, const uint8_t mac[6], uint16_t vlan);

#endif

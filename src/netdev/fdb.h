/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forwarding database (FDB) of a bridge: the port of one MAC address. The kernel is asked for one entry, never for
 * the whole database: a guest can fill that with hundreds of thousands of entries, and the time that the kernel takes to
 * dump it grows with the square of their number.
 */
#ifndef VIFI_NETDEV_FDB_H
#define VIFI_NETDEV_FDB_H

#include <stdbool.h>
#include <stdint.h>

#include "netdev/netlink.h"

/* A request socket of its own, for one thread. */
struct fdb_socket {
	struct netlink netlink;
};

/* Returns 0 or a negative errno; the caller closes it. */
int fdb_open(struct fdb_socket *fdb);
void fdb_close(struct fdb_socket *fdb);

/*
 * Looks a MAC address up in the FDB of a bridge (ifindex), in a VLAN (0: none). Returns the ifindex of the port, 0 for an
 * address of the bridge itself or of one of its ports, -ENOENT for an unknown address, or another negative errno.
 */
int fdb_port(struct fdb_socket *fdb, int bridge, const uint8_t mac[6], uint16_t vlan);

/* The same over a socket of the caller. */
int fdb_query(struct netlink *netlink, int bridge, const uint8_t mac[6], uint16_t vlan);

struct fdb_entry {
	int port;   /* ifindex; 0: the bridge itself or an address of one of its ports */
	bool fixed; /* static, sticky or local: the bridge does not change it when a frame with that source arrives */
};

/* Looks up the whole entry. Returns 0, -ENOENT for an unknown address, or another negative errno. */
int fdb_query_entry(struct netlink *netlink, int bridge, const uint8_t mac[6], uint16_t vlan, struct fdb_entry *entry);

/*
 * Lists the fixed entries of one port, other than local ones. This reads all entries of the bridge: for the start of the
 * program only. The caller frees *macs, which is NULL when *count is 0.
 */
int fdb_list_fixed(struct netlink *netlink, int bridge, int port, uint8_t (**macs)[6], size_t *count);

/*
 * Opens a descriptor that becomes readable when a fixed entry of any bridge is added or removed. Learned entries do not
 * count: a guest can cause any number of those. Discard the reports with netlink_watch_drain().
 */
int fdb_watch_open(void);

#endif

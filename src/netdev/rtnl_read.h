/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtnetlink answers, read into lists: for rtnl.c. */
#ifndef VIFI_NETDEV_RTNL_READ_H
#define VIFI_NETDEV_RTNL_READ_H

#include "netdev/rtnl.h"

struct nl_msg;

/* A list that grows while a dump is read. */
struct rtnl_dump {
	void *items;
	size_t size, count, room;
	int bridge; /* for the FDB: only ports of this bridge */
	int error;
};

/* One entry of a bridge's table. */
struct rtnl_fdb_entry {
	int port;   /* ifindex of the bridge port behind which the MAC address was seen */
	bool local; /* the port's own address */
};

/*
 * Callbacks for valid messages (libnl); `arg` is a struct rtnl_dump whose items are of struct netdev_link, netdev_addr,
 * netdev_gateway and fdb.
 */
int rtnl_on_link(struct nl_msg *msg, void *arg);
int rtnl_on_addr(struct nl_msg *msg, void *arg);
int rtnl_on_route(struct nl_msg *msg, void *arg);
int rtnl_on_fdb(struct nl_msg *msg, void *arg);

#endif

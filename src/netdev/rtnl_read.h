/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the files that speak rtnetlink: the request socket, and lists read from dumps. */
#ifndef VIFI_NETDEV_RTNL_READ_H
#define VIFI_NETDEV_RTNL_READ_H

#include "netdev/netlink.h"
#include "netdev/rtnl.h"

struct netdev {
	struct netlink netlink;
};

/* A list that grows while a dump is read. */
struct rtnl_list {
	void *items;
	size_t size, count, room; /* size: of one item, bytes */
};

/*
 * Parsers (netdev/netlink.h) for links, addresses and routes; `arg` is a struct rtnl_list whose items are
 * struct netdev_link, netdev_addr or netdev_route.
 */
int rtnl_parse_link(struct nlmsghdr *nlh, void *arg);
int rtnl_parse_addr(struct nlmsghdr *nlh, void *arg);
int rtnl_parse_route(struct nlmsghdr *nlh, void *arg);

#endif

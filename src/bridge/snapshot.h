/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links, addresses and routes of this host at one time. */
#ifndef VIFI_BRIDGE_SNAPSHOT_H
#define VIFI_BRIDGE_SNAPSHOT_H

#include "netdev/rtnl.h"

struct bridge_snapshot {
	struct netdev_link *links;
	struct netdev_addr *addrs;
	struct netdev_route *routes;
	size_t n_links, n_addrs, n_routes;
};

/* Returns false when the kernel does not answer. Free the snapshot in both cases. */
bool bridge_snapshot_take(struct bridge_snapshot *snapshot, struct netdev *nd);
void bridge_snapshot_free(struct bridge_snapshot *snapshot);

#endif

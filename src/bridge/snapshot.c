/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/snapshot.h"

#include <stdlib.h>
#include <string.h>

bool bridge_snapshot_take(struct bridge_snapshot *snapshot, struct netdev *nd)
{
	memset(snapshot, 0, sizeof(*snapshot));
	return netdev_links(nd, &snapshot->links, &snapshot->n_links) == 0 &&
	       netdev_addrs(nd, &snapshot->addrs, &snapshot->n_addrs) == 0 &&
	       netdev_routes(nd, &snapshot->routes, &snapshot->n_routes) == 0;
}

void bridge_snapshot_free(struct bridge_snapshot *snapshot)
{
	free(snapshot->links);
	free(snapshot->addrs);
	free(snapshot->routes);
}

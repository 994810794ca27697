/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the machine. A netlink notification only triggers a complete comparison: links, addresses and routes are
 * read again and the tables are adapted. So a lost notification does no harm.
 */
#ifndef VIFI_BRIDGE_WATCH_H
#define VIFI_BRIDGE_WATCH_H

#include "bridge/bridge.h"

/*
 * Adapts the tables to the links, addresses and routes. Returns false when a link is gone that this process cannot do
 * without (bridge/resume.h).
 */
bool bridge_reconcile(struct bridge *bridge, unsigned *carrier_actions);

/* The MTU for the uplink's bridge port: it must neither lower the bridge's MTU nor hide frames that are too long. */
int bridge_port_mtu(const struct netdev_link *links, size_t count, const struct netdev_link *uplink,
		    const struct netdev_link *bridge, int port);

/* The bridge port (ifindex) of a guest's MAC address; 0: the bridge itself; UINT32_MAX: unknown. */
uint32_t bridge_port_of(const struct bridge *bridge, const uint8_t mac[6]);

#endif

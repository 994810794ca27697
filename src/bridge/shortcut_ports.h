/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing the shortcut past the bridge, and its programs on the guests' ports (bridge/policy/shortcut.h).
 */
#ifndef VIFI_BRIDGE_SHORTCUT_PORTS_H
#define VIFI_BRIDGE_SHORTCUT_PORTS_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

/*
 * Opens the shortcut for SHORTCUT_LEASE or closes it, by the state of the links, of the firewalls, and of the bridge's
 * forwarding database for the guests in the table `items`.
 */
void shortcut_ports_update(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			   const struct store_item *items, size_t n_items);
/* Replaces the programs of `old`, which has other tables, on all ports; those that cannot be replaced are detached. */
void shortcut_ports_succeed(struct netdev *nd, const struct kernel_part *part, const struct kernel_part *old);
/* Detaches the programs of a kernel part from all ports. */
void shortcut_ports_detach(struct netdev *nd, const struct kernel_part *part);
/* Detaches the programs that this process has attached, with their qdiscs. */
void shortcut_ports_leave(struct bridge *bridge);

#endif

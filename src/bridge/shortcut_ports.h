/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing the shortcut past the bridge, and its programs on the guests' ports (bridge/policy/shortcut.h).
 */
#ifndef VIFI_BRIDGE_SHORTCUT_PORTS_H
#define VIFI_BRIDGE_SHORTCUT_PORTS_H

#include "bridge/bridge.h"

/* Opens the shortcut for SHORTCUT_LEASE or closes it, by the state of these links and of the firewalls. */
void shortcut_ports_update(struct bridge *bridge, const struct netdev_link *links, size_t count);
/* Detaches the programs of a kernel part from all ports. */
void shortcut_ports_detach(struct netdev *nd, const struct kernel_part *part);

#endif

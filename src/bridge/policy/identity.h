/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which links can be the uplink, and which one is the uplink or the bridge that was there before. Pure: the links are
 * arguments.
 */
#ifndef VIFI_BRIDGE_POLICY_IDENTITY_H
#define VIFI_BRIDGE_POLICY_IDENTITY_H

#include "netdev/rtnl.h"

/* Whether a link is an Ethernet or Wi-Fi interface, or looks like one. */
bool identity_is_ethernet(const struct netdev_link *link);

/* Whether a link can be the uplink: it is such an interface, neither a bridge nor a port of a bridge or bond. */
bool identity_can_be_uplink(const struct netdev_link *link);

/*
 * Finds an uplink that has come back: the link with the configured name; otherwise the one with the kind and the MAC
 * address that it had when it was `last` seen, because udev may name a card after the socket that it is plugged into.
 * NULL: none.
 */
const struct netdev_link *identity_find_uplink(const struct netdev_link *links, size_t count, const char *name,
					       const struct netdev_link *last);

/* Finds a bridge by its name. NULL: none. */
const struct netdev_link *identity_find_bridge(const struct netdev_link *links, size_t count, const char *name);

#endif

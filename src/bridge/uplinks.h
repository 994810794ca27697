/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces of this host that can be an uplink. */
#ifndef VIFI_BRIDGE_UPLINKS_H
#define VIFI_BRIDGE_UPLINKS_H

#include "bridge/policy/uplink_choice.h"
#include "netdev/rtnl.h"

/* Lists all links as candidates; the caller frees *list. Returns 0 or a negative errno. */
int bridge_uplinks(struct netdev *nd, struct uplink_candidate **list, size_t *count);

/* Finds the uplink of the default route. Returns 0, -ENOENT if there is none, or another negative errno. */
int bridge_default_uplink(struct uplink_candidate *uplink);

/* Whether a link is hardware, not a virtual interface. */
bool bridge_link_is_hardware(const struct netdev_link *link);

/* Whether a link of the list is vifi's own: the veth with the journal, or its peer. */
bool bridge_link_is_own(const struct netdev_link *links, size_t count, const struct netdev_link *link);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The uplink veth: vifi0, and its peer vifi0p, the uplink's port on the bridge. Its ifalias holds the journal, by which
 * other processes find it.
 */
#ifndef VIFI_BRIDGE_VETH_H
#define VIFI_BRIDGE_VETH_H

#include "bridge/bridge.h"

/* Creates the veth pair, and writes the journal to it. Returns 0 or a negative errno. */
int bridge_veth_create(struct bridge *bridge);

/* Writes the journal into the ifalias of the uplink veth. Returns 0 or a negative errno. */
int bridge_veth_write_journal(struct bridge *bridge);

/* Finds the uplink veth of an uplink by its journal. Returns 0, -ENOENT or another negative errno. */
int bridge_veth_find(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal);

/*
 * Deletes the veths of an uplink (ifindex) that an `up` left when it was killed before it could write the journal. The
 * caller holds the lock of the uplink. Returns their number or a negative errno.
 */
int bridge_veth_delete_orphans(struct netdev *nd, int uplink);

#endif

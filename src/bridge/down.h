/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_DOWN_H
#define VIFI_BRIDGE_DOWN_H

#include "bridge/bridge.h"

/* Undoes the changes that this process made or took over. */
void bridge_restore(struct bridge *bridge);
/*
 * Leaves the changes for the next process (--keep). The user-space engine ends all the same, because it is this process.
 */
void bridge_leave(struct bridge *bridge);
/* Closes the descriptors and leaves the changes in place. */
void bridge_close(struct bridge *bridge);

/*
 * Undoes the changes of an `up` that no longer runs. Returns how many there were, or a negative errno. A bridge that
 * has ports stays, which is logged.
 */
int bridge_take_down(struct netdev *nd, const char *uplink);

#endif

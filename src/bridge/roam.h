/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_ROAM_H
#define VIFI_BRIDGE_ROAM_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

/* Logs when the uplink has roamed to another access point, or has an address of another network. */
void bridge_roam_update(struct bridge *bridge, const struct bridge_snapshot *snapshot);

#endif

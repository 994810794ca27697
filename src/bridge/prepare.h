/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_PREPARE_H
#define VIFI_BRIDGE_PREPARE_H

#include "bridge/bridge.h"

/*
 * Checks whether `up` can succeed, takes the lock, and reverts what an earlier process has left for another bridge, or for
 * another uplink of this bridge. With --wait the uplink may be missing: its ifindex is 0 then.
 */
enum bridge_result bridge_prepare(struct bridge *bridge, struct error *error);

/* Finds the uplink and checks that it can be one. */
enum bridge_result bridge_check_uplink(struct bridge *bridge, struct error *error);

#endif

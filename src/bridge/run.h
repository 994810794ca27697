/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_RUN_H
#define VIFI_BRIDGE_RUN_H

#include "bridge/bridge.h"

/*
 * Runs until SIGTERM, SIGINT, `vifi bridge down`, or the loss of the uplink. bridge->keep then tells whether the changes
 * are left for the next process. The signals are blocked on return.
 */
enum bridge_result bridge_run(struct bridge *bridge);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_CONFINE_H
#define VIFI_BRIDGE_CONFINE_H

#include "bridge/bridge.h"

/*
 * Confines the process of a bridge that is up (daemon/sandbox.h), then starts the threads of the user-space engine. What
 * the kernel or the container does not permit is logged. Returns 0, or a negative errno with an error if the threads do
 * not start.
 */
int bridge_confine(struct bridge *bridge, struct error *error);

#endif

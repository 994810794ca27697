/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_BRIDGE_AWAIT_H
#define VIFI_BRIDGE_AWAIT_H

#include "bridge/bridge.h"

/*
 * Waits until an interface has the name of the uplink, and can be one. The service manager is told that the service has started, and for
 * what it waits. Returns false if SIGTERM, SIGINT or `vifi bridge down` has ended the wait. The caller holds the lock and
 * blocks the signals; they are blocked on return, too.
 */
bool bridge_await(struct bridge *bridge);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The routers of IPv6 that advertise themselves in the network and among the guests, for `vifi bridge show` and `vifi why`. This
 * process listens to what arrives at the uplink and at the bridge; advertisements that a guest sends to another guest alone, and
 * those that `guest-services = drop` keeps from the bridge, it does not see.
 */
#ifndef VIFI_BRIDGE_ROUTERS_H
#define VIFI_BRIDGE_ROUTERS_H

#include "bridge/bridge.h"

#include <jansson.h>

/* Opens bridge->router_fd, which becomes readable when an advertisement arrives. Returns 0 or a negative errno. */
int routers_open(struct bridge *bridge);
void routers_close(struct bridge *bridge);

/* Reads what has arrived. */
void routers_receive(struct bridge *bridge);

/* Those of the last two hours, doc/show.schema.json. */
json_t *routers_json(const struct bridge *bridge);

#endif

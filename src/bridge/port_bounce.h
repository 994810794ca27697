/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bouncing the guests' ports (rule 25): a guest that loses its carrier and gets it back looks for its network again.
 * The journal holds the ports whose carrier is off, so that a later process can restore them; only as many as it holds
 * bounce at a time.
 */
#ifndef VIFI_BRIDGE_PORT_BOUNCE_H
#define VIFI_BRIDGE_PORT_BOUNCE_H

#include "bridge/bridge.h"

/* Selects all guests' ports that are up. */
void port_bounce_start(struct bridge *bridge);
/* Restores the carrier of the current ports and removes that of the next. False: all ports have had their turn. */
bool port_bounce_step(struct bridge *bridge);
/* Restores the carrier of the ports in the journal, and empties their list there. */
void port_bounce_end(struct netdev *nd, struct journal *journal);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bouncing the guests' ports (rule 25): a short loss of carrier makes a guest's DHCP client renew its lease. The journal
 * holds the ports whose carrier is off, so that a later process can restore them. Ports bounce in groups of
 * JOURNAL_BOUNCE_MAX, the number of ports that the journal can hold.
 */
#ifndef VIFI_BRIDGE_PORT_BOUNCE_H
#define VIFI_BRIDGE_PORT_BOUNCE_H

#include "bridge/bridge.h"

/* Selects all guests' ports that are up. */
void port_bounce_start(struct bridge *bridge);
/* Restores the carrier of the current group and takes it from the next one. Returns false after the last group. */
bool port_bounce_step(struct bridge *bridge);
/* Restores the carrier of the ports in the journal, and empties their list there. */
void port_bounce_end(struct netdev *nd, struct journal *journal);

#endif

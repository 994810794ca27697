/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Announcements of the guests' addresses to the network: gratuitous ARP, unsolicited NA. They leave by the uplink. */
#ifndef VIFI_BRIDGE_ANNOUNCE_H
#define VIFI_BRIDGE_ANNOUNCE_H

#include "bridge/bridge.h"

struct bridge_announcements;

/* NULL: out of memory. */
struct bridge_announcements *bridge_announcements_new(struct bridge *bridge);
void bridge_announcements_free(struct bridge_announcements *announcements); /* NULL is fine */

/* Queues an announcement of each guest's address. */
void bridge_announce_all(struct bridge_announcements *announcements);
/* Sends one announcement. Returns whether more are queued. */
bool bridge_announce_step(struct bridge_announcements *announcements);

#endif

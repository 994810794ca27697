/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An uplink that is unplugged and comes back, and a bridge that is deleted and made again, while `vifi bridge up` runs.
 *
 * The uplink's attachments vanish with it. The tables stay, and so do the programs, whose descriptors this process keeps,
 * because it can no longer load any. The new interface is recognised by the configured name or card, or as the
 * same card if udev names it otherwise (bridge/policy/identity.h).
 */
#ifndef VIFI_BRIDGE_RESUME_H
#define VIFI_BRIDGE_RESUME_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

/* What has become of the four links. */
enum bridge_links {
	BRIDGE_LINKS_PRESENT, /* bridge->uplink and so on are up to date */
	BRIDGE_LINKS_MISSING, /* the uplink or the bridge is gone, and may come back */
	BRIDGE_LINKS_LOST,    /* this process cannot go on, which is logged */
};

/* Follows the links, and goes on with an uplink or a bridge that has come back. */
enum bridge_links bridge_follow_links(struct bridge *bridge, const struct bridge_snapshot *snapshot);

/* Deletes the stations from the tables: they belong to an interface that is gone. */
void bridge_forget_stations(struct bridge *bridge);

#endif

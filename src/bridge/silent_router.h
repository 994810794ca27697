/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual routers that have stopped without an advertisement of priority 0 (rule 33). */
#ifndef VIFI_BRIDGE_SILENT_ROUTER_H
#define VIFI_BRIDGE_SILENT_ROUTER_H

#include "bridge/bridge.h"

/*
 * Has the owner of an IP address, a guest, advertised it as the master of a virtual router without a virtual MAC address, and
 * then sent nothing for so long that its backups take over (RFC 5798, 6.1, Master_Down_Interval)?
 */
bool bridge_is_silent_router(const struct bridge *bridge, const struct mn_key *key, const struct mn_binding *owner);

#endif

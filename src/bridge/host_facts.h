/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host's addresses and routes say about the guests' addresses: the static bindings
 * (bridge/policy/static_bindings.h) and the table of networks (bridge/policy/networks.h).
 */
#ifndef VIFI_BRIDGE_HOST_FACTS_H
#define VIFI_BRIDGE_HOST_FACTS_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

/* Brings both tables into line with the snapshot. A failure (no memory, a full table) leaves them as they are. */
void host_facts_apply(struct bridge *bridge, const struct bridge_snapshot *snapshot);

#endif

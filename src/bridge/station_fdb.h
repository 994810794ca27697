/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations in the forwarding database of the bridge.
 *
 * A guest that sends one frame with the MAC address of a station would make the bridge forward the frames of all guests
 * for that station, mostly the gateway, to its own port. Therefore each station that the rules know (MN_STATION) has a
 * static and sticky entry at the uplink's bridge port. The entry is removed when the station's binding goes, and ends
 * with the port. An entry that the operator has made for the address takes precedence.
 */
#ifndef VIFI_BRIDGE_STATION_FDB_H
#define VIFI_BRIDGE_STATION_FDB_H

#include "bridge/bridge.h"

/* Reads the entries that an earlier process has left at the port. */
void station_fdb_adopt(struct bridge *bridge);

/* Makes the missing entries and removes those without a station. `items`: the table. */
void station_fdb_sync(struct bridge *bridge, const struct store_item *items, size_t count);

/* The station has lost its MAC address: removes its entry now. */
void station_fdb_release(struct bridge *bridge, const uint8_t mac[6]);

/* The port has left the bridge, and its entries with it. */
void station_fdb_clear(struct bridge *bridge);

#endif

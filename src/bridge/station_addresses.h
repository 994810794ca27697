/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that a station has won (MN_EV_STATION). With a MAC address go the IP addresses that guests had bound to it (rule 28). */
#ifndef VIFI_BRIDGE_STATION_ADDRESSES_H
#define VIFI_BRIDGE_STATION_ADDRESSES_H

#include "bridge/bridge.h"

/* `items`: the table, read before. The guests may have moved to another host, which is asked for the addresses (bridge/search.h). */
void station_addresses_delete(struct bridge *bridge, const struct store_item *items, size_t count);

/* The same, of the present table. */
void station_addresses_delete_all(struct bridge *bridge);

/* The network is asked for an IP address, and the guests are told the station's MAC address. */
void station_addresses_won(struct bridge *bridge, const struct mn_event *event);

#endif

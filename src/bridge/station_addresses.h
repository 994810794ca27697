/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a station has won a MAC address, the IP addresses that guests had bound to it are deleted (rule 28). */
#ifndef VIFI_BRIDGE_STATION_ADDRESSES_H
#define VIFI_BRIDGE_STATION_ADDRESSES_H

#include "bridge/bridge.h"

/* `items`: the table, read before. The guests may have moved to another host, which is asked for the addresses (bridge/search.h). */
void station_addresses_delete(struct bridge *bridge, const struct store_item *items, size_t count);

/* The same, of the present table. */
void station_addresses_delete_all(struct bridge *bridge);

#endif

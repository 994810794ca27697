/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A MAC address that is a station's now is no guest's: the IP addresses that guests had bound to it go (rule 28). */
#ifndef VIFI_BRIDGE_STATION_ADDRESSES_H
#define VIFI_BRIDGE_STATION_ADDRESSES_H

#include "macnat/store.h"

/* `items`: the table, read before. */
void station_addresses_delete(struct store *store, const struct store_item *items, size_t count);

/* The same, of the present table. */
void station_addresses_delete_all(struct store *store);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/station_addresses.h"

#include "base/mac.h"
#include "bridge/announce.h"

#include <stdlib.h>
#include <string.h>

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mn_key));
}

/* The MAC keys of all stations, in order. The caller frees them. */
static struct mn_key *station_keys(const struct store_item *items, size_t count, size_t *n_stations)
{
	struct mn_key *stations = calloc(count + 1, sizeof(*stations));

	*n_stations = 0;
	for (size_t i = 0; stations && i < count; i++)
		if (items[i].binding.kind == MN_STATION && items[i].key.family == MN_MAC)
			stations[(*n_stations)++] = items[i].key;
	if (*n_stations)
		qsort(stations, *n_stations, sizeof(*stations), compare_keys);
	return stations;
}

void station_addresses_delete(struct bridge *bridge, const struct store_item *items, size_t count)
{
	size_t n_stations;
	struct mn_key *stations = station_keys(items, count, &n_stations);

	for (size_t i = 0; n_stations && i < count; i++) {
		struct mn_key mac = {.family = MN_MAC, .vlan = items[i].key.vlan};

		if (!store_is_ip(&items[i].key) || items[i].binding.kind != MN_GUEST ||
		    (items[i].binding.flags & MN_F_PIN))
			continue;
		mac_copy(mac.addr, items[i].binding.mac);
		if (!bsearch(&mac, stations, n_stations, sizeof(*stations), compare_keys) ||
		    bridge->store->ops->del(bridge->store, &items[i].key) < 0)
			continue;
		lost_addresses_add(&bridge->lost_addresses, &items[i].key, items[i].binding.port);
	}
	free(stations);
}

void station_addresses_delete_all(struct bridge *bridge)
{
	struct store_item *items;
	size_t count;

	if (bridge->store->ops->list(bridge->store, &items, &count) < 0)
		return;
	station_addresses_delete(bridge, items, count);
	free(items);
}

void station_addresses_won(struct bridge *bridge, const struct mn_event *event)
{
	/* The guest may have moved to another host. */
	lost_addresses_add(&bridge->lost_addresses, &event->key, event->owner_port);
	bridge_tell_of_station(bridge, &event->key, event->mac);
}

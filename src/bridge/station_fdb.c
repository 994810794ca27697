/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/station_fdb.h"

#include "base/array.h"
#include "base/mac.h"
#include "netdev/fdb.h"
#include "netdev/neigh.h"

#include <stdlib.h>
#include <string.h>

static struct station_entry *find_entry(struct bridge *bridge, const uint8_t mac[6])
{
	for (size_t i = 0; i < bridge->n_station_entries; i++)
		if (mac_equal(bridge->station_entries[i].mac, mac))
			return &bridge->station_entries[i];
	return NULL;
}

static struct station_entry *add_entry(struct bridge *bridge, const uint8_t mac[6])
{
	struct station_entry *entry;

	if (array_reserve(&bridge->station_entries, &bridge->station_entries_room, bridge->n_station_entries + 1,
			  sizeof(*bridge->station_entries)))
		return NULL;
	entry = &bridge->station_entries[bridge->n_station_entries++];
	mac_copy(entry->mac, mac);
	entry->wanted = true;
	return entry;
}

void station_fdb_adopt(struct bridge *bridge)
{
	uint8_t(*macs)[6];
	size_t count;

	if (netdev_fdb_list_fixed(bridge->nd, bridge->bridge.ifindex, bridge->port.ifindex, &macs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!find_entry(bridge, macs[i]))
			add_entry(bridge, macs[i]);
	free(macs);
}

/*
 * The kernel is asked each time, for one entry: another program may have flushed the database. Returns whether there is
 * an entry of ours now.
 */
static bool ensure_entry(const struct bridge *bridge, const uint8_t mac[6])
{
	struct fdb_entry entry;
	int ret = netdev_fdb_entry(bridge->nd, bridge->bridge.ifindex, mac, &entry);

	if (ret == 0 && entry.fixed)
		return entry.port == bridge->port.ifindex;
	return netdev_fdb_set_sticky(bridge->nd, bridge->port.ifindex, mac) == 0;
}

static bool is_station(const struct store_item *item)
{
	return item->key.family == MN_MAC && !item->key.vlan && item->binding.kind == MN_STATION;
}

static void remove_unwanted(struct bridge *bridge)
{
	size_t kept = 0;

	for (size_t i = 0; i < bridge->n_station_entries; i++) {
		if (bridge->station_entries[i].wanted)
			bridge->station_entries[kept++] = bridge->station_entries[i];
		else
			netdev_fdb_delete(bridge->nd, bridge->port.ifindex, bridge->station_entries[i].mac);
	}
	bridge->n_station_entries = kept;
}

/* Is it a station now? The list is older than the reply to a probe that has just been missed. */
static bool is_still_station(const struct bridge *bridge, const struct mn_key *key)
{
	struct mn_binding binding;

	return bridge->store->ops->get(bridge->store, key, &binding) == 0 && binding.kind == MN_STATION &&
	       binding.last_seen;
}

static void require_entry(struct bridge *bridge, const uint8_t mac[6])
{
	struct station_entry *entry;

	if (!ensure_entry(bridge, mac))
		return;
	entry = find_entry(bridge, mac);
	if (entry)
		entry->wanted = true;
	else
		add_entry(bridge, mac);
}

void station_fdb_sync(struct bridge *bridge, const struct store_item *items, size_t count)
{
	for (size_t i = 0; i < bridge->n_station_entries; i++)
		bridge->station_entries[i].wanted = false;
	/*
	 * A guest with the uplink's MAC address must not get the frames of the others for this host. The user-space engine
	 * knows the port of such a guest by its entry only, until it has reported it.
	 */
	if (!bridge->user_engine || bridge->uplink_mac_forged)
		require_entry(bridge, bridge->uplink.mac);
	for (size_t i = 0; i < count; i++)
		if (is_station(&items[i]) && is_still_station(bridge, &items[i].key))
			require_entry(bridge, items[i].key.addr);
	remove_unwanted(bridge);
}

void station_fdb_release(struct bridge *bridge, const uint8_t mac[6])
{
	struct station_entry *entry = find_entry(bridge, mac);

	if (!entry)
		return;
	netdev_fdb_delete(bridge->nd, bridge->port.ifindex, mac);
	*entry = bridge->station_entries[--bridge->n_station_entries];
}

void station_fdb_clear(struct bridge *bridge)
{
	bridge->n_station_entries = 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/watch.h"

#include "base/mac.h"
#include "bridge/departed.h"
#include "bridge/host_facts.h"
#include "bridge/log.h"
#include "bridge/port_vlans.h"
#include "bridge/resume.h"
#include "bridge/roam.h"
#include "bridge/shortcut_ports.h"
#include "bridge/station_fdb.h"

#include <stdlib.h>
#include <string.h>

int bridge_port_mtu(const struct netdev_link *links, size_t count, const struct netdev_link *uplink,
		    const struct netdev_link *bridge, int port)
{
	/*
	 * The MTU of a bridge is the lowest of its ports, so the port with the highest does not change it. It also lets
	 * every frame of a guest reach our hook, which counts frames that are too long for the uplink.
	 */
	int mtu = uplink->mtu;

	for (size_t i = 0; i < count; i++)
		if (links[i].master == bridge->ifindex && links[i].ifindex != port && links[i].mtu > mtu)
			mtu = links[i].mtu;
	return mtu;
}

uint32_t bridge_port_of(const struct bridge *bridge, const uint8_t mac[6])
{
	int port;

	if (mac_equal(mac, bridge->bridge.mac))
		return 0;
	port = netdev_fdb_port(bridge->nd, bridge->bridge.ifindex, mac);
	return port > 0 && port != bridge->port.ifindex ? (uint32_t)port : UINT32_MAX;
}

/* ---- removed ports ---- */

static bool is_bridge_port(const struct bridge_snapshot *snapshot, const struct bridge *bridge, uint32_t ifindex)
{
	const struct netdev_link *link = netdev_link_in(snapshot->links, snapshot->n_links, (int)ifindex);

	return ifindex == 0 || (link && link->master == bridge->bridge.ifindex);
}

/*
 * Deletes the bindings of ports that have left the bridge. `items` was read before the links, so it names no newer
 * port.
 */
static void delete_gone_ports(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			      const struct store_item *items, size_t n_items)
{
	struct store_port *ports = NULL;
	size_t n_ports = 0;
	struct mn_binding current;

	for (size_t i = 0; i < n_items; i++) {
		const struct mn_binding *binding = &items[i].binding;
		if (binding->kind != MN_GUEST || (binding->flags & MN_F_PIN) || binding->port == UINT32_MAX ||
		    is_bridge_port(snapshot, bridge, binding->port))
			continue;
		/* It may have moved to another port since the list was read. */
		if (bridge->store->ops->get(bridge->store, &items[i].key, &current) < 0 ||
		    current.port != binding->port)
			continue;
		bridge->store->ops->del(bridge->store, &items[i].key);
		if (store_is_ip(&items[i].key) || items[i].key.family == MN_MAC)
			departed_note(bridge, &items[i].key, binding,
				      netdev_link_name_in(snapshot->links, snapshot->n_links, (int)binding->port));
		lost_addresses_add(&bridge->lost_addresses, &items[i].key, binding->port);
	}
	if (bridge->store->ops->ports(bridge->store, &ports, &n_ports) == 0)
		for (size_t i = 0; i < n_ports; i++) {
			struct netdev_link link;
			/* The uplink has the stations; an unknown port is one of the user-space engine. */
			bool gone = ports[i].ifindex != (uint32_t)bridge->uplink.ifindex &&
				    ports[i].ifindex != UINT32_MAX &&
				    !is_bridge_port(snapshot, bridge, ports[i].ifindex) &&
				    (netdev_link_by_index(bridge->nd, (int)ports[i].ifindex, &link) < 0 ||
				     link.master != bridge->bridge.ifindex);
			if (gone)
				bridge->store->ops->port_del(bridge->store, ports[i].ifindex);
		}
	free(ports);
}

/* ---- the comparison ---- */

static void restore_links(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	int mtu = bridge_port_mtu(snapshot->links, snapshot->n_links, &bridge->uplink, &bridge->bridge,
				  bridge->port.ifindex);

	if (bridge->port.mtu != mtu || bridge->veth.mtu != mtu) {
		netdev_set_mtu(bridge->nd, bridge->veth.ifindex, mtu);
		netdev_set_mtu(bridge->nd, bridge->port.ifindex, mtu);
	}
	for (size_t i = 0; bridge->user_engine && i < snapshot->n_links; i++)
		if (snapshot->links[i].master == bridge->bridge.ifindex)
			user_engine_set_mtu(bridge->user_engine, snapshot->links[i].ifindex, snapshot->links[i].mtu);
	if (!(bridge->uplink.flags & IFF_ALLMULTI))
		netdev_set_flags(bridge->nd, bridge->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
	if (bridge->port.master != bridge->bridge.ifindex) {
		bridge_log("%s was removed from %s by another program; adding it again", bridge->port.name,
			   bridge->bridge.name);
		netdev_set_master(bridge->nd, bridge->port.ifindex, bridge->bridge.ifindex);
		station_fdb_clear(bridge);
	}
	port_vlans_join(bridge);
	/* The port is always up: its carrier is that of its peer, which follows the uplink's. */
	if (!(bridge->port.flags & IFF_UP)) {
		bridge_log("%s was set down by another program; setting it up again", bridge->port.name);
		netdev_set_flags(bridge->nd, bridge->port.ifindex, IFF_UP, IFF_UP);
	}
}

static uint32_t lowest_port_mtu(const struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	uint32_t lowest = 0;

	for (size_t i = 0; i < snapshot->n_links; i++) {
		const struct netdev_link *link = &snapshot->links[i];

		if (bridge_is_guest_port(bridge, link) && (!lowest || (uint32_t)link->mtu < lowest))
			lowest = (uint32_t)link->mtu;
	}
	return lowest;
}

/* The store's configuration follows the uplink's MAC address, and the MTU of the uplink and the ports. */
static void update_config(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct mn_config written;

	bridge->config.port_mtu = lowest_port_mtu(bridge, snapshot);
	mac_copy(bridge->config.uplink_mac, bridge->uplink.mac);
	bridge->config.mtu = (uint32_t)bridge->uplink.mtu;
	if (bridge->store->ops->config_get(bridge->store, &written) < 0 ||
	    memcmp(&written, &bridge->config, sizeof(written)))
		bridge->store->ops->config_put(bridge->store, &bridge->config);
}

/* This host sends from the bridge itself (port 0): that is no guest. */
static size_t count_guests(const struct store_item *items, size_t count)
{
	size_t guests = 0;

	for (size_t i = 0; i < count; i++)
		guests += items[i].key.family == MN_MAC && items[i].binding.kind == MN_GUEST && items[i].binding.port;
	return guests;
}

static void apply_snapshot(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			   const struct store_item *items, size_t n_items)
{
	restore_links(bridge, snapshot);
	update_config(bridge, snapshot);
	host_facts_apply(bridge, snapshot);
	delete_gone_ports(bridge, snapshot, items, n_items);
	departed_ask_returned(bridge, snapshot);
	station_fdb_sync(bridge, items, n_items);
	shortcut_ports_update(bridge, snapshot, items, n_items);
	bridge_roam_update(bridge, snapshot);
	traffic_look(bridge->traffic, items, n_items, bridge_now());
	bridge->n_guests = count_guests(items, n_items);
}

bool bridge_reconcile(struct bridge *bridge, unsigned *carrier_actions)
{
	struct store_item *items = NULL;
	struct bridge_snapshot snapshot;
	enum bridge_links links = BRIDGE_LINKS_PRESENT;
	size_t n_items = 0;

	*carrier_actions = 0;
	bridge->store->ops->list(bridge->store, &items, &n_items);
	/* A failed snapshot changes nothing; the next comparison follows within seconds. */
	if (bridge_snapshot_take(&snapshot, bridge->nd)) {
		links = bridge_follow_links(bridge, &snapshot);
		if (links != BRIDGE_LINKS_LOST)
			*carrier_actions = carrier_step(&bridge->carrier, bridge->uplink.carrier, bridge->uplink.mac,
							bridge_now());
		if (links == BRIDGE_LINKS_PRESENT)
			apply_snapshot(bridge, &snapshot, items, n_items);
	}
	bridge_snapshot_free(&snapshot);
	free(items);
	return links != BRIDGE_LINKS_LOST;
}

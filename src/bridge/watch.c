/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/watch.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/policy/static_bindings.h"
#include "bridge/shortcut_ports.h"
#include "netdev/fdb.h"
#include "netdev/neigh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

struct bridge_snapshot {
	struct netdev_link *links;
	struct netdev_addr *addrs;
	struct netdev_gateway *gateways;
	size_t n_links, n_addrs, n_gateways;
};

static void snapshot_free(struct bridge_snapshot *snapshot)
{
	free(snapshot->links);
	free(snapshot->addrs);
	free(snapshot->gateways);
}

static bool snapshot_take(struct bridge *bridge, struct bridge_snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
	return netdev_links(bridge->nd, &snapshot->links, &snapshot->n_links) == 0 &&
	       netdev_addrs(bridge->nd, &snapshot->addrs, &snapshot->n_addrs) == 0 &&
	       netdev_gateways(bridge->nd, &snapshot->gateways, &snapshot->n_gateways) == 0;
}

/* ---- static bindings ---- */

static struct static_address to_static_address(const struct netdev_addr *addr)
{
	struct static_address address = {
		.family = addr->family == AF_INET ? MN_IP4 : MN_IP6,
		.prefix_length = addr->prefix_length,
		.tentative = addr->tentative,
		.has_broadcast = addr->has_broadcast,
	};

	memcpy(address.addr, addr->addr, sizeof(address.addr));
	memcpy(address.broadcast, addr->broadcast, sizeof(address.broadcast));
	return address;
}

/* A guest with the gateway's MAC address would receive the gateway's frames: no guest may claim it, either (rule 2). */
static bool add_gateway_mac(struct bridge *bridge, const struct netdev_gateway *gw, const struct mn_key *key,
			    struct static_binding_list *list)
{
	const struct static_binding *entry = static_binding_find(list, key);
	struct mn_key mac = {.family = MN_MAC};

	if (!entry || entry->kind != MN_GATEWAY ||
	    netdev_neighbour(bridge->nd, gw->ifindex, gw->family, gw->addr, mac.addr) < 0 ||
	    mac_equal(mac.addr, bridge->uplink.mac))
		return true;
	/* The bridge must not learn it from a guest, either. */
	netdev_fdb_set_sticky(bridge->nd, bridge->port.ifindex, mac.addr);
	return static_binding_add(list, &mac, NULL, MN_GATEWAY, 0);
}

static struct mn_key gateway_key(const struct netdev_gateway *gateway)
{
	struct mn_key key = {.family = gateway->family == AF_INET ? MN_IP4 : MN_IP6};

	memcpy(key.addr, gateway->addr, sizeof(key.addr));
	return key;
}

static bool add_gateways(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			 struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_gateways; i++) {
		struct mn_key key = gateway_key(&snapshot->gateways[i]);

		if (snapshot->gateways[i].ifindex == bridge->uplink.ifindex)
			ok &= static_binding_add(list, &key, NULL, MN_GATEWAY, 0) &&
			      add_gateway_mac(bridge, &snapshot->gateways[i], &key, list);
	}
	return ok;
}

/* In the order of precedence (bridge/policy/static_bindings.h). Returns false when memory runs out. */
static bool collect_static_bindings(struct bridge *bridge, const struct bridge_snapshot *snapshot,
				    struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		struct static_address address = to_static_address(&snapshot->addrs[i]);

		if (snapshot->addrs[i].ifindex == bridge->uplink.ifindex)
			ok &= static_binding_add_host(list, &address, bridge->uplink.mac);
	}
	for (size_t i = 0; i < bridge->conf->pins.count; i++) {
		const struct bridge_pin *pin = &bridge->conf->pins.pin[i];

		ok &= static_binding_add(list, &pin->key, pin->mac, MN_GUEST, MN_F_PIN | MN_F_CONFIG);
	}
	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		struct static_address address = to_static_address(&snapshot->addrs[i]);

		if (snapshot->addrs[i].ifindex == bridge->bridge.ifindex)
			ok &= static_binding_add_bridge(list, &address, bridge->bridge.mac);
	}
	ok &= add_gateways(bridge, snapshot, list);
	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		struct static_address address = to_static_address(&snapshot->addrs[i]);

		if (snapshot->addrs[i].ifindex == bridge->uplink.ifindex)
			ok &= static_binding_add_broadcast(list, &address);
	}
	return ok;
}

uint32_t bridge_port_of(const struct bridge *bridge, const uint8_t mac[6])
{
	int port;

	if (mac_equal(mac, bridge->bridge.mac))
		return 0;
	port = netdev_fdb_port(bridge->nd, bridge->bridge.ifindex, mac);
	return port > 0 && port != bridge->port.ifindex ? (uint32_t)port : UINT32_MAX;
}

/* Adds the missing static bindings to the table and deletes those that are not in the list. */
static void sync_static_bindings(struct bridge *bridge, const struct static_binding_list *list)
{
	struct store_item *items = NULL;
	size_t n_items = 0;
	struct mn_binding old;

	for (size_t i = 0; i < list->count; i++) {
		const struct static_binding *entry = &list->items[i];
		bool exists = bridge->store->ops->get(bridge->store, &entry->key, &old) == 0;
		struct mn_binding binding;
		uint32_t port;

		if (exists && static_binding_matches(entry, &old))
			continue;
		port = entry->kind == MN_GUEST ? bridge_port_of(bridge, entry->mac) : 0;
		binding = static_binding_make(entry, exists ? &old : NULL, port, bridge_now());
		bridge->store->ops->put(bridge->store, &entry->key, &binding);
	}
	if (bridge->store->ops->list(bridge->store, &items, &n_items) == 0)
		for (size_t i = 0; i < n_items; i++) {
			if (static_binding_is_own(&items[i].binding) && !static_binding_find(list, &items[i].key))
				bridge->store->ops->del(bridge->store, &items[i].key);
		}
	free(items);
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
		if (bridge->store->ops->get(bridge->store, &items[i].key, &current) == 0 &&
		    current.port == binding->port)
			bridge->store->ops->del(bridge->store, &items[i].key);
	}
	if (bridge->store->ops->ports(bridge->store, &ports, &n_ports) == 0)
		for (size_t i = 0; i < n_ports; i++) {
			struct netdev_link link;
			bool gone = !is_bridge_port(snapshot, bridge, ports[i].ifindex) &&
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
	}
}

static bool refresh_links(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct netdev_link *const own[] = {&bridge->uplink, &bridge->bridge, &bridge->veth, &bridge->port};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct netdev_link *current = netdev_link_in(snapshot->links, snapshot->n_links, own[i]->ifindex);
		if (!current) {
			bridge_log("cannot go on: %s was deleted or moved to another network namespace", own[i]->name);
			return false;
		}
		*own[i] = *current;
	}
	return true;
}

/* The store's configuration follows the uplink's MAC address and MTU. */
static void update_config(struct bridge *bridge)
{
	struct mn_config written;

	mac_copy(bridge->config.uplink_mac, bridge->uplink.mac);
	bridge->config.mtu = (uint32_t)bridge->uplink.mtu;
	if (bridge->store->ops->config_get(bridge->store, &written) < 0 ||
	    memcmp(&written, &bridge->config, sizeof(written)))
		bridge->store->ops->config_put(bridge->store, &bridge->config);
}

static void apply_snapshot(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			   const struct store_item *items, size_t n_items)
{
	struct static_binding_list list = {0};

	restore_links(bridge, snapshot);
	update_config(bridge);
	if (collect_static_bindings(bridge, snapshot, &list))
		sync_static_bindings(bridge, &list);
	delete_gone_ports(bridge, snapshot, items, n_items);
	shortcut_ports_update(bridge, snapshot->links, snapshot->n_links);
	static_binding_list_free(&list);
}

bool bridge_reconcile(struct bridge *bridge, unsigned *carrier_actions)
{
	struct store_item *items = NULL;
	struct bridge_snapshot snapshot;
	size_t n_items = 0;
	bool present = true;

	*carrier_actions = 0;
	bridge->store->ops->list(bridge->store, &items, &n_items);
	/* A failed snapshot changes nothing; the next comparison follows within seconds. */
	if (snapshot_take(bridge, &snapshot)) {
		present = refresh_links(bridge, &snapshot);
		if (present) {
			*carrier_actions = carrier_step(&bridge->carrier, bridge->uplink.carrier, bridge->uplink.mac,
							bridge_now());
			apply_snapshot(bridge, &snapshot, items, n_items);
		}
	}
	snapshot_free(&snapshot);
	free(items);
	return present;
}

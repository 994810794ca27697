/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/host_facts.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/network_pin.h"
#include "bridge/policy/static_bindings.h"
#include "bridge/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- interfaces ---- */

/*
 * The link itself, or the one below a VLAN interface; *vlan is its VLAN id, or 0. An uplink that is a VLAN interface, such as
 * wlan0.10, is a link of its own: its frames have no tag there.
 */
static int base_link(const struct bridge *bridge, const struct bridge_snapshot *snapshot, int ifindex, uint16_t *vlan)
{
	const struct netdev_link *link = netdev_link_in(snapshot->links, snapshot->n_links, ifindex);

	*vlan = link && ifindex != bridge->uplink.ifindex ? link->vlan : 0;
	return *vlan ? link->peer : ifindex;
}

static uint8_t mn_family(int family)
{
	return family == AF_INET ? MN_IP4 : MN_IP6;
}

/* ---- static bindings ---- */

struct host_address {
	struct static_address address;
	int base; /* ifindex of base_link() */
};

static struct host_address to_host_address(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
					   const struct netdev_addr *addr)
{
	struct host_address host = {.address = {
					    .family = mn_family(addr->family),
					    .prefix_length = addr->prefix_length,
					    .tentative = addr->tentative,
					    .has_broadcast = addr->has_broadcast,
				    }};

	memcpy(host.address.addr, addr->addr, sizeof(host.address.addr));
	memcpy(host.address.broadcast, addr->broadcast, sizeof(host.address.broadcast));
	host.base = base_link(bridge, snapshot, addr->ifindex, &host.address.vlan);
	return host;
}

static bool add_pins(const struct bridge *bridge, struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < bridge->conf->pins.count; i++) {
		const struct bridge_pin *pin = &bridge->conf->pins.pin[i];

		ok &= static_binding_add(list, &pin->key, pin->mac, MN_GUEST, MN_F_PIN | MN_F_CONFIG);
	}
	return ok;
}

static bool add_gateways(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
			 struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_routes; i++) {
		const struct netdev_route *route = &snapshot->routes[i];
		struct mn_key key = {.family = mn_family(route->gateway_family)};

		if (!route->gateway_family ||
		    base_link(bridge, snapshot, route->ifindex, &key.vlan) != bridge->uplink.ifindex)
			continue;
		memcpy(key.addr, route->gateway, sizeof(key.addr));
		ok &= static_binding_add(list, &key, NULL, MN_GATEWAY, 0);
	}
	return ok;
}

enum address_place { ON_UPLINK, ON_BRIDGE, ELSEWHERE };

/*
 * The MAC address of the bridge itself in a VLAN. This host knows it as that of a neighbour behind the uplink once the bridge
 * has answered there, and frames for it must not leave.
 */
static bool add_bridge_mac(const struct bridge *bridge, uint16_t vlan, struct static_binding_list *list)
{
	struct mn_key key = {.family = MN_MAC, .vlan = vlan};

	mac_copy(key.addr, bridge->bridge.mac);
	return mac_equal(bridge->bridge.mac, bridge->uplink.mac) ||
	       static_binding_add(list, &key, bridge->bridge.mac, MN_GUEST, MN_F_PIN | MN_F_CONFIG);
}

static enum address_place place_of(const struct bridge *bridge, int base)
{
	return base == bridge->uplink.ifindex ? ON_UPLINK : base == bridge->bridge.ifindex ? ON_BRIDGE : ELSEWHERE;
}

/* Adds this host's addresses of one place. */
static bool add_addresses(const struct bridge *bridge, const struct bridge_snapshot *snapshot, enum address_place place,
			  struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		struct host_address host = to_host_address(bridge, snapshot, &snapshot->addrs[i]);

		if (place_of(bridge, host.base) != place)
			continue;
		if (place == ON_BRIDGE) {
			ok &= static_binding_add_bridge(list, &host.address, bridge->bridge.mac) &&
			      add_bridge_mac(bridge, host.address.vlan, list);
			continue;
		}
		/* A VLAN of another link is not one of the uplink. */
		if (place == ELSEWHERE)
			host.address.vlan = 0;
		ok &= static_binding_add_host(list, &host.address, place == ON_UPLINK ? bridge->uplink.mac : NULL);
	}
	return ok;
}

static bool add_broadcasts(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
			   struct static_binding_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		struct host_address host = to_host_address(bridge, snapshot, &snapshot->addrs[i]);

		if (host.base == bridge->uplink.ifindex)
			ok &= static_binding_add_broadcast(list, &host.address);
	}
	return ok;
}

/* In the order of precedence (bridge/policy/static_bindings.h). Returns false when memory runs out. */
static bool collect_static_bindings(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
				    struct static_binding_list *list)
{
	return add_addresses(bridge, snapshot, ON_UPLINK, list) && add_pins(bridge, list) &&
	       add_bridge_mac(bridge, 0, list) && add_addresses(bridge, snapshot, ON_BRIDGE, list) &&
	       add_addresses(bridge, snapshot, ELSEWHERE, list) && add_gateways(bridge, snapshot, list) &&
	       add_broadcasts(bridge, snapshot, list);
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

		if (exists && (static_binding_matches(entry, &old) || static_binding_yields(entry, &old)))
			continue;
		port = entry->kind == MN_GUEST ? bridge_port_of(bridge, entry->mac) : 0;
		binding = static_binding_make(entry, exists ? &old : NULL, port, bridge_now());
		if (bridge->store->ops->put(bridge->store, &entry->key, &binding) == 0 && entry->kind == MN_GUEST)
			network_pin_clear(bridge->store, &entry->key, entry->mac);
	}
	if (bridge->store->ops->list(bridge->store, &items, &n_items) == 0)
		for (size_t i = 0; i < n_items; i++) {
			if (static_binding_is_own(&items[i].key, &items[i].binding) &&
			    !static_binding_find(list, &items[i].key))
				bridge->store->ops->del(bridge->store, &items[i].key);
		}
	free(items);
}

/* ---- networks ---- */

static bool collect_networks(const struct bridge *bridge, const struct bridge_snapshot *snapshot,
			     struct network_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_routes; i++) {
		const struct netdev_route *route = &snapshot->routes[i];
		uint16_t vlan;
		int base = base_link(bridge, snapshot, route->ifindex, &vlan);
		struct store_network network = {
			.family = mn_family(route->family),
			.prefix_length = route->prefix_length,
			.elsewhere = place_of(bridge, base) == ELSEWHERE,
			.has_gateway = route->gateway_family != 0,
		};

		memcpy(network.addr, route->destination, sizeof(network.addr));
		ok &= network_list_add(list, &network);
	}
	return ok;
}

/* Claims that are older than a route elsewhere: the rules would refuse them now (rule 32). */
static void delete_displaced(struct bridge *bridge)
{
	struct store_item *items = NULL;
	size_t n_items = 0, n_deleted = 0;

	if (bridge->store->ops->list(bridge->store, &items, &n_items) < 0)
		return;
	for (size_t i = 0; i < n_items; i++) {
		const struct mn_binding *binding = &items[i].binding;

		if (binding->kind == MN_GUEST && !(binding->flags & MN_F_PIN) &&
		    network_list_displaces(&bridge->networks, &items[i].key) &&
		    bridge->store->ops->del(bridge->store, &items[i].key) == 0)
			n_deleted++;
	}
	if (n_deleted)
		bridge_log("guests lost %zu addresses of networks that this host now routes elsewhere; `vifi bridge "
			   "pin` restores them",
			   n_deleted);
	free(items);
}

static void apply_networks(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct network_list list = {0};
	size_t left_over;

	if (!collect_networks(bridge, snapshot, &list)) {
		network_list_free(&list);
		return;
	}
	left_over = network_list_finish(&list);
	if (network_list_equal(&list, &bridge->networks) ||
	    bridge->store->ops->routed_set(bridge->store, list.items, list.count) < 0) {
		network_list_free(&list);
		return;
	}
	if (left_over)
		bridge_log("guests can claim addresses of %zu networks that this host routes elsewhere: the table "
			   "holds %d",
			   left_over, MN_ROUTED_MAX);
	network_list_free(&bridge->networks);
	bridge->networks = list;
	delete_displaced(bridge);
}

void host_facts_apply(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct static_binding_list list = {0};

	if (collect_static_bindings(bridge, snapshot, &list))
		sync_static_bindings(bridge, &list);
	static_binding_list_free(&list);
	apply_networks(bridge, snapshot);
}

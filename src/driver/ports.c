/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that VLANs and 4-address stations get, as ports of bridges:
 *
 *	wlan0.5 ── brvlan5 ── vlan5 (of eth0)
 *
 * A bridge and a VLAN interface that are there are used; otherwise they are created, and deleted with their last port.
 */
#include "driver/driver_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char own_alias[] = "made by vifi ap for a VLAN";

/* ---- what is created ---- */

/* Finds a link by its name, after `create` has made it if there was none. */
static int find_or_mark(struct driver *driver, const char *name, int created, struct netdev_link *link)
{
	int ret = netdev_link_by_name(driver->netdev, name, link);

	return created == 0 && ret == 0 ? netdev_set_alias(driver->netdev, link->ifindex, own_alias) : ret;
}

static int set_up(struct driver *driver, int ifindex)
{
	return netdev_set_flags(driver->netdev, ifindex, IFF_UP, IFF_UP);
}

static int find_bridge(struct driver *driver, const struct nl80211_port *port, struct netdev_link *bridge)
{
	int ret = netdev_link_by_name(driver->netdev, port->bridge, bridge);

	if (ret < 0) {
		ret = netdev_bridge_create(driver->netdev, port->bridge);
		ret = ret == 0 || ret == -EEXIST ? find_or_mark(driver, port->bridge, port->temporary ? ret : 1, bridge)
						 : ret;
	}
	return ret < 0 ? ret : set_up(driver, bridge->ifindex);
}

/* The VLAN interface by which the bridge reaches the wire. */
static int add_tagged(struct driver *driver, const struct nl80211_port *port, const struct netdev_link *bridge)
{
	struct netdev_link below, vlan;
	int ret = netdev_link_by_name(driver->netdev, port->tagged, &below);

	if (ret < 0)
		return ret;
	set_up(driver, below.ifindex);
	ret = netdev_link_by_name(driver->netdev, port->tagged_vlan, &vlan);
	if (ret < 0) {
		ret = netdev_vlan_create(driver->netdev, port->tagged_vlan, below.ifindex, port->vlan);
		ret = ret == 0 ? find_or_mark(driver, port->tagged_vlan, ret, &vlan) : ret;
	}
	if (ret == 0 && vlan.master != bridge->ifindex)
		ret = netdev_set_master(driver->netdev, vlan.ifindex, bridge->ifindex);
	return ret < 0 ? ret : set_up(driver, vlan.ifindex);
}

static bool is_used(const struct driver *driver, const char *name)
{
	for (size_t i = 0; i < driver->port_count; i++)
		if (!strcmp(driver->ports[i].port.bridge, name) || !strcmp(driver->ports[i].port.tagged_vlan, name))
			return true;
	return false;
}

/* Another process of vifi, or the operator, may have ports in the same bridge. */
static bool has_other_ports(struct driver *driver, int bridge, int except)
{
	struct netdev_link *links = NULL;
	size_t count = 0;
	bool found = false;

	if (!bridge || netdev_links(driver->netdev, &links, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		found |= links[i].master == bridge && links[i].ifindex != except;
	free(links);
	return found;
}

/* A bridge without ports, or a VLAN interface that is the only port of its bridge. */
static void delete_unused(struct driver *driver, const char *name)
{
	struct netdev_link link;

	if (!name[0] || is_used(driver, name) || netdev_link_by_name(driver->netdev, name, &link) < 0 ||
	    strcmp(link.alias, own_alias) != 0)
		return;
	if (!has_other_ports(driver, strcmp(link.kind, "bridge") != 0 ? link.master : link.ifindex, link.ifindex))
		netdev_link_delete(driver->netdev, link.ifindex);
}

/* ---- ports ---- */

static int prepare(struct driver *driver, int ifindex, const struct nl80211_port *port)
{
	struct netdev_link link, bridge;
	int ret = netdev_link_by_index(driver->netdev, ifindex, &link);

	if (ret == 0 && !mac_equal(link.mac, port->addr))
		ret = netdev_set_mac(driver->netdev, ifindex, port->addr);
	if (ret == 0)
		ret = set_up(driver, ifindex);
	if (ret < 0 || !port->bridge[0])
		return ret;
	ret = find_bridge(driver, port, &bridge);
	if (ret == 0)
		ret = netdev_set_master(driver->netdev, ifindex, bridge.ifindex);
	return ret == 0 && port->tagged[0] ? add_tagged(driver, port, &bridge) : ret;
}

static int remember(struct driver *driver, int ifindex, const struct nl80211_port *port)
{
	if (array_reserve(&driver->ports, &driver->port_room, driver->port_count + 1, sizeof(*driver->ports)))
		return -ENOMEM;
	driver->ports[driver->port_count++] = (struct driver_port){.ifindex = ifindex, .port = *port};
	return 0;
}

static void forget(struct driver *driver, size_t index)
{
	struct nl80211_port port = driver->ports[index].port;

	driver->ports[index] = driver->ports[--driver->port_count];
	delete_unused(driver, port.tagged_vlan);
	delete_unused(driver, port.bridge);
}

int driver_port_set(struct driver *driver, int ifindex, const struct nl80211_port *port, bool up)
{
	int ret;

	if (up) {
		ret = remember(driver, ifindex, port);
		return ret < 0 ? ret : prepare(driver, ifindex, port);
	}
	for (size_t i = driver->port_count; i--;)
		if (driver->ports[i].ifindex == ifindex)
			forget(driver, i);
	return 0;
}

void driver_ports_close(struct driver *driver)
{
	while (driver->port_count)
		forget(driver, driver->port_count - 1);
	free(driver->ports);
	driver->ports = NULL;
	driver->port_room = 0;
}

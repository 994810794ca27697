/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others do to the interfaces while they run: bridges come and go, and another program changes the type. */
#include "driver/driver_state.h"

#include <errno.h>
#include <string.h>

/* ---- bridges ---- */

static void join_again(struct driver *driver, struct driver_interface *interface, const struct netdev_link *bridge)
{
	struct netdev_link link;
	int ret = netdev_link_by_index(driver->netdev, interface->info.ifindex, &link);

	interface->bridge_ifindex = bridge->ifindex;
	interface->misses_bridge = false;
	if (ret == 0 && !link.master) {
		ret = netdev_set_master(driver->netdev, interface->info.ifindex, bridge->ifindex);
		interface->in_bridge = ret == 0;
	}
	if (ret == 0)
		driver_log(driver, "the bridge %s was made anew: %s is a port of it again", bridge->name,
			   interface->info.name);
	else
		driver_log(driver, "cannot add %s to the new bridge %s: %s; `ip link set %s master %s`",
			   interface->info.name, bridge->name, netdev_reason(driver->netdev, ret), interface->info.name,
			   bridge->name);
}

/* An operator who takes the interface out of a bridge that stays has a reason. */
static void follow_bridge(struct driver *driver, struct driver_interface *interface)
{
	struct netdev_link bridge;

	if (netdev_link_by_index(driver->netdev, interface->bridge_ifindex, &bridge) != -ENODEV)
		return;
	if (netdev_link_by_name(driver->netdev, interface->bridge, &bridge) == 0 && !strcmp(bridge.kind, "bridge")) {
		join_again(driver, interface, &bridge);
		return;
	}
	if (!interface->misses_bridge)
		driver_log(driver, "the bridge %s was removed; %s becomes a port of it when it is there again",
			   interface->bridge, interface->info.name);
	interface->misses_bridge = true;
}

void driver_follow_bridges(struct driver *driver)
{
	for (size_t i = 0; i < driver->interface_count; i++)
		if (driver->interfaces[i].info.ifindex && driver->interfaces[i].bridge[0])
			follow_bridge(driver, &driver->interfaces[i]);
}

/* ---- the type ---- */

static int read_interface(struct driver *driver, int ifindex, struct nl80211_interface *info, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	int ret;

	nl80211_interface_query(&requests, ifindex);
	ret = driver_request(driver, &requests, &event, error);
	nl80211_requests_free(&requests);
	if (ret == 0 && !nl80211_interface_read(info, &event))
		ret = error_set(error, -EBADMSG, "the kernel's answer about the interface is malformed");
	return ret;
}

/* The type can be changed only while the interface is down. */
static int change_type_back(struct driver *driver, struct driver_interface *interface, const char *other,
			    struct error *error)
{
	int ifindex = interface->info.ifindex, ret = netdev_set_flags(driver->netdev, ifindex, 0, IFF_UP);

	if (ret == 0)
		ret = driver_set_type(driver, interface, interface->info.type, error);
	else
		error_set(error, ret, "%s: cannot set the interface down: %s", interface->info.name,
			  netdev_reason(driver->netdev, ret));
	netdev_set_flags(driver->netdev, ifindex, IFF_UP, IFF_UP);
	if (ret == 0)
		driver_log(driver, "another program had made %s an interface of type %s; changed it back",
			   interface->info.name, other);
	return ret == 0 ? 1 : ret;
}

bool driver_is_taken(struct driver *driver)
{
	const struct driver_interface *interface = &driver->interfaces[0];
	struct nl80211_interface now;
	struct error ignored;

	if (read_interface(driver, interface->info.ifindex, &now, &ignored) < 0 || now.type == interface->info.type)
		return false;
	driver_log(driver, "another program has taken the interface, as type %s",
		   nl80211_interface_type_name(now.type));
	return true;
}

int driver_reclaim_interface(struct driver *driver, size_t index, struct error *error)
{
	struct driver_interface *interface = &driver->interfaces[index];
	struct nl80211_interface now;
	struct error ignored;
	const char *other;
	int ret;

	if (!interface->info.ifindex)
		return 0;
	ret = read_interface(driver, interface->info.ifindex, &now, error);
	if (ret < 0 || now.type == interface->info.type)
		return ret;
	other = nl80211_interface_type_name(now.type);
	if (driver_refuse_other_program(driver, interface, &ignored) < 0)
		return error_set(error, -EBUSY,
				 "another program has taken the interface, as type %s; waiting until it ends: stop it "
				 "(NetworkManager: nmcli device set %s managed no)",
				 other, interface->info.name);
	return change_type_back(driver, interface, other, error);
}

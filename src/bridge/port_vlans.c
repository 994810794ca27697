/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/port_vlans.h"

#include "bridge/log.h"
#include "netdev/link_filters.h"

#include <string.h>

enum { VLAN_MAX = 4094 };

static bool is_missing(const struct bridge *bridge, const struct netdev_port_vlans *port, uint16_t vlan)
{
	return netdev_has_vlan(bridge->conf->vlans, vlan) && !netdev_has_vlan(port->vlans, vlan);
}

void port_vlans_join(const struct bridge *bridge)
{
	struct netdev_port_vlans port;
	int ret;

	if (!bridge->bridge.bridge.vlan_filtering ||
	    netdev_port_vlans_read(bridge->nd, bridge->port.ifindex, &port) < 0)
		return;
	for (uint16_t first = 1, last; first <= VLAN_MAX; first = (uint16_t)(last + 1)) {
		last = first;
		if (!is_missing(bridge, &port, first))
			continue;
		while (last < VLAN_MAX && is_missing(bridge, &port, (uint16_t)(last + 1)))
			last++;
		ret = netdev_port_vlans_add(bridge->nd, bridge->port.ifindex, first, last);
		if (ret < 0)
			bridge_log("cannot make %s a member of VLAN %u of %s: %s", bridge->port.name, first,
				   bridge->bridge.name, netdev_reason(bridge->nd, ret));
	}
}

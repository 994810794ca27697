/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/shortcut_ports.h"

#include "bridge/log.h"

#include <stdlib.h>
#include <string.h>

#define RECHECK_INTERVAL (4 * MN_NS_PER_SEC) /* new filters on a port cause no notification */

static bool contains(const int *list, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

static bool is_guest_port(const struct bridge *bridge, const struct netdev_link *link)
{
	return link->master == bridge->bridge.ifindex && link->ifindex != bridge->port.ifindex;
}

/* Detaches the program from ports that have left the bridge. */
static void detach_gone_ports(struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < bridge->n_shortcut_ports; i++) {
		const struct netdev_link *link = netdev_link_in(links, count, bridge->shortcut_ports[i]);

		if (link && is_guest_port(bridge, link))
			bridge->shortcut_ports[kept++] = bridge->shortcut_ports[i];
		else
			kernel_part_detach_port(&bridge->part, bridge->shortcut_ports[i]);
	}
	bridge->n_shortcut_ports = kept;
}

static void attach_ports(struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	bool recheck = bridge_now() - bridge->shortcut_checked_ns > RECHECK_INTERVAL;

	detach_gone_ports(bridge, links, count);
	if (recheck)
		bridge->shortcut_checked_ns = bridge_now();
	for (size_t i = 0; i < count; i++) {
		bool known = contains(bridge->shortcut_ports, bridge->n_shortcut_ports, links[i].ifindex);

		if (!is_guest_port(bridge, &links[i]) || (known && !recheck))
			continue;
		/* Without the program the port's frames take the bridge. */
		if (kernel_part_attach_port(&bridge->part, links[i].ifindex) < 0)
			kernel_part_detach_port(&bridge->part, links[i].ifindex);
		if (!known && bridge->n_shortcut_ports < MN_PORTS_MAX)
			bridge->shortcut_ports[bridge->n_shortcut_ports++] = links[i].ifindex;
	}
}

static enum shortcut current_shortcut(const struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	if (bridge->user_engine)
		return SHORTCUT_ENGINE;
	if (bridge->conf->shortcut == BRIDGE_SHORTCUT_OFF)
		return SHORTCUT_UNWANTED;
	return shortcut_judge(links, count, bridge->bridge.ifindex, bridge->port.ifindex,
			      firewall_probe(links, count, bridge->bridge.ifindex, &bridge->firewall_files));
}

void shortcut_ports_update(struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	enum shortcut now = current_shortcut(bridge, links, count), before = bridge->shortcut;

	bridge->shortcut = now;
	if (now == SHORTCUT_ENGINE)
		return;
	if (now == SHORTCUT_OPEN)
		attach_ports(bridge, links, count);
	kernel_part_set_shortcut(&bridge->part, now == SHORTCUT_OPEN ? bridge_now() + SHORTCUT_LEASE : 0);
	if (now == SHORTCUT_UNWANTED && before != now)
		shortcut_ports_detach(bridge->nd, &bridge->part);
}

void shortcut_ports_detach(struct netdev *nd, const struct kernel_part *part)
{
	struct netdev_link *links;
	size_t count;

	/* including ports that have left the bridge */
	if (netdev_links(nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		kernel_part_detach_port(part, links[i].ifindex);
	free(links);
}

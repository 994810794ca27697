/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/port_bounce.h"

#include "bridge/veth.h"

#include <stdlib.h>
#include <string.h>

/* A tap driver changes its carrier on request; the guest's end of a veth loses its carrier when this end is down. */
static bool set_carrier(struct netdev *nd, const struct netdev_link *link, bool on)
{
	if (strcmp(link->kind, "veth"))
		return netdev_set_carrier(nd, link->ifindex, on) == 0;
	return netdev_set_flags(nd, link->ifindex, on ? IFF_UP : 0, IFF_UP) == 0;
}

void port_bounce_end(struct netdev *nd, struct journal *journal)
{
	struct netdev_link link;

	for (size_t i = 0; i < journal->n_bounce_ports; i++)
		if (netdev_link_by_index(nd, journal->bounce_ports[i], &link) == 0)
			set_carrier(nd, &link, true);
	journal->n_bounce_ports = 0;
}

void port_bounce_start(struct bridge *bridge)
{
	struct netdev_link *links;
	size_t count;

	bridge->n_bounce_ports = bridge->n_bounced = 0;
	if (netdev_links(bridge->nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count && bridge->n_bounce_ports < MN_PORTS_MAX; i++)
		if (links[i].master == bridge->bridge.ifindex && links[i].ifindex != bridge->port.ifindex &&
		    (links[i].flags & IFF_UP))
			bridge->bounce_ports[bridge->n_bounce_ports++] = links[i].ifindex;
	free(links);
}

bool port_bounce_step(struct bridge *bridge)
{
	struct netdev_link link;
	struct journal *journal = &bridge->journal;

	port_bounce_end(bridge->nd, journal);
	while (bridge->n_bounced < bridge->n_bounce_ports && journal->n_bounce_ports < JOURNAL_BOUNCE_MAX)
		journal->bounce_ports[journal->n_bounce_ports++] = bridge->bounce_ports[bridge->n_bounced++];
	bridge_veth_write_journal(bridge);
	for (size_t i = 0; i < journal->n_bounce_ports; i++)
		if (netdev_link_by_index(bridge->nd, journal->bounce_ports[i], &link) == 0)
			set_carrier(bridge->nd, &link, false);
	return journal->n_bounce_ports;
}

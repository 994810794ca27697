/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests look for their network anew when their interface loses its carrier and gets it back (rule 25).  A few ports at a
 * time, as many as the journal holds: should this process be killed meanwhile, the next one lets them up.
 */
#include "bridge/bridge.h"

#include <stdlib.h>
#include <string.h>

/* A tap takes the carrier away by itself; a veth shows the other end that it is down; the rest is left alone. */
static bool set_carrier(struct netdev *nd, const struct netdev_link *link, bool on)
{
	if (strcmp(link->kind, "veth"))
		return netdev_set_carrier(nd, link->ifindex, on) == 0;
	return netdev_set_flags(nd, link->ifindex, on ? IFF_UP : 0, IFF_UP) == 0;
}

void bridge_bounce_end(struct netdev *nd, struct journal *journal)
{
	struct netdev_link link;

	for (size_t i = 0; i < journal->n_bounce_ports; i++)
		if (netdev_link_by_index(nd, journal->bounce_ports[i], &link) == 0)
			set_carrier(nd, &link, true);
	journal->n_bounce_ports = 0;
}

void bridge_bounce_start(struct bridge *bridge)
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

bool bridge_bounce_step(struct bridge *bridge)
{
	struct netdev_link link;
	struct journal *journal = &bridge->journal;

	bridge_bounce_end(bridge->nd, journal);
	while (bridge->n_bounced < bridge->n_bounce_ports && journal->n_bounce_ports < JOURNAL_BOUNCE_MAX)
		journal->bounce_ports[journal->n_bounce_ports++] = bridge->bounce_ports[bridge->n_bounced++];
	bridge_write_journal(bridge);
	for (size_t i = 0; i < journal->n_bounce_ports; i++)
		if (netdev_link_by_index(bridge->nd, journal->bounce_ports[i], &link) == 0)
			set_carrier(bridge->nd, &link, false);
	return journal->n_bounce_ports;
}

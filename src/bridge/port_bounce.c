/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests look for their network anew when their interface loses its carrier and gets it back (rule 25).  A few ports at a
 * time, as many as the journal holds: should this process be killed meanwhile, the next one lets them up.
 */
#include "bridge/bridge.h"

#include <stdlib.h>
#include <string.h>

/* A tap takes the carrier away by itself; a veth shows the other end that it is down; the rest is left alone. */
static bool set(struct netdev *nd, const struct netdev_link *l, bool on)
{
	if (strcmp(l->kind, "veth"))
		return netdev_set_carrier(nd, l->ifindex, on) == 0;
	return netdev_set_flags(nd, l->ifindex, on ? IFF_UP : 0, IFF_UP) == 0;
}

void bridge_blink_end(struct netdev *nd, struct journal *j)
{
	struct netdev_link link;

	for (size_t i = 0; i < j->n_blink; i++)
		if (netdev_link_by_index(nd, j->blink[i], &link) == 0)
			set(nd, &link, true);
	j->n_blink = 0;
}

void bridge_blink_start(struct bridge *b)
{
	struct netdev_link *links;
	size_t count;

	b->n_blink = b->blinked = 0;
	if (netdev_links(b->nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count && b->n_blink < MN_PORTS_MAX; i++)
		if (links[i].master == b->bridge.ifindex && links[i].ifindex != b->port.ifindex &&
		    (links[i].flags & IFF_UP))
			b->blink[b->n_blink++] = links[i].ifindex;
	free(links);
}

bool bridge_blink_step(struct bridge *b)
{
	struct netdev_link link;
	struct journal *j = &b->journal;

	bridge_blink_end(b->nd, j);
	while (b->blinked < b->n_blink && j->n_blink < JOURNAL_BLINK)
		j->blink[j->n_blink++] = b->blink[b->blinked++];
	bridge_write_journal(b);
	for (size_t i = 0; i < j->n_blink; i++)
		if (netdev_link_by_index(b->nd, j->blink[i], &link) == 0)
			set(b->nd, &link, false);
	return j->n_blink;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The short way, opened and closed as the machine changes: see app/shortcut.h. */
#include "bridge/bridge.h"

#include <stdlib.h>
#include <string.h>

#define ENTER_AGAIN (4 * MN_NS_PER_SEC) /* whether somebody has hung filters on a port since, no bell tells */

static bool has(const int *list, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

static bool is_guest_port(const struct bridge *b, const struct netdev_link *l)
{
	return l->master == b->bridge.ifindex && l->ifindex != b->port.ifindex;
}

/* Ports that have left the bridge are left. */
static void leave_gone(struct bridge *b, const struct netdev_link *links, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n_entered; i++) {
		const struct netdev_link *l = netdev_link_in(links, count, b->entered[i]);

		if (l && is_guest_port(b, l))
			b->entered[kept++] = b->entered[i];
		else
			kernel_part_leave(&b->part, b->entered[i]);
	}
	b->n_entered = kept;
}

static void enter(struct bridge *b, const struct netdev_link *links, size_t count)
{
	bool again = bridge_now() - b->entered_ns > ENTER_AGAIN;

	leave_gone(b, links, count);
	if (again)
		b->entered_ns = bridge_now();
	for (size_t i = 0; i < count; i++) {
		bool known = has(b->entered, b->n_entered, links[i].ifindex);

		if (!is_guest_port(b, &links[i]) || (known && !again))
			continue;
		/* Where that cannot be, the port's frames go through the bridge. */
		if (kernel_part_enter(&b->part, links[i].ifindex) < 0)
			kernel_part_leave(&b->part, links[i].ifindex);
		if (!known && b->n_entered < MN_PORTS_MAX)
			b->entered[b->n_entered++] = links[i].ifindex;
	}
}

static enum shortcut judge(const struct bridge *b, const struct netdev_link *links, size_t count)
{
	if (b->user)
		return SHORTCUT_ENGINE;
	if (b->conf->shortcut == BRIDGE_SHORTCUT_OFF)
		return SHORTCUT_UNWANTED;
	return shortcut_judge(links, count, b->bridge.ifindex, b->port.ifindex,
			      wall_around(links, count, b->bridge.ifindex));
}

void bridge_short_step(struct bridge *b, const struct netdev_link *links, size_t count)
{
	enum shortcut now = judge(b, links, count), before = b->shortcut;

	b->shortcut = now;
	if (now == SHORTCUT_ENGINE)
		return;
	if (now == SHORTCUT_OPEN)
		enter(b, links, count);
	kernel_part_open_way(&b->part, now == SHORTCUT_OPEN ? bridge_now() + SHORTCUT_LEASE : 0);
	if (now == SHORTCUT_UNWANTED && before != now)
		bridge_short_leave(b->nd, &b->part);
}

void bridge_short_leave(struct netdev *nd, const struct kernel_part *part)
{
	struct netdev_link *links;
	size_t count;

	/* Also those that have left the bridge since. */
	if (netdev_links(nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		kernel_part_leave(part, links[i].ifindex);
	free(links);
}

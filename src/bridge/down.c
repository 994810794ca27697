/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int bridge_find_veth(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal)
{
	struct netdev_link *links;
	size_t count;
	int r = netdev_links(nd, &links, &count);

	if (r < 0)
		return r;
	r = -ENOENT;
	for (size_t i = 0; i < count && r < 0; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(journal, links[i].alias) &&
		    !strcmp(journal->uplink, uplink)) {
			*veth = links[i];
			r = 0;
		}
	free(links);
	return r;
}

void bridge_veth_mac(uint8_t mac[6], int uplink)
{
	/* locally administered, "vif", and the uplink's number */
	const uint8_t born[6] = {0x02, 0x76, 0x69, 0x66, (uint8_t)(uplink >> 8), (uint8_t)uplink};

	memcpy(mac, born, 6);
}

int bridge_remove_unborn(struct netdev *nd, int uplink)
{
	struct netdev_link *links;
	size_t count;
	uint8_t mac[6];
	int done = 0, r = netdev_links(nd, &links, &count);

	if (r < 0)
		return r;
	bridge_veth_mac(mac, uplink);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(links[i].kind, "veth") && !links[i].alias[0] && !memcmp(links[i].mac, mac, 6) &&
		    netdev_link_delete(nd, links[i].ifindex) == 0)
			done++;
	free(links);
	return done;
}

/* Whether a bridge has ports but `own`; the name of one of them. */
static bool has_ports(struct netdev *nd, int bridge, int own, char *name, size_t size)
{
	struct netdev_link *links;
	size_t count;
	bool found = false;

	if (netdev_links(nd, &links, &count) < 0)
		return true;
	for (size_t i = 0; i < count && !found; i++)
		if (links[i].master == bridge && links[i].ifindex != own) {
			snprintf(name, size, "%s", links[i].name);
			found = true;
		}
	free(links);
	return found;
}

static int undo_bridge(struct netdev *nd, const struct journal *j, int own)
{
	struct netdev_link bridge;
	char port[IFNAMSIZ] = "";

	if (!j->bridge[0] || netdev_link_by_name(nd, j->bridge, &bridge) < 0)
		return 0;
	if (j->made_bridge && has_ports(nd, bridge.ifindex, own, port, sizeof(port))) {
		bridge_say("%s stays, because it has ports (%s); without them `ip link del %s` removes it", j->bridge,
			   port, j->bridge);
		return 0;
	}
	if (j->made_bridge)
		return netdev_link_delete(nd, bridge.ifindex) == 0;
	return j->made_up && netdev_set_flags(nd, bridge.ifindex, 0, IFF_UP) == 0;
}

/*
 * Puts back what a journal tells.  The uplink veth goes last: it bears the journal, so whatever ends this half-way, the
 * next one finds what is left to do.
 */
static int undo(struct netdev *nd, const struct journal *j, const struct netdev_link *veth)
{
	struct netdev_link uplink;
	struct journal blinking = *j;
	int done = 0;

	bridge_blink_end(nd, &blinking);
	if (netdev_link_by_name(nd, j->uplink, &uplink) == 0) {
		if (j->made_allmulti && netdev_set_flags(nd, uplink.ifindex, 0, IFF_ALLMULTI) == 0)
			done++;
		if (j->made_qdisc)
			attach_remove_qdisc(uplink.ifindex);
	}
	done += undo_bridge(nd, j, veth->peer);
	return done + (veth->ifindex && netdev_link_delete(nd, veth->ifindex) == 0);
}

/* Where the uplink has got another name since, its journal is found by the program on the uplink veth's port. */
static bool find_by_part(struct netdev *nd, const struct kernel_part *part, struct netdev_link *veth, struct journal *j)
{
	struct netdev_link port;

	return netdev_link_by_index(nd, (int)part->config.port, &port) == 0 &&
	       netdev_link_by_index(nd, port.peer, veth) == 0 && journal_parse(j, veth->alias);
}

/*
 * Whether the answer to a look for programs means that there are none: a kernel without eBPF has none, and where the
 * veth bears the mark of the user-space engine (no ARP), or there is no veth, there are none that could be looked for.
 */
static bool no_programs(int r, const struct netdev_link *veth)
{
	return r == -ENOSYS || (r == -EPERM && (!veth || (veth->flags & IFF_NOARP)));
}

/* What a bridge has left behind, as it is found piece by piece. */
struct remains {
	struct netdev *nd;
	struct netdev_link veth;
	struct journal journal;
	bool have_journal; /* and veth */
};

/* Takes the programs off the uplink.  Returns how often there were some, or a negative errno. */
static int take_parts_down(struct remains *x, const struct netdev_link *uplink)
{
	struct kernel_part part;
	int done = 0;

	/* Several, where an attempt to replace one was killed half-way; the bound is for programs that will not go. */
	for (int i = 0; i < 4; i++) {
		int r = kernel_part_find(&part, uplink->ifindex);
		if (r == -ENOENT || no_programs(r, x->have_journal ? &x->veth : NULL))
			break;
		if (r < 0)
			return r;
		done++;
		if (!x->have_journal && find_by_part(x->nd, &part, &x->veth, &x->journal)) {
			x->have_journal = true;
			memcpy(x->journal.uplink, uplink->name, sizeof(x->journal.uplink));
		}
		bridge_short_leave(x->nd, &part);
		r = kernel_part_down(&part, uplink->ifindex, false);
		kernel_part_close(&part);
		if (r < 0)
			return r;
	}
	return done;
}

int bridge_take_down(struct netdev *nd, const char *uplink)
{
	struct remains x = {.nd = nd};
	struct netdev_link link;
	int done = 0, r = bridge_find_veth(nd, uplink, &x.veth, &x.journal);

	if (r < 0 && r != -ENOENT)
		return r;
	x.have_journal = r == 0;
	if (netdev_link_by_name(nd, uplink, &link) == 0) {
		int unborn = bridge_remove_unborn(nd, link.ifindex);
		done += unborn > 0 ? unborn : 0;
		r = take_parts_down(&x, &link);
		if (r < 0)
			return r;
		done += r;
	}
	if (x.have_journal)
		done += undo(nd, &x.journal, &x.veth);
	return done;
}

/* ---- what this process brought up ---- */

/* The store goes with its engine. */
static void stop_user(struct bridge *b)
{
	if (!b->user)
		return;
	store_close(b->store);
	b->store = NULL;
	engine_user_stop(b->user);
	b->user = NULL;
}

void bridge_restore(struct bridge *b)
{
	stop_user(b);
	bridge_short_leave(b->nd, &b->part);
	kernel_part_down(&b->part, b->uplink.ifindex, false);
	undo(b->nd, &b->journal, &b->veth);
}

void bridge_close(struct bridge *b)
{
	stop_user(b);
	store_close(b->store);
	kernel_part_close(&b->part);
	netdev_close(b->nd);
	if (b->packet >= 0)
		close(b->packet);
	if (b->control >= 0)
		close(b->control);
}

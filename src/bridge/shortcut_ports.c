/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/shortcut_ports.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "netdev/fdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTACH_MAX = 8 }; /* new ports in one call: the kernel waits for an RCU grace period at each, some 15 ms */

#define RECHECK_INTERVAL (4 * MN_NS_PER_SEC) /* new filters on a port cause no notification */

static bool contains(const int *list, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

/* Detaches the program from ports that have left the bridge. */
static void detach_gone_ports(struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < bridge->n_shortcut_ports; i++) {
		const struct netdev_link *link = netdev_link_in(links, count, bridge->shortcut_ports[i]);

		if (link && bridge_is_guest_port(bridge, link))
			bridge->shortcut_ports[kept++] = bridge->shortcut_ports[i];
		else
			kernel_part_leave_port(&bridge->part, bridge->shortcut_ports[i]);
	}
	bridge->n_shortcut_ports = kept;
}

static void attach_ports(struct bridge *bridge, const struct netdev_link *links, size_t count)
{
	bool recheck = bridge_now() - bridge->shortcut_checked_ns > RECHECK_INTERVAL;
	unsigned attached = 0;

	bridge->shortcut_pending = false;
	detach_gone_ports(bridge, links, count);
	if (recheck)
		bridge->shortcut_checked_ns = bridge_now();
	for (size_t i = 0; i < count; i++) {
		bool known = contains(bridge->shortcut_ports, bridge->n_shortcut_ports, links[i].ifindex);

		if (!bridge_is_guest_port(bridge, &links[i]) || (known && !recheck))
			continue;
		if (!known && attached++ >= ATTACH_MAX) {
			bridge->shortcut_pending = true;
			continue;
		}
		/* Without the program the port's frames take the bridge. */
		if (kernel_part_attach_port(&bridge->part, links[i].ifindex) < 0)
			kernel_part_detach_port(&bridge->part, links[i].ifindex);
		if (!known && bridge->n_shortcut_ports < MN_PORTS_MAX)
			bridge->shortcut_ports[bridge->n_shortcut_ports++] = links[i].ifindex;
	}
}

/*
 * Does the forwarding database have a fixed entry for the MAC address of a guest at another port than the rules? Then the
 * bridge delivers the guest's frames there, and so must we: the operator has secured the port.
 */
static bool contradicts_fdb(const struct bridge *bridge, const struct store_item *item)
{
	const struct mn_binding *binding = &item->binding;
	struct fdb_entry entry;

	if (item->key.family != MN_MAC || item->key.vlan || binding->kind != MN_GUEST || binding->port == UINT32_MAX)
		return false;
	return netdev_fdb_entry(bridge->nd, bridge->bridge.ifindex, item->key.addr, &entry) == 0 && entry.fixed &&
	       entry.port != (int)binding->port;
}

/*
 * A guest can forge thousands of MAC addresses; each call checks some of them, the last contradiction first. Returns
 * whether one is known.
 */
static bool find_contradiction(struct bridge *bridge, const struct store_item *items, size_t n_items)
{
	enum { CHECKS_MAX = 1024 };
	size_t checked = 0, i = 0;
	struct store_item last = {.key = {.family = MN_MAC}};

	mac_copy(last.key.addr, bridge->shortcut_guest);
	if (bridge->shortcut == SHORTCUT_FDB && bridge->store->ops->get(bridge->store, &last.key, &last.binding) == 0 &&
	    contradicts_fdb(bridge, &last))
		return true;
	for (; i < n_items && checked < CHECKS_MAX; i++) {
		const struct store_item *item = &items[(bridge->shortcut_next + i) % n_items];

		if (contradicts_fdb(bridge, item)) {
			mac_copy(bridge->shortcut_guest, item->key.addr);
			return true;
		}
		checked += item->key.family == MN_MAC;
	}
	bridge->shortcut_next = n_items ? (bridge->shortcut_next + i) % n_items : 0;
	return false;
}

static enum shortcut current_shortcut(struct bridge *bridge, const struct bridge_snapshot *snapshot,
				      const struct store_item *items, size_t n_items)
{
	enum shortcut shortcut;

	if (bridge->user_engine)
		return SHORTCUT_ENGINE;
	if (bridge->conf->shortcut == BRIDGE_SHORTCUT_OFF)
		return SHORTCUT_UNWANTED;
	shortcut = shortcut_judge(
		snapshot->links, snapshot->n_links, bridge->bridge.ifindex, bridge->port.ifindex,
		firewall_probe(snapshot->links, snapshot->n_links, bridge->bridge.ifindex, &bridge->firewall_files));
	return shortcut == SHORTCUT_OPEN && find_contradiction(bridge, items, n_items) ? SHORTCUT_FDB : shortcut;
}

/*
 * The port guard (macnat/port_rules.h) knows one owner of a MAC address. With VLAN filtering a guest in another VLAN may have
 * the same, and a frame of a port that does not forward must not reach the rules.
 */
static bool wants_guard(enum shortcut shortcut)
{
	switch (shortcut) {
	case SHORTCUT_OPEN:
	case SHORTCUT_WATCHED:
	case SHORTCUT_FDB:
	case SHORTCUT_NFT:
	case SHORTCUT_EBTABLES:
	case SHORTCUT_BR_NETFILTER:
	case SHORTCUT_UNKNOWN:
		return true;
	case SHORTCUT_UNWANTED:
	case SHORTCUT_ENGINE:
	case SHORTCUT_NO_BRIDGE:
	case SHORTCUT_VLAN_FILTER:
	case SHORTCUT_STP:
	case SHORTCUT_PORT:
	case SHORTCUTS:
		break;
	}
	return false;
}

static void set_guard(struct bridge *bridge, bool guard)
{
	uint16_t flags =
		(uint16_t)((bridge->config.flags & ~MN_CONFIG_PORT_GUARD) | (guard ? MN_CONFIG_PORT_GUARD : 0));

	if (flags == bridge->config.flags)
		return;
	bridge->config.flags = flags;
	bridge->store->ops->config_put(bridge->store, &bridge->config);
}

/* The port guard of the user-space engine, which needs no judgement of firewalls: its chains are the last ones at a port. */
static void guard_user_ports(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct user_port ports[MN_PORTS_MAX] = {0};
	size_t count = 0;

	for (size_t i = 0; i < snapshot->n_links && count < MN_PORTS_MAX; i++)
		if (bridge_is_guest_port(bridge, &snapshot->links[i])) {
			ports[count].ifindex = snapshot->links[i].ifindex;
			snprintf(ports[count++].name, sizeof(ports->name), "%s", snapshot->links[i].name);
		}
	set_guard(bridge, user_engine_has_port_guard(bridge->user_engine) &&
				  bridge->conf->shortcut != BRIDGE_SHORTCUT_OFF &&
				  wants_guard(shortcut_judge(snapshot->links, snapshot->n_links, bridge->bridge.ifindex,
							     bridge->port.ifindex, FIREWALL_NONE)));
	user_engine_set_ports(bridge->user_engine, ports, count);
}

void shortcut_ports_update(struct bridge *bridge, const struct bridge_snapshot *snapshot,
			   const struct store_item *items, size_t n_items)
{
	enum shortcut now = current_shortcut(bridge, snapshot, items, n_items), before = bridge->shortcut;

	bridge->shortcut = now;
	if (now == SHORTCUT_ENGINE) {
		guard_user_ports(bridge, snapshot);
		return;
	}
	if (wants_guard(now))
		attach_ports(bridge, snapshot->links, snapshot->n_links);
	set_guard(bridge, wants_guard(now));
	kernel_part_set_shortcut(&bridge->part, now == SHORTCUT_OPEN ? bridge_now() + SHORTCUT_LEASE : 0);
	if (now == SHORTCUT_UNWANTED && before != now)
		shortcut_ports_leave(bridge);
}

void shortcut_ports_succeed(struct netdev *nd, const struct kernel_part *part, const struct kernel_part *old)
{
	struct netdev_link *links;
	size_t count;

	if (netdev_links(nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (kernel_part_succeed_at_port(part, old, links[i].ifindex) < 0)
			kernel_part_detach_port(old, links[i].ifindex);
	free(links);
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

void shortcut_ports_leave(struct bridge *bridge)
{
	/* With TCX there is no qdisc: the search over all links finds the programs. */
	for (size_t i = 0; i < bridge->n_shortcut_ports && bridge->part.method == ATTACH_CLSACT; i++)
		kernel_part_leave_port(&bridge->part, bridge->shortcut_ports[i]);
	bridge->n_shortcut_ports = 0;
	shortcut_ports_detach(bridge->nd, &bridge->part);
}

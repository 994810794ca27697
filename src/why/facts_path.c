/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/why.h"

#include "base/mac.h"
#include "netdev/fdb.h"
#include "netdev/nft_ruleset.h"
#include "netdev/rtnl.h"
#include "why/host_probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { HOST_MS = 100 };

/* ---- the forwarding database ---- */

/* The bridge, or one of its ports, with this MAC address. */
static const struct netdev_link *owner_of(const struct netdev_link *links, size_t count,
					  const struct netdev_link *bridge, const uint8_t mac[6])
{
	for (size_t i = 0; i < count; i++)
		if ((&links[i] == bridge || links[i].master == bridge->ifindex) && mac_equal(links[i].mac, mac))
			return &links[i];
	return NULL;
}

void why_gather_fdb(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge),
				 *port = facts->port.in_bridge ? netdev_link_named(links, count, facts->port.name)
							       : NULL,
				 *owner;
	struct why_host *host = &facts->host;
	struct fdb_entry entry;
	const char *at;
	uint8_t mac[6];
	int ret;

	if (!bridge || !port || !mac_parse(mac, facts->mac))
		return;
	ret = netdev_fdb_entry(nd, bridge->ifindex, mac, &entry);
	if (ret == -ENOENT)
		host->unlearned = port->port.no_unicast;
	if (ret < 0 || entry.port == port->ifindex)
		return;
	owner = owner_of(links, count, bridge, mac);
	at = netdev_link_name_in(links, count, entry.port);
	if (!entry.port)
		snprintf(host->mac_owner, sizeof(host->mac_owner), "%s", owner ? owner->name : bridge->name);
	else if (entry.fixed && at)
		snprintf(host->fixed_at, sizeof(host->fixed_at), "%s", at);
}

/* ---- routes ---- */

/* An uplink in a VRF has tables of its own. */
static bool is_in_vrf(const struct netdev_link *links, size_t count, const struct netdev_link *uplink)
{
	const struct netdev_link *master = netdev_link_in(links, count, uplink->master);

	return master && !strcmp(master->kind, "vrf");
}

void why_gather_routes(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *uplink = netdev_link_named(links, count, facts->uplink),
				 *bridge = netdev_link_named(links, count, facts->bridge);

	for (int i = 0; uplink && i < WHY_FAMILIES; i++) {
		struct why_wire *wire = &facts->wires[i];
		int by = 0;

		if (!wire->asked || !wire->routable || is_in_vrf(links, count, uplink))
			continue;
		wire->host_asked = wire->questions[WHY_GUEST_ECHO].answered;
		wire->route_error = -netdev_route_to(nd, wire->ip6 ? AF_INET6 : AF_INET, wire->address, &by);
		/* An address of this host on the bridge reaches the guest, too; `vifi bridge check` warns about it. */
		if (!wire->route_error && by && by != uplink->ifindex && !(bridge && by == bridge->ifindex))
			snprintf(wire->route_by, sizeof(wire->route_by), "%s",
				 netdev_link_name_in(links, count, by) ?: "?");
	}
}

/* ---- this host's own packets ---- */

void why_gather_host_path(struct why_facts *facts)
{
	bool lost = false;
	json_t *items;

	for (int i = 0; i < WHY_FAMILIES; i++) {
		struct why_wire *wire = &facts->wires[i];

		if (!wire->host_asked)
			continue;
		wire->host_reaches =
			!wire->route_error && host_probe(wire->ip6, wire->address, HOST_MS, &facts->budget) > 0;
		lost |= !wire->host_reaches;
	}
	items = lost ? json_array() : NULL;
	if (items && why_add_rules(items, nft_ruleset_json()) && why_add_rules(items, nft_link_ruleset_json()))
		facts->host.ip_firewall = items;
	else
		json_decref(items);
}

void why_repeat_host_path(struct why_facts *facts)
{
	for (int i = 0; i < WHY_FAMILIES; i++) {
		struct why_wire *wire = &facts->wires[i];

		if (wire->host_asked && !wire->host_reaches && !wire->route_error)
			wire->host_reaches =
				host_probe(wire->ip6, wire->address, facts->budget.left_ms, &facts->budget) > 0;
	}
}

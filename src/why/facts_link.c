/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/why.h"

#include "bpf/attach.h"
#include "netdev/rtnl.h"
#include "netdev/sysctl.h"

#include <stdio.h>
#include <string.h>

enum { CHAIN_MAX = 8 };

static void read_vlans(struct why_host *host, struct netdev *nd, const struct netdev_link *port,
		       const struct netdev_link *veth)
{
	uint64_t own[64], others[64];

	if (netdev_port_vlans(nd, port->ifindex, &host->port_pvid, own) < 0 ||
	    netdev_port_vlans(nd, veth->ifindex, &host->uplink_pvid, others) < 0)
		return;
	host->vlan_filtering = true;
	host->shares_vlan = host->port_pvid && (others[host->port_pvid / 64] >> (host->port_pvid & 63) & 1);
}

static void read_filters(struct why_host *host, struct netdev *nd, const struct netdev_link *link)
{
	struct netdev_tc_drop drop;

	if (netdev_tc_drop_find(nd, link->ifindex, &drop) < 0 || drop.packets <= host->tc_drop.packets)
		return;
	host->tc_drop = drop;
	snprintf(host->tc_drop_at, sizeof(host->tc_drop_at), "%s", link->name);
}

/* Hypervisors that manage the addresses of a port turn unicast flooding off, and all is well; not so with groups. */
static void read_flooding(struct why_host *host, const struct netdev_link *link)
{
	const char *flag = link->port.no_broadcast ? "bcast_flood" : link->port.no_multicast ? "mcast_flood" : NULL;

	if (!flag || (host->flood && !strcmp(host->flood, "bcast_flood")))
		return;
	host->flood = flag;
	snprintf(host->flood_at, sizeof(host->flood_at), "%s", link->name);
}

/* A program of traffic control at the guest's port, other than vifi's. */
static void read_port_program(struct why_host *host, int ifindex)
{
	struct attachment list[CHAIN_MAX];

	for (int egress = 0; egress < 2; egress++) {
		int count = attach_list(ifindex, egress, list, CHAIN_MAX);

		for (int i = 0; i < count && i < CHAIN_MAX; i++)
			if (list[i].prog_id && strncmp(list[i].name, "vifi_", 5) != 0)
				snprintf(host->port_program, sizeof(host->port_program), "%u", list[i].prog_id);
	}
}

void why_gather_links(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge),
				 *uplink = netdev_link_named(links, count, facts->uplink),
				 *port = facts->port.exists ? netdev_link_named(links, count, facts->port.name) : NULL,
				 *veth = netdev_link_named(links, count, facts->host.uplink_port);
	struct why_host *host = &facts->host;

	if (uplink) {
		host->xdp_uplink = uplink->xdp;
		snprintf(host->qdisc_uplink, sizeof(host->qdisc_uplink), "%s", uplink->qdisc);
		netdev_qdisc_drops(nd, uplink->ifindex, &host->qdisc_uplink_drops);
		read_filters(host, nd, uplink);
	}
	if (port) {
		host->xdp_port = port->xdp;
		snprintf(host->qdisc_port, sizeof(host->qdisc_port), "%s", port->qdisc);
		netdev_qdisc_drops(nd, port->ifindex, &host->qdisc_port_drops);
		read_filters(host, nd, port);
		read_port_program(host, port->ifindex);
		if (facts->port.in_bridge)
			read_flooding(host, port);
	}
	if (veth) {
		read_filters(host, nd, veth);
		read_flooding(host, veth);
	}
	if (bridge && bridge->bridge.vlan_filtering && port && veth)
		read_vlans(host, nd, port, veth);
	netdev_sysctl_get("netfilter/nf_conntrack_count", &host->conntrack_count);
	netdev_sysctl_get("netfilter/nf_conntrack_max", &host->conntrack_max);
}

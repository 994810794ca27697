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
	struct netdev_port_vlans own, others;

	if (netdev_port_vlans_read(nd, port->ifindex, &own) < 0 ||
	    netdev_port_vlans_read(nd, veth->ifindex, &others) < 0)
		return;
	host->vlan_filtering = true;
	host->port_pvid = own.pvid;
	host->uplink_pvid = others.pvid;
	host->shares_vlan = netdev_has_vlan(others.vlans, own.pvid);
	host->tags_guest = netdev_has_vlan(own.vlans, others.pvid) && !netdev_has_vlan(own.untagged, others.pvid);
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
	const char *flag = link->port.no_broadcast   ? "bcast_flood"
			   : link->port.proxy_arp    ? "proxy_arp"
			   : link->port.no_multicast ? "mcast_flood"
						     : NULL;

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

/* vifi sets it down while the uplink has no connection. */
static void read_veth_end(struct why_host *host, struct netdev *nd, const struct netdev_link *end,
			  const struct netdev_link *uplink)
{
	if (!end)
		return;
	snprintf(host->veth_end, sizeof(host->veth_end), "%s", end->name);
	if (!(end->flags & IFF_UP) && uplink && (uplink->flags & IFF_UP) && uplink->carrier)
		snprintf(host->veth_end_down, sizeof(host->veth_end_down), "%s", end->name);
	snprintf(host->qdisc_veth, sizeof(host->qdisc_veth), "%s", end->qdisc);
	netdev_qdisc_drops(nd, end->ifindex, &host->qdisc_veth_drops);
}

/* A router takes no advertisements, unless accept_ra is 2 (Documentation/networking/ip-sysctl.rst). */
static void read_forwarding6(struct why_host *host, const char *uplink)
{
	int accept = 0, forwards = 0, off = 0;
	char path[64];

	snprintf(path, sizeof(path), "ipv6/conf/%s/accept_ra", uplink);
	netdev_sysctl_get(path, &accept);
	snprintf(path, sizeof(path), "ipv6/conf/%s/forwarding", uplink);
	netdev_sysctl_get(path, &forwards);
	snprintf(path, sizeof(path), "ipv6/conf/%s/disable_ipv6", uplink);
	netdev_sysctl_get(path, &off);
	host->ra_ignored = accept == 1 && forwards && !off;
}

/* The first column of each processor's line counts the entries of the whole table. */
static void read_neighbours(struct why_host *host)
{
	FILE *file = fopen("/proc/net/stat/arp_cache", "re");
	unsigned entries = 0;
	int limit = 0;

	if (file && fscanf(file, "%*[^\n] %x", &entries) == 1)
		host->neighbours = entries;
	if (file)
		fclose(file);
	netdev_sysctl_get("ipv4/neigh/default/gc_thresh3", &limit);
	host->neighbours_max = limit;
}

void why_gather_links(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge),
				 *uplink = netdev_link_named(links, count, facts->uplink),
				 *port = facts->port.exists ? netdev_link_named(links, count, facts->port.name) : NULL,
				 *veth = netdev_link_named(links, count, facts->host.uplink_port);
	struct why_host *host = &facts->host;

	if (uplink) {
		host->uplink_arp_off = uplink->flags & IFF_NOARP;
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
		read_veth_end(host, nd, netdev_link_in(links, count, veth->peer), uplink);
	}
	if (bridge && bridge->bridge.vlan_filtering && port && veth)
		read_vlans(host, nd, port, veth);
	host->snooping = bridge && bridge->bridge.snooping;
	if (uplink)
		read_forwarding6(host, uplink->name);
	read_neighbours(host);
	why_gather_fdb(facts, nd, links, count);
	netdev_sysctl_get("netfilter/nf_conntrack_count", &host->conntrack_count);
	netdev_sysctl_get("netfilter/nf_conntrack_max", &host->conntrack_max);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <netlink/msg.h>

static void *gather_next(struct gather *g)
{
	if (g->count == g->room) {
		size_t room = g->room ? 2 * g->room : 16;
		void *items = reallocarray(g->items, room, g->size);
		if (!items) {
			g->error = -ENOMEM;
			return NULL;
		}
		g->items = items;
		g->room = room;
	}
	void *item = (char *)g->items + g->count * g->size;
	memset(item, 0, g->size);
	return item;
}

static void copy_string(char *to, size_t size, struct nlattr *from)
{
	if (from)
		nla_strlcpy(to, from, size);
}

static bool yes(struct nlattr *a)
{
	return a && nla_get_u8(a);
}

static void parse_bridge(struct nlattr *data, struct netdev_link *link)
{
	struct nlattr *at[IFLA_BR_MAX + 1];

	if (!data || nla_parse_nested(at, IFLA_BR_MAX, data, NULL) < 0)
		return;
	link->bridge.vlan_filtering = yes(at[IFLA_BR_VLAN_FILTERING]);
	link->bridge.stp = at[IFLA_BR_STP_STATE] && nla_get_u32(at[IFLA_BR_STP_STATE]);
	link->bridge.nf_call = yes(at[IFLA_BR_NF_CALL_IPTABLES]) || yes(at[IFLA_BR_NF_CALL_IP6TABLES]);
}

static void parse_port(struct nlattr *data, struct netdev_link *link)
{
	struct nlattr *at[IFLA_BRPORT_MAX + 1];

	if (!data || nla_parse_nested(at, IFLA_BRPORT_MAX, data, NULL) < 0)
		return;
	link->port.forwarding = at[IFLA_BRPORT_STATE] && nla_get_u8(at[IFLA_BRPORT_STATE]) == BR_STATE_FORWARDING;
	link->port.learning = yes(at[IFLA_BRPORT_LEARNING]);
	link->port.isolated = yes(at[IFLA_BRPORT_ISOLATED]);
	link->port.locked = yes(at[IFLA_BRPORT_LOCKED]);
}

static void parse_link(struct nlmsghdr *h, struct netdev_link *link)
{
	struct ifinfomsg *ifi = nlmsg_data(h);
	struct nlattr *at[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];

	if (nlmsg_parse(h, sizeof(*ifi), at, IFLA_MAX, NULL) < 0)
		return;
	link->ifindex = ifi->ifi_index;
	link->flags = ifi->ifi_flags;
	link->arptype = ifi->ifi_type;
	copy_string(link->name, sizeof(link->name), at[IFLA_IFNAME]);
	copy_string(link->alias, sizeof(link->alias), at[IFLA_IFALIAS]);
	if (at[IFLA_MTU])
		link->mtu = (int)nla_get_u32(at[IFLA_MTU]);
	if (at[IFLA_MASTER])
		link->master = (int)nla_get_u32(at[IFLA_MASTER]);
	if (at[IFLA_LINK] && !at[IFLA_LINK_NETNSID])
		link->peer = (int)nla_get_u32(at[IFLA_LINK]);
	/* A Wi-Fi station has a carrier when it is associated, but is dormant until its keys are in place (RFC 2863). */
	if (at[IFLA_CARRIER])
		link->carrier = nla_get_u8(at[IFLA_CARRIER]) && (ifi->ifi_flags & IFF_RUNNING);
	if (at[IFLA_ADDRESS] && nla_len(at[IFLA_ADDRESS]) == 6)
		memcpy(link->mac, nla_data(at[IFLA_ADDRESS]), 6);
	if (at[IFLA_PROMISCUITY])
		link->promiscuity = nla_get_u32(at[IFLA_PROMISCUITY]);
	if (at[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, at[IFLA_LINKINFO], NULL) == 0) {
		copy_string(link->kind, sizeof(link->kind), info[IFLA_INFO_KIND]);
		if (!strcmp(link->kind, "bridge"))
			parse_bridge(info[IFLA_INFO_DATA], link);
		if (info[IFLA_INFO_SLAVE_KIND] && !strcmp(nla_get_string(info[IFLA_INFO_SLAVE_KIND]), "bridge"))
			parse_port(info[IFLA_INFO_SLAVE_DATA], link);
	}
}

int rtnl_on_link(struct nl_msg *msg, void *arg)
{
	struct gather *g = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);

	if (h->nlmsg_type != RTM_NEWLINK)
		return NL_OK;
	struct netdev_link *link = gather_next(g);
	if (!link)
		return NL_STOP;
	parse_link(h, link);
	if (link->ifindex)
		g->count++;
	return NL_OK;
}

int rtnl_on_addr(struct nl_msg *msg, void *arg)
{
	struct gather *g = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct ifaddrmsg *ifa = nlmsg_data(h);
	struct nlattr *at[IFA_MAX + 1];

	if (h->nlmsg_type != RTM_NEWADDR || nlmsg_parse(h, sizeof(*ifa), at, IFA_MAX, NULL) < 0)
		return NL_OK;
	size_t size = ifa->ifa_family == AF_INET ? 4 : ifa->ifa_family == AF_INET6 ? 16 : 0;
	/* IFA_ADDRESS is the far end of a point-to-point link; our own is IFA_LOCAL where there is one. */
	struct nlattr *own = at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS];
	if (!size || !own || (size_t)nla_len(own) != size)
		return NL_OK;
	struct netdev_addr *addr = gather_next(g);
	if (!addr)
		return NL_STOP;
	uint32_t flags = at[IFA_FLAGS] ? nla_get_u32(at[IFA_FLAGS]) : ifa->ifa_flags;
	addr->ifindex = (int)ifa->ifa_index;
	addr->family = ifa->ifa_family;
	addr->prefix_length = ifa->ifa_prefixlen;
	addr->tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED);
	memcpy(addr->addr, nla_data(own), size);
	if (size == 4 && at[IFA_BROADCAST] && nla_len(at[IFA_BROADCAST]) == 4) {
		addr->has_broadcast = true;
		memcpy(addr->broadcast, nla_data(at[IFA_BROADCAST]), 4);
	}
	g->count++;
	return NL_OK;
}

static void add_gateway(struct gather *g, int family, int ifindex, struct nlattr *via)
{
	size_t size = family == AF_INET ? 4 : 16;

	if (!via || (size_t)nla_len(via) != size || ifindex <= 0)
		return;
	struct netdev_gateway *gw = gather_next(g);
	if (!gw)
		return;
	gw->ifindex = ifindex;
	gw->family = family;
	memcpy(gw->addr, nla_data(via), size);
	g->count++;
}

/* An IPv4 route may go by an IPv6 neighbour (RFC 5549): RTA_VIA carries the family. */
static void add_via(struct gather *g, int ifindex, struct nlattr *via)
{
	if (!via || nla_len(via) < (int)sizeof(struct rtvia))
		return;
	struct rtvia *v = nla_data(via);
	size_t size = (size_t)nla_len(via) - sizeof(*v);
	if ((v->rtvia_family == AF_INET && size == 4) || (v->rtvia_family == AF_INET6 && size == 16)) {
		struct netdev_gateway *gw = gather_next(g);
		if (!gw || ifindex <= 0)
			return;
		gw->ifindex = ifindex;
		gw->family = v->rtvia_family;
		memcpy(gw->addr, v->rtvia_addr, size);
		g->count++;
	}
}

static void add_multipath(struct gather *g, int family, struct nlattr *paths)
{
	struct rtnexthop *nh = nla_data(paths);
	int left = nla_len(paths);

	while (left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) && nh->rtnh_len <= left) {
		struct nlattr *at[RTA_MAX + 1];
		if (nla_parse(at, RTA_MAX, (struct nlattr *)RTNH_DATA(nh), nh->rtnh_len - (int)sizeof(*nh), NULL) ==
		    0) {
			add_gateway(g, family, nh->rtnh_ifindex, at[RTA_GATEWAY]);
			add_via(g, nh->rtnh_ifindex, at[RTA_VIA]);
		}
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = RTNH_NEXT(nh);
	}
}

int rtnl_on_route(struct nl_msg *msg, void *arg)
{
	struct gather *g = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct rtmsg *rt = nlmsg_data(h);
	struct nlattr *at[RTA_MAX + 1];

	if (h->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(h, sizeof(*rt), at, RTA_MAX, NULL) < 0)
		return NL_OK;
	if (rt->rtm_dst_len || rt->rtm_type != RTN_UNICAST || (rt->rtm_family != AF_INET && rt->rtm_family != AF_INET6))
		return NL_OK;
	int ifindex = at[RTA_OIF] ? (int)nla_get_u32(at[RTA_OIF]) : 0;
	add_gateway(g, rt->rtm_family, ifindex, at[RTA_GATEWAY]);
	add_via(g, ifindex, at[RTA_VIA]);
	if (at[RTA_MULTIPATH])
		add_multipath(g, rt->rtm_family, at[RTA_MULTIPATH]);
	return g->error ? NL_STOP : NL_OK;
}

int rtnl_on_fdb(struct nl_msg *msg, void *arg)
{
	struct gather *g = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct ndmsg *ndm = nlmsg_data(h);
	struct nlattr *at[NDA_MAX + 1];

	if (h->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(h, sizeof(*ndm), at, NDA_MAX, NULL) < 0)
		return NL_OK;
	if (!at[NDA_LLADDR] || nla_len(at[NDA_LLADDR]) != 6)
		return NL_OK;
	if (!at[NDA_MASTER] || (int)nla_get_u32(at[NDA_MASTER]) != g->bridge)
		return NL_OK;
	struct fdb *f = gather_next(g);
	if (!f)
		return NL_STOP;
	f->port = ndm->ndm_ifindex;
	f->local = ndm->ndm_state & NUD_PERMANENT;
	g->count++;
	return NL_OK;
}

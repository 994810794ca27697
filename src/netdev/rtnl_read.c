/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <netlink/msg.h>

static void *next_item(struct rtnl_dump *dump)
{
	if (dump->count == dump->room) {
		size_t room = dump->room ? 2 * dump->room : 16;
		void *items = reallocarray(dump->items, room, dump->size);
		if (!items) {
			dump->error = -ENOMEM;
			return NULL;
		}
		dump->items = items;
		dump->room = room;
	}
	void *item = (char *)dump->items + dump->count * dump->size;
	memset(item, 0, dump->size);
	return item;
}

static void copy_string(char *to, size_t size, struct nlattr *from)
{
	if (from)
		nla_strlcpy(to, from, size);
}

static bool attr_is_set(struct nlattr *attr)
{
	return attr && nla_get_u8(attr);
}

static void parse_bridge(struct nlattr *data, struct netdev_link *link)
{
	struct nlattr *attrs[IFLA_BR_MAX + 1];

	if (!data || nla_parse_nested(attrs, IFLA_BR_MAX, data, NULL) < 0)
		return;
	link->bridge.vlan_filtering = attr_is_set(attrs[IFLA_BR_VLAN_FILTERING]);
	link->bridge.stp = attrs[IFLA_BR_STP_STATE] && nla_get_u32(attrs[IFLA_BR_STP_STATE]);
	link->bridge.nf_call =
		attr_is_set(attrs[IFLA_BR_NF_CALL_IPTABLES]) || attr_is_set(attrs[IFLA_BR_NF_CALL_IP6TABLES]);
}

static void parse_port(struct nlattr *data, struct netdev_link *link)
{
	struct nlattr *attrs[IFLA_BRPORT_MAX + 1];

	if (!data || nla_parse_nested(attrs, IFLA_BRPORT_MAX, data, NULL) < 0)
		return;
	link->port.forwarding = attrs[IFLA_BRPORT_STATE] && nla_get_u8(attrs[IFLA_BRPORT_STATE]) == BR_STATE_FORWARDING;
	link->port.learning = attr_is_set(attrs[IFLA_BRPORT_LEARNING]);
	link->port.isolated = attr_is_set(attrs[IFLA_BRPORT_ISOLATED]);
	link->port.locked = attr_is_set(attrs[IFLA_BRPORT_LOCKED]);
}

static void parse_link(struct nlmsghdr *nlh, struct netdev_link *link)
{
	struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];

	if (nlmsg_parse(nlh, sizeof(*ifi), attrs, IFLA_MAX, NULL) < 0)
		return;
	link->ifindex = ifi->ifi_index;
	link->flags = ifi->ifi_flags;
	link->arptype = ifi->ifi_type;
	copy_string(link->name, sizeof(link->name), attrs[IFLA_IFNAME]);
	copy_string(link->alias, sizeof(link->alias), attrs[IFLA_IFALIAS]);
	if (attrs[IFLA_MTU])
		link->mtu = (int)nla_get_u32(attrs[IFLA_MTU]);
	if (attrs[IFLA_MASTER])
		link->master = (int)nla_get_u32(attrs[IFLA_MASTER]);
	if (attrs[IFLA_LINK] && !attrs[IFLA_LINK_NETNSID])
		link->peer = (int)nla_get_u32(attrs[IFLA_LINK]);
	/* A Wi-Fi station has a carrier when it is associated, but is dormant until its keys are in place (RFC 2863). */
	if (attrs[IFLA_CARRIER])
		link->carrier = nla_get_u8(attrs[IFLA_CARRIER]) && (ifi->ifi_flags & IFF_RUNNING);
	if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == 6)
		memcpy(link->mac, nla_data(attrs[IFLA_ADDRESS]), 6);
	if (attrs[IFLA_PROMISCUITY])
		link->promiscuity = nla_get_u32(attrs[IFLA_PROMISCUITY]);
	if (attrs[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) == 0) {
		copy_string(link->kind, sizeof(link->kind), info[IFLA_INFO_KIND]);
		if (!strcmp(link->kind, "bridge"))
			parse_bridge(info[IFLA_INFO_DATA], link);
		if (info[IFLA_INFO_SLAVE_KIND] && !strcmp(nla_get_string(info[IFLA_INFO_SLAVE_KIND]), "bridge"))
			parse_port(info[IFLA_INFO_SLAVE_DATA], link);
	}
}

int rtnl_on_link(struct nl_msg *msg, void *arg)
{
	struct rtnl_dump *dump = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return NL_OK;
	struct netdev_link *link = next_item(dump);
	if (!link)
		return NL_STOP;
	parse_link(nlh, link);
	if (link->ifindex)
		dump->count++;
	return NL_OK;
}

int rtnl_on_addr(struct nl_msg *msg, void *arg)
{
	struct rtnl_dump *dump = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct nlattr *attrs[IFA_MAX + 1];

	if (nlh->nlmsg_type != RTM_NEWADDR || nlmsg_parse(nlh, sizeof(*ifa), attrs, IFA_MAX, NULL) < 0)
		return NL_OK;
	size_t size = ifa->ifa_family == AF_INET ? 4 : ifa->ifa_family == AF_INET6 ? 16 : 0;
	/* IFA_ADDRESS is the far end of a point-to-point link; our own is IFA_LOCAL where there is one. */
	struct nlattr *own = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
	if (!size || !own || (size_t)nla_len(own) != size)
		return NL_OK;
	struct netdev_addr *addr = next_item(dump);
	if (!addr)
		return NL_STOP;
	uint32_t flags = attrs[IFA_FLAGS] ? nla_get_u32(attrs[IFA_FLAGS]) : ifa->ifa_flags;
	addr->ifindex = (int)ifa->ifa_index;
	addr->family = ifa->ifa_family;
	addr->prefix_length = ifa->ifa_prefixlen;
	addr->tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED);
	memcpy(addr->addr, nla_data(own), size);
	if (size == 4 && attrs[IFA_BROADCAST] && nla_len(attrs[IFA_BROADCAST]) == 4) {
		addr->has_broadcast = true;
		memcpy(addr->broadcast, nla_data(attrs[IFA_BROADCAST]), 4);
	}
	dump->count++;
	return NL_OK;
}

static void add_gateway(struct rtnl_dump *dump, int family, int ifindex, struct nlattr *via)
{
	size_t size = family == AF_INET ? 4 : 16;

	if (!via || (size_t)nla_len(via) != size || ifindex <= 0)
		return;
	struct netdev_gateway *gw = next_item(dump);
	if (!gw)
		return;
	gw->ifindex = ifindex;
	gw->family = family;
	memcpy(gw->addr, nla_data(via), size);
	dump->count++;
}

/* An IPv4 route may go by an IPv6 neighbour (RFC 5549): RTA_VIA carries the family. */
static void add_via(struct rtnl_dump *dump, int ifindex, struct nlattr *via)
{
	if (!via || nla_len(via) < (int)sizeof(struct rtvia))
		return;
	struct rtvia *route_via = nla_data(via);
	size_t size = (size_t)nla_len(via) - sizeof(*route_via);
	if ((route_via->rtvia_family == AF_INET && size == 4) || (route_via->rtvia_family == AF_INET6 && size == 16)) {
		struct netdev_gateway *gw = next_item(dump);
		if (!gw || ifindex <= 0)
			return;
		gw->ifindex = ifindex;
		gw->family = route_via->rtvia_family;
		memcpy(gw->addr, route_via->rtvia_addr, size);
		dump->count++;
	}
}

static void add_multipath(struct rtnl_dump *dump, int family, struct nlattr *paths)
{
	struct rtnexthop *nh = nla_data(paths);
	int left = nla_len(paths);

	while (left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) && nh->rtnh_len <= left) {
		struct nlattr *attrs[RTA_MAX + 1];
		if (nla_parse(attrs, RTA_MAX, (struct nlattr *)RTNH_DATA(nh), nh->rtnh_len - (int)sizeof(*nh), NULL) ==
		    0) {
			add_gateway(dump, family, nh->rtnh_ifindex, attrs[RTA_GATEWAY]);
			add_via(dump, nh->rtnh_ifindex, attrs[RTA_VIA]);
		}
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = RTNH_NEXT(nh);
	}
}

int rtnl_on_route(struct nl_msg *msg, void *arg)
{
	struct rtnl_dump *dump = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct rtmsg *rt = nlmsg_data(nlh);
	struct nlattr *attrs[RTA_MAX + 1];

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(nlh, sizeof(*rt), attrs, RTA_MAX, NULL) < 0)
		return NL_OK;
	if (rt->rtm_dst_len || rt->rtm_type != RTN_UNICAST || (rt->rtm_family != AF_INET && rt->rtm_family != AF_INET6))
		return NL_OK;
	int ifindex = attrs[RTA_OIF] ? (int)nla_get_u32(attrs[RTA_OIF]) : 0;
	add_gateway(dump, rt->rtm_family, ifindex, attrs[RTA_GATEWAY]);
	add_via(dump, ifindex, attrs[RTA_VIA]);
	if (attrs[RTA_MULTIPATH])
		add_multipath(dump, rt->rtm_family, attrs[RTA_MULTIPATH]);
	return dump->error ? NL_STOP : NL_OK;
}

int rtnl_on_fdb(struct nl_msg *msg, void *arg)
{
	struct rtnl_dump *dump = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ndmsg *ndm = nlmsg_data(nlh);
	struct nlattr *attrs[NDA_MAX + 1];

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(nlh, sizeof(*ndm), attrs, NDA_MAX, NULL) < 0)
		return NL_OK;
	if (!attrs[NDA_LLADDR] || nla_len(attrs[NDA_LLADDR]) != 6)
		return NL_OK;
	if (!attrs[NDA_MASTER] || (int)nla_get_u32(attrs[NDA_MASTER]) != dump->bridge)
		return NL_OK;
	struct rtnl_fdb_entry *entry = next_item(dump);
	if (!entry)
		return NL_STOP;
	entry->port = ndm->ndm_ifindex;
	entry->local = ndm->ndm_state & NUD_PERMANENT;
	dump->count++;
	return NL_OK;
}

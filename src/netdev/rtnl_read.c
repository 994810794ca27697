/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/array.h"

static void *next_item(struct rtnl_list *list)
{
	void *item;

	if (array_reserve(&list->items, &list->room, list->count + 1, list->size))
		return NULL;
	item = (char *)list->items + list->count * list->size;
	memset(item, 0, list->size);
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
	link->bridge.snooping = attr_is_set(attrs[IFLA_BR_MCAST_SNOOPING]);
	link->bridge.nf_call =
		attr_is_set(attrs[IFLA_BR_NF_CALL_IPTABLES]) || attr_is_set(attrs[IFLA_BR_NF_CALL_IP6TABLES]);
}

static void parse_vlan(struct nlattr *data, struct netdev_link *link)
{
	struct nlattr *attrs[IFLA_VLAN_MAX + 1];

	if (data && nla_parse_nested(attrs, IFLA_VLAN_MAX, data, NULL) == 0 && attrs[IFLA_VLAN_ID])
		link->vlan = nla_get_u16(attrs[IFLA_VLAN_ID]);
}

static bool attr_is_clear(struct nlattr *attr)
{
	return attr && !nla_get_u8(attr);
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
	link->port.no_multicast = attr_is_clear(attrs[IFLA_BRPORT_MCAST_FLOOD]);
	link->port.no_broadcast = attr_is_clear(attrs[IFLA_BRPORT_BCAST_FLOOD]);
	link->port.no_unicast = attr_is_clear(attrs[IFLA_BRPORT_UNICAST_FLOOD]);
	link->port.proxy_arp = attr_is_set(attrs[IFLA_BRPORT_PROXYARP]);
}

static uint32_t parse_xdp(struct nlattr *data)
{
	struct nlattr *attrs[IFLA_XDP_MAX + 1];

	if (!data || nla_parse_nested(attrs, IFLA_XDP_MAX, data, NULL) < 0 || !attrs[IFLA_XDP_PROG_ID])
		return 0;
	return nla_get_u32(attrs[IFLA_XDP_PROG_ID]);
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
	copy_string(link->qdisc, sizeof(link->qdisc), attrs[IFLA_QDISC]);
	link->xdp = parse_xdp(attrs[IFLA_XDP]);
	if (attrs[IFLA_STATS]) { /* these counters have 32 bits */
		struct rtnl_link_stats stats = {0};

		nla_memcpy(&stats, attrs[IFLA_STATS], sizeof(stats));
		link->rx_packets = stats.rx_packets;
		link->tx_packets = stats.tx_packets;
	}
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
	if (attrs[IFLA_PERM_ADDRESS] && nla_len(attrs[IFLA_PERM_ADDRESS]) == 6)
		memcpy(link->permanent_mac, nla_data(attrs[IFLA_PERM_ADDRESS]), 6);
	if (attrs[IFLA_PROMISCUITY])
		link->promiscuity = nla_get_u32(attrs[IFLA_PROMISCUITY]);
	if (attrs[IFLA_LINKINFO] && nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL) == 0) {
		copy_string(link->kind, sizeof(link->kind), info[IFLA_INFO_KIND]);
		if (!strcmp(link->kind, "bridge"))
			parse_bridge(info[IFLA_INFO_DATA], link);
		else if (!strcmp(link->kind, "vlan"))
			parse_vlan(info[IFLA_INFO_DATA], link);
		if (info[IFLA_INFO_SLAVE_KIND] && !strcmp(nla_get_string(info[IFLA_INFO_SLAVE_KIND]), "bridge"))
			parse_port(info[IFLA_INFO_SLAVE_DATA], link);
	}
}

/* Empties the list where a dump begins. Returns whether there is a message of the type. */
static bool is_item(const struct nlmsghdr *nlh, int type, struct rtnl_list *list)
{
	if (!nlh)
		list->count = 0;
	return nlh && nlh->nlmsg_type == type;
}

int rtnl_parse_link(struct nlmsghdr *nlh, void *arg)
{
	struct rtnl_list *list = arg;
	struct netdev_link *link;

	if (!is_item(nlh, RTM_NEWLINK, list))
		return 0;
	link = next_item(list);
	if (!link)
		return -ENOMEM;
	parse_link(nlh, link);
	if (link->ifindex)
		list->count++;
	return 0;
}

int rtnl_parse_addr(struct nlmsghdr *nlh, void *arg)
{
	struct rtnl_list *list = arg;
	struct nlattr *attrs[IFA_MAX + 1], *own;
	const struct ifaddrmsg *ifa;
	struct netdev_addr *addr;
	uint32_t flags;
	size_t size;

	if (!is_item(nlh, RTM_NEWADDR, list) || nlmsg_parse(nlh, sizeof(*ifa), attrs, IFA_MAX, NULL) < 0)
		return 0;
	ifa = nlmsg_data(nlh);
	size = ifa->ifa_family == AF_INET ? 4 : ifa->ifa_family == AF_INET6 ? 16 : 0;
	/* On a point-to-point link IFA_ADDRESS is the far end, and IFA_LOCAL this host's address. */
	own = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
	if (!size || !own || (size_t)nla_len(own) != size)
		return 0;
	addr = next_item(list);
	if (!addr)
		return -ENOMEM;
	flags = attrs[IFA_FLAGS] ? nla_get_u32(attrs[IFA_FLAGS]) : ifa->ifa_flags;
	addr->ifindex = (int)ifa->ifa_index;
	addr->family = ifa->ifa_family;
	addr->prefix_length = ifa->ifa_prefixlen;
	addr->tentative = flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED);
	memcpy(addr->addr, nla_data(own), size);
	if (size == 4 && attrs[IFA_BROADCAST] && nla_len(attrs[IFA_BROADCAST]) == 4) {
		addr->has_broadcast = true;
		memcpy(addr->broadcast, nla_data(attrs[IFA_BROADCAST]), 4);
	}
	list->count++;
	return 0;
}

/* Adds `route` with a next hop, unless that is of another size than its family. */
static int add_route(struct rtnl_list *list, const struct netdev_route *route, int gateway_family, const void *gateway,
		     size_t size)
{
	struct netdev_route *item;

	if (gateway && !((gateway_family == AF_INET && size == 4) || (gateway_family == AF_INET6 && size == 16)))
		return 0;
	item = next_item(list);
	if (!item)
		return -ENOMEM;
	*item = *route;
	if (gateway) {
		item->gateway_family = gateway_family;
		memcpy(item->gateway, gateway, size);
	}
	list->count++;
	return 0;
}

/* RTA_GATEWAY has the family of the route; RTA_VIA names its own: an IPv4 route may use an IPv6 neighbour (RFC 5549). */
static int add_next_hop(struct rtnl_list *list, const struct netdev_route *route, struct nlattr *attrs[])
{
	struct nlattr *gateway = attrs[RTA_GATEWAY], *via = attrs[RTA_VIA];
	const struct rtvia *route_via;

	if (route->ifindex <= 0)
		return 0;
	if (via && nla_len(via) >= (int)sizeof(*route_via)) {
		route_via = nla_data(via);
		return add_route(list, route, route_via->rtvia_family, route_via->rtvia_addr,
				 (size_t)nla_len(via) - sizeof(*route_via));
	}
	if (gateway)
		return add_route(list, route, route->family, nla_data(gateway), (size_t)nla_len(gateway));
	return add_route(list, route, 0, NULL, 0);
}

static int add_multipath(struct rtnl_list *list, const struct netdev_route *route, struct nlattr *paths)
{
	struct rtnexthop *nh = nla_data(paths);
	struct netdev_route path = *route;
	struct nlattr *attrs[RTA_MAX + 1];
	int left = nla_len(paths), ret = 0;

	while (ret == 0 && left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) && nh->rtnh_len <= left) {
		path.ifindex = nh->rtnh_ifindex;
		if (nla_parse(attrs, RTA_MAX, (struct nlattr *)RTNH_DATA(nh), nh->rtnh_len - (int)sizeof(*nh), NULL) ==
		    0)
			ret = add_next_hop(list, &path, attrs);
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = RTNH_NEXT(nh);
	}
	return ret;
}

int rtnl_parse_route(struct nlmsghdr *nlh, void *arg)
{
	struct rtnl_list *list = arg;
	struct netdev_route route = {0};
	struct nlattr *attrs[RTA_MAX + 1];
	const struct rtmsg *rt;
	int size;

	if (!is_item(nlh, RTM_NEWROUTE, list) || nlmsg_parse(nlh, sizeof(*rt), attrs, RTA_MAX, NULL) < 0)
		return 0;
	rt = nlmsg_data(nlh);
	size = rt->rtm_family == AF_INET ? 4 : rt->rtm_family == AF_INET6 ? 16 : 0;
	if (rt->rtm_type != RTN_UNICAST || !size || rt->rtm_dst_len > 8 * size ||
	    (attrs[RTA_DST] && nla_len(attrs[RTA_DST]) != size) || (!attrs[RTA_DST] && rt->rtm_dst_len))
		return 0;
	route.family = rt->rtm_family;
	route.prefix_length = rt->rtm_dst_len;
	route.metric = attrs[RTA_PRIORITY] ? nla_get_u32(attrs[RTA_PRIORITY]) : 0;
	if (attrs[RTA_DST])
		memcpy(route.destination, nla_data(attrs[RTA_DST]), (size_t)size);
	if (attrs[RTA_MULTIPATH])
		return add_multipath(list, &route, attrs[RTA_MULTIPATH]);
	route.ifindex = attrs[RTA_OIF] ? (int)nla_get_u32(attrs[RTA_OIF]) : 0;
	return add_next_hop(list, &route, attrs);
}

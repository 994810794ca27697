/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "netdev/fdb.h"

int netdev_open(struct netdev **nd)
{
	int ret;

	*nd = calloc(1, sizeof(**nd));
	if (!*nd)
		return -ENOMEM;
	ret = netlink_open(&(*nd)->netlink, NETLINK_ROUTE);
	if (ret < 0) {
		free(*nd);
		*nd = NULL;
	}
	return ret;
}

void netdev_close(struct netdev *nd)
{
	if (!nd)
		return;
	netlink_close(&nd->netlink);
	free(nd);
}

const char *netdev_reason(const struct netdev *nd, int ret)
{
	return nd ? netlink_reason(&nd->netlink, ret) : strerror(-ret);
}

/* Ends a list: on failure it is empty. */
static int finish_list(struct rtnl_list *list, int ret, size_t *count)
{
	if (ret < 0 || list->count == 0) {
		free(list->items);
		list->items = NULL;
		list->count = 0;
	}
	*count = list->count;
	return ret;
}

static int compare_links(const void *a, const void *b)
{
	const struct netdev_link *left = a, *right = b;

	return left->ifindex - right->ifindex;
}

int netdev_links(struct netdev *nd, struct netdev_link **list, size_t *count)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	struct rtnl_list found = {.size = sizeof(**list)};
	int ret = netlink_dump(&nd->netlink, RTM_GETLINK, &ifi, sizeof(ifi), rtnl_parse_link, &found);

	ret = finish_list(&found, ret, count);
	*list = found.items;
	if (*count)
		qsort(*list, *count, sizeof(**list), compare_links);
	return ret;
}

const struct netdev_link *netdev_link_in(const struct netdev_link *list, size_t count, int ifindex)
{
	const struct netdev_link wanted = {.ifindex = ifindex};

	return count ? bsearch(&wanted, list, count, sizeof(*list), compare_links) : NULL;
}

const char *netdev_link_name_in(const struct netdev_link *list, size_t count, int ifindex)
{
	const struct netdev_link *link = netdev_link_in(list, count, ifindex);

	return link ? link->name : NULL;
}

const struct netdev_link *netdev_link_named(const struct netdev_link *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	return NULL;
}

int netdev_addrs(struct netdev *nd, struct netdev_addr **list, size_t *count)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_UNSPEC};
	struct rtnl_list found = {.size = sizeof(**list)};
	int ret = netlink_dump(&nd->netlink, RTM_GETADDR, &ifa, sizeof(ifa), rtnl_parse_addr, &found);

	ret = finish_list(&found, ret, count);
	*list = found.items;
	return ret;
}

int netdev_routes(struct netdev *nd, struct netdev_route **list, size_t *count)
{
	struct rtmsg rt = {.rtm_family = AF_UNSPEC};
	struct rtnl_list found = {.size = sizeof(**list)};
	int ret = netlink_dump(&nd->netlink, RTM_GETROUTE, &rt, sizeof(rt), rtnl_parse_route, &found);

	ret = finish_list(&found, ret, count);
	*list = found.items;
	return ret;
}

int netdev_fdb_port(struct netdev *nd, int bridge, const uint8_t mac[6])
{
	int port = fdb_query(&nd->netlink, bridge, mac, 0);

	/* A bridge that filters VLANs learns untagged frames in VLAN 1. */
	if (port <= 0)
		port = fdb_query(&nd->netlink, bridge, mac, 1);
	return port == 0 ? -ENOENT : port;
}

int netdev_fdb_entry(struct netdev *nd, int bridge, const uint8_t mac[6], struct fdb_entry *entry)
{
	int ret = fdb_query_entry(&nd->netlink, bridge, mac, 0, entry);

	return ret == -ENOENT ? fdb_query_entry(&nd->netlink, bridge, mac, 1, entry) : ret;
}

int netdev_fdb_list_fixed(struct netdev *nd, int bridge, int port, uint8_t (**macs)[6], size_t *count)
{
	return fdb_list_fixed(&nd->netlink, bridge, port, macs, count);
}

static int get_link(struct netdev *nd, int ifindex, const char *name, struct netdev_link *link)
{
	struct ifinfomsg ifi = {.ifi_index = ifindex};
	struct rtnl_list found = {.size = sizeof(*link)};
	struct nl_msg *msg = netlink_message(RTM_GETLINK, 0, &ifi, sizeof(ifi));
	int ret;

	if (msg && name && nla_put_string(msg, IFLA_IFNAME, name) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_request(&nd->netlink, msg, rtnl_parse_link, &found);
	if (ret == 0 && found.count != 1)
		ret = -ENODEV;
	if (ret == 0)
		memcpy(link, found.items, sizeof(*link));
	free(found.items);
	return ret;
}

int netdev_link_by_name(struct netdev *nd, const char *name, struct netdev_link *link)
{
	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	return get_link(nd, 0, name, link);
}

int netdev_link_by_index(struct netdev *nd, int ifindex, struct netdev_link *link)
{
	return ifindex > 0 ? get_link(nd, ifindex, NULL, link) : -ENODEV;
}

/* Makes a request about a link, to be filled with attributes and given to send_request(). NULL without memory. */
static struct nl_msg *link_message(int type, int flags, int ifindex, unsigned int iff, unsigned int change)
{
	struct ifinfomsg ifi = {.ifi_index = ifindex, .ifi_flags = iff, .ifi_change = change};

	return netlink_message(type, flags, &ifi, sizeof(ifi));
}

/* Sends a request that is only acknowledged; frees the message. `put` is the result of filling it. */
static int send_request(struct netdev *nd, struct nl_msg *msg, int put)
{
	if (put < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return netlink_request(&nd->netlink, msg, NULL, NULL);
}

int netdev_bridge_create(struct netdev *nd, const char *name)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	struct nlattr *info;
	int put;

	if (!msg)
		return -ENOMEM;
	put = nla_put_string(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (put < 0 || !info)
		return send_request(nd, msg, -1);
	put = nla_put_string(msg, IFLA_INFO_KIND, "bridge");
	nla_nest_end(msg, info);
	return send_request(nd, msg, put);
}

/* Appends the attributes of a VLAN link. Returns 0 or negative. */
static int put_vlan(struct nl_msg *msg, uint16_t id)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;
	int put;

	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "vlan") < 0)
		return -1;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data)
		return -1;
	put = nla_put_u16(msg, IFLA_VLAN_ID, id);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return put;
}

int netdev_vlan_create(struct netdev *nd, const char *name, int below, uint16_t id)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	int put;

	if (!msg)
		return -ENOMEM;
	put = nla_put_string(msg, IFLA_IFNAME, name);
	put |= nla_put_u32(msg, IFLA_LINK, (uint32_t)below);
	put |= put_vlan(msg, id);
	return send_request(nd, msg, put);
}

/* Appends the attributes of a veth and its peer. Returns 0 or negative. */
static int put_veth(struct nl_msg *msg, const char *peer)
{
	struct ifinfomsg ifi = {0};
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data, *peer_info;
	int put;

	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "veth") < 0)
		return -1;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	peer_info = data ? nla_nest_start(msg, VETH_INFO_PEER) : NULL;
	if (!peer_info)
		return -1;
	put = nlmsg_append(msg, &ifi, sizeof(ifi), 0);
	put |= nla_put_string(msg, IFLA_IFNAME, peer);
	nla_nest_end(msg, peer_info);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return put;
}

int netdev_veth_create(struct netdev *nd, const char *name, const uint8_t mac[6], const char *peer)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	int put;

	if (!msg)
		return -ENOMEM;
	put = nla_put_string(msg, IFLA_IFNAME, name);
	put |= nla_put(msg, IFLA_ADDRESS, 6, mac);
	put |= put_veth(msg, peer);
	return send_request(nd, msg, put);
}

int netdev_link_delete(struct netdev *nd, int ifindex)
{
	return send_request(nd, link_message(RTM_DELLINK, 0, ifindex, 0, 0), 0);
}

int netdev_set_flags(struct netdev *nd, int ifindex, unsigned int flags, unsigned int mask)
{
	return send_request(nd, link_message(RTM_NEWLINK, 0, ifindex, flags & mask, mask), 0);
}

int netdev_set_mtu(struct netdev *nd, int ifindex, int mtu)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, 0, 0);

	return send_request(nd, msg, msg ? nla_put_u32(msg, IFLA_MTU, (uint32_t)mtu) : -1);
}

int netdev_set_master(struct netdev *nd, int ifindex, int master)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, 0, 0);

	return send_request(nd, msg, msg ? nla_put_u32(msg, IFLA_MASTER, (uint32_t)master) : -1);
}

int netdev_set_mac(struct netdev *nd, int ifindex, const uint8_t mac[6])
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, 0, 0);

	return send_request(nd, msg, msg ? nla_put(msg, IFLA_ADDRESS, 6, mac) : -1);
}

int netdev_set_alias(struct netdev *nd, int ifindex, const char *alias)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, 0, 0);

	return send_request(nd, msg, msg ? nla_put(msg, IFLA_IFALIAS, (int)strlen(alias), alias) : -1);
}

int netdev_set_carrier(struct netdev *nd, int ifindex, bool carrier)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex, 0, 0);

	return send_request(nd, msg, msg ? nla_put_u8(msg, IFLA_CARRIER, carrier) : -1);
}

static int set_link_mode(struct netdev *nd, int ifindex, uint8_t mode, uint8_t operstate)
{
	struct nl_msg *msg = link_message(RTM_SETLINK, 0, ifindex, 0, 0);
	bool failed =
		msg && (nla_put_u8(msg, IFLA_LINKMODE, mode) < 0 || nla_put_u8(msg, IFLA_OPERSTATE, operstate) < 0);

	return send_request(nd, msg, failed ? -1 : 0);
}

int netdev_set_operstate(struct netdev *nd, int ifindex, bool up)
{
	return set_link_mode(nd, ifindex, IF_LINK_MODE_DORMANT, up ? IF_OPER_UP : IF_OPER_DORMANT);
}

int netdev_reset_operstate(struct netdev *nd, int ifindex)
{
	return set_link_mode(nd, ifindex, IF_LINK_MODE_DEFAULT, IF_OPER_UP);
}

int netdev_watch_open(void)
{
	static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
				     RTNLGRP_IPV6_ROUTE};

	return netlink_watch_open(NETLINK_ROUTE, groups, sizeof(groups) / sizeof(groups[0]));
}

int netdev_watch_links_open(void)
{
	static const int groups[] = {RTNLGRP_LINK};

	return netlink_watch_open(NETLINK_ROUTE, groups, 1);
}

/* Of the wireless extensions: a station has several at each connection, and the interface is as it was. */
static bool is_wireless_event(const struct nlmsghdr *report)
{
	return report->nlmsg_type == RTM_NEWLINK &&
	       nlmsg_find_attr((struct nlmsghdr *)report, sizeof(struct ifinfomsg), IFLA_WIRELESS);
}

bool netdev_watch_drain(int fd)
{
	return netlink_watch_drain_noise(fd, is_wireless_event);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "netdev/rtnl_read.h"

static int parse_interface(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *attrs[RTA_MAX + 1];
	int *ifindex = arg;

	if (!nlh || nlh->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(nlh, sizeof(struct rtmsg), attrs, RTA_MAX, NULL) < 0)
		return 0;
	if (attrs[RTA_OIF])
		*ifindex = (int)nla_get_u32(attrs[RTA_OIF]);
	return 0;
}

int netdev_route_to(struct netdev *nd, int family, const uint8_t *addr, int *ifindex)
{
	int size = family == AF_INET ? 4 : 16;
	const struct rtmsg header = {.rtm_family = (uint8_t)family, .rtm_dst_len = (uint8_t)(8 * size)};
	struct nl_msg *msg = netlink_message(RTM_GETROUTE, 0, &header, sizeof(header));

	*ifindex = 0;
	if (msg && nla_put(msg, RTA_DST, size, addr) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return netlink_request(&nd->netlink, msg, parse_interface, ifindex);
}

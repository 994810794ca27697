/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/veth.h>
#include <netlink/msg.h>
#include <unistd.h>

struct netdev {
	struct nl_sock *sock;
};

static int errno_of(int nl_error)
{
	switch (-nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_RANGE:
		return -ERANGE;
	case NLE_DUMP_INTR:
		return -EINTR;
	default:
		return -EINVAL;
	}
}

int netdev_open(struct netdev **nd)
{
	*nd = calloc(1, sizeof(**nd));
	if (!*nd)
		return -ENOMEM;
	(*nd)->sock = nl_socket_alloc();
	if (!(*nd)->sock) {
		free(*nd);
		*nd = NULL;
		return -ENOMEM;
	}
	int ret = nl_connect((*nd)->sock, NETLINK_ROUTE);
	if (ret < 0) {
		netdev_close(*nd);
		*nd = NULL;
		return errno_of(ret);
	}
	nl_socket_set_buffer_size((*nd)->sock, 1 << 20, 0);
	return 0;
}

void netdev_close(struct netdev *nd)
{
	if (!nd)
		return;
	nl_socket_free(nd->sock);
	free(nd);
}

static int no_seq_check(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* Sends a request and reads its answer with `parse`; takes the message. */
static int send_and_parse(struct netdev *nd, struct nl_msg *msg, nl_recvmsg_msg_cb_t parse, struct rtnl_dump *dump)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret = -NLE_NOMEM;

	if (cb && msg) {
		nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_seq_check, NULL);
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, parse, dump);
		ret = nl_send_auto(nd->sock, msg);
		if (ret >= 0)
			ret = nl_recvmsgs(nd->sock, cb);
	}
	nlmsg_free(msg);
	nl_cb_put(cb);
	return ret < 0 ? errno_of(ret) : dump->error;
}

/* A dump that the kernel says was overtaken by a change is asked again, a few times. */
static int run_dump(struct netdev *nd, int type, void *header, size_t size, nl_recvmsg_msg_cb_t parse,
		    struct rtnl_dump *dump)
{
	int ret = -EINTR;

	for (int tries = 0; tries < 5 && ret == -EINTR; tries++) {
		struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_DUMP);
		if (!msg || nlmsg_append(msg, header, size, NLMSG_ALIGNTO) < 0) {
			nlmsg_free(msg);
			ret = -ENOMEM;
			break;
		}
		dump->count = 0;
		ret = send_and_parse(nd, msg, parse, dump);
	}
	if (ret < 0) {
		free(dump->items);
		dump->items = NULL;
		dump->count = 0;
	}
	return ret;
}

int netdev_links(struct netdev *nd, struct netdev_link **list, size_t *count)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	struct rtnl_dump dump = {.size = sizeof(**list)};
	int ret = run_dump(nd, RTM_GETLINK, &ifi, sizeof(ifi), rtnl_on_link, &dump);

	*list = dump.items;
	*count = dump.count;
	return ret;
}

const struct netdev_link *netdev_link_in(const struct netdev_link *list, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].ifindex == ifindex)
			return &list[i];
	return NULL;
}

int netdev_addrs(struct netdev *nd, struct netdev_addr **list, size_t *count)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_UNSPEC};
	struct rtnl_dump dump = {.size = sizeof(**list)};
	int ret = run_dump(nd, RTM_GETADDR, &ifa, sizeof(ifa), rtnl_on_addr, &dump);

	*list = dump.items;
	*count = dump.count;
	return ret;
}

int netdev_gateways(struct netdev *nd, struct netdev_gateway **list, size_t *count)
{
	struct rtmsg rt = {.rtm_family = AF_UNSPEC};
	struct rtnl_dump dump = {.size = sizeof(**list)};
	int ret = run_dump(nd, RTM_GETROUTE, &rt, sizeof(rt), rtnl_on_route, &dump);

	*list = dump.items;
	*count = dump.count;
	return ret;
}

static int fdb_get(struct netdev *nd, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	struct ndmsg ndm = {.ndm_family = AF_BRIDGE};
	struct rtnl_dump dump = {.size = sizeof(struct rtnl_fdb_entry), .bridge = bridge};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNEIGH, 0);

	if (!msg || nlmsg_append(msg, &ndm, sizeof(ndm), NLMSG_ALIGNTO) < 0 || nla_put(msg, NDA_LLADDR, 6, mac) < 0 ||
	    nla_put_u32(msg, NDA_MASTER, (uint32_t)bridge) < 0 || (vlan && nla_put_u16(msg, NDA_VLAN, vlan) < 0)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	int ret = send_and_parse(nd, msg, rtnl_on_fdb, &dump);
	if (ret == 0)
		nl_wait_for_ack(nd->sock);
	const struct rtnl_fdb_entry *found = dump.items;
	if (ret == 0)
		ret = dump.count == 1 && !found->local ? found->port : -ENOENT;
	free(dump.items);
	return ret;
}

int netdev_fdb_port(struct netdev *nd, int bridge, const uint8_t mac[6])
{
	int ret = fdb_get(nd, bridge, mac, 0);

	return ret < 0 ? fdb_get(nd, bridge, mac, 1)
		       : ret; /* VLAN 1: where untagged frames are on a bridge that filters VLANs */
}

static int link_get(struct netdev *nd, int ifindex, const char *name, struct netdev_link *link)
{
	struct ifinfomsg ifi = {.ifi_index = ifindex};
	struct rtnl_dump dump = {.size = sizeof(*link)};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);

	if (!msg || nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) < 0 ||
	    (name && nla_put_string(msg, IFLA_IFNAME, name) < 0)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	/* The socket has automatic acknowledgements on: answer and acknowledgement are two receptions. */
	int ret = send_and_parse(nd, msg, rtnl_on_link, &dump);
	if (ret == 0)
		nl_wait_for_ack(nd->sock);
	if (ret == 0 && dump.count != 1)
		ret = -ENODEV;
	if (ret == 0)
		memcpy(link, dump.items, sizeof(*link));
	free(dump.items);
	return ret;
}

int netdev_link_by_name(struct netdev *nd, const char *name, struct netdev_link *link)
{
	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	return link_get(nd, 0, name, link);
}

int netdev_link_by_index(struct netdev *nd, int ifindex, struct netdev_link *link)
{
	return ifindex > 0 ? link_get(nd, ifindex, NULL, link) : -ENODEV;
}

/* A request about a link, to be filled with attributes and given to send_request(). NULL when there is no memory. */
static struct nl_msg *link_message(int type, int flags, int ifindex, unsigned int iff, unsigned int change)
{
	struct ifinfomsg ifi = {.ifi_index = ifindex, .ifi_flags = iff, .ifi_change = change};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* Sends a request that is only acknowledged; takes the message. `put` is the result of filling it. */
static int send_request(struct netdev *nd, struct nl_msg *msg, int put)
{
	if (!msg || put < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	int ret = nl_send_auto(nd->sock, msg);
	nlmsg_free(msg);
	if (ret >= 0)
		ret = nl_wait_for_ack(nd->sock);
	return ret < 0 ? errno_of(ret) : 0;
}

int netdev_bridge_create(struct netdev *nd, const char *name)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	int put = -1;

	if (msg) {
		put = nla_put_string(msg, IFLA_IFNAME, name);
		struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
		if (info && put >= 0) {
			put = nla_put_string(msg, IFLA_INFO_KIND, "bridge");
			nla_nest_end(msg, info);
		}
	}
	return send_request(nd, msg, put);
}

int netdev_veth_create(struct netdev *nd, const char *name, const uint8_t mac[6], const char *peer)
{
	struct ifinfomsg ifi = {0};
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);

	if (!msg)
		return -ENOMEM;
	int put = nla_put_string(msg, IFLA_IFNAME, name);
	put |= nla_put(msg, IFLA_ADDRESS, 6, mac);
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
	if (info) {
		put |= nla_put_string(msg, IFLA_INFO_KIND, "veth");
		struct nlattr *data = nla_nest_start(msg, IFLA_INFO_DATA);
		struct nlattr *peer_info = data ? nla_nest_start(msg, VETH_INFO_PEER) : NULL;
		if (peer_info) {
			put |= nlmsg_append(msg, &ifi, sizeof(ifi), 0);
			put |= nla_put_string(msg, IFLA_IFNAME, peer);
			nla_nest_end(msg, peer_info);
			nla_nest_end(msg, data);
		}
		nla_nest_end(msg, info);
	}
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

int netdev_watch_open(void)
{
	struct sockaddr_nl any = {
		.nl_family = AF_NETLINK,
		.nl_groups =
			RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	int size = 1 << 20;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		int ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

bool netdev_watch_drain(int fd)
{
	bool changed = false;
	char buffer[32768];

	/* What changed is not read: whoever watches looks at the whole again.  The bound keeps a storm from starving others. */
	for (int i = 0; i < 256; i++) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), 0);
		if (len < 0 && errno == ENOBUFS) {
			changed = true;
			continue;
		}
		if (len <= 0)
			break;
		changed = true;
	}
	return changed;
}

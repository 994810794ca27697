/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/fdb.h"

#include "base/array.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int fdb_open(struct fdb_socket *fdb)
{
	return netlink_open(&fdb->netlink, NETLINK_ROUTE);
}

void fdb_close(struct fdb_socket *fdb)
{
	netlink_close(&fdb->netlink);
}

struct fdb_answer {
	int bridge;
	bool found;
	struct fdb_entry entry;
};

static bool is_fixed(const struct ndmsg *nd)
{
	return nd->ndm_state & (NUD_NOARP | NUD_PERMANENT) || nd->ndm_flags & NTF_STICKY;
}

static int parse_entry(struct nlmsghdr *nlh, void *arg)
{
	struct fdb_answer *answer = arg;
	const struct ndmsg *nd = nlmsg_data(nlh);

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlmsg_datalen(nlh) < (int)sizeof(*nd))
		return -EPROTO;
	answer->found = true;
	/* Permanent entries are the addresses of the bridge's ports, which the bridge receives itself. */
	answer->entry.port = nd->ndm_ifindex == answer->bridge || nd->ndm_state & NUD_PERMANENT ? 0 : nd->ndm_ifindex;
	answer->entry.fixed = is_fixed(nd);
	return 0;
}

int fdb_query_entry(struct netlink *netlink, int bridge, const uint8_t mac[6], uint16_t vlan, struct fdb_entry *entry)
{
	struct fdb_answer answer = {.bridge = bridge};
	struct ndmsg nd = {.ndm_family = AF_BRIDGE};
	struct nl_msg *msg = netlink_message(RTM_GETNEIGH, 0, &nd, sizeof(nd));
	int ret;

	if (msg && (nla_put(msg, NDA_LLADDR, 6, mac) < 0 || nla_put_u32(msg, NDA_MASTER, (uint32_t)bridge) < 0 ||
		    (vlan && nla_put_u16(msg, NDA_VLAN, vlan) < 0))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_request(netlink, msg, parse_entry, &answer);
	*entry = answer.entry;
	return ret < 0 ? ret : answer.found ? 0 : -ENOENT;
}

int fdb_query(struct netlink *netlink, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	struct fdb_entry entry;
	int ret = fdb_query_entry(netlink, bridge, mac, vlan, &entry);

	return ret < 0 ? ret : entry.port;
}

int fdb_port(struct fdb_socket *fdb, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	return fdb_query(&fdb->netlink, bridge, mac, vlan);
}

/* ---- the fixed entries of a port ---- */

struct fixed_list {
	int port;
	uint8_t (*macs)[6];
	size_t count, room;
};

static int parse_fixed(struct nlmsghdr *nlh, void *arg)
{
	struct fixed_list *list = arg;
	struct nlattr *attrs[NDA_MAX + 1];
	const struct ndmsg *nd;

	if (!nlh) {
		list->count = 0;
		return 0;
	}
	nd = nlmsg_data(nlh);
	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(nlh, sizeof(*nd), attrs, NDA_MAX, NULL) < 0 ||
	    nd->ndm_ifindex != list->port || !is_fixed(nd) || nd->ndm_state & NUD_PERMANENT || !attrs[NDA_LLADDR] ||
	    nla_len(attrs[NDA_LLADDR]) != 6)
		return 0;
	if (array_reserve(&list->macs, &list->room, list->count + 1, sizeof(*list->macs)))
		return -ENOMEM;
	memcpy(list->macs[list->count++], nla_data(attrs[NDA_LLADDR]), 6);
	return 0;
}

int fdb_list_fixed(struct netlink *netlink, int bridge, int port, uint8_t (**macs)[6], size_t *count)
{
	/* The kernel reads a request of this length as one for the entries of a port (ifindex) of a bridge (IFLA_MASTER). */
	struct {
		struct ifinfomsg ifi;
		struct nlattr attr;
		uint32_t master;
	} request = {
		.ifi = {.ifi_family = AF_BRIDGE, .ifi_index = port},
		.attr = {.nla_len = sizeof(struct nlattr) + sizeof(uint32_t), .nla_type = IFLA_MASTER},
		.master = (uint32_t)bridge,
	};
	struct fixed_list list = {.port = port};
	int ret = netlink_dump(netlink, RTM_GETNEIGH, &request, sizeof(request), parse_fixed, &list);

	if (ret < 0 || !list.count) {
		free(list.macs);
		list.macs = NULL;
		list.count = 0;
	}
	*macs = list.macs;
	*count = list.count;
	return ret;
}

/* ---- changes ---- */

int fdb_watch_open(void)
{
	enum { FAMILY = NLMSG_HDRLEN, STATE = NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_state) };
	/* The kernel writes the state in its own byte order, and the filter reads it in network order. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FAMILY),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_BRIDGE, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, STATE),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NUD_NOARP | NUD_PERMANENT), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	static const int group = RTNLGRP_NEIGH;
	int fd = netlink_watch_open(NETLINK_ROUTE, &group, 1);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

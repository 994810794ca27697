/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/fdb.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

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
	int port; /* -ENOENT: there was no entry */
};

static int parse_entry(struct nlmsghdr *nlh, void *arg)
{
	struct fdb_answer *answer = arg;
	const struct ndmsg *nd = nlmsg_data(nlh);

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlmsg_datalen(nlh) < (int)sizeof(*nd))
		return -EPROTO;
	/* Permanent entries are the addresses of the bridge's ports, which the bridge receives itself. */
	answer->port = nd->ndm_ifindex == answer->bridge || nd->ndm_state & NUD_PERMANENT ? 0 : nd->ndm_ifindex;
	return 0;
}

int fdb_query(struct netlink *netlink, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	struct fdb_answer answer = {.bridge = bridge, .port = -ENOENT};
	struct ndmsg nd = {.ndm_family = AF_BRIDGE};
	struct nl_msg *msg = netlink_message(RTM_GETNEIGH, 0, &nd, sizeof(nd));
	int ret;

	if (msg && (nla_put(msg, NDA_LLADDR, 6, mac) < 0 || nla_put_u32(msg, NDA_MASTER, (uint32_t)bridge) < 0 ||
		    (vlan && nla_put_u16(msg, NDA_VLAN, vlan) < 0))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_request(netlink, msg, parse_entry, &answer);
	return ret < 0 ? ret : answer.port;
}

int fdb_port(struct fdb_socket *fdb, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	return fdb_query(&fdb->netlink, bridge, mac, vlan);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/neigh.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "netdev/rtnl_read.h"

/* States in which the kernel itself would send to the neighbour. */
enum { USABLE_STATES = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT };

struct neigh_answer {
	uint8_t mac[6];
	uint16_t state; /* NUD_… */
	bool found;
};

static int parse_neighbour(struct nlmsghdr *nlh, void *arg)
{
	struct neigh_answer *answer = arg;
	const struct ndmsg *nd = nlmsg_data(nlh);
	struct nlattr *attrs[NDA_MAX + 1];

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlmsg_parse(nlh, sizeof(*nd), attrs, NDA_MAX, NULL) < 0)
		return -EPROTO;
	if (!attrs[NDA_LLADDR] || nla_len(attrs[NDA_LLADDR]) != 6 || !(nd->ndm_state & USABLE_STATES))
		return 0;
	memcpy(answer->mac, nla_data(attrs[NDA_LLADDR]), 6);
	answer->state = nd->ndm_state;
	answer->found = true;
	return 0;
}

static int get_neighbour(struct netdev *nd, int ifindex, int family, const uint8_t *addr, struct neigh_answer *answer)
{
	struct ndmsg header = {.ndm_family = (uint8_t)family, .ndm_ifindex = ifindex};
	struct nl_msg *msg = netlink_message(RTM_GETNEIGH, 0, &header, sizeof(header));
	int ret;

	if (msg && nla_put(msg, NDA_DST, family == AF_INET ? 4 : 16, addr) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_request(&nd->netlink, msg, parse_neighbour, answer);
	if (ret < 0)
		return ret;
	return answer->found ? 0 : -ENOENT;
}

int netdev_neighbour_moved(struct netdev *nd, int ifindex, int family, const uint8_t *addr, const uint8_t mac[6])
{
	struct neigh_answer answer = {0};
	struct ndmsg header = {.ndm_family = (uint8_t)family, .ndm_ifindex = ifindex, .ndm_state = NUD_STALE};
	int ret = get_neighbour(nd, ifindex, family, addr, &answer);
	struct nl_msg *msg;

	if (ret < 0)
		return ret;
	if ((answer.state & NUD_PERMANENT) || !memcmp(answer.mac, mac, sizeof(answer.mac)))
		return 0;
	msg = netlink_message(RTM_NEWNEIGH, NLM_F_REPLACE, &header, sizeof(header));
	if (msg &&
	    (nla_put(msg, NDA_DST, family == AF_INET ? 4 : 16, addr) < 0 || nla_put(msg, NDA_LLADDR, 6, mac) < 0)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return netlink_request(&nd->netlink, msg, NULL, NULL);
}

struct mac_search {
	const uint8_t *mac;
	int family, ifindex;
	uint8_t *addr;
	bool found;
};

static int parse_by_mac(struct nlmsghdr *nlh, void *arg)
{
	struct mac_search *search = arg;
	struct nlattr *attrs[NDA_MAX + 1];
	int size = search->family == AF_INET ? 4 : 16;
	const struct ndmsg *nd;

	if (!nlh) {
		search->found = false;
		return 0;
	}
	nd = nlmsg_data(nlh);
	if (search->found || nlh->nlmsg_type != RTM_NEWNEIGH ||
	    nlmsg_parse(nlh, sizeof(*nd), attrs, NDA_MAX, NULL) < 0 || nd->ndm_family != search->family ||
	    nd->ndm_ifindex != search->ifindex || !attrs[NDA_LLADDR] || nla_len(attrs[NDA_LLADDR]) != 6 ||
	    memcmp(nla_data(attrs[NDA_LLADDR]), search->mac, 6) || !attrs[NDA_DST] || nla_len(attrs[NDA_DST]) != size)
		return 0;
	memcpy(search->addr, nla_data(attrs[NDA_DST]), (size_t)size);
	search->found = true;
	return 0;
}

int netdev_neighbour_by_mac(struct netdev *nd, int ifindex, int family, const uint8_t mac[6], uint8_t addr[16])
{
	struct mac_search search = {.mac = mac, .family = family, .ifindex = ifindex, .addr = addr};
	const struct ndmsg header = {.ndm_family = (uint8_t)family};
	int ret = netlink_dump(&nd->netlink, RTM_GETNEIGH, &header, sizeof(header), parse_by_mac, &search);

	if (ret < 0)
		return ret;
	return search.found ? 0 : -ENOENT;
}

/* Asks the bridge of a port to add or delete an entry of its forwarding database. */
static int change_fdb(struct netdev *nd, int type, int flags, const struct ndmsg *header, const uint8_t mac[6])
{
	struct nl_msg *msg = netlink_message(type, flags, header, sizeof(*header));

	if (msg && nla_put(msg, NDA_LLADDR, 6, mac) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return netlink_request(&nd->netlink, msg, NULL, NULL);
}

int netdev_fdb_set_sticky(struct netdev *nd, int port, const uint8_t mac[6])
{
	const struct ndmsg header = {.ndm_family = AF_BRIDGE,
				     .ndm_ifindex = port,
				     .ndm_state = NUD_NOARP,
				     .ndm_flags = NTF_MASTER | NTF_STICKY};

	return change_fdb(nd, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &header, mac);
}

int netdev_fdb_delete(struct netdev *nd, int port, const uint8_t mac[6])
{
	const struct ndmsg header = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = port, .ndm_state = NUD_NOARP, .ndm_flags = NTF_MASTER};

	return change_fdb(nd, RTM_DELNEIGH, 0, &header, mac);
}

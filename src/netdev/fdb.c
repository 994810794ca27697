/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/fdb.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int fdb_open(struct fdb_socket *fdb)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	struct timeval timeout = {.tv_usec = 200000};

	fdb->sequence = 0;
	fdb->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fdb->fd < 0)
		return -errno;
	if (bind(fdb->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fdb->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0) {
		int err = -errno;

		fdb_close(fdb);
		return err;
	}
	return 0;
}

void fdb_close(struct fdb_socket *fdb)
{
	if (fdb->fd >= 0)
		close(fdb->fd);
	fdb->fd = -1;
}

struct fdb_request {
	struct nlmsghdr nlh;
	struct ndmsg nd;
	struct rtattr mac_attr;
	uint8_t mac[8];
	struct rtattr bridge_attr;
	uint32_t bridge;
	struct rtattr vlan_attr;
	uint16_t vlan;
	uint16_t zero;
};

static int parse_reply(const struct nlmsghdr *nlh, int bridge)
{
	const struct ndmsg *nd = NLMSG_DATA(nlh);

	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *err = NLMSG_DATA(nlh);

		return err->error ? err->error : -EPROTO;
	}
	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*nd)))
		return -EPROTO;
	/* Permanent are the addresses of the bridge's own ports, which are its own too. */
	return nd->ndm_ifindex == bridge || nd->ndm_state & NUD_PERMANENT ? 0 : nd->ndm_ifindex;
}

int fdb_port(struct fdb_socket *fdb, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	struct fdb_request request = {
		.nlh = {.nlmsg_len = vlan ? sizeof(request) : offsetof(struct fdb_request, vlan_attr),
			.nlmsg_type = RTM_GETNEIGH,
			.nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_seq = ++fdb->sequence},
		.nd = {.ndm_family = AF_BRIDGE},
		.mac_attr = {RTA_LENGTH(6), NDA_LLADDR},
		.bridge_attr = {RTA_LENGTH(4), NDA_MASTER},
		.bridge = (uint32_t)bridge,
		.vlan_attr = {RTA_LENGTH(2), NDA_VLAN},
		.vlan = vlan,
	};
	union {
		struct nlmsghdr h;
		uint8_t bytes[1024];
	} reply;

	memcpy(request.mac, mac, 6);
	if (send(fdb->fd, &request, request.nlh.nlmsg_len, 0) < 0)
		return -errno;
	for (int i = 0; i < 4; i++) {
		ssize_t len = recv(fdb->fd, &reply, sizeof(reply), 0);

		if (len < 0)
			return -errno;
		if ((size_t)len >= sizeof(reply.h) + sizeof(struct ndmsg) && reply.h.nlmsg_seq == request.nlh.nlmsg_seq)
			return parse_reply(&reply.h, bridge);
	}
	return -EPROTO;
}

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

int fdb_open(struct fdb *f)
{
	struct sockaddr_nl at = {.nl_family = AF_NETLINK};
	struct timeval patience = {.tv_usec = 200000};

	f->sequence = 0;
	f->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (f->fd < 0)
		return -errno;
	if (bind(f->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) {
		int e = -errno;

		fdb_close(f);
		return e;
	}
	return 0;
}

void fdb_close(struct fdb *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

struct question {
	struct nlmsghdr h;
	struct ndmsg nd;
	struct rtattr mac_at;
	uint8_t mac[8];
	struct rtattr bridge_at;
	uint32_t bridge;
	struct rtattr vlan_at;
	uint16_t vlan;
	uint16_t zero;
};

static int answer(const struct nlmsghdr *h, int bridge)
{
	const struct ndmsg *nd = NLMSG_DATA(h);

	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(h);

		return e->error ? e->error : -EPROTO;
	}
	if (h->nlmsg_type != RTM_NEWNEIGH || h->nlmsg_len < NLMSG_LENGTH(sizeof(*nd)))
		return -EPROTO;
	/* Permanent are the addresses of the bridge's own ports, which are its own too. */
	return nd->ndm_ifindex == bridge || nd->ndm_state & NUD_PERMANENT ? 0 : nd->ndm_ifindex;
}

int fdb_port(struct fdb *f, int bridge, const uint8_t mac[6], uint16_t vlan)
{
	struct question q = {
		.h = {.nlmsg_len = vlan ? sizeof(q) : offsetof(struct question, vlan_at),
		      .nlmsg_type = RTM_GETNEIGH,
		      .nlmsg_flags = NLM_F_REQUEST,
		      .nlmsg_seq = ++f->sequence},
		.nd = {.ndm_family = AF_BRIDGE},
		.mac_at = {RTA_LENGTH(6), NDA_LLADDR},
		.bridge_at = {RTA_LENGTH(4), NDA_MASTER},
		.bridge = (uint32_t)bridge,
		.vlan_at = {RTA_LENGTH(2), NDA_VLAN},
		.vlan = vlan,
	};
	union {
		struct nlmsghdr h;
		uint8_t bytes[1024];
	} a;

	memcpy(q.mac, mac, 6);
	if (send(f->fd, &q, q.h.nlmsg_len, 0) < 0)
		return -errno;
	for (int i = 0; i < 4; i++) {
		ssize_t n = recv(f->fd, &a, sizeof(a), 0);

		if (n < 0)
			return -errno;
		if ((size_t)n >= sizeof(a.h) + sizeof(struct ndmsg) && a.h.nlmsg_seq == q.h.nlmsg_seq)
			return answer(&a.h, bridge);
	}
	return -EPROTO;
}

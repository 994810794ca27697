/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens monitor interfaces and tunes them. */
#include "radio/monitor_state.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEND_BUFFER = 1 << 20, RECEIVE_BUFFER = 4 << 20 };

static int read_interface(struct monitor *monitor, const char *name, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request request;
	struct nl80211_reply reply = {.error = -ENOMEM};
	struct nl80211_event event;
	struct netdev_link link;
	int ret = netdev_link_by_name(monitor->netdev, name, &link);

	if (ret < 0)
		return error_set(error, ret,
				 "%s: there is no such interface; `iw phy PHY interface add %s type monitor "
				 "flags active` makes one",
				 name, name);
	nl80211_interface_query(&requests, link.ifindex);
	if (nl80211_requests_take(&requests, &request)) {
		genl_execute(monitor->genl, &request, &reply);
		nl80211_request_free(&request);
	}
	nl80211_requests_free(&requests);
	if (reply.error || !nl80211_reply_event(&reply, 0, &event) || !nl80211_interface_read(&monitor->info, &event))
		return error_set(error, -EOPNOTSUPP,
				 "%s is not a wireless interface of nl80211; `iw dev` lists those that are", name);
	if (monitor->info.type != NL80211_IFTYPE_MONITOR)
		return error_set(error, -EINVAL,
				 "%s is of type \"%s\"; vifi injects frames through a monitor interface: "
				 "`iw phy PHY interface add mon0 type monitor flags active` makes one",
				 name, nl80211_interface_type_name(monitor->info.type));
	if (link.flags & IFF_UP)
		return 0;
	ret = netdev_set_flags(monitor->netdev, link.ifindex, IFF_UP, IFF_UP);
	return ret == 0 ? 0
			: error_set(error, ret, "%s: cannot set the interface up: %s", name,
				    netdev_reason(monitor->netdev, ret));
}

static int open_packets(struct monitor *monitor, struct error *error)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = monitor->info.ifindex};
	int size = RECEIVE_BUFFER, send_size = SEND_BUFFER, on = 1;

	/* Without protocol it receives nothing before it is bound. */
	monitor->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (monitor->fd < 0)
		return error_set(error, -errno, "%s: cannot open a packet socket: %s; it needs CAP_NET_RAW",
				 monitor->info.name, strerror(errno));
	if (setsockopt(monitor->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(monitor->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(monitor->fd, SOL_SOCKET, SO_SNDBUF, &send_size, sizeof(send_size));
	/* Linux 4.20; elsewhere monitor.c skips the copies of what it sends. */
	(void)setsockopt(monitor->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (bind(monitor->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	return error_set(error, -errno, "%s: cannot receive its frames: %s", monitor->info.name, strerror(errno));
}

struct monitor *monitor_open(const char *interface, int *err, struct error *error)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	*err = -ENOMEM;
	if (!monitor) {
		error_set(error, *err, "no memory");
		return NULL;
	}
	monitor->fd = -1;
	monitor->genl = genl_open(err, error);
	if (monitor->genl && (*err = netdev_open(&monitor->netdev)) < 0)
		error_set(error, *err, "cannot open a netlink socket: %s", strerror(-*err));
	if (!*err)
		*err = read_interface(monitor, interface, error);
	if (!*err)
		*err = open_packets(monitor, error);
	if (!*err)
		return monitor;
	monitor_close(monitor);
	return NULL;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->fd >= 0)
		close(monitor->fd);
	genl_close(monitor->genl);
	netdev_close(monitor->netdev);
	free(monitor);
}

const uint8_t *monitor_addr(const struct monitor *monitor)
{
	return monitor->info.addr;
}

int monitor_tune(struct monitor *monitor, uint16_t freq_mhz)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request request, *set;
	struct nl80211_reply reply = {.error = -ENOMEM};
	bool lost;

	set = nl80211_requests_add(&requests, NL80211_CMD_SET_WIPHY, monitor->info.ifindex);
	nl80211_put_u32(set, NL80211_ATTR_WIPHY_FREQ, freq_mhz);
	nl80211_put_u32(set, NL80211_ATTR_CHANNEL_WIDTH, NL80211_CHAN_WIDTH_20_NOHT);
	if (nl80211_requests_take(&requests, &request)) {
		genl_execute(monitor->genl, &request, &reply);
		nl80211_request_free(&request);
	}
	nl80211_requests_free(&requests);
	while (genl_next_event(monitor->genl, &lost)) /* they have no other reader */
		;
	return reply.error;
}

bool monitor_is_up(struct monitor *monitor)
{
	struct netdev_link link;

	return netdev_link_by_index(monitor->netdev, monitor->info.ifindex, &link) == 0 && link.flags & IFF_UP;
}

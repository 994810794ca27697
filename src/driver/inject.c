/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends a frame past the keys of the access point, by a monitor interface that is made with the first one and goes with the
 * driver. mac80211 protects all robust management frames of an interface of an access point, so that this is the only way to
 * test what a station makes of an unprotected one.
 */
#include "driver/driver_state.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Version 0, no fields. */
static const uint8_t radiotap[8] = {0, 0, sizeof(radiotap)};

static int create_monitor(struct driver *driver, const char *name, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct netdev_link link;
	int ret;

	nl80211_interface_create(&requests, driver->wiphy.index, name, NL80211_IFTYPE_MONITOR, NULL);
	ret = driver_request(driver, &requests, NULL, error);
	nl80211_requests_free(&requests);
	if (ret)
		return ret;
	ret = netdev_link_by_name(driver->netdev, name, &link);
	if (ret == 0)
		ret = netdev_set_flags(driver->netdev, link.ifindex, IFF_UP, IFF_UP);
	if (ret < 0)
		return error_set(error, ret, "%s: cannot set it up: %s", name, netdev_reason(driver->netdev, ret));
	driver->inject_ifindex = link.ifindex;
	return 0;
}

/* The socket first: a process that confines itself to its files may not open it, and must leave no interface behind. */
static int open_monitor(struct driver *driver, struct error *error)
{
	char name[IFNAMSIZ];
	int ret, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return error_set(error, -errno,
				 "cannot open a packet socket: %s; it needs CAP_NET_RAW, and `vifi ap --global`",
				 strerror(errno));
	snprintf(name, sizeof(name), "vifimon%u", driver->wiphy.index % 1000000);
	ret = create_monitor(driver, name, error);
	if (ret < 0)
		close(fd);
	else
		driver->inject_fd = fd;
	return ret;
}

int driver_inject(struct driver *driver, const struct frame *mpdu, struct error *error)
{
	struct iovec parts[] = {{(void *)radiotap, sizeof(radiotap)}, {(void *)mpdu->data, mpdu->len}};
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = parts, .msg_iovlen = 2};
	int ret = driver->inject_fd > 0 ? 0 : open_monitor(driver, error);

	if (ret)
		return ret;
	to.sll_ifindex = driver->inject_ifindex;
	if (sendmsg(driver->inject_fd, &message, 0) < 0)
		return error_set(error, -errno, "cannot inject the frame: %s", strerror(errno));
	return 0;
}

void driver_inject_close(struct driver *driver)
{
	if (driver->inject_fd > 0)
		close(driver->inject_fd);
	driver->inject_fd = 0;
}

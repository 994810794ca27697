/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/links.h"

#include "base/mac.h"
#include "netdev/rtnl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wifi_links {
	const struct wifi *wifi;
	struct netdev *netdev;
	uv_poll_t poll;
	int watch_fd;
	bool gone[WIFI_NETWORKS_MAX];
	struct netdev_link last[WIFI_NETWORKS_MAX]; /* as they were at the last look */
};

static void say_name(const struct wifi_links *links, unsigned network, const struct netdev_link *now)
{
	if (strcmp(links->last[network].name, now->name) != 0)
		wifi_log_printf(links->wifi->log, links->wifi->networks[network].interface,
				"the interface was renamed to %s; the network continues", now->name);
}

static void say_address(const struct wifi_links *links, unsigned network, const struct netdev_link *now)
{
	const uint8_t *own = links->wifi->networks[network].addr;
	char other[MAC_TEXT_SIZE], text[MAC_TEXT_SIZE];

	if (mac_equal(links->last[network].mac, now->mac))
		return;
	mac_format(text, own);
	if (mac_equal(own, now->mac))
		wifi_log_printf(links->wifi->log, links->wifi->networks[network].interface,
				"the interface has its MAC address %s again", text);
	else
		wifi_log_printf(links->wifi->log, links->wifi->networks[network].interface,
				"another program changed the MAC address of the interface to %s, but the radio uses "
				"%s, so this host receives no replies; restore it with `ip link set dev %s address %s`",
				mac_format(other, now->mac), text, now->name, text);
}

static void say_state(const struct wifi_links *links, unsigned network, const struct netdev_link *now)
{
	const struct netdev_link *before = &links->last[network];
	const char *interface = links->wifi->networks[network].interface;

	if ((before->flags ^ now->flags) & IFF_UP)
		wifi_log_printf(links->wifi->log, interface, "the interface was set %s",
				now->flags & IFF_UP ? "up" : "down: no frames pass until it is up again");
	if (before->master != now->master)
		wifi_log_printf(links->wifi->log, interface,
				now->master ? "the interface is now a port of a bridge"
					    : "the interface left its bridge");
}

/* Tells what has changed about one interface. */
static void look_at(struct wifi_links *links, unsigned network)
{
	struct netdev_link now;
	int ret = netdev_link_by_index(links->netdev, links->last[network].ifindex, &now);

	if (ret == -ENODEV && !links->gone[network])
		wifi_log_printf(links->wifi->log, links->wifi->networks[network].interface,
				"the interface was moved to another network namespace");
	links->gone[network] = ret == -ENODEV;
	if (ret)
		return;
	say_name(links, network, &now);
	say_address(links, network, &now);
	say_state(links, network, &now);
	links->last[network] = now;
}

static void on_change(uv_poll_t *poll, int status, int events)
{
	struct wifi_links *links = poll->data;

	(void)events;
	if (status < 0 || !netdev_watch_drain(links->watch_fd))
		return;
	for (unsigned i = 0; i < links->wifi->count; i++)
		if (links->last[i].ifindex)
			look_at(links, i);
}

static void free_links(struct wifi_links *links)
{
	if (links->watch_fd >= 0)
		close(links->watch_fd);
	if (links->netdev)
		netdev_close(links->netdev);
	free(links);
}

void wifi_links_update(struct wifi_links *links, unsigned number)
{
	const char *interface = links ? links->wifi->networks[number].interface : "";

	if (!links)
		return;
	links->gone[number] = false;
	if (!*interface || netdev_link_by_name(links->netdev, interface, &links->last[number]))
		links->last[number] = (struct netdev_link){0};
}

static bool find_interfaces(struct wifi_links *links)
{
	for (unsigned i = 0; i < links->wifi->count; i++)
		if (netdev_link_by_name(links->netdev, links->wifi->networks[i].interface, &links->last[i]))
			return false;
	return true;
}

struct wifi_links *wifi_links_open(const struct wifi *wifi, uv_loop_t *uv)
{
	struct wifi_links *links = calloc(1, sizeof(*links));

	if (!links)
		return NULL;
	links->wifi = wifi;
	links->watch_fd = netdev_watch_links_open();
	if (links->watch_fd < 0 || netdev_open(&links->netdev) || !find_interfaces(links)) {
		free_links(links);
		return NULL;
	}
	uv_poll_init(uv, &links->poll, links->watch_fd);
	links->poll.data = links;
	uv_poll_start(&links->poll, UV_READABLE, on_change);
	return links;
}

static void on_closed(uv_handle_t *handle)
{
	free_links(handle->data);
}

void wifi_links_close(struct wifi_links *links)
{
	if (links)
		uv_close((uv_handle_t *)&links->poll, on_closed);
}

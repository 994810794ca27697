/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/uplinks.h"

#include "bridge/policy/identity.h"
#include "bridge/policy/journal.h"
#include "netdev/wifi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool bridge_link_is_hardware(const struct netdev_link *link)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", link->name);
	return access(path, F_OK) == 0;
}

bool bridge_link_is_own(const struct netdev_link *links, size_t count, const struct netdev_link *link)
{
	const struct netdev_link *peer = netdev_link_in(links, count, link->peer);
	struct journal journal;

	return journal_parse(&journal, link->alias) || (peer && journal_parse(&journal, peer->alias));
}

static struct uplink_candidate candidate_of(const struct netdev_link *links, size_t n_links,
					    const struct netdev_link *link, const struct netdev_route *routes,
					    size_t n_routes)
{
	struct uplink_candidate candidate = {.rank = UINT64_MAX};
	struct netdev_wifi_info wifi;

	memcpy(candidate.name, link->name, sizeof(candidate.name));
	memcpy(candidate.permanent_mac, link->permanent_mac, sizeof(candidate.permanent_mac));
	candidate.wifi = netdev_wifi_query(link->name, link->ifindex, &wifi) && wifi.station;
	candidate.usable = identity_can_be_uplink(link) && !bridge_link_is_own(links, n_links, link);
	for (size_t i = 0; i < n_routes; i++) {
		uint64_t rank = uplink_route_rank(routes[i].family == AF_INET6, routes[i].metric);

		if (routes[i].ifindex == link->ifindex && routes[i].prefix_length == 0 && rank < candidate.rank)
			candidate.rank = rank;
	}
	return candidate;
}

int bridge_uplinks(struct netdev *nd, struct uplink_candidate **list, size_t *count)
{
	struct netdev_link *links = NULL;
	struct netdev_route *routes = NULL;
	size_t n_links = 0, n_routes = 0;
	int ret = netdev_links(nd, &links, &n_links);

	*list = NULL;
	*count = 0;
	if (ret == 0)
		ret = netdev_routes(nd, &routes, &n_routes);
	if (ret == 0) {
		*list = calloc(n_links + 1, sizeof(**list));
		ret = *list ? 0 : -ENOMEM;
	}
	for (size_t i = 0; ret == 0 && i < n_links; i++)
		(*list)[(*count)++] = candidate_of(links, n_links, &links[i], routes, n_routes);
	free(links);
	free(routes);
	return ret;
}

int bridge_default_uplink(struct uplink_candidate *uplink)
{
	const struct uplink_candidate *best;
	struct uplink_candidate *list;
	struct netdev *nd;
	size_t count;
	int ret = netdev_open(&nd);

	if (ret < 0)
		return ret;
	ret = bridge_uplinks(nd, &list, &count);
	netdev_close(nd);
	if (ret < 0)
		return ret;
	best = uplink_choose(list, count, false);
	if (best)
		*uplink = *best;
	free(list);
	return best ? 0 : -ENOENT;
}

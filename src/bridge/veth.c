/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/veth.h"

#include "base/mac.h"
#include "netdev/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The initial MAC address of the uplink veth of an uplink. It identifies a veth that has no journal yet. */
static void initial_mac(uint8_t mac[6], int uplink)
{
	/* locally administered, "vif", ifindex of the uplink */
	const uint8_t veth_mac[6] = {0x02, 0x76, 0x69, 0x66, (uint8_t)(uplink >> 8), (uint8_t)uplink};

	mac_copy(mac, veth_mac);
}

static void find_free_names(struct netdev *nd, char *name, char *peer)
{
	struct netdev_link link;

	for (int number = 0; number < 10000; number++) {
		snprintf(name, IFNAMSIZ, "vifi%d", number);
		snprintf(peer, IFNAMSIZ, "vifi%dp", number);
		if (netdev_link_by_name(nd, name, &link) < 0 && netdev_link_by_name(nd, peer, &link) < 0)
			return;
	}
}

int bridge_veth_write_journal(struct bridge *bridge)
{
	char text[JOURNAL_MAX];

	journal_format(&bridge->journal, text);
	return netdev_set_alias(bridge->nd, bridge->veth.ifindex, text);
}

int bridge_veth_create(struct bridge *bridge)
{
	char name[IFNAMSIZ], peer[IFNAMSIZ];
	uint8_t mac[6];
	int ret;

	find_free_names(bridge->nd, name, peer);
	initial_mac(mac, bridge->uplink.ifindex);
	ret = netdev_veth_create(bridge->nd, name, mac, peer);
	if (ret == 0)
		ret = netdev_link_by_name(bridge->nd, name, &bridge->veth);
	if (ret == 0)
		ret = netdev_link_by_name(bridge->nd, peer, &bridge->port);
	/* From here on a later process can undo the changes, however this one ends. */
	if (ret == 0)
		ret = bridge_veth_write_journal(bridge);
	/* A bridge takes the lowest MAC address of its ports: with a high one this port does not change it. */
	bridge->port.mac[0] = 0xfe;
	if (ret == 0)
		ret = netdev_set_mac(bridge->nd, bridge->port.ifindex, bridge->port.mac);
	if (ret == 0)
		ret = netdev_quiet_ipv6(name, true);
	if (ret == 0)
		ret = netdev_quiet_ipv6(peer, true);
	return ret;
}

int bridge_veth_find(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal)
{
	struct netdev_link *links;
	size_t count;
	int ret = netdev_links(nd, &links, &count);

	if (ret < 0)
		return ret;
	ret = -ENOENT;
	for (size_t i = 0; i < count && ret < 0; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(journal, links[i].alias) &&
		    !strcmp(journal->uplink, uplink)) {
			*veth = links[i];
			ret = 0;
		}
	free(links);
	return ret;
}

int bridge_veth_delete_orphans(struct netdev *nd, int uplink)
{
	struct netdev_link *links;
	size_t count;
	uint8_t mac[6];
	int deleted = 0, ret = netdev_links(nd, &links, &count);

	if (ret < 0)
		return ret;
	initial_mac(mac, uplink);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(links[i].kind, "veth") && !links[i].alias[0] && mac_equal(links[i].mac, mac) &&
		    netdev_link_delete(nd, links[i].ifindex) == 0)
			deleted++;
	free(links);
	return deleted;
}

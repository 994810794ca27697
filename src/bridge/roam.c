/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/roam.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "netdev/wifi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static void find_address(const struct bridge *bridge, const struct bridge_snapshot *snapshot, struct roam_place *place)
{
	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		const struct netdev_addr *addr = &snapshot->addrs[i];

		if (addr->ifindex != bridge->uplink.ifindex || addr->family != AF_INET)
			continue;
		memcpy(place->addr, addr->addr, sizeof(place->addr));
		place->prefix_length = addr->prefix_length;
		return;
	}
}

/* Comparisons follow each other closely when many guests appear and disappear; the access point changes seldom. */
static void find_bssid(struct bridge *bridge, struct roam_place *place)
{
	uint64_t now = bridge_now();
	int ret;

	if (!bridge->uplink.carrier || bridge->bssid_ifindex == bridge->uplink.ifindex ||
	    now - bridge->bssid_ns < MN_NS_PER_SEC)
		return;
	bridge->bssid_ns = now;
	ret = netdev_wifi_bssid(bridge->uplink.ifindex, place->bssid);
	if (ret < 0 && ret != -ENOTCONN)
		bridge->bssid_ifindex = bridge->uplink.ifindex;
}

void bridge_roam_update(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	struct roam_place now = {0}, before = bridge->place;
	char text[MAC_TEXT_SIZE], other[MAC_TEXT_SIZE], address[INET_ADDRSTRLEN], old_address[INET_ADDRSTRLEN];
	unsigned news;

	find_bssid(bridge, &now);
	find_address(bridge, snapshot, &now);
	news = roam_step(&bridge->place, &now);
	if (news & ROAM_BSSID)
		bridge_log("%s has roamed from the access point %s to %s", bridge->uplink.name,
			   mac_format(other, before.bssid), mac_format(text, now.bssid));
	if (news & ROAM_NETWORK)
		bridge_log("%s has moved to another network: its address is now %s/%u, it was %s/%u",
			   bridge->uplink.name, inet_ntop(AF_INET, now.addr, address, sizeof(address)),
			   now.prefix_length, inet_ntop(AF_INET, before.addr, old_address, sizeof(old_address)),
			   before.prefix_length);
}

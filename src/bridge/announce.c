/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/announce.h"

#include "base/mac.h"
#include "bridge/policy/ageing.h"
#include "netdev/packet.h"
#include "wire/neigh.h"

#include <stdlib.h>
#include <string.h>

struct bridge_announcements {
	struct bridge *bridge;
	struct mn_key *keys; /* the first n_sent are sent */
	size_t n_keys, n_sent;
};

struct bridge_announcements *bridge_announcements_new(struct bridge *bridge)
{
	struct bridge_announcements *announcements = calloc(1, sizeof(*announcements));

	if (announcements)
		announcements->bridge = bridge;
	return announcements;
}

void bridge_announcements_free(struct bridge_announcements *announcements)
{
	if (!announcements)
		return;
	free(announcements->keys);
	free(announcements);
}

void bridge_announce_all(struct bridge_announcements *announcements)
{
	struct store *store = announcements->bridge->store;
	struct store_item *items;
	size_t count;

	free(announcements->keys);
	announcements->keys = NULL;
	announcements->n_keys = announcements->n_sent = 0;
	if (store->ops->list(store, &items, &count) < 0 || !count)
		return;
	announcements->keys = calloc(count, sizeof(*announcements->keys));
	for (size_t i = 0; i < count && announcements->keys; i++)
		if (ageing_can_probe(&items[i].key, &items[i].binding))
			announcements->keys[announcements->n_keys++] = items[i].key;
	free(items);
}

bool bridge_announce_step(struct bridge_announcements *announcements)
{
	const struct bridge *bridge = announcements->bridge;
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX];
	struct mn_binding binding;
	const struct mn_key *key;
	size_t size;

	if (announcements->n_sent >= announcements->n_keys)
		return false;
	key = &announcements->keys[announcements->n_sent++];
	if (bridge->store->ops->get(bridge->store, key, &binding) < 0 || !ageing_can_probe(key, &binding))
		return announcements->n_sent < announcements->n_keys;
	mac_copy(ether.src, bridge->uplink.mac);
	ether.vlan = key->vlan;
	if (key->family == MN_IP4) {
		memset(ether.dst, 0xff, 6);
		size = neigh_arp_request(frame, &ether, key->addr, key->addr);
	} else {
		memcpy(ether.dst, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
		size = neigh_na_announce(frame, &ether, key->addr);
	}
	packet_send(bridge->packet_fd, bridge->uplink.ifindex, frame, size);
	return announcements->n_sent < announcements->n_keys;
}

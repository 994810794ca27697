/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/network_pin.h"

#include "base/mac.h"
#include "wire/ip.h"

#include <stdlib.h>
#include <sys/socket.h>

static bool contains(const struct mn_key *network, const struct mn_key *address)
{
	return address->family == (network->family == MN_NET4 ? MN_IP4 : MN_IP6) && !address->vlan &&
	       ip_prefix_equal(network->addr, address->addr, network->length);
}

bool network_pin_overlaps(const struct mn_key *network, const struct netdev_addr *addr)
{
	int family = network->family == MN_NET4 ? AF_INET : AF_INET6;

	return store_is_network(network) && addr->family == family && addr->prefix_length &&
	       network->length >= addr->prefix_length &&
	       ip_prefix_equal(network->addr, addr->addr, addr->prefix_length);
}

void network_pin_clear(struct store *store, const struct mn_key *network, const uint8_t mac[6])
{
	struct store_item *items;
	size_t count;

	if (!store_is_network(network) || !network->length || store->ops->list(store, &items, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (items[i].binding.kind == MN_GUEST && !(items[i].binding.flags & MN_F_PIN) &&
		    !mac_equal(items[i].binding.mac, mac) && contains(network, &items[i].key))
			store->ops->del(store, &items[i].key);
	free(items);
}

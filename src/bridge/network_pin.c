/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/network_pin.h"

#include "base/mac.h"

#include <stdlib.h>

static bool contains(const struct mn_key *network, const struct mn_key *address)
{
	uint8_t bytes = network->length / 8, mask = (uint8_t)(0xff00u >> network->length % 8);

	if (address->family != (network->family == MN_NET4 ? MN_IP4 : MN_IP6) || address->vlan ||
	    memcmp(network->addr, address->addr, bytes))
		return false;
	return !mask || !((network->addr[bytes] ^ address->addr[bytes]) & mask);
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

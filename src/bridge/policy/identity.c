/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/identity.h"

#include "base/mac.h"

#include <linux/if_arp.h>
#include <string.h>

bool identity_is_ethernet(const struct netdev_link *link)
{
	return link->arptype == ARPHRD_ETHER && !(link->flags & IFF_LOOPBACK);
}

bool identity_can_be_uplink(const struct netdev_link *link)
{
	return identity_is_ethernet(link) && !link->master && strcmp(link->kind, "bridge");
}

const struct netdev_link *identity_find_uplink(const struct netdev_link *links, size_t count, const char *name,
					       const struct netdev_link *last)
{
	const struct netdev_link *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct netdev_link *link = &links[i];

		if (!identity_can_be_uplink(link))
			continue;
		if (!strcmp(link->name, name))
			return link;
		if (!strcmp(link->kind, last->kind) && mac_equal(link->mac, last->mac))
			found = link;
	}
	return found;
}

const struct netdev_link *identity_find_bridge(const struct netdev_link *links, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(links[i].name, name) && !strcmp(links[i].kind, "bridge"))
			return &links[i];
	return NULL;
}

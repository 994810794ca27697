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

const uint8_t *identity_card(const struct netdev_link *link)
{
	return mac_is_zero(link->permanent_mac) ? link->mac : link->permanent_mac;
}

/* Interfaces on top of a card have its MAC address, too. */
static bool is_on_top(const struct netdev_link *link)
{
	return !strcmp(link->kind, "vlan") || !strncmp(link->kind, "mac", strlen("mac")) ||
	       !strncmp(link->kind, "ipv", strlen("ipv"));
}

static bool is_of_card(const struct netdev_link *link, const struct identity *identity)
{
	if (identity->mac)
		return mac_equal(identity_card(link), identity->mac) && !is_on_top(link);
	return identity->last_card && mac_equal(identity_card(link), identity->last_card) &&
	       !strcmp(link->kind, identity->last_kind);
}

const struct netdev_link *identity_find_uplink(const struct netdev_link *links, size_t count,
					       const struct identity *identity)
{
	const struct netdev_link *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct netdev_link *link = &links[i];
		bool of_card = is_of_card(link, identity);

		if (!identity_can_be_uplink(link))
			continue;
		if (!strcmp(link->name, identity->name) && (of_card || !identity->mac))
			return link;
		if (of_card && !found)
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/silent_router.h"

#include "base/mac.h"
#include "bridge/log.h"

#define MISSED_SECONDS 3 /* advertisements of the default interval, a second */

bool bridge_is_silent_router(const struct bridge *bridge, const struct mn_key *key, const struct mn_binding *owner)
{
	struct mn_key mac_key = {.family = MN_MAC, .vlan = key->vlan};
	struct mn_binding mac;
	uint64_t now = bridge_now();

	if (!store_is_ip(key) || owner->kind != MN_GUEST || !(owner->router & MN_VRRP_KNOWN) ||
	    (uint32_t)(now / MN_NS_PER_SEC) - owner->router_s < MISSED_SECONDS)
		return false;
	mac_copy(mac_key.addr, owner->mac);
	/* `last_seen` is as old as the last frame, or by MN_SEEN_RESOLUTION older. */
	return bridge->store->ops->get(bridge->store, &mac_key, &mac) == 0 &&
	       now - mac.last_seen >= MISSED_SECONDS * MN_NS_PER_SEC &&
	       now - owner->last_seen >= MISSED_SECONDS * MN_NS_PER_SEC;
}

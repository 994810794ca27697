/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/carrier.h"

#include "base/mac.h"

unsigned carrier_start(struct carrier *carrier, enum carrier_policy policy, bool up, const uint8_t mac[6], uint64_t now)
{
	*carrier = (struct carrier){.policy = policy, .up = up, .lost_ns = now};
	mac_copy(carrier->mac, mac);
	return up || policy == CARRIER_OFF ? CARRIER_VETH_UP : CARRIER_VETH_DOWN;
}

unsigned carrier_step(struct carrier *carrier, bool up, const uint8_t mac[6], uint64_t now)
{
	unsigned actions = 0;
	bool bounce = false;

	if (!mac_equal(carrier->mac, mac)) {
		mac_copy(carrier->mac, mac);
		actions |= CARRIER_NEW_MAC;
		carrier->mac_changed = true;
	}
	if (up && !carrier->up) {
		actions |= CARRIER_ANNOUNCE;
		if (carrier->policy != CARRIER_OFF)
			actions |= CARRIER_VETH_UP;
		bounce = now - carrier->lost_ns > CARRIER_AWAY_NS;
	} else if (!up && carrier->up) {
		carrier->lost_ns = now;
		if (carrier->policy != CARRIER_OFF)
			actions |= CARRIER_VETH_DOWN;
	}
	carrier->up = up;
	if (up && carrier->mac_changed) {
		carrier->mac_changed = false;
		actions |= CARRIER_ANNOUNCE;
		bounce = true;
	}
	if (bounce && carrier->policy == CARRIER_GUESTS)
		actions |= CARRIER_BOUNCE;
	return actions;
}

unsigned carrier_set_policy(struct carrier *carrier, enum carrier_policy policy)
{
	bool showed = carrier->policy != CARRIER_OFF, shows = policy != CARRIER_OFF;

	carrier->policy = policy;
	if (carrier->up || showed == shows)
		return 0;
	return shows ? CARRIER_VETH_DOWN : CARRIER_VETH_UP;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/carrier.h"

#include <string.h>

unsigned carrier_start(struct carrier *c, enum carrier_policy policy, bool up, const uint8_t mac[6], uint64_t now)
{
	*c = (struct carrier){.policy = policy, .up = up, .lost = now};
	memcpy(c->mac, mac, 6);
	return up || policy == CARRIER_OFF ? CARRIER_VETH_UP : CARRIER_VETH_DOWN;
}

unsigned carrier_step(struct carrier *c, bool up, const uint8_t mac[6], uint64_t now)
{
	unsigned actions = 0;
	bool pulse = false;

	if (memcmp(c->mac, mac, 6)) {
		memcpy(c->mac, mac, 6);
		actions |= CARRIER_NEW_MAC;
		c->moved = true;
	}
	if (up && !c->up) {
		actions |= CARRIER_ANNOUNCE;
		if (c->policy != CARRIER_OFF)
			actions |= CARRIER_VETH_UP;
		pulse = now - c->lost > CARRIER_AWAY_NS;
	} else if (!up && c->up) {
		c->lost = now;
		if (c->policy != CARRIER_OFF)
			actions |= CARRIER_VETH_DOWN;
	}
	c->up = up;
	if (up && c->moved) {
		c->moved = false;
		actions |= CARRIER_ANNOUNCE;
		pulse = true;
	}
	if (pulse && c->policy == CARRIER_GUESTS)
		actions |= CARRIER_PULSE;
	return actions;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/roam.h"

#include "base/mac.h"
#include "wire/ip.h"

#include <string.h>

bool roam_same_network(const struct roam_place *one, const struct roam_place *other)
{
	return one->prefix_length == other->prefix_length &&
	       ip_prefix_equal(one->addr, other->addr, one->prefix_length);
}

unsigned roam_step(struct roam_place *place, const struct roam_place *now)
{
	unsigned news = 0;

	/* Between two access points, and between two leases, nothing is known: the last place still counts. */
	if (!mac_is_zero(now->bssid)) {
		if (!mac_is_zero(place->bssid) && !mac_equal(place->bssid, now->bssid))
			news |= ROAM_BSSID;
		mac_copy(place->bssid, now->bssid);
	}
	if (now->prefix_length) {
		if (place->prefix_length && !roam_same_network(place, now))
			news |= ROAM_NETWORK;
		memcpy(place->addr, now->addr, sizeof(place->addr));
		place->prefix_length = now->prefix_length;
	}
	return news;
}

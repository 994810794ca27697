/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check.h"

#include "bridge/find.h"
#include "bridge/uplinks.h"

#include <stdio.h>
#include <stdlib.h>

static void set_uplink(struct check_target *target, const char *name)
{
	snprintf(target->found_uplink, sizeof(target->found_uplink), "%s", name);
	target->uplink = target->found_uplink;
}

/* Takes the uplink, unless it is given, from the running bridge, if there is exactly one; otherwise the default route's. */
static void guess_uplink(struct check_target *target, const struct bridge_place *places, size_t count)
{
	struct uplink_candidate candidate;

	if (target->uplink)
		return;
	if (count == 1)
		set_uplink(target, bridge_place_name(&places[0]));
	else if (bridge_default_uplink(&candidate) == 0)
		set_uplink(target, candidate.name);
}

/* Takes the bridge, unless it is given, from the journal of the running one; otherwise br0, as `up` does. */
static void guess_bridge(struct check_target *target, struct netdev *nd, const struct bridge_place *place)
{
	struct netdev_link link;

	if (target->bridge)
		return;
	snprintf(target->found_bridge, sizeof(target->found_bridge), "%s",
		 place && place->journal.bridge[0] ? place->journal.bridge : "br0");
	if (netdev_link_by_name(nd, target->found_bridge, &link) == 0)
		target->bridge = target->found_bridge;
}

void check_find_target(struct check_target *target)
{
	const struct bridge_place *place = NULL;
	struct bridge_place *places = NULL;
	struct netdev_link link;
	struct netdev *nd;
	size_t count = 0;

	if (netdev_open(&nd) < 0)
		return;
	bridge_places(nd, &places, &count);
	guess_uplink(target, places, count);
	if (target->uplink && bridge_place_in(places, count, target->uplink,
					      netdev_link_by_name(nd, target->uplink, &link) == 0, &place) == 0) {
		set_uplink(target, bridge_place_name(place)); /* it may have been renamed since `up` */
		target->has_veth = true;
	}
	if (target->uplink)
		guess_bridge(target, nd, place);
	free(places);
	netdev_close(nd);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/clones.h"

#include "base/mac.h"
#include "bridge/log.h"

#include <stdlib.h>

#define SHOWN_NS (60 * MN_NS_PER_SEC)

void clones_note(struct bridge *bridge, const struct mn_event *event)
{
	struct mac_clone *clone = &bridge->clones[0];

	if (event->type != MN_EV_REFUSED || event->reason != DROP_CLAIM_TAKEN || event->key.family != MN_MAC)
		return;
	for (size_t i = 0; i < sizeof(bridge->clones) / sizeof(bridge->clones[0]); i++) {
		struct mac_clone *known = &bridge->clones[i];

		if (known->time && mac_equal(known->mac, event->mac) && known->other_port == event->port) {
			clone = known;
			break;
		}
		if (known->time < clone->time)
			clone = known;
	}
	*clone = (struct mac_clone){.owner_port = event->owner_port, .other_port = event->port, .time = bridge_now()};
	mac_copy(clone->mac, event->mac);
}

/* "mac" and "ports" of the clone. */
static json_t *clone_json(const struct mac_clone *clone, const struct netdev_link *links, size_t count, int bridge)
{
	const char *owner = netdev_link_name_in(links, count, clone->owner_port ? (int)clone->owner_port : bridge);
	const char *other = netdev_link_name_in(links, count, clone->other_port ? (int)clone->other_port : bridge);
	char mac[MAC_TEXT_SIZE];

	return json_pack("{s:s, s:[s?, s?]}", "mac", mac_format(mac, clone->mac), "ports", owner, other);
}

json_t *clones_json(const struct bridge *bridge)
{
	uint64_t now = bridge_now();
	json_t *list = json_array(), *json;
	struct netdev_link *links = NULL;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(bridge->clones) / sizeof(bridge->clones[0]); i++) {
		const struct mac_clone *clone = &bridge->clones[i];

		if (!clone->time || now - clone->time > SHOWN_NS)
			continue;
		if (!links)
			netdev_links(bridge->nd, &links, &count);
		json = clone_json(clone, links, count, bridge->bridge.ifindex);
		json_object_set_new(json, "seen_s", json_integer((json_int_t)((now - clone->time) / MN_NS_PER_SEC)));
		json_array_append_new(list, json);
	}
	free(links);
	return list;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/clones.h"

#include "base/mac.h"
#include "bridge/log.h"

#include <string.h>

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

static json_t *port_json(const struct bridge *bridge, uint32_t port)
{
	struct netdev_link link;

	return netdev_link_by_index(bridge->nd, port ? (int)port : bridge->bridge.ifindex, &link) == 0
		       ? json_string(link.name)
		       : json_null();
}

json_t *clones_json(const struct bridge *bridge)
{
	uint64_t now = bridge_now();
	json_t *list = json_array();
	char mac[MAC_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(bridge->clones) / sizeof(bridge->clones[0]); i++) {
		const struct mac_clone *clone = &bridge->clones[i];

		if (!clone->time || now - clone->time > SHOWN_NS)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:[o, o], s:I}", "mac", mac_format(mac, clone->mac),
						      "ports", port_json(bridge, clone->owner_port),
						      port_json(bridge, clone->other_port), "seen_s",
						      (json_int_t)((now - clone->time) / MN_NS_PER_SEC)));
	}
	return list;
}

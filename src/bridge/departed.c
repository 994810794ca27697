/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/departed.h"

#include "base/mac.h"
#include "bridge/ask.h"
#include "bridge/log.h"
#include "bridge/report_binding.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_S = 600 };

void departed_note(struct bridge *bridge, const struct mn_key *key, const struct mn_binding *binding, const char *name)
{
	struct departed_address *entry = &bridge->departed[0];

	for (size_t i = 0; i < sizeof(bridge->departed) / sizeof(bridge->departed[0]); i++) {
		struct departed_address *known = &bridge->departed[i];

		if (known->time && !memcmp(&known->key, key, sizeof(*key))) {
			entry = known;
			break;
		}
		if (known->time < entry->time)
			entry = known;
	}
	*entry = (struct departed_address){.key = *key, .time = bridge_now()};
	mac_copy(entry->mac, key->family == MN_MAC ? key->addr : binding->mac);
	snprintf(entry->port, sizeof(entry->port), "%s", name ? name : "");
}

void departed_ask_returned(struct bridge *bridge, const struct bridge_snapshot *snapshot)
{
	uint64_t now = bridge_now();

	for (size_t i = 0; i < sizeof(bridge->departed) / sizeof(bridge->departed[0]); i++) {
		struct departed_address *entry = &bridge->departed[i];

		if (!entry->time || entry->asked || !entry->port[0] || !store_is_ip(&entry->key) ||
		    now - entry->time > SHOWN_S * MN_NS_PER_SEC)
			continue;
		for (size_t k = 0; k < snapshot->n_links; k++) {
			const struct netdev_link *link = &snapshot->links[k];

			if (link->master != bridge->bridge.ifindex || !link->carrier || strcmp(link->name, entry->port))
				continue;
			ask_guest_at_port(bridge, &entry->key, entry->mac, (uint32_t)link->ifindex);
			entry->asked = true;
		}
	}
}

json_t *departed_json(const struct bridge *bridge)
{
	uint64_t now = bridge_now();
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(bridge->departed) / sizeof(bridge->departed[0]); i++) {
		const struct departed_address *entry = &bridge->departed[i];
		char address[BRIDGE_ADDRESS_TEXT], mac[MAC_TEXT_SIZE];

		if (!entry->time || now - entry->time > SHOWN_S * MN_NS_PER_SEC)
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?, s:I}", "address", bridge_report_address(address, &entry->key),
					"mac", mac_format(mac, entry->mac), "port", entry->port[0] ? entry->port : NULL,
					"seen_s", (json_int_t)((now - entry->time) / MN_NS_PER_SEC)));
	}
	return list;
}

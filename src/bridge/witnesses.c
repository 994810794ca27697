/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/witnesses.h"

#include "base/mac.h"
#include "bridge/ask.h"
#include "bridge/log.h"
#include "netdev/neigh.h"

#include <string.h>
#include <sys/socket.h>

#define DISTRUST_NS (600 * MN_NS_PER_SEC)
#define RETURN_NS   (1 * MN_NS_PER_SEC) /* how long the contest lasts without a witness */

static bool is_distrusted(const struct bridge_witness_ends *ends, const uint8_t mac[6], uint64_t now)
{
	for (size_t i = 0; i < WITNESS_ENDS_MAX; i++) {
		const struct bridge_witness_end *end = &ends->list[i];

		if (end->returned && now - end->time < DISTRUST_NS && mac_equal(end->mac, mac))
			return true;
	}
	return false;
}

static bool may_witness(const struct store_item *item, const struct mn_key *key, const struct mn_binding *owner)
{
	const struct mn_binding *binding = &item->binding;

	return item->key.family == key->family && item->key.vlan == key->vlan &&
	       memcmp(&item->key, key, sizeof(*key)) && binding->kind == MN_GUEST && binding->port == owner->port &&
	       mac_equal(binding->mac, owner->mac) && !(binding->flags & (MN_F_PIN | MN_F_CONTEST)) &&
	       binding->last_seen;
}

static void find_guest_witnesses(struct bridge_witness *witness, const struct mn_key *key,
				 const struct mn_binding *owner, const struct store_item *items, size_t count)
{
	uint64_t seen[WITNESSES_MAX] = {0};

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		if (!may_witness(&items[i], key, owner))
			continue;
		if (witness->count < WITNESSES_MAX)
			at = witness->count++;
		else
			for (size_t k = 1; k < WITNESSES_MAX; k++)
				if (seen[k] < seen[at])
					at = k;
		if (items[i].binding.last_seen < seen[at])
			continue;
		seen[at] = items[i].binding.last_seen;
		witness->list[at].address = witness->list[at].flagged = items[i].key;
	}
}

static void find_station_witness(const struct bridge *bridge, struct bridge_witness *witness, const struct mn_key *key,
				 const struct mn_binding *owner)
{
	struct mn_key address = {.family = MN_IP4}, mac = {.family = MN_MAC};

	if (key->vlan || key->family != MN_IP4 ||
	    netdev_neighbour_by_mac(bridge->nd, bridge->uplink.ifindex, AF_INET, owner->mac, address.addr) < 0 ||
	    !memcmp(&address, key, sizeof(*key)))
		return;
	mac_copy(mac.addr, owner->mac);
	witness->list[0].address = address;
	witness->list[0].flagged = mac;
	witness->count = 1;
}

void bridge_witness_find(const struct bridge *bridge, struct bridge_witness *witness,
			 const struct bridge_witness_ends *ends, const struct mn_key *key,
			 const struct mn_binding *owner, const struct store_item *items, size_t count)
{
	*witness = (struct bridge_witness){
		.state = witness->state, .searched = true, .port = owner->port, .kind = owner->kind};
	mac_copy(witness->mac, owner->mac);
	if (is_distrusted(ends, owner->mac, bridge_now()))
		return;
	if (owner->kind == MN_STATION)
		find_station_witness(bridge, witness, key, owner);
	else
		find_guest_witnesses(witness, key, owner, items, count);
}

/* Gets the binding with the flag, if it is still the owner's. */
static bool get_flagged(const struct bridge *bridge, const struct bridge_witness *witness, size_t i,
			struct mn_binding *binding)
{
	return bridge->store->ops->get(bridge->store, &witness->list[i].flagged, binding) == 0 &&
	       binding->kind == witness->kind && !(binding->flags & MN_F_PIN) && mac_equal(binding->mac, witness->mac);
}

void bridge_witness_ask(const struct bridge *bridge, const struct bridge_witness *witness)
{
	for (size_t i = 0; i < witness->count; i++) {
		const struct mn_key *address = &witness->list[i].address;
		struct mn_binding binding;

		if (!get_flagged(bridge, witness, i, &binding))
			continue;
		if (!(binding.flags & MN_F_PROBING)) {
			binding.flags |= MN_F_PROBING;
			bridge->store->ops->put(bridge->store, &witness->list[i].flagged, &binding);
		}
		if (witness->kind == MN_STATION)
			ask_station(bridge, address, witness->mac, false);
		else
			ask_guest_at_port(bridge, address, witness->mac, witness->port);
	}
}

bool bridge_witness_has_answered(const struct bridge *bridge, const struct bridge_witness *witness)
{
	for (size_t i = 0; i < witness->count; i++) {
		struct mn_binding binding;

		if (get_flagged(bridge, witness, i, &binding) && !(binding.flags & MN_F_PROBING))
			return true;
	}
	return false;
}

void bridge_witness_note_end(struct bridge_witness_ends *ends, const struct mn_key *key, const struct mn_binding *owner)
{
	struct bridge_witness_end *oldest = &ends->list[0];

	for (size_t i = 1; i < WITNESS_ENDS_MAX; i++)
		if (ends->list[i].time < oldest->time)
			oldest = &ends->list[i];
	*oldest = (struct bridge_witness_end){.key = *key, .time = bridge_now()};
	mac_copy(oldest->mac, owner->mac);
}

void bridge_witness_note_taken(struct bridge_witness_ends *ends, const struct mn_key *key, const uint8_t mac[6])
{
	uint64_t now = bridge_now();

	for (size_t i = 0; i < WITNESS_ENDS_MAX; i++) {
		struct bridge_witness_end *end = &ends->list[i];

		if (end->time && !end->returned && now - end->time < RETURN_NS &&
		    !memcmp(&end->key, key, sizeof(*key)) && mac_equal(end->mac, mac))
			end->returned = true;
	}
}

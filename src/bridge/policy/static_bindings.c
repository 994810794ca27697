/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/static_bindings.h"

#include "base/array.h"
#include "base/mac.h"
#include "macnat/store.h"
#include "wire/be.h"
#include "wire/ip.h"

#include <stdlib.h>
#include <string.h>

const struct static_binding *static_binding_find(const struct static_binding_list *list, const struct mn_key *key)
{
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(&list->items[i].key, key, sizeof(*key)))
			return &list->items[i];
	return NULL;
}

bool static_binding_add(struct static_binding_list *list, const struct mn_key *key, const uint8_t mac[6], uint8_t kind,
			uint8_t flags)
{
	struct static_binding *entry;

	if (static_binding_find(list, key))
		return true;
	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
		return false;
	entry = &list->items[list->count++];
	*entry = (struct static_binding){.key = *key, .kind = kind, .flags = flags};
	if (mac)
		mac_copy(entry->mac, mac);
	return true;
}

static struct mn_key address_key(const struct static_address *address)
{
	struct mn_key key = {.family = address->family, .vlan = address->vlan};

	memcpy(key.addr, address->addr, address->family == MN_IP4 ? 4 : 16);
	return key;
}

static bool is_loopback(const struct static_address *address)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return address->family == MN_IP4 ? address->addr[0] == 127 : !memcmp(address->addr, loopback6, 16);
}

static bool is_link_local(const struct static_address *address)
{
	return address->family == MN_IP4 ? ip4_is_link_local(address->addr) : ip6_is_link_local(address->addr);
}

bool static_binding_add_host(struct static_binding_list *list, const struct static_address *address,
			     const uint8_t mac[6])
{
	struct mn_key key = address_key(address);

	if (is_loopback(address) || (!mac && is_link_local(address)))
		return true;
	return address->tentative || static_binding_add(list, &key, mac, MN_HOST, 0);
}

bool static_binding_add_bridge(struct static_binding_list *list, const struct static_address *address,
			       const uint8_t mac[6])
{
	struct mn_key key = address_key(address);

	return address->tentative || static_binding_add(list, &key, mac, MN_GUEST, MN_F_PIN | MN_F_CONFIG);
}

bool static_binding_add_broadcast(struct static_binding_list *list, const struct static_address *address)
{
	struct mn_key key = {.family = MN_IP4};
	uint32_t mask;

	/* A /31 has no broadcast address (RFC 3021), a /32 no subnet. */
	if (address->family != MN_IP4 || address->prefix_length > 30)
		return true;
	mask = address->prefix_length ? ~0u << (32 - address->prefix_length) : 0;
	put_be32(key.addr, be32(address->addr) | ~mask);
	if (!static_binding_add(list, &key, NULL, MN_BROADCAST, 0))
		return false;
	if (!address->has_broadcast)
		return true;
	memcpy(key.addr, address->broadcast, 4);
	return static_binding_add(list, &key, NULL, MN_BROADCAST, 0);
}

void static_binding_list_free(struct static_binding_list *list)
{
	free(list->items);
	*list = (struct static_binding_list){0};
}

bool static_binding_matches(const struct static_binding *entry, const struct mn_binding *binding)
{
	const uint8_t pin = MN_F_PIN | MN_F_CONFIG;

	return binding->kind == entry->kind && (binding->flags & pin) == (entry->flags & pin) &&
	       mac_equal(binding->mac, entry->mac);
}

bool static_binding_yields(const struct static_binding *entry, const struct mn_binding *binding)
{
	if (binding->kind != MN_GUEST)
		return false;
	if (entry->key.family == MN_MAC)
		return binding->port != 0 && binding->port != UINT32_MAX; /* seen at a port */
	return entry->kind == MN_GATEWAY && (binding->flags & MN_F_PIN);
}

bool static_binding_is_own(const struct mn_key *key, const struct mn_binding *binding)
{
	if (binding->flags & MN_F_CONFIG)
		return true;
	switch ((enum mn_kind)binding->kind) {
	case MN_HOST:
	case MN_GATEWAY:
	case MN_BROADCAST:
		return store_is_ip(key) || key->family == MN_MAC;
	case MN_GUEST:
	case MN_STATION:
		break;
	}
	return false;
}

struct mn_binding static_binding_make(const struct static_binding *entry, const struct mn_binding *old, uint32_t port,
				      uint64_t now)
{
	struct mn_binding binding = {.kind = entry->kind,
				     .flags = entry->flags,
				     .port = port,
				     .slot = MN_NO_SLOT,
				     .created = now,
				     .last_seen = now};

	mac_copy(binding.mac, entry->mac);
	if (old && mac_equal(old->mac, entry->mac)) {
		binding.out_packets = old->out_packets;
		binding.out_bytes = old->out_bytes;
		binding.in_packets = old->in_packets;
		binding.in_bytes = old->in_bytes;
	}
	return binding;
}

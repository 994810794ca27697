/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/on_link.h"

#include "base/array.h"
#include "wire/ip.h"

#include <stdlib.h>

enum scope { SCOPE_NONE, SCOPE_IP4, SCOPE_LOCAL6, SCOPE_GLOBAL6 };

/* SCOPE_NONE: link-local, loopback, multicast or unspecified. */
static enum scope scope_of(uint8_t family, const uint8_t *addr)
{
	if (family == MN_IP4)
		return ip4_is_link_local(addr) || addr[0] == 127 || addr[0] >= 224 || !addr[0] ? SCOPE_NONE : SCOPE_IP4;
	if (ip6_is_link_local(addr) || addr[0] == 0xff || !addr[0])
		return SCOPE_NONE;
	return (addr[0] & 0xfe) == 0xfc ? SCOPE_LOCAL6 : SCOPE_GLOBAL6;
}

bool on_link_add(struct on_link *list, uint8_t family, const uint8_t *addr, unsigned length)
{
	unsigned all = family == MN_IP4 ? 32 : 128;
	struct on_link_network network = {.family = family, .length = (uint8_t)length};

	if (!length || length >= all || scope_of(family, addr) == SCOPE_NONE)
		return true;
	memcpy(network.addr, addr, length / 8);
	if (length % 8)
		network.addr[length / 8] = (uint8_t)(addr[length / 8] & 0xff00u >> length % 8);
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(&list->items[i], &network, sizeof(network)))
			return true;
	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
		return false;
	list->items[list->count++] = network;
	return true;
}

enum on_link_verdict on_link_check(const struct on_link *list, const struct mn_key *key,
				   const struct mn_binding *binding)
{
	enum on_link_verdict verdict = ON_LINK_UNKNOWN;
	enum scope scope;

	if ((key->family != MN_IP4 && key->family != MN_IP6) || key->vlan || binding->kind != MN_GUEST ||
	    (binding->flags & MN_F_PIN))
		return ON_LINK_UNKNOWN;
	scope = scope_of(key->family, key->addr);
	for (size_t i = 0; scope != SCOPE_NONE && i < list->count; i++) {
		const struct on_link_network *network = &list->items[i];

		if (network->family != key->family || scope_of(network->family, network->addr) != scope)
			continue;
		if (ip_prefix_equal(network->addr, key->addr, network->length))
			return ON_LINK_YES;
		verdict = ON_LINK_NO;
	}
	return verdict;
}

void on_link_free(struct on_link *list)
{
	free(list->items);
	*list = (struct on_link){0};
}

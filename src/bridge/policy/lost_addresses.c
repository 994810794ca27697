/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/lost_addresses.h"

#include "wire/ip.h"

#include <stdlib.h>
#include <string.h>

void lost_addresses_add(struct lost_addresses *lost, const struct mn_key *key, uint32_t port)
{
	size_t of_port = 0;

	if (!store_is_ip(key) || lost->count == LOST_ADDRESSES_MAX)
		return;
	for (size_t i = 0; i < lost->count; i++) {
		if (!memcmp(&lost->list[i].key, key, sizeof(*key)))
			return;
		of_port += lost->list[i].port == port;
	}
	if (of_port < LOST_ADDRESSES_PORT_MAX)
		lost->list[lost->count++] = (struct lost_address){.key = *key, .port = port};
}

/* How many ports have their turn before this one; all others come before the port of the last turn. */
static uint32_t turn_of(const struct lost_addresses *lost, uint32_t port)
{
	return port - lost->last_port - 1;
}

bool lost_addresses_take(struct lost_addresses *lost, struct lost_address *address)
{
	size_t next = 0;

	if (!lost->count)
		return false;
	for (size_t i = 1; i < lost->count; i++)
		if (turn_of(lost, lost->list[i].port) < turn_of(lost, lost->list[next].port))
			next = i;
	*address = lost->list[next];
	lost->last_port = address->port;
	lost->count--;
	memmove(&lost->list[next], &lost->list[next + 1], (lost->count - next) * sizeof(lost->list[0]));
	return true;
}

/* Link-local addresses know each other alone. */
static bool can_know(const struct mn_key *guest, const struct mn_key *lost)
{
	return guest->family == lost->family && guest->vlan == lost->vlan &&
	       (guest->family == MN_IP4 || ip6_is_link_local(guest->addr) == ip6_is_link_local(lost->addr));
}

/* By port; the address that was seen last comes first. */
static int compare_siblings(const void *a, const void *b)
{
	const struct mn_binding *left = &((const struct store_item *)a)->binding,
				*right = &((const struct store_item *)b)->binding;

	if (left->port != right->port)
		return left->port > right->port ? 1 : -1;
	return (left->last_seen < right->last_seen) - (left->last_seen > right->last_seen);
}

size_t lost_addresses_siblings(const struct mn_key *lost, struct store_item *items, size_t count, uint64_t silence_ns,
			       uint64_t now)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].binding.kind == MN_GUEST && items[i].binding.port && can_know(&items[i].key, lost) &&
		    now < items[i].binding.last_seen + silence_ns)
			items[found++] = items[i];
	qsort(items, found, sizeof(items[0]), compare_siblings);
	return found;
}

/* Is siblings[i] the one of its port whose turn it is in this round? */
static bool has_turn(const struct store_item *siblings, size_t i, size_t round)
{
	uint32_t port = siblings[i].binding.port;

	return i >= round && siblings[i - round].binding.port == port &&
	       (i == round || siblings[i - round - 1].binding.port != port);
}

const struct store_item *lost_addresses_next(const struct store_item *siblings, size_t count, struct sibling_turn *turn)
{
	while (turn->asked < count) {
		for (; turn->next < count; turn->next++)
			if (has_turn(siblings, turn->next, turn->round)) {
				turn->asked++;
				return &siblings[turn->next++];
			}
		turn->next = 0;
		turn->round++;
	}
	return NULL;
}

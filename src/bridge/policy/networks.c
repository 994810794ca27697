/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/networks.h"

#include "base/array.h"
#include "wire/ip.h"

#include <stdlib.h>
#include <string.h>

/* Shorter prefixes stand for a default route. */
enum { SHORTEST_IP4 = 8, SHORTEST_IP6 = 16 };

static bool is_left_out(const struct store_network *network)
{
	const uint8_t *addr = network->addr;

	if (network->family == MN_IP4)
		return network->prefix_length < SHORTEST_IP4 || addr[0] >= 0xe0 || addr[0] == 127 ||
		       ip4_is_link_local(addr);
	return network->prefix_length < SHORTEST_IP6 || addr[0] == 0xff || ip6_is_link_local(addr);
}

bool network_list_add(struct network_list *list, const struct store_network *network)
{
	if (is_left_out(network))
		return true;
	if (array_reserve(&list->items, &list->room, list->count + 1, sizeof(*list->items)))
		return false;
	list->items[list->count++] = *network;
	return true;
}

static int compare_network(const struct store_network *left, const struct store_network *right)
{
	if (left->family != right->family)
		return left->family - right->family;
	if (left->prefix_length != right->prefix_length)
		return left->prefix_length - right->prefix_length;
	return memcmp(left->addr, right->addr, sizeof(left->addr));
}

/* Networks of the uplink and the bridge first: they must be in the table, or guests would lose their addresses. */
static int compare(const void *a, const void *b)
{
	const struct store_network *left = a, *right = b;

	int order = compare_network(left, right);

	if (left->elsewhere != right->elsewhere)
		return left->elsewhere - right->elsewhere;
	return order ? order : left->has_gateway - right->has_gateway;
}

/* The first `count` items are in order. */
static bool contains(const struct store_network *items, size_t count, const struct store_network *network)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_network(&items[middle], network);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

size_t network_list_finish(struct network_list *list)
{
	size_t kept = 0, n_here = 0, left_over = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	for (size_t i = 0; i < list->count; i++) {
		const struct store_network *network = &list->items[i];

		if (kept && !compare_network(&list->items[kept - 1], network))
			continue;
		if (network->elsewhere && contains(list->items, n_here, network))
			continue;
		if (kept == MN_ROUTED_MAX) {
			left_over++;
			continue;
		}
		list->items[kept++] = *network;
		if (!network->elsewhere)
			n_here = kept;
	}
	list->count = kept;
	return left_over;
}

bool network_list_displaces(const struct network_list *list, const struct mn_key *key)
{
	const struct store_network *longest = NULL;
	bool reaches_family = false;

	for (size_t i = 0; i < list->count; i++) {
		const struct store_network *network = &list->items[i];

		if (network->family != key->family)
			continue;
		reaches_family |= !network->elsewhere;
		if (ip_prefix_equal(network->addr, key->addr, network->prefix_length) &&
		    (!longest || network->prefix_length > longest->prefix_length))
			longest = network;
	}
	return reaches_family && longest && longest->elsewhere;
}

bool network_list_equal(const struct network_list *left, const struct network_list *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (left->items[i].elsewhere != right->items[i].elsewhere ||
		    left->items[i].has_gateway != right->items[i].has_gateway ||
		    compare_network(&left->items[i], &right->items[i]))
			return false;
	return true;
}

void network_list_free(struct network_list *list)
{
	free(list->items);
	*list = (struct network_list){0};
}

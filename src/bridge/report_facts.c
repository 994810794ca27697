/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/report_facts.h"

#include "base/printable.h"
#include "bridge/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int compare_links(const void *a, const void *b)
{
	const struct netdev_link *const *left = a, *const *right = b;

	return (*left)->ifindex < (*right)->ifindex ? -1 : (*left)->ifindex > (*right)->ifindex;
}

static bool is_here(const struct report_facts *facts, int ifindex)
{
	return ifindex == facts->source->uplink || (facts->source->bridge && ifindex == facts->source->bridge);
}

static bool add_networks(struct report_facts *facts)
{
	const struct bridge_snapshot *snapshot = &facts->snapshot;
	bool ok = true;

	for (size_t i = 0; i < snapshot->n_addrs; i++) {
		const struct netdev_addr *addr = &snapshot->addrs[i];

		if (is_here(facts, addr->ifindex))
			ok &= on_link_add(&facts->networks, addr->family == AF_INET ? MN_IP4 : MN_IP6, addr->addr,
					  addr->prefix_length);
	}
	for (size_t i = 0; i < snapshot->n_routes; i++) {
		const struct netdev_route *route = &snapshot->routes[i];

		if (is_here(facts, route->ifindex))
			ok &= on_link_add(&facts->networks, route->family == AF_INET ? MN_IP4 : MN_IP6,
					  route->destination, route->prefix_length);
	}
	return ok;
}

int report_facts_read(struct report_facts *facts, const struct bridge_report_source *source)
{
	struct bridge_snapshot *snapshot = &facts->snapshot;

	*facts = (struct report_facts){.source = source};
	bridge_snapshot_take(snapshot, source->nd);
	facts->now = bridge_now();
	facts->links = calloc(snapshot->n_links + 1, sizeof(const struct netdev_link *));
	if (!facts->links)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_links; i++)
		facts->links[i] = &snapshot->links[i];
	if (snapshot->n_links)
		qsort(facts->links, snapshot->n_links, sizeof(const struct netdev_link *), compare_links);
	return add_networks(facts) ? 0 : -ENOMEM;
}

void report_facts_free(struct report_facts *facts)
{
	bridge_snapshot_free(&facts->snapshot);
	free(facts->links);
	on_link_free(&facts->networks);
}

const struct netdev_link *report_link(const struct report_facts *facts, int ifindex)
{
	struct netdev_link wanted = {.ifindex = ifindex};
	const struct netdev_link *key = &wanted, **found = NULL;

	if (facts->snapshot.n_links)
		found = bsearch(&key, facts->links, facts->snapshot.n_links, sizeof(const struct netdev_link *),
				compare_links);
	return found ? *found : NULL;
}

json_t *report_link_json(const struct netdev_link *link)
{
	char text[4 * IFNAMSIZ];

	if (!link)
		return json_null();
	printable_copy(text, sizeof(text), link->name, true);
	return json_string(text);
}

json_t *report_port_json(const struct report_facts *facts, uint32_t port)
{
	return report_link_json(report_link(facts, port == 0 ? facts->source->bridge : (int)port));
}

json_t *report_since_json(const struct report_facts *facts, uint64_t then)
{
	return json_integer(then && then <= facts->now ? (json_int_t)((facts->now - then) / MN_NS_PER_SEC) : 0);
}

json_t *report_until_json(const struct report_facts *facts, uint64_t then)
{
	if (!then)
		return json_null();
	return json_integer(then > facts->now ? (json_int_t)((then - facts->now) / MN_NS_PER_SEC) : 0);
}

static json_t *network_json(int family, const uint8_t *addr, unsigned length)
{
	char text[INET6_ADDRSTRLEN], network[INET6_ADDRSTRLEN + 4];

	inet_ntop(family, addr, text, sizeof(text));
	snprintf(network, sizeof(network), "%s/%u", text, length);
	return json_string(network);
}

json_t *report_link_state_json(const struct report_facts *facts)
{
	const struct netdev_link *link = report_link(facts, facts->source->uplink);
	json_t *addresses = json_array(), *networks = json_array();

	for (size_t i = 0; i < facts->snapshot.n_addrs; i++) {
		const struct netdev_addr *addr = &facts->snapshot.addrs[i];

		if (addr->ifindex == facts->source->uplink)
			json_array_append_new(addresses, network_json(addr->family, addr->addr, addr->prefix_length));
	}
	for (size_t i = 0; i < facts->networks.count; i++) {
		const struct on_link_network *network = &facts->networks.items[i];

		json_array_append_new(networks, network_json(network->family == MN_IP4 ? AF_INET : AF_INET6,
							     network->addr, network->length));
	}
	return json_pack("{s:b, s:b, s:b, s:i, s:o, s:o}", "present", link != NULL, "up", link && link->flags & IFF_UP,
			 "carrier", link && link->carrier, "mtu", link ? link->mtu : 0, "addresses", addresses,
			 "networks", networks);
}

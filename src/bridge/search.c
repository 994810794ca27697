/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/search.h"

#include "base/mac.h"
#include "bridge/ask.h"
#include "bridge/log.h"
#include "bridge/policy/port_budget.h"
#include "netdev/packet.h"
#include "wire/be.h"
#include "wire/neigh.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	UNKNOWN_RATE = 64,     /* questions per second that neighbours can cause */
	UNKNOWN_BURST = 64,    /* and at once */
	LOST_AT_ONCE = 16,     /* addresses per step */
	STEP_MS = 10,          /* between two steps */
	ARRIVALS_MAX = 16,     /* guests that are asked at a time */
	ARRIVAL_BURST = 4,     /* guests of one port at once, */
	ARRIVAL_SECONDS = 10,  /* and in the long run one in so many seconds */
	ROUNDS = 3,            /* a guest may be announced before it runs */
	ROUND_SECONDS = 1,     /* between two rounds */
	REQUESTS_AT_ONCE = 64, /* per step */
	SHORTEST_PREFIX = 22,  /* of the networks that are asked address by address */
	NETWORKS_MAX = 4,      /* of the uplink */
};

struct network {
	uint32_t first, count, host; /* addresses in host byte order */
};

struct arrival {
	uint8_t mac[6];
	uint32_t port;
	unsigned rounds;  /* that are left; 0: the entry is free */
	unsigned network; /* the next question: its network, */
	uint32_t offset;  /* and address in that */
	uint64_t due;     /* ns */
	struct network networks[NETWORKS_MAX];
	size_t n_networks;
};

struct bridge_search {
	struct bridge *bridge;
	struct port_budget unknown, arrived;
	struct arrival arrivals[ARRIVALS_MAX];
};

struct bridge_search *bridge_search_new(struct bridge *bridge)
{
	struct bridge_search *search = calloc(1, sizeof(*search));

	if (search) {
		search->bridge = bridge;
		search->unknown.interval = MN_NS_PER_SEC / UNKNOWN_RATE;
		search->unknown.burst = UNKNOWN_BURST;
		search->arrived.interval = ARRIVAL_SECONDS * MN_NS_PER_SEC;
		search->arrived.burst = ARRIVAL_BURST;
	}
	return search;
}

void bridge_search_free(struct bridge_search *search)
{
	free(search);
}

static bool is_bound(const struct bridge *bridge, const struct mn_key *key)
{
	struct mn_binding binding;

	return bridge->store->ops->get(bridge->store, key, &binding) == 0;
}

void bridge_search_unknown(struct bridge_search *search, const struct mn_key *key)
{
	struct bridge *bridge = search->bridge;

	if (!is_bound(bridge, key) &&
	    port_budget_take(&search->unknown, (uint32_t)bridge->uplink.ifindex, bridge_now()))
		ask_all_guests(bridge, key);
}

/* ---- addresses of guests that have gone ---- */

static void ask_for_lost(struct bridge *bridge)
{
	size_t asked = 0;

	while (bridge->n_lost_addresses && asked < LOST_AT_ONCE) {
		const struct mn_key *key = &bridge->lost_addresses[--bridge->n_lost_addresses];

		if (is_bound(bridge, key)) /* the guest is at another port of this bridge */
			continue;
		ask_network(bridge, key);
		asked++;
	}
}

/* ---- guests that have arrived ---- */

/* Does the table have an IPv4 address at the MAC address? */
static bool has_address(const struct bridge *bridge, const uint8_t mac[6])
{
	struct store_item *items;
	size_t count;
	bool found = false;

	if (bridge->store->ops->list(bridge->store, &items, &count) < 0)
		return true;
	for (size_t i = 0; i < count && !found; i++)
		found = items[i].key.family == MN_IP4 && items[i].binding.kind == MN_GUEST &&
			mac_equal(items[i].binding.mac, mac);
	free(items);
	return found;
}

static void add_network(struct arrival *arrival, const struct netdev_addr *addr)
{
	uint32_t mask = 0xffffffffu << (32 - addr->prefix_length), host = be32(addr->addr);

	if (arrival->n_networks < NETWORKS_MAX)
		arrival->networks[arrival->n_networks++] =
			(struct network){.first = host & mask, .count = ~mask + 1, .host = host};
}

/* Asks for the address of a prefix that the MAC address yields. */
static void ask_derived(const struct bridge *bridge, const struct arrival *arrival, const uint8_t prefix[8])
{
	struct mn_key key = {.family = MN_IP6};

	neigh_link_local(key.addr, arrival->mac);
	memcpy(key.addr, prefix, 8);
	ask_guest_at_port(bridge, &key, arrival->mac, arrival->port);
}

/* Reads the networks of the uplink, and asks for the IPv6 addresses. */
static void start_round(const struct bridge *bridge, struct arrival *arrival)
{
	static const uint8_t link_local[8] = {0xfe, 0x80};
	struct netdev_addr *addrs;
	size_t count;

	arrival->n_networks = 0;
	arrival->network = 0;
	arrival->offset = 0;
	ask_derived(bridge, arrival, link_local);
	if (netdev_addrs(bridge->nd, &addrs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].ifindex != bridge->uplink.ifindex)
			continue;
		if (addrs[i].family == AF_INET && addrs[i].prefix_length >= SHORTEST_PREFIX &&
		    addrs[i].prefix_length <= 32)
			add_network(arrival, &addrs[i]);
		else if (addrs[i].family == AF_INET6 && addrs[i].prefix_length == 64 &&
			 memcmp(addrs[i].addr, link_local, 2))
			ask_derived(bridge, arrival, addrs[i].addr);
	}
	free(addrs);
}

static void ask_for(const struct bridge *bridge, const struct arrival *arrival, uint32_t from, uint32_t wanted)
{
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX], spa[4], tpa[4];
	size_t size;

	mac_copy(ether.dst, arrival->mac);
	mac_copy(ether.src, bridge->uplink.mac);
	put_be32(spa, from);
	put_be32(tpa, wanted);
	size = neigh_arp_request(frame, &ether, spa, tpa);
	packet_send(bridge->packet_fd, (int)arrival->port, frame, size);
}

/* Sends the next questions of a round. Returns whether the round has ended. */
static bool continue_round(const struct bridge *bridge, struct arrival *arrival)
{
	for (unsigned sent = 0; arrival->network < arrival->n_networks; sent++) {
		const struct network *network = &arrival->networks[arrival->network];
		uint32_t wanted = network->first + arrival->offset;

		if (sent == REQUESTS_AT_ONCE)
			return false;
		if (wanted != network->host)
			ask_for(bridge, arrival, network->host, wanted);
		if (++arrival->offset == network->count) {
			arrival->network++;
			arrival->offset = 0;
		}
	}
	return true;
}

static void step_arrival(const struct bridge *bridge, struct arrival *arrival, uint64_t now)
{
	if (!arrival->network && !arrival->offset) {
		if (has_address(bridge, arrival->mac)) {
			arrival->rounds = 0;
			return;
		}
		start_round(bridge, arrival);
	}
	arrival->due = now + STEP_MS * 1000000ull;
	if (continue_round(bridge, arrival)) {
		arrival->rounds--;
		arrival->network = 0;
		arrival->offset = 0;
		arrival->due = now + ROUND_SECONDS * MN_NS_PER_SEC;
	}
}

void bridge_search_arrived(struct bridge_search *search, const struct mn_key *key, uint32_t port)
{
	struct arrival *free_entry = NULL;

	if (key->vlan)
		return;
	for (size_t i = 0; i < ARRIVALS_MAX; i++) {
		if (search->arrivals[i].rounds && mac_equal(search->arrivals[i].mac, key->addr))
			return;
		if (!search->arrivals[i].rounds)
			free_entry = &search->arrivals[i];
	}
	if (!free_entry || !port_budget_take(&search->arrived, port, bridge_now()))
		return;
	*free_entry = (struct arrival){.port = port, .rounds = ROUNDS};
	/* A user-space engine does not know the port: the bridge does. */
	if (port == 0 || port == UINT32_MAX)
		free_entry->port = (uint32_t)search->bridge->veth.ifindex;
	mac_copy(free_entry->mac, key->addr);
}

unsigned bridge_search_step(struct bridge_search *search)
{
	struct bridge *bridge = search->bridge;
	uint64_t now = bridge_now(), soonest = UINT64_MAX;

	ask_for_lost(bridge);
	if (bridge->n_lost_addresses)
		soonest = now + MN_NS_PER_SEC * LOST_AT_ONCE / bridge->conf->announce_rate;
	for (size_t i = 0; i < ARRIVALS_MAX; i++) {
		struct arrival *arrival = &search->arrivals[i];

		if (arrival->rounds && arrival->due <= now)
			step_arrival(bridge, arrival, now);
		if (arrival->rounds && arrival->due < soonest)
			soonest = arrival->due;
	}
	return soonest == UINT64_MAX ? 0 : (unsigned)((soonest - now) / 1000000 + 1);
}

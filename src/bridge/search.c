/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/search.h"

#include "base/mac.h"
#include "bridge/ask.h"
#include "bridge/log.h"
#include "bridge/policy/port_budget.h"
#include "netdev/packet.h"
#include "wire/be.h"
#include "wire/ip.h"
#include "wire/neigh.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	UNKNOWN_RATE = 64,      /* questions per second that neighbours can cause */
	UNKNOWN_BURST = 64,     /* and at once */
	LOST_AT_ONCE = 16,      /* addresses per step */
	SIBLING_RATE = 16,      /* questions in the names of others, for one port: per second in the long run, */
	SIBLING_BURST = 64,     /* and at once: each is a broadcast */
	SIBLINGS_RATE = 64,     /* the same for all ports: */
	SIBLINGS_BURST = 256,   /* more than one of them can cause */
	STEP_MS = 10,           /* between two steps */
	ARRIVALS_MAX = 16,      /* guests that are asked at a time */
	ARRIVAL_BURST = 4,      /* guests of one port at once, */
	ARRIVAL_SECONDS = 10,   /* and on average one in this many seconds */
	ROUNDS = 3,             /* a guest may be announced before it runs */
	ROUND_SECONDS = 1,      /* between two rounds */
	REQUESTS_AT_ONCE = 64,  /* per step */
	SHORTEST_PREFIX = 22,   /* of the networks that are asked address by address */
	NETWORKS_MAX = 4,       /* of the uplink */
	COPIES_PER_STEP = 4096, /* of the requests to all guests, one for each port */
	WAIT_MS = 100,          /* between two looks for a carrier and an address of the uplink */
	ADDRESS_TRIES = 600,    /* the most looks */
};

struct network {
	uint32_t first, count, host; /* addresses in host byte order */
};

/* All addresses of some networks, one after the other. */
struct walk {
	struct network networks[NETWORKS_MAX];
	size_t n_networks;
	unsigned network; /* the next address: its network, */
	uint32_t offset;  /* and its place in that */
};

/* The questions at the start. */
struct roll_call {
	unsigned tries;   /* that are left, to find an address of the uplink; 0: there is nothing to do */
	unsigned at_once; /* requests per step; 0: the networks are not known yet */
	uint64_t due;     /* ns */
	struct walk walk;
};

struct arrival {
	uint8_t mac[6];
	uint32_t port;
	unsigned rounds; /* that are left; 0: the entry is free */
	uint64_t due;    /* ns */
	struct walk walk;
};

struct bridge_search {
	struct bridge *bridge;
	struct port_budget unknown, arrived, siblings, all_siblings;
	struct arrival arrivals[ARRIVALS_MAX];
	struct roll_call roll_call;
};

struct bridge_search *bridge_search_new(struct bridge *bridge)
{
	struct bridge_search *search = calloc(1, sizeof(*search));

	if (search) {
		search->bridge = bridge;
		search->unknown.interval = MN_NS_PER_SEC / UNKNOWN_RATE;
		search->unknown.burst = UNKNOWN_BURST;
		search->siblings.interval = MN_NS_PER_SEC / SIBLING_RATE;
		search->siblings.burst = SIBLING_BURST;
		search->all_siblings.interval = MN_NS_PER_SEC / SIBLINGS_RATE;
		search->all_siblings.burst = SIBLINGS_BURST;
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

/*
 * A guest that has moved to another host and the guests that have stayed know each other by MAC addresses that are nowhere in the
 * network. A question in the name of each tells the one that has moved where the asker is, and the answer tells the asker.
 */
static void ask_for_siblings(struct bridge_search *search, const struct lost_address *lost)
{
	struct bridge *bridge = search->bridge;
	struct sibling_turn turn = {0};
	const struct store_item *sibling;
	struct store_item *items;
	size_t count;
	uint64_t now = bridge_now();

	if (bridge->store->ops->list(bridge->store, &items, &count) < 0)
		return;
	count = lost_addresses_siblings(&lost->key, items, count, bridge->config.silence_ns, now);
	while ((sibling = lost_addresses_next(items, count, &turn)) &&
	       port_budget_take(&search->siblings, lost->port, now) &&
	       port_budget_take(&search->all_siblings, (uint32_t)bridge->uplink.ifindex, now))
		ask_network_for_guest(bridge, &lost->key, &sibling->key);
	free(items);
}

static bool is_of_guest(const struct bridge *bridge, const struct mn_key *key)
{
	struct mn_binding binding;

	return bridge->store->ops->get(bridge->store, key, &binding) == 0 && binding.kind == MN_GUEST;
}

static void ask_for_lost(struct bridge_search *search)
{
	struct bridge *bridge = search->bridge;
	struct lost_address lost;
	size_t asked = 0;

	while (asked < LOST_AT_ONCE && lost_addresses_take(&bridge->lost_addresses, &lost)) {
		if (is_of_guest(bridge, &lost.key)) /* the guest is at another port of this bridge */
			continue;
		ask_network(bridge, &lost.key);
		ask_for_siblings(search, &lost);
		asked++;
	}
}

/* ---- all addresses of the uplink's networks ---- */

static void walk_add(struct walk *walk, const struct netdev_addr *addr)
{
	uint32_t mask = 0xffffffffu << (32 - addr->prefix_length), host = be32(addr->addr);

	if (walk->n_networks < NETWORKS_MAX && addr->prefix_length >= SHORTEST_PREFIX && addr->prefix_length <= 32)
		walk->networks[walk->n_networks++] =
			(struct network){.first = host & mask, .count = ~mask + 1, .host = host};
}

/* The next address but that of this host, and the latter. Returns false after the last. */
static bool walk_next(struct walk *walk, uint8_t host[4], uint8_t wanted[4])
{
	while (walk->network < walk->n_networks) {
		const struct network *network = &walk->networks[walk->network];
		uint32_t address = network->first + walk->offset;

		if (++walk->offset == network->count) {
			walk->network++;
			walk->offset = 0;
		}
		if (address == network->host)
			continue;
		put_be32(host, network->host);
		put_be32(wanted, address);
		return true;
	}
	return false;
}

static bool walk_is_at_start(const struct walk *walk)
{
	return !walk->network && !walk->offset;
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

	arrival->walk = (struct walk){0};
	ask_derived(bridge, arrival, link_local);
	if (netdev_addrs(bridge->nd, &addrs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].ifindex != bridge->uplink.ifindex)
			continue;
		if (addrs[i].family == AF_INET)
			walk_add(&arrival->walk, &addrs[i]);
		else if (addrs[i].family == AF_INET6 && addrs[i].prefix_length == 64 &&
			 memcmp(addrs[i].addr, link_local, 2))
			ask_derived(bridge, arrival, addrs[i].addr);
	}
	free(addrs);
}

/* Sends the next questions of a round. Returns whether the round has ended. */
static bool continue_round(const struct bridge *bridge, struct arrival *arrival)
{
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX], host[4], wanted[4];

	mac_copy(ether.dst, arrival->mac);
	mac_copy(ether.src, bridge->uplink.mac);
	for (unsigned sent = 0; sent < REQUESTS_AT_ONCE; sent++) {
		if (!walk_next(&arrival->walk, host, wanted))
			return true;
		packet_send(bridge->packet_fd, (int)arrival->port, frame,
			    neigh_arp_request(frame, &ether, host, wanted));
	}
	return false;
}

static void step_arrival(const struct bridge *bridge, struct arrival *arrival, uint64_t now)
{
	if (walk_is_at_start(&arrival->walk)) {
		if (has_address(bridge, arrival->mac)) {
			arrival->rounds = 0;
			return;
		}
		start_round(bridge, arrival);
	}
	arrival->due = now + STEP_MS * 1000000ull;
	if (continue_round(bridge, arrival)) {
		arrival->rounds--;
		arrival->walk = (struct walk){0};
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

/* ---- idle guests at the start ---- */

bool bridge_search_start(struct bridge_search *search)
{
	struct bridge *bridge = search->bridge;
	struct store_item *items;
	size_t count;
	bool known = false;

	if (bridge->store->ops->list(bridge->store, &items, &count) < 0)
		return false;
	for (size_t i = 0; i < count && !known; i++)
		known = store_is_ip(&items[i].key) && items[i].binding.kind == MN_GUEST &&
			!(items[i].binding.flags & MN_F_PIN);
	free(items);
	if (!known)
		search->roll_call.tries = ADDRESS_TRIES;
	return !known;
}

/* As many requests per step as the bridge copies to its ports without delay for others. */
static unsigned requests_at_once(const struct bridge *bridge)
{
	struct netdev_link *links;
	size_t count, n_ports = 1;

	if (netdev_links(bridge->nd, &links, &count) < 0)
		return 1;
	for (size_t i = 0; i < count; i++)
		n_ports += links[i].master == bridge->bridge.ifindex;
	free(links);
	return n_ports > COPIES_PER_STEP / REQUESTS_AT_ONCE ? (unsigned)(COPIES_PER_STEP / n_ports) + 1
							    : REQUESTS_AT_ONCE;
}

/* Asks all guests for an IPv6 address each of the scope of `source`, an address of this host. */
static void ask_all_nodes(const struct bridge *bridge, const uint8_t source[16])
{
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX];

	mac_copy(ether.src, bridge->uplink.mac);
	packet_send(bridge->packet_fd, bridge->veth.ifindex, frame, neigh_echo_all_nodes(frame, &ether, source));
}

/* Reads the networks of the uplink, and asks for the IPv6 addresses. Returns whether the uplink has an address. */
static bool begin_roll_call(const struct bridge *bridge, struct roll_call *call)
{
	struct netdev_addr *addrs;
	struct netdev_link port;
	size_t count, n_asked = 0;
	bool found = false;

	/* The bridge forwards from the port of the uplink as soon as that has a carrier. */
	if (netdev_link_by_index(bridge->nd, bridge->port.ifindex, &port) < 0 || !port.carrier)
		return false;
	if (netdev_addrs(bridge->nd, &addrs, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].ifindex != bridge->uplink.ifindex)
			continue;
		found |= addrs[i].family == AF_INET || !ip6_is_link_local(addrs[i].addr);
		if (addrs[i].family == AF_INET)
			walk_add(&call->walk, &addrs[i]);
		else if (n_asked++ < NETWORKS_MAX)
			ask_all_nodes(bridge, addrs[i].addr);
	}
	free(addrs);
	if (found)
		call->at_once = requests_at_once(bridge);
	return found;
}

static void step_roll_call(const struct bridge *bridge, struct roll_call *call, uint64_t now)
{
	struct neigh_ether ether = {.dst = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	uint8_t frame[NEIGH_FRAME_MAX], host[4], wanted[4];

	if (!call->at_once && !begin_roll_call(bridge, call)) {
		call->tries--;
		call->due = now + WAIT_MS * 1000000ull;
		return;
	}
	mac_copy(ether.src, bridge->uplink.mac);
	call->due = now + STEP_MS * 1000000ull;
	for (unsigned sent = 0; sent < call->at_once; sent++) {
		if (!walk_next(&call->walk, host, wanted)) {
			call->tries = 0;
			return;
		}
		packet_send(bridge->packet_fd, bridge->veth.ifindex, frame,
			    neigh_arp_request(frame, &ether, host, wanted));
	}
}

unsigned bridge_search_step(struct bridge_search *search)
{
	struct bridge *bridge = search->bridge;
	uint64_t now = bridge_now(), soonest = UINT64_MAX;

	ask_for_lost(search);
	if (bridge->lost_addresses.count)
		soonest = now + MN_NS_PER_SEC * LOST_AT_ONCE / bridge->conf->announce_rate;
	for (size_t i = 0; i < ARRIVALS_MAX; i++) {
		struct arrival *arrival = &search->arrivals[i];

		if (arrival->rounds && arrival->due <= now)
			step_arrival(bridge, arrival, now);
		if (arrival->rounds && arrival->due < soonest)
			soonest = arrival->due;
	}
	if (search->roll_call.tries && search->roll_call.due <= now)
		step_roll_call(bridge, &search->roll_call, now);
	if (search->roll_call.tries && search->roll_call.due < soonest)
		soonest = search->roll_call.due;
	return soonest == UINT64_MAX ? 0 : (unsigned)((soonest - now) / 1000000 + 1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/announce.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/policy/ageing.h"
#include "bridge/policy/port_budget.h"
#include "netdev/neigh.h"
#include "netdev/packet.h"
#include "wire/neigh.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#define HASH_NONFATAL_OOM 1 /* a failed HASH_ADD leaves hh.tbl NULL */
#include <uthash.h>

enum {
	NEW_MAX = 4096,   /* new addresses queued at a time */
	PORT_RATE = 16,   /* new addresses per second and port in the long run, */
	PORT_BURST = 256, /* and at once: as the default learning rate */
	CLAIMED_MS = 100, /* a station answers the first question within this time; */
	USED_MS = 1500,   /* a dozing station answers the second one, which is sent after one second */
};

struct new_address {
	struct mn_key key;
	uint64_t due; /* ns */
	UT_hash_handle hh;
};

struct bridge_announcements {
	struct bridge *bridge;
	struct mn_key *keys; /* of bridge_announce_all(); the first n_sent are sent */
	size_t n_keys, n_sent;
	struct new_address *new_addresses;
	struct port_budget budget;
	uint64_t next; /* ns: no announcement before that */
};

struct bridge_announcements *bridge_announcements_new(struct bridge *bridge)
{
	struct bridge_announcements *announcements = calloc(1, sizeof(*announcements));

	if (announcements) {
		announcements->bridge = bridge;
		announcements->budget.interval = MN_NS_PER_SEC / PORT_RATE;
		announcements->budget.burst = PORT_BURST;
	}
	return announcements;
}

static void remove_new(struct bridge_announcements *announcements, struct new_address *address)
{
	HASH_DEL(announcements->new_addresses, address);
	free(address);
}

void bridge_announcements_free(struct bridge_announcements *announcements)
{
	struct new_address *address, *next;

	if (!announcements)
		return;
	HASH_ITER(hh, announcements->new_addresses, address, next) {
		remove_new(announcements, address);
	}
	free(announcements->keys);
	free(announcements);
}

void bridge_announce_all(struct bridge_announcements *announcements)
{
	struct store *store = announcements->bridge->store;
	struct store_item *items;
	size_t count;

	free(announcements->keys);
	announcements->keys = NULL;
	announcements->n_keys = announcements->n_sent = 0;
	if (store->ops->list(store, &items, &count) < 0 || !count)
		return;
	announcements->keys = calloc(count, sizeof(*announcements->keys));
	for (size_t i = 0; i < count && announcements->keys; i++)
		if (ageing_can_probe(&items[i].key, &items[i].binding))
			announcements->keys[announcements->n_keys++] = items[i].key;
	free(items);
}

/* The guest that has the address, and that may be announced. */
static bool find_guest(const struct bridge *bridge, const struct mn_key *key, struct mn_binding *binding)
{
	return bridge->store->ops->get(bridge->store, key, binding) == 0 && ageing_can_probe(key, binding);
}

/* The neighbour entry of this host, if there is one, may have another MAC address. */
static void correct_neighbour(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6])
{
	if (!key->vlan)
		netdev_neighbour_moved(bridge->nd, bridge->uplink.ifindex, key->family == MN_IP4 ? AF_INET : AF_INET6,
				       key->addr, mac);
}

/* This host has not received the claims that were refused during the contest: its neighbour entry has the last owner. */
static void correct_neighbour_of_guest(const struct bridge *bridge, const struct mn_key *key)
{
	struct mn_binding binding;

	if (find_guest(bridge, key, &binding))
		correct_neighbour(bridge, key, binding.mac);
}

void bridge_announce_address(struct bridge_announcements *announcements, const struct mn_key *key, uint32_t port,
			     enum announce_cause cause)
{
	struct new_address *address;
	uint64_t now = bridge_now();

	if (cause == ANNOUNCE_TAKEN) {
		correct_neighbour_of_guest(announcements->bridge, key);
		bridge_tell_guests(announcements->bridge, key);
	}
	HASH_FIND(hh, announcements->new_addresses, key, sizeof(*key), address);
	if (address || HASH_COUNT(announcements->new_addresses) >= NEW_MAX ||
	    !port_budget_take(&announcements->budget, port, now))
		return;
	address = calloc(1, sizeof(*address));
	if (!address)
		return;
	address->key = *key;
	address->due = now + (cause == ANNOUNCE_USED ? USED_MS : CLAIMED_MS) * 1000000ull;
	HASH_ADD(hh, announcements->new_addresses, key, sizeof(address->key), address);
	if (!address->hh.tbl) /* no memory: neighbours ask when their entry expires */
		free(address);
}

/* Writes an announcement of the address at `mac`. Returns its size. */
static size_t make_announcement(const struct mn_key *key, const uint8_t mac[6], uint8_t frame[NEIGH_FRAME_MAX])
{
	struct neigh_ether ether = {.vlan = key->vlan};

	mac_copy(ether.src, mac);
	if (key->family == MN_IP4) {
		memset(ether.dst, 0xff, 6);
		return neigh_arp_request(frame, &ether, key->addr, key->addr);
	}
	memcpy(ether.dst, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
	return neigh_na_announce(frame, &ether, key->addr);
}

/* Sends an announcement to the guests that the address is at `mac`. */
static void tell_guests(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6])
{
	uint8_t frame[NEIGH_FRAME_MAX];
	size_t size = make_announcement(key, mac, frame);

	/* Otherwise the bridge would learn the MAC address of a guest at the port of the uplink. */
	mac_copy(frame + 6, bridge->uplink.mac);
	packet_send(bridge->packet_fd, bridge->veth.ifindex, frame, size);
}

void bridge_tell_guests(const struct bridge *bridge, const struct mn_key *key)
{
	struct mn_binding binding;

	if (find_guest(bridge, key, &binding))
		tell_guests(bridge, key, binding.mac);
}

void bridge_tell_of_station(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6])
{
	if (!store_is_ip(key))
		return;
	correct_neighbour(bridge, key, mac);
	tell_guests(bridge, key, mac);
}

/* Announces the address if a guest has it, and the wire does not claim it. Returns whether a frame was sent. */
static bool announce(const struct bridge *bridge, const struct mn_key *key)
{
	uint8_t frame[NEIGH_FRAME_MAX];
	struct mn_binding binding;
	size_t size;

	if (!find_guest(bridge, key, &binding) || (binding.flags & MN_F_WIRE))
		return false;
	size = make_announcement(key, bridge->uplink.mac, frame);
	packet_send(bridge->packet_fd, bridge->uplink.ifindex, frame, size);
	return true;
}

/* Announces one new address that is due. Returns whether a frame was sent; *soonest: when the next one is due, ns. */
static bool announce_new(struct bridge_announcements *announcements, uint64_t now, uint64_t *soonest)
{
	struct new_address *address, *next;
	bool sent = false;

	*soonest = UINT64_MAX;
	HASH_ITER(hh, announcements->new_addresses, address, next) {
		if (address->due <= now && !sent) {
			sent = announce(announcements->bridge, &address->key);
			remove_new(announcements, address);
		} else if (address->due < *soonest) {
			*soonest = address->due;
		}
	}
	return sent;
}

static bool announce_next(struct bridge_announcements *announcements)
{
	while (announcements->n_sent < announcements->n_keys)
		if (announce(announcements->bridge, &announcements->keys[announcements->n_sent++]))
			return true;
	return false;
}

unsigned bridge_announce_step(struct bridge_announcements *announcements)
{
	uint64_t now = bridge_now(), soonest = announcements->next;

	if (now >= announcements->next) {
		if (announce_new(announcements, now, &soonest) || announce_next(announcements))
			announcements->next = now + MN_NS_PER_SEC / announcements->bridge->conf->announce_rate;
		if (announcements->n_sent < announcements->n_keys || soonest < announcements->next)
			soonest = announcements->next;
		if (soonest == UINT64_MAX)
			return 0;
	}
	return soonest > now ? (unsigned)((soonest - now) / 1000000 + 1) : 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/probe.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/policy/ageing.h"
#include "netdev/packet.h"
#include "wire/neigh.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#define HASH_NONFATAL_OOM 1 /* a failed HASH_ADD leaves hh.tbl NULL */
#include <uthash.h>

struct probe_entry {
	struct mn_key key;
	struct owner_probe probe;
	UT_hash_handle hh;
};

struct bridge_probes {
	struct bridge *bridge;
	struct probe_entry *entries;
	struct mn_key *announce_keys; /* the first n_announced are sent */
	size_t n_announce_keys, n_announced;
};

struct bridge_probes *bridge_probes_new(struct bridge *bridge)
{
	struct bridge_probes *probes = calloc(1, sizeof(*probes));

	if (probes)
		probes->bridge = bridge;
	return probes;
}

void bridge_probes_free(struct bridge_probes *probes)
{
	struct probe_entry *entry, *next;

	if (!probes)
		return;
	HASH_ITER(hh, probes->entries, entry, next) {
		HASH_DEL(probes->entries, entry);
		free(entry);
	}
	free(probes->announce_keys);
	free(probes);
}

static void start_probe(struct bridge_probes *probes, const struct mn_key *key, enum owner_probe_reason reason)
{
	enum { PROBES_MAX = 4096 }; /* at a time; the next periodic check starts the others */
	struct probe_entry *entry;

	HASH_FIND(hh, probes->entries, key, sizeof(*key), entry);
	if (entry || HASH_COUNT(probes->entries) >= PROBES_MAX)
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->key = *key;
	owner_probe_start(&entry->probe, reason, bridge_now());
	HASH_ADD(hh, probes->entries, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) /* no memory: the next check of the bindings tries again */
		free(entry);
}

/*
 * The sender address of an ARP probe: this host's address in the guest's subnet; without one it is 0.0.0.0, as in a
 * probe (RFC 5227), which any guest answers.
 */
static void find_host_address(const struct bridge *bridge, const struct mn_key *guest, uint8_t out[4])
{
	struct netdev_addr *addrs;
	size_t count;
	uint32_t guest_addr, host_addr, mask;

	memset(out, 0, 4);
	memcpy(&guest_addr, guest->addr, 4);
	if (netdev_addrs(bridge->nd, &addrs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].family != AF_INET || addrs[i].ifindex != bridge->uplink.ifindex ||
		    addrs[i].prefix_length > 32)
			continue;
		memcpy(&host_addr, addrs[i].addr, 4);
		mask = addrs[i].prefix_length ? htonl(~0u << (32 - addrs[i].prefix_length)) : 0;
		if (((host_addr ^ guest_addr) & mask) == 0) {
			memcpy(out, addrs[i].addr, 4);
			break;
		}
	}
	free(addrs);
}

static void send_probe(const struct bridge *bridge, const struct mn_key *key, const struct mn_binding *binding)
{
	struct neigh_ether ether = {.vlan = key->vlan};
	uint8_t frame[NEIGH_FRAME_MAX], from[16];
	size_t size;

	mac_copy(ether.dst, binding->mac);
	mac_copy(ether.src, bridge->uplink.mac);
	if (key->family == MN_IP4) {
		find_host_address(bridge, key, from);
		size = neigh_arp_request(frame, &ether, from, key->addr);
	} else {
		neigh_link_local(from, bridge->uplink.mac);
		size = neigh_ns_unicast(frame, &ether, from, key->addr);
	}
	packet_send(bridge->packet_fd, bridge->veth.ifindex, frame, size);
}

void bridge_probe_owner(struct bridge_probes *probes, const struct mn_key *key)
{
	struct mn_binding binding;

	if (probes->bridge->store->ops->get(probes->bridge->store, key, &binding) < 0 || (binding.flags & MN_F_PIN))
		return;
	if (ageing_can_probe(key, &binding))
		start_probe(probes, key, PROBE_CONTEST);
}

static uint64_t max_age(const struct bridge_probes *probes)
{
	return probes->bridge->conf->age_s * MN_NS_PER_SEC;
}

void bridge_age_bindings(struct bridge_probes *probes)
{
	struct store *store = probes->bridge->store;
	struct store_item *items;
	size_t count;
	uint64_t now;

	if (store->ops->list(store, &items, &count) < 0)
		return;
	now = bridge_now();
	for (size_t i = 0; i < count; i++) {
		struct mn_binding current;
		/* The event of a contest may have been lost; the flag stays until the owner sends a frame. */
		if (items[i].binding.flags & MN_F_CONTEST)
			bridge_probe_owner(probes, &items[i].key);
		switch (ageing_check(&items[i].key, &items[i].binding, max_age(probes), now)) {
		case AGEING_KEEP:
			break;
		case AGEING_PROBE:
			start_probe(probes, &items[i].key, PROBE_AGE);
			break;
		case AGEING_DELETE:
			/* The owner may have sent a frame since the list was read. */
			if (store->ops->get(store, &items[i].key, &current) == 0 &&
			    ageing_check(&items[i].key, &current, max_age(probes), now) == AGEING_DELETE)
				store->ops->del(store, &items[i].key);
			break;
		}
	}
	free(items);
}

unsigned bridge_probe_step(struct bridge_probes *probes)
{
	struct store *store = probes->bridge->store;
	struct probe_entry *entry, *next;
	uint64_t now = bridge_now(), soonest = UINT64_MAX, ms;

	HASH_ITER(hh, probes->entries, entry, next) {
		struct mn_binding binding;
		bool exists = store->ops->get(store, &entry->key, &binding) == 0;
		enum owner_probe_verdict verdict =
			owner_probe_step(&entry->probe, &entry->key, exists ? &binding : NULL, max_age(probes), now);

		if (verdict == PROBE_SEND)
			send_probe(probes->bridge, &entry->key, &binding);
		if (verdict == PROBE_DEAD)
			store->ops->del(store, &entry->key);
		if (verdict == PROBE_ALIVE && exists && (binding.flags & MN_F_CONTEST) && !(binding.flags & MN_F_PIN)) {
			/* another claim since the owner's answer */
			owner_probe_start(&entry->probe, PROBE_CONTEST, now);
			verdict = PROBE_WAIT;
		}
		if (verdict == PROBE_DEAD || verdict == PROBE_ALIVE) {
			HASH_DEL(probes->entries, entry);
			free(entry);
			continue;
		}
		if (entry->probe.next < soonest)
			soonest = entry->probe.next;
	}
	if (soonest == UINT64_MAX)
		return 0;
	/* Check for answers at least once a second. */
	ms = soonest > now ? (soonest - now) / 1000000 + 1 : 1;
	return ms > 1000 ? 1000 : (unsigned)ms;
}

void bridge_announce_all(struct bridge_probes *probes)
{
	struct store *store = probes->bridge->store;
	struct store_item *items;
	size_t count;

	free(probes->announce_keys);
	probes->announce_keys = NULL;
	probes->n_announce_keys = probes->n_announced = 0;
	if (store->ops->list(store, &items, &count) < 0 || !count)
		return;
	probes->announce_keys = calloc(count, sizeof(*probes->announce_keys));
	for (size_t i = 0; i < count && probes->announce_keys; i++)
		if (ageing_can_probe(&items[i].key, &items[i].binding))
			probes->announce_keys[probes->n_announce_keys++] = items[i].key;
	free(items);
}

bool bridge_announce_step(struct bridge_probes *probes)
{
	const struct bridge *bridge = probes->bridge;
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX];
	struct mn_binding binding;
	const struct mn_key *key;
	size_t size;

	if (probes->n_announced >= probes->n_announce_keys)
		return false;
	key = &probes->announce_keys[probes->n_announced++];
	if (bridge->store->ops->get(bridge->store, key, &binding) < 0 || !ageing_can_probe(key, &binding))
		return probes->n_announced < probes->n_announce_keys;
	mac_copy(ether.src, bridge->uplink.mac);
	ether.vlan = key->vlan;
	if (key->family == MN_IP4) {
		memset(ether.dst, 0xff, 6);
		size = neigh_arp_request(frame, &ether, key->addr, key->addr);
	} else {
		memcpy(ether.dst, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
		size = neigh_na_announce(frame, &ether, key->addr);
	}
	packet_send(bridge->packet_fd, bridge->uplink.ifindex, frame, size);
	return probes->n_announced < probes->n_announce_keys;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking and telling.  Questions go out of vifi0, come in at the uplink's bridge port, and reach the guest as if a
 * neighbour had asked; the guest's answer passes from_guest, which notes that it is alive.  Announcements go out of the
 * uplink to the neighbours.
 */
#include "bridge/bridge.h"

#include "bridge/policy/ageing.h"
#include "netdev/packet.h"
#include "wire/neigh.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
	struct mn_key key;
	struct probe probe;
	UT_hash_handle hh;
};

struct bridge_probes {
	struct bridge *bridge;
	struct entry *entries;
	struct mn_key *announce; /* those still to be told, from `told` on */
	size_t n_announce, told;
};

struct bridge_probes *bridge_probes_new(struct bridge *b)
{
	struct bridge_probes *p = calloc(1, sizeof(*p));

	if (p)
		p->bridge = b;
	return p;
}

void bridge_probes_free(struct bridge_probes *p)
{
	struct entry *e, *next;

	if (!p)
		return;
	HASH_ITER(hh, p->entries, e, next)
	{
		HASH_DEL(p->entries, e);
		free(e);
	}
	free(p->announce);
	free(p);
}

static void begin(struct bridge_probes *p, const struct mn_key *key, enum probe_reason reason)
{
	enum { PROBES_MAX = 4096 }; /* at once; the next look takes up what found no place */
	struct entry *e;

	HASH_FIND(hh, p->entries, key, sizeof(*key), e);
	if (e || HASH_COUNT(p->entries) >= PROBES_MAX)
		return;
	e = calloc(1, sizeof(*e));
	if (!e)
		return;
	e->key = *key;
	probe_start(&e->probe, reason, bridge_now());
	HASH_ADD(hh, p->entries, key, sizeof(e->key), e);
}

/* An address of this host that a guest with this one answers: in its subnet if there is one, else none. */
static void host_address(const struct bridge *b, const struct mn_key *guest, uint8_t out[4])
{
	struct netdev_addr *addrs;
	size_t count;
	uint32_t g, a;

	memset(out, 0, 4);
	memcpy(&g, guest->addr, 4);
	if (netdev_addrs(b->nd, &addrs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].family != AF_INET || addrs[i].ifindex != b->uplink.ifindex || addrs[i].prefix_length > 32)
			continue;
		memcpy(&a, addrs[i].addr, 4);
		uint8_t bits = addrs[i].prefix_length;
		uint32_t mask = bits ? htonl(~0u << (32 - bits)) : 0;
		if (((a ^ g) & mask) == 0) {
			memcpy(out, addrs[i].addr, 4);
			break;
		}
	}
	free(addrs);
}

static void ask(const struct bridge *b, const struct mn_key *key, const struct mn_binding *binding)
{
	struct neigh_ether ether = {.vlan = key->vlan};
	uint8_t frame[NEIGH_FRAME_MAX], from[16];
	size_t size;

	memcpy(ether.dst, binding->mac, 6);
	memcpy(ether.src, b->uplink.mac, 6);
	if (key->family == MN_IP4) {
		host_address(b, key, from);
		size = neigh_arp_request(frame, &ether, from, key->addr);
	} else {
		neigh_link_local(from, b->uplink.mac);
		size = neigh_ns_unicast(frame, &ether, from, key->addr);
	}
	packet_send(b->packet, b->veth.ifindex, frame, size);
}

void bridge_contest(struct bridge_probes *p, const struct mn_key *key)
{
	struct mn_binding b;

	if (p->bridge->store->ops->get(p->bridge->store, key, &b) < 0 || (b.flags & MN_F_PIN))
		return;
	if (ageing_can_probe(key, &b))
		begin(p, key, PROBE_CONTEST);
}

static uint64_t age_of(const struct bridge_probes *p)
{
	return p->bridge->conf->age * MN_NS_PER_SEC;
}

void bridge_age(struct bridge_probes *p)
{
	struct store *s = p->bridge->store;
	struct store_item *items;
	size_t count;

	if (s->ops->list(s, &items, &count) < 0)
		return;
	uint64_t now = bridge_now();
	for (size_t i = 0; i < count; i++) {
		struct mn_binding fresh;
		/* Its news may have been lost, or come while nobody listened: the mark stays until the owner speaks. */
		if (items[i].binding.flags & MN_F_CONTEST)
			bridge_contest(p, &items[i].key);
		switch (ageing_look(&items[i].key, &items[i].binding, age_of(p), now)) {
		case AGEING_KEEP:
			break;
		case AGEING_PROBE:
			begin(p, &items[i].key, PROBE_AGE);
			break;
		case AGEING_DELETE:
			/* A frame may have come since the list was read. */
			if (s->ops->get(s, &items[i].key, &fresh) == 0 &&
			    ageing_look(&items[i].key, &fresh, age_of(p), now) == AGEING_DELETE)
				s->ops->del(s, &items[i].key);
			break;
		}
	}
	free(items);
}

unsigned bridge_probe_step(struct bridge_probes *p)
{
	struct store *s = p->bridge->store;
	struct entry *e, *next;
	uint64_t now = bridge_now(), soonest = UINT64_MAX;

	HASH_ITER(hh, p->entries, e, next)
	{
		struct mn_binding b;
		bool there = s->ops->get(s, &e->key, &b) == 0;
		enum probe_verdict v = probe_step(&e->probe, &e->key, there ? &b : NULL, age_of(p), now);

		if (v == PROBE_SEND)
			ask(p->bridge, &e->key, &b);
		if (v == PROBE_DEAD)
			s->ops->del(s, &e->key);
		if (v == PROBE_ALIVE && there && (b.flags & MN_F_CONTEST) && !(b.flags & MN_F_PIN)) {
			/* Claimed again since the owner spoke: ask again. */
			probe_start(&e->probe, PROBE_CONTEST, now);
			v = PROBE_WAIT;
		}
		if (v == PROBE_DEAD || v == PROBE_ALIVE) {
			HASH_DEL(p->entries, e);
			free(e);
			continue;
		}
		if (e->probe.next < soonest)
			soonest = e->probe.next;
	}
	if (soonest == UINT64_MAX)
		return 0;
	/* Not slower than answers are to be noticed, and not faster than the grain of what is waited for. */
	uint64_t ms = soonest > now ? (soonest - now) / 1000000 + 1 : 1;
	return ms > 1000 ? 1000 : (unsigned)ms;
}

void bridge_announce_all(struct bridge_probes *p)
{
	struct store *s = p->bridge->store;
	struct store_item *items;
	size_t count;

	free(p->announce);
	p->announce = NULL;
	p->n_announce = p->told = 0;
	if (s->ops->list(s, &items, &count) < 0 || !count)
		return;
	p->announce = calloc(count, sizeof(*p->announce));
	for (size_t i = 0; i < count && p->announce; i++)
		if (ageing_can_probe(&items[i].key, &items[i].binding))
			p->announce[p->n_announce++] = items[i].key;
	free(items);
}

bool bridge_announce_step(struct bridge_probes *p)
{
	const struct bridge *b = p->bridge;
	struct neigh_ether ether = {0};
	uint8_t frame[NEIGH_FRAME_MAX];
	struct mn_binding binding;
	size_t size;

	if (p->told >= p->n_announce)
		return false;
	const struct mn_key *key = &p->announce[p->told++];
	if (b->store->ops->get(b->store, key, &binding) < 0 || !ageing_can_probe(key, &binding))
		return p->told < p->n_announce;
	memcpy(ether.src, b->uplink.mac, 6);
	ether.vlan = key->vlan;
	if (key->family == MN_IP4) {
		memset(ether.dst, 0xff, 6);
		size = neigh_arp_request(frame, &ether, key->addr, key->addr);
	} else {
		memcpy(ether.dst, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
		size = neigh_na_announce(frame, &ether, key->addr);
	}
	packet_send(b->packet, b->uplink.ifindex, frame, size);
	return p->told < p->n_announce;
}

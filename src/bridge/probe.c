/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/probe.h"

#include "base/mac.h"
#include "bridge/ask.h"
#include "bridge/events.h"
#include "bridge/log.h"
#include "bridge/policy/ageing.h"
#include "bridge/policy/port_budget.h"
#include "bridge/silent_router.h"
#include "bridge/station_addresses.h"
#include "bridge/station_fdb.h"
#include "bridge/witnesses.h"
#include "netdev/neigh.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#define HASH_NONFATAL_OOM 1 /* a failed HASH_ADD leaves hh.tbl NULL */
#include <uthash.h>

enum {
	PROBES_MAX = 4096,   /* at a time; the next periodic check starts the others */
	ADDRESSES_MAX = 4,   /* by which one owner is asked */
	INHERIT_BURST = 16,  /* addresses that a port can inherit at once, */
	INHERIT_SECONDS = 4, /* and on average one in this many seconds */
	TELL_RATE = 32,      /* refused claims of a port per second that the siblings are told about in the long run, */
	TELL_BURST = 64,     /* and at once */
	ASK_AGAIN = 16,      /* times that an outranked router which has answered is asked again, */
	ASK_AGAIN_MS = 30,   /* and the pause before each */
};

struct probe_entry {
	struct mn_key key;
	struct owner_probe probe;
	struct mn_key addresses[ADDRESSES_MAX];
	size_t n_addresses;
	uint8_t claimant[6]; /* of a contest; zero: unknown */
	uint32_t claimant_port;
	unsigned asked_again;
	struct bridge_witness witness;
	UT_hash_handle hh;
};

struct bridge_probes {
	struct bridge *bridge;
	struct bridge_questions *questions;
	struct bridge_announcements *announcements;
	struct bridge_events *events;
	struct probe_entry *entries;
	struct port_budget inherited, told;
	struct bridge_witness_ends witness_ends;
	struct store_item *items; /* the table at items_time, for contests of MAC addresses, and for witnesses */
	size_t n_items;
	uint64_t items_time;
};

struct bridge_probes *bridge_probes_new(struct bridge *bridge, struct bridge_questions *questions,
					struct bridge_announcements *announcements, struct bridge_events *events)
{
	struct bridge_probes *probes = calloc(1, sizeof(*probes));

	if (probes) {
		probes->bridge = bridge;
		probes->questions = questions;
		probes->announcements = announcements;
		probes->events = events;
		probes->inherited.interval = INHERIT_SECONDS * MN_NS_PER_SEC;
		probes->inherited.burst = INHERIT_BURST;
		probes->told.interval = MN_NS_PER_SEC / TELL_RATE;
		probes->told.burst = TELL_BURST;
	}
	return probes;
}

static void remove_entry(struct bridge_probes *probes, struct probe_entry *entry)
{
	HASH_DEL(probes->entries, entry);
	free(entry);
}

void bridge_probes_free(struct bridge_probes *probes)
{
	struct probe_entry *entry, *next;

	if (!probes)
		return;
	HASH_ITER(hh, probes->entries, entry, next) {
		remove_entry(probes, entry);
	}
	free(probes->items);
	free(probes);
}

static uint64_t max_age(const struct bridge_probes *probes)
{
	return probes->bridge->conf->age_s * MN_NS_PER_SEC;
}

/* ---- the addresses of an owner ---- */

/* Reads the table, at most once per second: forged frames can cause many contests of MAC addresses. */
static void read_items(struct bridge_probes *probes)
{
	struct store *store = probes->bridge->store;
	uint64_t now = bridge_now();

	if (probes->items_time && now - probes->items_time < MN_NS_PER_SEC)
		return;
	free(probes->items);
	probes->items = NULL;
	probes->n_items = 0;
	if (store->ops->list(store, &probes->items, &probes->n_items) < 0)
		probes->n_items = 0;
	probes->items_time = now;
}

static void add_address(struct probe_entry *entry, const struct mn_key *key)
{
	if (entry->n_addresses < ADDRESSES_MAX)
		entry->addresses[entry->n_addresses++] = *key;
}

/* The IP addresses that the table has at a MAC address, of an owner of the same kind. */
static void add_table_addresses(struct bridge_probes *probes, struct probe_entry *entry, const struct mn_binding *owner)
{
	read_items(probes);
	for (size_t i = 0; i < probes->n_items; i++) {
		const struct store_item *item = &probes->items[i];

		if (store_is_ip(&item->key) && item->key.vlan == entry->key.vlan && item->binding.kind == owner->kind &&
		    mac_equal(item->binding.mac, entry->key.addr))
			add_address(entry, &item->key);
	}
}

static void add_neighbour_addresses(const struct bridge *bridge, struct probe_entry *entry)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct mn_key key = {.family = families[i] == AF_INET ? MN_IP4 : MN_IP6};

		if (netdev_neighbour_by_mac(bridge->nd, bridge->uplink.ifindex, families[i], entry->key.addr,
					    key.addr) == 0)
			add_address(entry, &key);
	}
}

/* Finds the addresses by which the owner is asked. Returns whether there are any. */
static bool find_addresses(struct bridge_probes *probes, struct probe_entry *entry, const struct mn_binding *owner)
{
	entry->n_addresses = 0;
	if (entry->key.family != MN_MAC) {
		add_address(entry, &entry->key);
		return true;
	}
	if (owner->kind == MN_STATION && !entry->key.vlan)
		add_neighbour_addresses(probes->bridge, entry);
	add_table_addresses(probes, entry, owner);
	return entry->n_addresses > 0;
}

/* ---- the end of a contest ---- */

static bool is_real_port(uint32_t port)
{
	return port != 0 && port != UINT32_MAX;
}

/*
 * The guest of a binding is at another port now. It may return at once (`home`). The binding has no slot in the ring of
 * the port, so that `inherited` bounds the number of such moves.
 */
static void move_binding(struct store *store, const struct mn_key *key, const struct mn_binding *old, uint32_t port)
{
	struct mn_binding binding = *old;

	binding.port = port;
	binding.slot = MN_NO_SLOT;
	binding.home = is_real_port(old->port) ? old->port : 0;
	binding.flags &= (uint8_t) ~(MN_F_CONTEST | MN_F_PROBING | MN_F_WIRE);
	binding.last_seen = bridge_now();
	store->ops->put(store, key, &binding);
}

/* A guest has moved to another port, with its IP addresses: `owner` is the binding of its MAC address. */
static void move_guest(struct bridge_probes *probes, const struct mn_key *mac_key, const struct mn_binding *owner,
		       uint32_t port)
{
	struct store *store = probes->bridge->store;

	read_items(probes);
	move_binding(store, mac_key, owner, port);
	for (size_t i = 0; i < probes->n_items; i++) {
		const struct mn_key *key = &probes->items[i].key;
		struct mn_binding binding;

		if (store_is_ip(key) && key->vlan == mac_key->vlan && store->ops->get(store, key, &binding) == 0 &&
		    binding.kind == MN_GUEST && !(binding.flags & MN_F_PIN) && binding.port == owner->port &&
		    mac_equal(binding.mac, mac_key->addr))
			move_binding(store, key, &binding, port);
	}
}

/* The claimant has the IP address from now on. Its claim is tentative, as any other. */
static bool give_address(struct bridge_probes *probes, const struct probe_entry *entry, const struct mn_binding *owner)
{
	struct store *store = probes->bridge->store;
	struct mn_key mac_key = {.family = MN_MAC, .vlan = entry->key.vlan};
	uint64_t now = bridge_now();
	struct mn_binding guest, heir = {
					 .kind = MN_GUEST,
					 .flags = MN_F_TENTATIVE,
					 .port = entry->claimant_port,
					 .slot = MN_NO_SLOT,
					 .created = now,
					 .last_seen = now,
				 };

	mac_copy(mac_key.addr, entry->claimant);
	if (store->ops->get(store, &mac_key, &guest) < 0 || guest.kind != MN_GUEST ||
	    guest.port != entry->claimant_port)
		return false;
	mac_copy(heir.mac, entry->claimant);
	if (owner->kind == MN_STATION)
		heir.flags |= MN_F_STATION;
	else if (is_real_port(owner->port))
		heir.home = owner->port;
	if (store->ops->put(store, &entry->key, &heir) < 0)
		return false;
	bridge_question_add(probes->questions, &entry->key, guest.port);
	bridge_announce_address(probes->announcements, &entry->key, guest.port, ANNOUNCE_TAKEN);
	return true;
}

/*
 * The claimant of an address whose owner does not answer inherits it now: it may not repeat its claim soon. Returns
 * whether it did.
 */
static bool inherit(struct bridge_probes *probes, const struct probe_entry *entry, const struct mn_binding *owner)
{
	if (mac_is_zero(entry->claimant) || entry->claimant_port == (uint32_t)probes->bridge->uplink.ifindex ||
	    !port_budget_take(&probes->inherited, entry->claimant_port, bridge_now()))
		return false;
	if (entry->key.family != MN_MAC)
		return give_address(probes, entry, owner);
	if (owner->kind != MN_GUEST)
		return false;
	move_guest(probes, &entry->key, owner, entry->claimant_port);
	return true;
}

/* The rules report only what they decide themselves. */
static void log_end(struct bridge_probes *probes, const struct probe_entry *entry, const struct mn_binding *owner,
		    enum mn_event_type type)
{
	struct mn_event event = {
		.time = bridge_now(),
		.key = entry->key,
		.port = entry->claimant_port,
		.type = (uint16_t)type,
		.owner_port = owner->port,
	};

	mac_copy(event.mac, entry->claimant);
	mac_copy(event.owner, owner->mac);
	bridge_event_log(probes->events, &event);
}

static void send_probe(const struct bridge *bridge, const struct probe_entry *entry, const struct mn_binding *owner)
{
	bool last_try = entry->probe.sent == AGEING_TRIES, contest = entry->probe.reason == PROBE_CONTEST;

	for (size_t i = 0; i < entry->n_addresses; i++) {
		const struct mn_key *address = &entry->addresses[i];

		if (owner->kind == MN_STATION) {
			ask_station(bridge, address, owner->mac, last_try && address->family == MN_IP4);
			continue;
		}
		ask_guest(bridge, address, owner->mac);
		if (contest && is_real_port(owner->port))
			ask_guest_at_port(bridge, address, owner->mac, owner->port);
	}
}

/* A silent owner has lost the address: to the claimant, to the wire, or to the next claim. */
static void end_contest(struct bridge_probes *probes, const struct probe_entry *entry, const struct mn_binding *owner)
{
	struct bridge *bridge = probes->bridge;
	struct store *store = bridge->store;
	struct mn_binding silent = *owner;

	if (owner->kind == MN_STATION && entry->key.family == MN_MAC)
		station_fdb_release(bridge, entry->key.addr);
	if (entry->key.family != MN_MAC && entry->claimant_port == (uint32_t)bridge->uplink.ifindex) {
		store->ops->del(store, &entry->key); /* without a binding, frames for the address go to the wire */
		if (owner->kind == MN_GUEST)
			lost_addresses_add(&bridge->lost_addresses, &entry->key, owner->port);
		if (owner->kind == MN_GUEST)
			log_end(probes, entry, owner, MN_EV_STATION);
		return;
	}
	if (inherit(probes, entry, owner)) {
		/* An answer that arrived while the table was written is lost: one more returns the address. */
		if (entry->key.family != MN_MAC && owner->kind == MN_GUEST)
			send_probe(bridge, entry, owner);
		log_end(probes, entry, owner, entry->key.family == MN_MAC ? MN_EV_MOVED : MN_EV_TAKEN);
		return;
	}
	if (entry->key.family != MN_MAC) { /* the next packet for it makes the guests be asked (bridge/search.h) */
		store->ops->del(store, &entry->key);
		return;
	}
	silent.last_seen = 0;
	silent.flags &= (uint8_t) ~(MN_F_CONTEST | MN_F_PROBING | MN_F_WIRE);
	store->ops->put(store, &entry->key, &silent);
}

/* ---- probes ---- */

/*
 * Makes the entry of a key with its addresses; NULL: no memory, or the owner cannot be asked. A contest takes place all the same: an
 * owner without a known address keeps its MAC address only by a frame, or one forged frame would keep the MAC address
 * from its owner until `silent` ends.
 */
static struct probe_entry *make_entry(struct bridge_probes *probes, const struct mn_key *key,
				      const struct mn_binding *owner, enum owner_probe_reason reason)
{
	struct probe_entry *entry;

	if (HASH_COUNT(probes->entries) >= PROBES_MAX)
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = *key;
	if (!find_addresses(probes, entry, owner) && reason != PROBE_CONTEST) {
		free(entry);
		return NULL;
	}
	HASH_ADD(hh, probes->entries, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) { /* no memory: the next periodic check tries again */
		free(entry);
		return NULL;
	}
	return entry;
}

/* A contest replaces a probe for age, and nothing replaces a contest. */
static void start_probe(struct bridge_probes *probes, const struct mn_key *key, const struct mn_binding *owner,
			enum owner_probe_reason reason, const struct mn_event *event)
{
	struct probe_entry *entry;

	HASH_FIND(hh, probes->entries, key, sizeof(*key), entry);
	if (entry && (reason == PROBE_AGE || entry->probe.reason == PROBE_CONTEST))
		return;
	if (!entry)
		entry = make_entry(probes, key, owner, reason);
	if (!entry)
		return;
	if (event) {
		mac_copy(entry->claimant, event->mac);
		entry->claimant_port = event->port;
	}
	owner_probe_start(&entry->probe, reason, owner, bridge_now());
	entry->probe.is_brief = bridge_is_silent_router(probes->bridge, key, owner);
}

/*
 * Without the port guard the siblings have heard the claim: until the contest is decided, they are told again that the owner
 * has the address.
 */
static void contradict(struct bridge_probes *probes, const struct mn_event *event, const struct mn_binding *owner)
{
	const struct bridge *bridge = probes->bridge;

	if ((bridge->config.flags & MN_CONFIG_PORT_GUARD) || owner->kind != MN_GUEST || !store_is_ip(&event->key) ||
	    event->port == (uint32_t)bridge->uplink.ifindex ||
	    !port_budget_take(&probes->told, event->port, bridge_now()))
		return;
	bridge_tell_guests(bridge, &event->key);
}

/* A guest whose port has left the bridge or has no carrier cannot answer. */
static bool has_left(const struct bridge *bridge, const struct mn_binding *owner)
{
	struct netdev_link link;

	if (owner->kind != MN_GUEST || !is_real_port(owner->port))
		return false;
	return netdev_link_by_index(bridge->nd, (int)owner->port, &link) < 0 || !link.carrier ||
	       link.master != bridge->bridge.ifindex;
}

static void start_contest(struct bridge_probes *probes, const struct mn_key *key, const struct mn_event *event)
{
	struct mn_binding owner;
	struct probe_entry moved = {.key = *key};

	if (probes->bridge->store->ops->get(probes->bridge->store, key, &owner) < 0 || !ageing_can_contest(key, &owner))
		return;
	if (event && !has_left(probes->bridge, &owner))
		contradict(probes, event, &owner);
	/* The owner has been seen since the claim. To start all the same would be too late for its answer. */
	if (event && !(owner.flags & MN_F_CONTEST))
		return;
	if (!event || !has_left(probes->bridge, &owner)) {
		start_probe(probes, key, &owner, PROBE_CONTEST, event);
		return;
	}
	mac_copy(moved.claimant, event->mac);
	moved.claimant_port = event->port;
	end_contest(probes, &moved, &owner);
}

void bridge_probe_owner(struct bridge_probes *probes, const struct mn_event *event)
{
	start_contest(probes, &event->key, event);
}

static bool can_have_witness(const struct probe_entry *entry, const struct mn_binding *owner)
{
	return entry->probe.reason == PROBE_CONTEST && store_is_ip(&entry->key) &&
	       (owner->kind == MN_GUEST || owner->kind == MN_STATION);
}

static void ask_witness(struct bridge_probes *probes, struct probe_entry *entry, const struct mn_binding *owner)
{
	struct bridge_witness *witness = &entry->witness;

	if (!witness->searched) {
		read_items(probes);
		bridge_witness_find(probes->bridge, witness, &probes->witness_ends, &entry->key, owner, probes->items,
				    probes->n_items);
	}
	if (!witness->count)
		return;
	send_probe(probes->bridge, entry, owner);
	bridge_witness_ask(probes->bridge, witness);
}

/* Does a witness show that the owner has given the address up? `told`: it has answered the last question for the witness. */
static bool hear_witness(struct bridge_probes *probes, struct probe_entry *entry, const struct mn_binding *owner,
			 bool told, uint64_t now)
{
	switch (witness_step(&entry->witness.state, told && mac_equal(entry->witness.mac, owner->mac), now)) {
	case WITNESS_WAIT:
		break;
	case WITNESS_ASK:
		ask_witness(probes, entry, owner);
		break;
	case WITNESS_SILENT:
		bridge_witness_note_end(&probes->witness_ends, &entry->key, owner);
		return true;
	}
	return false;
}

void bridge_probe_note_taken(struct bridge_probes *probes, const struct mn_event *event)
{
	if (event->type == MN_EV_TAKEN || event->type == MN_EV_STATION)
		bridge_witness_note_taken(&probes->witness_ends, &event->key, event->mac);
}

static void end_probe(struct bridge_probes *probes, const struct probe_entry *entry, const struct mn_binding *owner)
{
	if (entry->probe.reason == PROBE_CONTEST)
		end_contest(probes, entry, owner);
	else
		probes->bridge->store->ops->del(probes->bridge->store, &entry->key);
}

/*
 * May the contest go on though the owner has answered? There was another claim since; or the owner is a virtual router that has
 * heard another of higher priority (rule 33) and may have answered before it obeyed. Its claimant may not repeat the claim for
 * seconds.
 */
static bool continue_contest(struct bridge_probes *probes, struct probe_entry *entry, struct mn_binding *owner,
			     uint64_t now)
{
	if (owner->flags & MN_F_PIN)
		return false;
	entry->witness.state = (struct witness){0};
	if (owner->flags & MN_F_CONTEST) {
		owner_probe_start(&entry->probe, PROBE_CONTEST, owner, now);
		return true;
	}
	if (entry->probe.reason != PROBE_CONTEST || !store_is_ip(&entry->key) || !(owner->router & MN_VRRP_OUTRANKED) ||
	    entry->asked_again++ >= ASK_AGAIN)
		return false;
	owner->flags |= MN_F_CONTEST; /* so that the next answer counts at once */
	probes->bridge->store->ops->put(probes->bridge->store, &entry->key, owner);
	owner_probe_start(&entry->probe, PROBE_CONTEST, owner, now);
	entry->probe.next = now + ASK_AGAIN_MS * (MN_NS_PER_SEC / 1000);
	return true;
}

/* One step of a probe. Returns PROBE_WAIT if it goes on. */
static enum owner_probe_verdict step_entry(struct bridge_probes *probes, struct probe_entry *entry, uint64_t now)
{
	struct store *store = probes->bridge->store;
	/* Before the owner's answer: it comes first. */
	bool told = bridge_witness_has_answered(probes->bridge, &entry->witness);
	struct mn_binding owner;
	bool exists = store->ops->get(store, &entry->key, &owner) == 0;
	enum owner_probe_verdict verdict =
		owner_probe_step(&entry->probe, &entry->key, exists ? &owner : NULL, max_age(probes), now);

	if (verdict == PROBE_ALIVE)
		return exists && continue_contest(probes, entry, &owner, now) ? PROBE_WAIT : PROBE_ALIVE;
	if (verdict == PROBE_SEND) {
		send_probe(probes->bridge, entry, &owner);
		bridge_witness_ask(probes->bridge, &entry->witness);
	}
	if (verdict != PROBE_DEAD && can_have_witness(entry, &owner) && hear_witness(probes, entry, &owner, told, now))
		verdict = PROBE_DEAD;
	if (verdict == PROBE_DEAD)
		end_probe(probes, entry, &owner);
	return verdict == PROBE_DEAD ? PROBE_DEAD : PROBE_WAIT;
}

static uint64_t next_step(const struct probe_entry *entry)
{
	const struct bridge_witness *witness = &entry->witness;
	bool waits = witness->state.next && (!witness->searched || witness->count);

	return waits && witness->state.next < entry->probe.next ? witness->state.next : entry->probe.next;
}

unsigned bridge_probe_step(struct bridge_probes *probes)
{
	struct probe_entry *entry, *next;
	uint64_t now = bridge_now(), soonest = UINT64_MAX, ms;

	HASH_ITER(hh, probes->entries, entry, next) {
		if (step_entry(probes, entry, now) != PROBE_WAIT)
			remove_entry(probes, entry);
		else if (next_step(entry) < soonest)
			soonest = next_step(entry);
	}
	if (soonest == UINT64_MAX)
		return 0;
	/* Check for answers at least once a second. */
	ms = soonest > now ? (soonest - now) / 1000000 + 1 : 1;
	return ms > 1000 ? 1000 : (unsigned)ms;
}

/* ---- the periodic check ---- */

static void delete_if_expired(struct bridge_probes *probes, const struct mn_key *key, uint64_t now)
{
	struct store *store = probes->bridge->store;
	struct mn_binding current;

	/* The owner may have sent a frame since the list was read. */
	if (store->ops->get(store, key, &current) == 0 &&
	    ageing_check(key, &current, max_age(probes), now) == AGEING_DELETE)
		store->ops->del(store, key);
}

static void check_binding(struct bridge_probes *probes, const struct store_item *item, uint64_t now)
{
	if ((item->binding.flags & MN_F_CONTEST) || ageing_is_mute(&item->key, &item->binding, now))
		start_contest(probes, &item->key, NULL);
	if (bridge_question_is_due(&item->key, &item->binding) && now - item->binding.created < MN_TENTATIVE_NS)
		bridge_question_add(probes->questions, &item->key, item->binding.port);
	switch (ageing_check(&item->key, &item->binding, max_age(probes), now)) {
	case AGEING_KEEP:
		break;
	case AGEING_PROBE:
		start_probe(probes, &item->key, &item->binding, PROBE_AGE, NULL);
		break;
	case AGEING_DELETE:
		delete_if_expired(probes, &item->key, now);
		break;
	}
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
	for (size_t i = 0; i < count; i++)
		check_binding(probes, &items[i], now);
	station_addresses_delete(probes->bridge, items, count);
	free(items);
}

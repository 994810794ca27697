/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of `vifi bridge` beside the rules, in a few lines: it asks the wire about tentative addresses, probes the
 * owners of contested ones, ages the table, and holds the stations in the bridge's forwarding database. When is the business of bridge/policy/ageing.h, which is pure.
 */
#include "judge.h"

#include <string.h>

enum { AGE_S = 600, CHECK_S = 5, QUESTION_TRIES = 2, TICK_MS = 10 };

static bool is_ip(const struct mn_key *key)
{
	return key->family == MN_IP4 || key->family == MN_IP6;
}

static bool same_key(const struct mn_key *a, const struct mn_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* ---- frames ---- */

/* A question for an address, from the host to a MAC address; NULL: to all, as an ARP probe or DAD. */
static void make_question(struct raw_frame *frame, const struct mn_key *key, const uint8_t *mac)
{
	const struct party *host = &parties[HOST];
	static const uint8_t link_local[16] = {0xfe, 0x80, [8] = 2, 0x60, 0xaa, 0xff, 0xfe, 0xbb, 0xcc, 0xdd};
	uint8_t group[16], group_mac[6];
	struct nd_spec nd = {.type = NS, .target = key->addr, .slla = mac ? host->mac : NULL};

	if (key->family == MN_IP4) {
		put_arp(frame, mac ? mac : mac_broadcast, host->mac, 1, host->mac, mac ? host->ip4 : ip_zero, mac_zero,
			key->addr);
		return;
	}
	solicited_node(group, key->addr);
	group_of_ip6(group_mac, group);
	put_nd(frame, mac ? mac : group_mac, host->mac, mac ? link_local : ip6_zero, mac ? key->addr : group, &nd);
}

static void to_wire(struct network *net, const struct mn_key *key, const uint8_t *mac)
{
	static struct raw_frame frame;

	make_question(&frame, key, mac);
	network_send(net, AT_HOST, 0, &frame, MS / 10, false, true);
}

/* By the guest's port alone: the bridge may have learned its MAC address at a forger's port. */
static void to_guest(struct network *net, const struct mn_key *key, const struct mn_binding *binding)
{
	static struct raw_frame frame;
	struct stored_frame stored;

	make_question(&frame, key, binding->mac);
	stored.len = frame.len;
	memcpy(stored.bytes, frame.bytes, frame.len);
	network_to_port(net, binding->port, &stored);
}

/* ---- probes ---- */

static void add_question(struct network *net, const struct mn_key *key)
{
	struct caretaker *caretaker = &net->caretaker;

	for (unsigned i = 0; i < caretaker->n_questions; i++)
		if (same_key(&caretaker->questions[i].key, key))
			return;
	if (caretaker->n_questions < TASKS_MAX)
		caretaker->questions[caretaker->n_questions++] = (struct question){.key = *key, .due = net->now};
}

/*
 * An IP address by which the owner of a MAC address can be asked: one that the table has at it, or that the host's
 * neighbour table has; the host talks to the regular stations only.
 */
static bool ip_of_mac(struct network *net, const struct mn_key *mac, enum mn_kind kind, struct mn_key *key)
{
	const struct party *party = party_of_mac(mac->addr);
	struct mn_binding binding;
	struct mn_key each;
	void *cursor = NULL;
	bool found = false;

	if (kind == MN_STATION && party && party->side == ON_WIRE && party < &parties[REGULARS] && !mac->vlan) {
		*key = (struct mn_key){.family = MN_IP4};
		memcpy(key->addr, party->ip4, 4);
		return true;
	}
	while (mn_engine_next(net->engine, &cursor, &each, &binding)) /* to its end */
		if (!found && is_ip(&each) && each.vlan == mac->vlan && binding.kind == kind &&
		    !memcmp(binding.mac, mac->addr, 6)) {
			*key = each;
			found = true;
		}
	return found;
}

/* An owner that cannot be asked has the same time to show itself. */
static void send_probe(struct network *net, const struct mn_key *key, const struct mn_binding *binding)
{
	struct mn_key ip = *key;

	if (!is_ip(key) && !ip_of_mac(net, key, (enum mn_kind)binding->kind, &ip))
		return;
	if (binding->kind == MN_STATION)
		to_wire(net, &ip, binding->mac);
	else
		to_guest(net, &ip, binding);
}

static void start_probe(struct network *net, const struct mn_key *key, enum owner_probe_reason reason,
			const struct mn_event *event)
{
	struct caretaker *caretaker = &net->caretaker;
	struct probe *probe = &caretaker->probes[caretaker->n_probes];
	const struct mn_binding *binding = mn_engine_get(net->engine, key);

	if (!binding || (event && !(binding->flags & MN_F_CONTEST))) /* the owner has been seen since the claim */
		return;
	for (unsigned i = 0; i < caretaker->n_probes; i++)
		if (same_key(&caretaker->probes[i].key, key))
			return;
	if (caretaker->n_probes == TASKS_MAX)
		return;
	*probe = (struct probe){.key = *key};
	owner_probe_start(&probe->state, reason, binding, net->now);
	if (event) {
		memcpy(probe->claimant, event->mac, 6);
		probe->claimant_port = event->port;
	}
	caretaker->n_probes++;
}

/* The claimant inherits an IP address at once; it may not repeat its claim soon. Returns whether it did. */
static bool inherit(struct network *net, const struct probe *probe, const struct mn_binding *owner)
{
	struct mn_key mac = {.family = MN_MAC, .vlan = probe->key.vlan};
	struct mn_binding heir = {.kind = MN_GUEST,
				  .flags = MN_F_TENTATIVE | (owner->kind == MN_STATION ? MN_F_STATION : 0),
				  .port = UINT32_MAX,
				  .slot = MN_NO_SLOT,
				  .created = net->now,
				  .last_seen = net->now};
	const struct mn_binding *guest;

	memcpy(mac.addr, probe->claimant, 6);
	guest = mn_engine_get(net->engine, &mac);
	if (!is_ip(&probe->key) || !memcmp(probe->claimant, mac_zero, 6) || !guest || guest->kind != MN_GUEST ||
	    guest->port != probe->claimant_port)
		return false;
	memcpy(heir.mac, probe->claimant, 6);
	mn_engine_put(net->engine, &probe->key, &heir);
	add_question(net, &probe->key);
	return true;
}

/* The owner has not answered. */
static void end_dead(struct network *net, const struct probe *probe, struct mn_binding *owner)
{
	if (probe->state.reason == PROBE_AGE || (is_ip(&probe->key) && probe->claimant_port == UPLINK_LINK)) {
		mn_engine_delete(net->engine, &probe->key);
		return;
	}
	if (probe->key.family == MN_MAC && owner->kind == MN_STATION)
		network_fdb_release(net, probe->key.addr);
	if (inherit(net, probe, owner))
		return;
	if (is_ip(&probe->key)) {
		mn_engine_delete(net->engine, &probe->key);
		return;
	}
	owner->last_seen = owner->expires = 0; /* the next claim takes the address */
	owner->flags &= (uint8_t) ~(MN_F_CONTEST | MN_F_PROBING | MN_F_WIRE);
	mn_engine_put(net->engine, &probe->key, owner);
}

/* ---- witnesses ---- */

/* Asks the owner for the contested address, then for another that the table has at its MAC address. */
static void ask_witness(struct network *net, struct probe *probe, const struct mn_binding *owner)
{
	struct mn_binding binding;
	struct mn_key each;
	void *cursor = NULL;

	while (mn_engine_next(net->engine, &cursor, &each, &binding)) /* to its end */
		if (!probe->witness_key.family && each.family == probe->key.family && each.vlan == probe->key.vlan &&
		    !same_key(&each, &probe->key) && binding.kind == MN_GUEST && binding.port == owner->port &&
		    !(binding.flags & (MN_F_PIN | MN_F_CONTEST)) && !memcmp(binding.mac, owner->mac, 6))
			probe->witness_key = each;
	if (!probe->witness_key.family)
		return;
	binding = *mn_engine_get(net->engine, &probe->witness_key);
	binding.flags |= MN_F_PROBING;
	mn_engine_put(net->engine, &probe->witness_key, &binding);
	to_guest(net, &probe->key, owner);
	to_guest(net, &probe->witness_key, owner);
}

static bool has_witness_answered(struct network *net, const struct probe *probe, const struct mn_binding *owner)
{
	const struct mn_binding *binding =
		probe->witness_key.family ? mn_engine_get(net->engine, &probe->witness_key) : NULL;

	return binding && binding->kind == MN_GUEST && !memcmp(binding->mac, owner->mac, 6) &&
	       !(binding->flags & MN_F_PROBING);
}

/* Has the owner given the address up, as a witness shows? */
static bool is_given_up(struct network *net, struct probe *probe, const struct mn_binding *owner)
{
	if (probe->state.reason != PROBE_CONTEST || !is_ip(&probe->key) || owner->kind != MN_GUEST)
		return false;
	switch (witness_step(&probe->witness, has_witness_answered(net, probe, owner), net->now)) {
	case WITNESS_WAIT:
		break;
	case WITNESS_ASK:
		ask_witness(net, probe, owner);
		break;
	case WITNESS_SILENT:
		return true;
	}
	return false;
}

/* Returns whether the probe goes on. */
static bool step_probe(struct network *net, struct probe *probe)
{
	const struct mn_binding *found = mn_engine_get(net->engine, &probe->key);
	struct mn_binding binding = found ? *found : (struct mn_binding){0};

	switch (owner_probe_step(&probe->state, &probe->key, found ? &binding : NULL, AGE_S * SECOND, net->now)) {
	case PROBE_SEND:
		send_probe(net, &probe->key, &binding);
		/* fall through */
	case PROBE_WAIT:
		if (!is_given_up(net, probe, &binding))
			return true;
		end_dead(net, probe, &binding);
		return false;
	case PROBE_ALIVE:
		if (!found || !(binding.flags & MN_F_CONTEST) || (binding.flags & MN_F_PIN))
			return false;
		probe->witness = (struct witness){0};
		owner_probe_start(&probe->state, PROBE_CONTEST, &binding,
				  net->now); /* another claim since its answer */
		return true;
	case PROBE_DEAD:
		end_dead(net, probe, &binding);
		return false;
	}
	return false;
}

/* ---- questions ---- */

static bool step_question(struct network *net, struct question *question)
{
	const struct mn_binding *binding = mn_engine_get(net->engine, &question->key);

	if (question->due > net->now)
		return true;
	if (!binding || binding->kind != MN_GUEST)
		return false;
	to_wire(net, &question->key, NULL);
	question->due = net->now + SECOND;
	return ++question->sent < QUESTION_TRIES;
}

/* ---- the table ---- */

/* A station has won a MAC address: the IP addresses that the guest bound to it go with it. */
static void delete_bound_to(struct network *net, const struct mn_key *mac)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(net->engine, &cursor, &key, &binding))
		if (is_ip(&key) && binding.kind == MN_GUEST && !(binding.flags & MN_F_PIN) && key.vlan == mac->vlan &&
		    !memcmp(binding.mac, mac->addr, 6))
			mn_engine_delete(net->engine, &key);
}

static void check_table(struct network *net)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(net->engine, &cursor, &key, &binding)) {
		enum ageing_verdict verdict = ageing_check(&key, &binding, AGE_S * SECOND, net->now);

		if (verdict == AGEING_PROBE)
			start_probe(net, &key, PROBE_AGE, NULL);
		if (verdict == AGEING_DELETE)
			mn_engine_delete(net->engine, &key);
		else if (binding.flags & MN_F_CONTEST)
			start_probe(net, &key, PROBE_CONTEST, NULL);
		if (verdict != AGEING_DELETE && key.family == MN_MAC && !key.vlan && binding.kind == MN_STATION &&
		    binding.last_seen)
			network_fdb_hold(net, key.addr);
	}
	network_fdb_release_others(net);
	net->caretaker.next_check = net->now + CHECK_S * SECOND;
}

void caretaker_events(struct network *net)
{
	struct mn_event event;

	while (mn_engine_event_pop(net->engine, &event)) {
		if (event.type == MN_EV_LEARNED && is_ip(&event.key) && (event.flags & MN_F_TENTATIVE))
			add_question(net, &event.key);
		if (event.type == MN_EV_CONTEST || event.type == MN_EV_CONFLICT)
			start_probe(net, &event.key, PROBE_CONTEST, &event);
		if (event.type == MN_EV_STATION && event.key.family == MN_MAC)
			delete_bound_to(net, &event.key);
	}
}

void caretaker_step(struct network *net)
{
	struct caretaker *caretaker = &net->caretaker;

	for (unsigned i = 0; i < caretaker->n_questions;)
		if (step_question(net, &caretaker->questions[i]))
			i++;
		else
			caretaker->questions[i] = caretaker->questions[--caretaker->n_questions];
	for (unsigned i = 0; i < caretaker->n_probes;)
		if (step_probe(net, &caretaker->probes[i]))
			i++;
		else
			caretaker->probes[i] = caretaker->probes[--caretaker->n_probes];
	if (caretaker->next_check <= net->now)
		check_table(net);
	caretaker->next_tick = net->now + TICK_MS * MS;
}

uint64_t caretaker_next(const struct network *net)
{
	const struct caretaker *caretaker = &net->caretaker;

	return caretaker->n_questions || caretaker->n_probes ? caretaker->next_tick : caretaker->next_check;
}

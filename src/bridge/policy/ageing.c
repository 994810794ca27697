/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/ageing.h"

#include "macnat/store.h"

#define SECONDS(n) ((n)*MN_NS_PER_SEC)

#define STATION_AGE SECONDS(86400)

/* An owner is probed that has sent nothing for MUTE_AFTER, although packets came for it within MUTE_RECENT. */
#define MUTE_AFTER  SECONDS(3)
#define MUTE_RECENT SECONDS(5)

/*
 * Three probes decide a contest of a MAC address within two seconds. One of an IP address is shorter: an owner answers
 * within milliseconds, on a busy machine within a second, a station that dozes after a few beacons more; and it has the
 * address back if it answers later (a guest by MN_RETURN_NS, a station by MN_TENTATIVE_NS).
 */
#define MAC_INTERVAL     (SECONDS(2) / AGEING_TRIES)
#define GUEST_INTERVAL   ((SECONDS(1) + AGEING_TRIES - 1) / AGEING_TRIES)
#define STATION_INTERVAL (SECONDS(1) / 2)
/* The owner has heard a virtual router of higher priority, and answers only if it goes on all the same; or it fell silent as one. */
#define OUTRANKED_INTERVAL (MN_NS_PER_SEC / 25)

static uint64_t probe_interval(const struct owner_probe *probe, const struct mn_key *key,
			       const struct mn_binding *binding)
{
	if (probe->reason != PROBE_CONTEST)
		return SECONDS(1);
	if (key->family == MN_MAC)
		return MAC_INTERVAL;
	if (probe->is_brief || binding->router & MN_VRRP_OUTRANKED)
		return OUTRANKED_INTERVAL;
	return binding->kind == MN_GUEST ? GUEST_INTERVAL : STATION_INTERVAL;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > AGEING_NEVER - b ? AGEING_NEVER : a + b;
}

/* A lease keeps the address of a silent guest; after the lease, traffic keeps it as it does any other. */
static uint64_t guest_deadline(const struct mn_binding *binding, uint64_t age)
{
	uint64_t silent_end = add_saturated(binding->last_seen, age),
		 lease_end = add_saturated(binding->last_seen, MN_LEASE_MAX_NS);

	if (lease_end > binding->expires)
		lease_end = binding->expires;
	return lease_end > silent_end ? lease_end : silent_end;
}

static uint64_t address_deadline(const struct mn_binding *binding, uint64_t age)
{
	switch ((enum mn_kind)binding->kind) {
	case MN_GUEST:
		return guest_deadline(binding, age);
	case MN_STATION:
		return add_saturated(binding->last_seen, STATION_AGE);
	case MN_HOST:
	case MN_GATEWAY:
	case MN_BROADCAST:
		break;
	}
	return AGEING_NEVER;
}

uint64_t ageing_deadline(const struct mn_key *key, const struct mn_binding *binding, uint64_t age)
{
	if (binding->flags & MN_F_PIN)
		return AGEING_NEVER;
	switch ((enum mn_family)key->family) {
	case MN_DHCP_XID:
	case MN_PPPOE_UNIQ:
		return add_saturated(binding->last_seen, SECONDS(300));
	case MN_PROBE4:
	case MN_PROBE6:
		return add_saturated(binding->last_seen, SECONDS(30));
	case MN_ETHERTYPE:
	case MN_PPPOE:
		return add_saturated(binding->last_seen, age);
	case MN_MAC:
	case MN_IP4:
	case MN_IP6:
	case MN_NET4: /* always a pin */
	case MN_NET6:
		break;
	}
	return address_deadline(binding, age);
}

bool ageing_can_probe(const struct mn_key *key, const struct mn_binding *binding)
{
	return store_is_ip(key) && binding->kind == MN_GUEST;
}

bool ageing_can_contest(const struct mn_key *key, const struct mn_binding *binding)
{
	return (key->family == MN_MAC || store_is_ip(key)) &&
	       (binding->kind == MN_GUEST || binding->kind == MN_STATION) && !(binding->flags & MN_F_PIN);
}

bool ageing_is_mute(const struct mn_key *key, const struct mn_binding *binding, uint64_t now)
{
	return ageing_can_probe(key, binding) && !(binding->flags & MN_F_PIN) && now >= binding->in_peer_seen &&
	       now - binding->in_peer_seen <= MUTE_RECENT &&
	       binding->in_peer_seen > add_saturated(binding->last_seen, MUTE_AFTER);
}

enum ageing_verdict ageing_check(const struct mn_key *key, const struct mn_binding *binding, uint64_t age, uint64_t now)
{
	uint64_t end = ageing_deadline(key, binding, age);

	if (end == AGEING_NEVER)
		return AGEING_KEEP;
	if (now >= end)
		return AGEING_DELETE;
	return ageing_can_probe(key, binding) && end - now <= AGEING_PROBE_EARLY ? AGEING_PROBE : AGEING_KEEP;
}

void owner_probe_start(struct owner_probe *probe, enum owner_probe_reason reason, const struct mn_binding *binding,
		       uint64_t now)
{
	*probe = (struct owner_probe){
		.reason = reason,
		.seen = binding->last_seen,
		.contested = binding->flags & MN_F_CONTEST,
		.next = now,
	};
}

/*
 * The data path clears MN_F_CONTEST when it sees the owner. `last_seen` alone does not show that: its clock has ticks of
 * some milliseconds, and another claim sets the flag again. It is not compared with the time of the probe: without the
 * flag, it has a resolution of MN_SEEN_RESOLUTION.
 */
static bool has_answered(const struct owner_probe *probe, const struct mn_binding *binding)
{
	return binding->last_seen > probe->seen || (probe->contested && !(binding->flags & MN_F_CONTEST));
}

enum owner_probe_verdict owner_probe_step(struct owner_probe *probe, const struct mn_key *key,
					  const struct mn_binding *binding, uint64_t age, uint64_t now)
{
	uint64_t end;

	if (!binding || ageing_deadline(key, binding, age) == AGEING_NEVER)
		return PROBE_ALIVE;
	if (has_answered(probe, binding))
		return PROBE_ALIVE;
	if (now < probe->next)
		return PROBE_WAIT;
	if (probe->sent < AGEING_TRIES) {
		probe->sent++;
		probe->next = now + probe_interval(probe, key, binding);
		return PROBE_SEND;
	}
	if (probe->reason == PROBE_CONTEST)
		return PROBE_DEAD;
	end = ageing_deadline(key, binding, age);
	if (now >= end)
		return PROBE_DEAD;
	probe->next = end;
	return PROBE_WAIT;
}

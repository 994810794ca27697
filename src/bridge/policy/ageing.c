/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/ageing.h"

#define SECONDS(n) ((n)*MN_NS_PER_SEC)

/* A contest is decided after two seconds; an expiring address is asked every second, then waits for its end. */
#define CONTEST_EVERY (SECONDS(2) / AGEING_TRIES)

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > AGEING_NEVER - b ? AGEING_NEVER : a + b;
}

uint64_t ageing_deadline(const struct mn_key *key, const struct mn_binding *b, uint64_t age)
{
	if (b->kind != MN_GUEST || (b->flags & MN_F_PIN))
		return AGEING_NEVER;
	switch ((enum mn_family)key->family) {
	case MN_XID:
	case MN_UNIQ:
		return add(b->seen, SECONDS(300));
	case MN_PROBE4:
	case MN_PROBE6:
		return add(b->seen, SECONDS(30));
	case MN_MAC:
	case MN_TALK:
	case MN_PPPOE:
		return add(b->seen, age);
	case MN_IP4:
	case MN_IP6:
		break;
	}
	/* A lease keeps a sleeping guest's address; a guest that talks on after its end keeps it as any other does. */
	uint64_t silent = add(b->seen, age);
	return b->expires > silent ? b->expires : silent;
}

bool ageing_can_probe(const struct mn_key *key, const struct mn_binding *b)
{
	return (key->family == MN_IP4 || key->family == MN_IP6) && b->kind == MN_GUEST;
}

enum ageing_verdict ageing_look(const struct mn_key *key, const struct mn_binding *b, uint64_t age, uint64_t now)
{
	uint64_t end = ageing_deadline(key, b, age);

	if (end == AGEING_NEVER)
		return AGEING_KEEP;
	if (now >= end)
		return AGEING_DELETE;
	return ageing_can_probe(key, b) && end - now <= AGEING_PROBE_EARLY ? AGEING_PROBE : AGEING_KEEP;
}

void probe_start(struct probe *p, enum probe_reason reason, uint64_t now)
{
	*p = (struct probe){.reason = reason, .started = now, .next = now};
}

enum probe_verdict probe_step(struct probe *p, const struct mn_key *key, const struct mn_binding *b, uint64_t age,
			      uint64_t now)
{
	if (!b || ageing_deadline(key, b, age) == AGEING_NEVER)
		return PROBE_ALIVE;
	/* `seen` is exact to a grain: a frame shortly before the probe may have left an older time. */
	if (p->sent && b->seen > p->started)
		return PROBE_ALIVE;
	if (now < p->next)
		return PROBE_WAIT;
	if (p->sent < AGEING_TRIES) {
		p->sent++;
		p->next = now + (p->reason == PROBE_CONTEST ? CONTEST_EVERY : SECONDS(1));
		return PROBE_SEND;
	}
	if (p->reason == PROBE_CONTEST)
		return PROBE_DEAD;
	uint64_t end = ageing_deadline(key, b, age);
	if (now >= end)
		return PROBE_DEAD;
	p->next = end;
	return PROBE_WAIT;
}

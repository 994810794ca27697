/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns which address: learning, claims, caps (rules 1 to 4).
 *
 * One table holds everything that belongs to somebody: IP addresses, MAC
 * addresses, and the short-lived keys (DHCP transactions, probes, PPPoE
 * sessions, ethertypes).  One function, mn_claim, decides for all of them.
 *
 * Fairness is by bridge port, because a guest can forge any MAC address but
 * not the port that its frames come by.  A port has
 *
 *   a rate:  the generic cell rate algorithm on one 64-bit word, moved by
 *            compare-and-swap, so that no lock is held and no token is lost;
 *   a ring:  the keys it owns, with the time each was last seen.  A full ring
 *            gives up its own oldest, never somebody else's.
 *
 * The ring is a hint, the table is the truth: a slot whose binding has gone or
 * names another slot is stale, ages, and is reused.  So whoever deletes a
 * binding (user space, a RELEASE) need not touch the ring.
 *
 * Since the table has room for 256 ports × 256 slots and for what user space
 * puts there, no guest can fill the table for the others.
 */
#ifndef VIFI_MACNAT_LEARN_H
#define VIFI_MACNAT_LEARN_H

#include "macnat/env.h"
#include "base/mac.h"

#define MN_NO_PORT   0xffffffffu /* a binding that user space restored: its port is not known until it speaks */
#define MN_CAS_TRIES 4

_Static_assert((uint64_t)MN_PORTS_MAX *MN_RING <= MN_BINDINGS_MAX, "no guest may fill the table for the others");

/*
 * Keys are written in whole words.  The hash reads words, and a processor that
 * reads what it has just written in smaller pieces waits until they have reached
 * its cache.
 */
typedef uint32_t __attribute__((may_alias)) mn_word;

MN_FN void mn_key_words(struct mn_key *k, uint8_t family, uint16_t vlan, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	mn_word *word = (mn_word *)k;

	word[0] = a;
	word[1] = b;
	word[2] = c;
	word[3] = d;
	word[4] = little ? vlan | (uint32_t)family << 16 : (uint32_t)vlan << 16 | (uint32_t)family << 8;
}

MN_FN void mn_key_clear(struct mn_key *k, uint8_t family, uint16_t vlan)
{
	mn_key_words(k, family, vlan, 0, 0, 0, 0);
}

MN_FN void mn_key_ip4(struct mn_key *k, uint16_t vlan, const uint8_t *addr)
{
	uint32_t a;

	__builtin_memcpy(&a, addr, 4);
	mn_key_words(k, MN_IP4, vlan, a, 0, 0, 0);
}

MN_FN void mn_key_ip6(struct mn_key *k, uint16_t vlan, const uint8_t *addr)
{
	uint32_t a, b, c, d;

	__builtin_memcpy(&a, addr, 4);
	__builtin_memcpy(&b, addr + 4, 4);
	__builtin_memcpy(&c, addr + 8, 4);
	__builtin_memcpy(&d, addr + 12, 4);
	mn_key_words(k, MN_IP6, vlan, a, b, c, d);
}

MN_FN void mn_key_mac(struct mn_key *k, uint16_t vlan, const uint8_t *addr)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	uint64_t mac = mac_word(addr);
	uint32_t low = (uint32_t)mac, high = (uint32_t)(mac >> 32);

	mn_key_words(k, MN_MAC, vlan, little ? low : high, little ? high : low, 0, 0);
}

MN_FN bool mn_key_equal(const struct mn_key *a, const struct mn_key *b)
{
	const uint32_t *x = (const uint32_t *)a, *y = (const uint32_t *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4];
}

/* The short-lived families belong to whoever used them last; nobody contests them. */
MN_FN bool mn_family_is_address(uint8_t family)
{
	return family == MN_MAC || family == MN_IP4 || family == MN_IP6;
}

MN_FN void mn_news(MN_CTX c, struct mn_work *w, uint16_t type, uint16_t reason, const struct mn_key *key,
		   const uint8_t *owner)
{
	struct mn_event *e = &w->event;

	e->time = w->now;
	e->key = *key;
	e->port = w->port;
	e->type = type;
	e->reason = reason;
	mac_copy(e->mac, w->who);
	if (owner)
		mac_copy(e->owner, owner);
	else
		__builtin_memset(e->owner, 0, sizeof(e->owner));
	mn_tell(c, e);
}

/* Is the owner certainly there? Then nobody else may have what it holds. */
MN_FN bool mn_live(const struct mn_config *cfg, const struct mn_binding *b, uint64_t now)
{
	return (b->flags & MN_F_PIN) || now < b->seen + cfg->silent || now < b->expires;
}

/* A live guest other than the one that asks: the bridge, not the air, is the way to it (rule 12). */
MN_FN bool mn_live_guest(const struct mn_config *cfg, const struct mn_binding *b, uint64_t now)
{
	return b && b->kind == MN_GUEST && mn_live(cfg, b, now);
}

/* Rate limit of a port (rule 1). Returns whether it may learn one more address now. */
MN_FN bool mn_may_learn(const struct mn_config *cfg, struct mn_port *p, uint64_t now)
{
	if (!cfg->interval)
		return true;
	for (int i = 0; i < MN_CAS_TRIES; i++) {
		uint64_t tat = p->tat;
		uint64_t base = tat > now ? tat : now;

		if (base - now > cfg->credit)
			return false;
		if (__sync_val_compare_and_swap(&p->tat, tat, base + cfg->interval) == tat)
			return true;
	}
	return true; /* several CPUs learn for one port at once: let one pass rather than lose an honest frame */
}

/*
 * Takes a place in the port's ring for w->key: a free one, else that of the
 * port's own oldest, whose key goes to w->victim (family 0: none).  Returns the
 * slot.  The best so far is kept in memory, not in registers: the verifier
 * would otherwise tell every possible winner apart at every step.
 */
MN_STAGE(mn_ring_take)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_port *p = mn_port_find(c, w->port);
	struct mn_ring_slot *s;
	uint32_t best, cap;

	if (!cfg || !p)
		return 0;
	cap = cfg->port_cap;

	w->victim.family = 0;
	w->best = 0;
	mn_lock_port(p);
	w->oldest = p->ring[0].seen;
	for (uint32_t i = 1; i < MN_RING && i < cap && w->oldest; i++) {
		uint64_t seen = p->ring[i].seen;

		if (seen < w->oldest) {
			w->oldest = seen;
			w->best = i;
		}
	}
	best = w->best & (MN_RING - 1);
	s = &p->ring[best];
	if (s->seen)
		w->victim = s->key;
	s->key = w->key;
	s->seen = w->now;
	mn_unlock_port(p);
	return (int)best;
}

/* The port is over its cap: what it gave up goes, if it was still its own and not pinned. */
MN_FN void mn_evict(MN_CTX c, struct mn_port *p, struct mn_work *w, uint32_t slot)
{
	struct mn_binding *old;

	if (!w->victim.family || mn_key_equal(&w->victim, &w->key)) /* the second: it only changes its owner */
		return;
	old = mn_find(c, &w->victim);
	if (!old || old->slot != slot || old->port != w->port || (old->flags & MN_F_PIN))
		return;
	mn_erase(c, &w->victim);
	MN_ADD(&p->evicted, 1);
	mn_news(c, w, MN_EV_EVICTED, 0, &w->victim, w->who);
}

/* A MAC address is a guest's that was not, or not there: whoever has a far end in mind looks anew (short_rules.h). */
MN_FN void mn_appeared(MN_CTX c, const struct mn_key *key)
{
	uint64_t *n = key->family == MN_MAC ? mn_appearances(c) : 0;

	if (n)
		MN_ADD(n, 1);
}

/* A frame of the guest confirms the binding w->key that it holds already (rule 3); at most once per grain of time. */
MN_STAGE(mn_refresh)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *b = mn_find(c, &w->key), *m;
	struct mn_port *p;

	if (!b || !cfg)
		return 0;
	if (!mn_live(cfg, b, w->now))
		mn_appeared(c, &w->key);
	b->seen = w->now;
	b->flags &= (uint8_t) ~(MN_F_CONTEST | MN_F_PROBING);
	p = mn_port_find(c, b->port);
	if (p && b->slot < MN_RING && mn_key_equal(&p->ring[b->slot & (MN_RING - 1)].key, &w->key))
		p->ring[b->slot & (MN_RING - 1)].seen = w->now;
	if (w->key.family == MN_MAC)
		return 0;
	m = mn_find(c, &w->mac_key);
	if (!m || m->kind != MN_GUEST)
		return 0;
	if (!mn_live(cfg, m, w->now))
		mn_appeared(c, &w->mac_key);
	m->seen = w->now;
	if (p && m->slot < MN_RING && mn_key_equal(&p->ring[m->slot & (MN_RING - 1)].key, &w->mac_key))
		p->ring[m->slot & (MN_RING - 1)].seen = w->now;
	return 0;
}

/* Counts and tells that w->who may not have w->key of w->owner, for the reason w->refusal, which it returns. */
MN_STAGE(mn_refused)
{
	struct mn_port *p = mn_port_of(c, w->port);
	int reason = w->refusal;

	if (reason == DROP_HOST_TWICE)
		return reason; /* no guest did anything wrong */
	if (p)
		MN_ADD(reason == DROP_LEARN_RATE ? &p->limited : &p->refused, 1);
	if (reason != DROP_LEARN_RATE) /* a flood must not become a flood of news */
		mn_news(c, w, MN_EV_REFUSED, (uint16_t)reason, &w->key, w->owner);
	return reason;
}

MN_FN int mn_refuse(MN_CTX c, struct mn_work *w, int reason, const struct mn_binding *holder)
{
	w->refusal = (uint16_t)reason;
	if (holder)
		mac_copy(w->owner, holder->mac);
	else
		__builtin_memset(w->owner, 0, sizeof(w->owner));
	return mn_refused(c, w);
}

/*
 * May w->who have what b says is another's? NOT_DROPPED: yes.  What is short-lived belongs to whoever used it last,
 * this host included; but a PPPoE session that is alive only the concentrator gives to another guest.
 */
MN_FN int mn_contested(MN_CTX c, const struct mn_config *cfg, struct mn_work *w, struct mn_binding *b)
{
	if (w->key.family == MN_PPPOE && w->hook == MN_FROM_GUEST)
		return mn_live(cfg, b, w->now) ? DROP_CLAIM_TAKEN : NOT_DROPPED;
	if (!mn_family_is_address(w->key.family))
		return NOT_DROPPED;
	if (b->kind == MN_HOST) /* port 0: the bridge device itself, that is, this host (arp_ignore=0) */
		return w->port == 0 ? DROP_HOST_TWICE : DROP_CLAIM_HOST;
	if (b->kind == MN_GATEWAY)
		return DROP_CLAIM_GATEWAY;
	if (b->kind == MN_BROADCAST)
		return DROP_CLAIM_INVALID;
	if (b->flags & MN_F_PIN)
		return DROP_CLAIM_PINNED;
	if (!mn_live(cfg, b, w->now) || (w->announce && cfg->takeover == MN_TAKEOVER_ANNOUNCED))
		return NOT_DROPPED;
	if (!(b->flags & MN_F_CONTEST)) {
		b->flags |= MN_F_CONTEST;
		mn_news(c, w, MN_EV_CONTEST, DROP_CLAIM_TAKEN, &w->key, b->mac);
	}
	return DROP_CLAIM_TAKEN;
}

/* w->who takes over or moves the binding b of w->key to w->port. */
MN_FN int mn_rebind(MN_CTX c, const struct mn_config *cfg, struct mn_work *w, struct mn_binding *b)
{
	struct mn_port *p;
	uint32_t slot;
	bool same = mac_equal(b->mac, w->who);

	if (!same) {
		int reason = mn_contested(c, cfg, w, b);

		if (reason)
			return mn_refuse(c, w, reason, b);
	} else if (b->kind != MN_GUEST) {
		return mn_refuse(c, w, mn_contested(c, cfg, w, b), b);
	}
	if (b->flags & MN_F_PIN) { /* user space owns it: only its place is news */
		if (!same)
			return NOT_DROPPED; /* an ethertype pinned to another guest */
		b->port = w->port;
		b->seen = w->now;
		mn_appeared(c, &w->key);
		return NOT_DROPPED;
	}
	/* Where only the place is new, a lack of room or budget loses no frame: somebody may be forging the moves. */
	p = mn_port_of(c, w->port);
	if (!p)
		return same ? NOT_DROPPED : mn_refuse(c, w, DROP_LEARN_FULL, b);
	if (!mn_may_learn(cfg, p, w->now))
		return same ? NOT_DROPPED : mn_refuse(c, w, DROP_LEARN_RATE, b);
	slot = (uint32_t)mn_ring_take(c, w);
	mn_evict(c, p, w, slot);
	if (mn_family_is_address(w->key.family))
		mn_news(c, w, same ? MN_EV_MOVED : MN_EV_TAKEN, 0, &w->key, b->mac);
	mn_appeared(c, &w->key);
	mac_copy(b->mac, w->who);
	b->port = w->port;
	b->slot = slot;
	b->seen = w->now;
	b->aux = w->aux;
	if (!same) {
		b->kind = MN_GUEST;
		b->born = w->now;
		b->flags = w->learned_flags;
		b->expires = w->lease_end;
	} else if (w->lease_end) {
		b->expires = w->lease_end;
		b->flags |= w->learned_flags;
	}
	return NOT_DROPPED;
}

/*
 * The guest w->who on w->port uses w->key: rules 1 and 2.  Learns it, refreshes
 * it, moves it, or refuses.  In: w->who, w->port, w->key, w->mac_key,
 * w->announce, w->aux, w->learned_flags, w->lease_end.
 * Returns NOT_DROPPED, or the reason why the frame must not go on.
 */
MN_STAGE(mn_claim_slow)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *b = mn_find(c, &w->key), *n = &w->fresh;
	struct mn_port *p;

	if (!cfg)
		return DROP_INTERNAL;
	if (b && mac_equal(b->mac, w->who) && b->port == w->port && b->kind == MN_GUEST) {
		if (w->now - b->seen > MN_SEEN_GRAIN)
			mn_refresh(c, w);
		b->aux = w->aux;
		if (w->lease_end) {
			b->expires = w->lease_end;
			b->flags |= w->learned_flags;
		}
		return NOT_DROPPED;
	}
	if (b)
		return mn_rebind(c, cfg, w, b);
	p = mn_port_of(c, w->port);
	if (!p)
		return mn_refuse(c, w, DROP_LEARN_FULL, 0);
	if (!mn_may_learn(cfg, p, w->now))
		return mn_refuse(c, w, DROP_LEARN_RATE, 0);
	__builtin_memset(n, 0, sizeof(*n));
	mac_copy(n->mac, w->who);
	n->flags = w->learned_flags;
	n->port = w->port;
	n->aux = w->aux;
	n->born = n->seen = w->now;
	n->expires = w->lease_end;
	n->slot = (uint32_t)mn_ring_take(c, w);
	mn_evict(c, p, w, n->slot);
	if (mn_insert(c, &w->key, n) < 0)
		return mn_refuse(c, w, DROP_LEARN_FULL, 0);
	mn_appeared(c, &w->key);
	MN_ADD(&p->learned, 1);
	mn_tally(c, MN_N_LEARNED);
	if (mn_family_is_address(w->key.family))
		mn_news(c, w, MN_EV_LEARNED, 0, &w->key, 0);
	return NOT_DROPPED;
}

/* The guest exists: its MAC address is a claim like any other. Changes w->key. */
MN_FN int mn_claim_mac(MN_CTX c, struct mn_work *w)
{
	struct mn_binding *b = mn_find(c, &w->mac_key);

	if (b && b->port == w->port && b->kind == MN_GUEST && w->now - b->seen <= MN_SEEN_GRAIN)
		return NOT_DROPPED;
	w->key = w->mac_key;
	return mn_claim_slow(c, w);
}

/* An address that is not in the table as this guest's: the guest itself comes first, then its address. */
MN_STAGE(mn_claim_new)
{
	int r;

	w->want = w->key;
	r = mn_claim_mac(c, w);
	if (r)
		return r;
	w->key = w->want;
	return mn_claim_slow(c, w);
}

/*
 * As mn_claim_slow for an address that a data frame bears; the frequent case, its owner uses it, costs one look-up, and
 * leaves the binding in *own.
 */
MN_FN int mn_claim(MN_CTX c, struct mn_work *w, struct mn_binding **own)
{
	struct mn_binding *b = mn_find(c, &w->key);

	*own = 0;
	if (b && mac_equal(b->mac, w->who) && b->port == w->port && b->kind == MN_GUEST) {
		*own = b;
		MN_ADD(&b->out_packets, 1);
		MN_ADD(&b->out_bytes, w->len);
		if (w->now - b->seen > MN_SEEN_GRAIN)
			mn_refresh(c, w);
		return NOT_DROPPED;
	}
	return mn_claim_new(c, w);
}

/* The guest gives w->key up (DHCP RELEASE and DECLINE): only its own, and no pin. */
MN_STAGE(mn_forget)
{
	struct mn_binding *b = mn_find(c, &w->key);

	if (!b || b->kind != MN_GUEST || (b->flags & MN_F_PIN) || !mac_equal(b->mac, w->who))
		return 0;
	mn_erase(c, &w->key);
	mn_news(c, w, MN_EV_FORGOTTEN, 0, &w->key, w->who);
	return 0;
}

/* Remembers, without a claim to an address, that w->who is the one to have what comes back for w->key. */
MN_FN int mn_remember(MN_CTX c, struct mn_work *w, uint32_t aux)
{
	int r;

	w->aux = aux;
	r = mn_claim_slow(c, w);
	w->aux = 0;
	return r;
}

#endif

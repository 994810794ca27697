/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/observer/observer_state.h"

#include <stdlib.h>

struct observer *observer_new(struct crypto *c, const struct observer_network *networks, size_t count)
{
	struct observer *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->crypto = c;
	o->networks = networks;
	o->count = count;
	o->wep = calloc(count + 1, sizeof *o->wep);
	for (size_t i = 0; o->wep && i < count; i++) {
		const struct observer_network *n = &networks[i];

		/* Without RC4 they stay unset, and the frames closed. */
		if (n->is_wep && !key_set(&o->wep[i].key, c, n->wep, n->wep_key, cipher_key_len(n->wep),
					  (struct key_use){.authenticator = false}))
			o->wep[i].number = ++o->learned;
	}
	if (!o->wep) {
		free(o);
		return NULL;
	}
	return o;
}

static void wipe_pair(struct pair_keys *k)
{
	key_wipe(&k->down.key);
	key_wipe(&k->up.key);
}

void observer_free(struct observer *o)
{
	struct link *l, *next_link;
	struct cell *c, *next_cell;

	if (!o)
		return;
	HASH_ITER(hh, o->links, l, next_link)
	{
		HASH_DEL(o->links, l);
		wipe_pair(&l->now);
		wipe_pair(&l->before);
		crypto_wipe(l, sizeof *l);
		free(l);
	}
	HASH_ITER(hh, o->cells, c, next_cell)
	{
		HASH_DEL(o->cells, c);
		for (int id = 0; id < 4; id++) {
			key_wipe(&c->now[id].key);
			key_wipe(&c->before[id].key);
		}
		crypto_wipe(c, sizeof *c);
		free(c);
	}
	for (size_t i = 0; i < o->count; i++)
		key_wipe(&o->wep[i].key);
	free(o->wep);
	crypto_wipe(o, sizeof *o);
	free(o);
}

unsigned observer_fitted(const struct observer *o)
{
	return o->fitted;
}

unsigned observer_unfitted(const struct observer *o)
{
	return o->unfitted;
}

/* ---- opening ---- */

enum { BATCH = OBSERVER_BATCH, ROOM = 8 }; /* ROOM: bytes before and behind a frame that is restored */

/* Keys that may fit. */
struct pair_of_keys {
	struct learned *now, *before;
};

static bool has_key_id(const struct mpdu *m, const struct observed *s)
{
	return s->len >= m->hdr + 4u;
}

/* As the frame names it. */
static unsigned key_id(const struct mpdu *m, const struct observed *s)
{
	return has_key_id(m, s) ? s->bytes[m->hdr + 3] >> 6 : 0;
}

static struct pair_of_keys group_keys(const struct observer *o, const struct mpdu *m, const struct observed *s)
{
	struct cell *c = observer_cell(o, s->bytes + DOT11_ADDR2);
	unsigned id = key_id(m, s);

	return c ? (struct pair_of_keys){&c->now[id], &c->before[id]} : (struct pair_of_keys){0};
}

static struct pair_of_keys keys_of(const struct observer *o, const struct mpdu *m, const struct observed *s)
{
	const uint8_t *to = s->bytes + DOT11_ADDR1, *from = s->bytes + DOT11_ADDR2;
	struct link *up, *down;

	if (mac_is_group(to))
		return group_keys(o, m, s);
	/* Who is whose access point the bits say, but for access points among themselves, direct links and management. */
	up = dot11_is_data(m->fc) && (m->fc & (FC_TO_DS | FC_FROM_DS)) == FC_FROM_DS ? NULL
										     : observer_link(o, to, from);
	if (up)
		return (struct pair_of_keys){&up->now.up, &up->before.up};
	down = observer_link(o, from, to);
	return down ? (struct pair_of_keys){&down->now.down, &down->before.down} : (struct pair_of_keys){0};
}

static enum drop finish(struct key *k, const struct mpdu *m, struct observed *s, uint64_t pn)
{
	bool part = (m->fc & FC_MORE_FRAGS) || (le16(s->bytes + DOT11_SEQ) & DOT11_FRAG);

	return part ? NOT_DROPPED : key_open_msdu(k, s->frame, pn);
}

static enum drop try(struct learned *l, const struct mpdu *m, struct observed *s)
{
	struct key *k = l ? &l->key : NULL;
	uint64_t pn;
	enum drop d;

	if (!k || !k->set)
		return DROP_NO_KEY;
	if (frame_set(s->frame, s->bytes, s->len, ROOM, ROOM))
		return DROP_NO_MEMORY;
	key_forget(k);
	key_rename(k, (uint8_t)key_id(m, s));
	s->key = l->number;
	d = key_open(k, s->frame, &pn);
	return d ? d : finish(k, m, s, pn);
}

/* WEP has no handshake, and no word of whose key it is: whichever fits. */
static enum drop open_wep(const struct observer *o, const struct mpdu *m, struct observed *s)
{
	enum drop d = DROP_NO_KEY;

	for (size_t i = 0; d && i < o->count; i++)
		if (o->wep[i].key.set)
			d = try(&o->wep[i], m, s);
	return d;
}

/* One frame alone, with the keys that are known now. */
static enum drop open_alone(const struct observer *o, const struct mpdu *m, struct observed *s)
{
	struct pair_of_keys k = keys_of(o, m, s);
	bool wep = has_key_id(m, s) && !(s->bytes[m->hdr + 3] & EXT_IV);
	enum drop d = try(k.now, m, s);

	if (d && wep && !open_wep(o, m, s))
		return NOT_DROPPED;
	return d && k.before && k.before->key.set && !try(k.before, m, s) ? NOT_DROPPED : d;
}

/* What is tried on many frames at once. */
struct attempt {
	size_t n;
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	uint64_t pns[BATCH];
	enum drop drops[BATCH];
	uint64_t numbers[BATCH]; /* of the keys */
	const struct observed *seen[BATCH];
};

/* What came twice or late is none the worse for the frames around it. */
static enum drop again(struct attempt *a, size_t i)
{
	if (frame_set(a->frames[i], a->seen[i]->bytes, a->seen[i]->len, ROOM, ROOM))
		return DROP_NO_MEMORY;
	key_forget(a->keys[i]);
	return key_open(a->keys[i], a->frames[i], &a->pns[i]);
}

static void open_many(const struct observer *o, const struct mpdu *m, const struct observed *s, size_t n,
		      struct attempt *a)
{
	a->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct pair_of_keys k = {0};

		if (!s[i].drop && (m[i].fc & FC_PROTECTED))
			k = keys_of(o, &m[i], &s[i]);
		if (!k.now || !k.now->key.set)
			continue;
		key_forget(&k.now->key);
		key_rename(&k.now->key, (uint8_t)key_id(&m[i], &s[i]));
		a->numbers[a->n] = k.now->number;
		a->keys[a->n] = &k.now->key;
		a->seen[a->n] = &s[i];
		a->frames[a->n++] = s[i].frame;
	}
	key_open_batch(a->keys, a->frames, a->pns, a->drops, a->n);
	for (size_t i = 0; i < a->n; i++)
		if (a->drops[i] == DROP_REPLAY)
			a->drops[i] = again(a, i);
}

static void see_some(struct observer *o, struct observed *s, size_t n)
{
	struct mpdu m[BATCH];
	struct attempt a;
	size_t tried = 0;

	for (size_t i = 0; i < n; i++) {
		s[i].opened = false;
		s[i].drop = mpdu_parse(&m[i], s[i].frame);
	}
	open_many(o, m, s, n, &a);
	for (size_t i = 0; i < n; i++) {
		if (!s[i].drop && (m[i].fc & FC_PROTECTED)) {
			bool in_batch = tried < a.n && a.frames[tried] == s[i].frame;

			s[i].drop = DROP_NO_KEY;
			s[i].key = in_batch ? a.numbers[tried] : 0;
			if (in_batch)
				s[i].drop = a.drops[tried] ? a.drops[tried]
							   : finish(a.keys[tried], &m[i], &s[i], a.pns[tried]);
			tried += in_batch;
			if (s[i].drop)
				s[i].drop = open_alone(o, &m[i], &s[i]);
			s[i].opened = !s[i].drop;
		}
		if (!s[i].drop && observer_may_learn(s[i].bytes, s[i].len))
			observer_learn(o, &m[i], s[i].frame);
	}
}

void observer_see_all(struct observer *o, struct observed *s, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH)
		see_some(o, s + i, n - i < BATCH ? n - i : BATCH);
}

enum drop observer_see(struct observer *o, struct frame **f, bool *opened)
{
	struct observed s = {.bytes = (*f)->data, .len = (*f)->len, .frame = frame_clone(*f)};

	*opened = false;
	if (!s.frame)
		return DROP_NO_MEMORY;
	observer_see_all(o, &s, 1);
	*opened = s.opened;
	if (s.opened) {
		frame_free(*f);
		*f = s.frame;
	} else {
		frame_free(s.frame);
	}
	return s.drop;
}

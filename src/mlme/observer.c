/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/observer.h"

#include "base/mac.h"
#include "rsn/handshake.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* A key that was learned, and as which. */
struct learned {
	struct key key;
	uint64_t number;
};

/* What one pair of stations sends with: from the access point, and to it.  TKIP tells the two apart. */
struct pair_keys {
	struct learned down, up;
};

struct link {
	struct rsn_pair ends;
	struct rsn_suite suite;
	uint8_t anonce[RSN_NONCE], snonce[RSN_NONCE];
	bool asked, answered, keyed; /* message 1 and 2 were seen; a handshake fitted */
	struct ptk ptk;
	struct pair_keys now, before;
	UT_hash_handle hh; /* by `ends` */
};

/* The group keys of an access point by their id; each may have one that was there before. */
struct cell {
	uint8_t bssid[MAC_LEN];
	struct learned now[4], before[4];
	UT_hash_handle hh; /* by `bssid` */
};

struct observer {
	struct crypto *crypto;
	uint8_t pmk[PMK_LEN];
	struct link *links;
	struct cell *cells;
	unsigned fitted, unfitted;
	uint64_t learned;
};

struct observer *observer_new(struct crypto *c, const uint8_t pmk[PMK_LEN])
{
	struct observer *o = calloc(1, sizeof *o);

	if (o) {
		o->crypto = c;
		memcpy(o->pmk, pmk, PMK_LEN);
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
		free(c);
	}
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

static struct link *find_link(const struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	struct rsn_pair ends;
	struct link *l;

	memcpy(ends.aa, aa, MAC_LEN);
	memcpy(ends.spa, spa, MAC_LEN);
	HASH_FIND(hh, o->links, &ends, sizeof ends, l);
	return l;
}

static struct link *make_link(struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	struct link *l = find_link(o, aa, spa);

	if (l)
		return l;
	l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	memcpy(l->ends.aa, aa, MAC_LEN);
	memcpy(l->ends.spa, spa, MAC_LEN);
	HASH_ADD(hh, o->links, ends, sizeof l->ends, l);
	if (!l->hh.tbl) { /* uthash had no memory */
		free(l);
		return NULL;
	}
	return l;
}

static struct cell *find_cell(const struct observer *o, const uint8_t *bssid)
{
	struct cell *c;

	HASH_FIND(hh, o->cells, bssid, MAC_LEN, c);
	return c;
}

static struct cell *make_cell(struct observer *o, const uint8_t *bssid)
{
	struct cell *c = find_cell(o, bssid);

	if (c)
		return c;
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	memcpy(c->bssid, bssid, MAC_LEN);
	HASH_ADD(hh, o->cells, bssid, MAC_LEN, c);
	if (!c->hh.tbl) {
		free(c);
		return NULL;
	}
	return c;
}

/* ---- learning from handshakes ---- */

/* Sets a key and keeps the one that it takes the place of. */
static void renew(struct observer *o, struct learned *now, struct learned *before, enum cipher cipher,
		  const uint8_t *bytes, struct key_use use)
{
	struct key fresh = {0};

	if (now->key.set && now->key.cipher == cipher && crypto_equal(now->key.material, bytes, cipher_key_len(cipher)))
		return;
	if (key_set(&fresh, o->crypto, cipher, bytes, cipher_key_len(cipher), use))
		return;
	key_wipe(&before->key);
	*before = *now;
	*now = (struct learned){fresh, ++o->learned};
}

static void keep_ptk(struct observer *o, struct link *l, const struct ptk *ptk)
{
	if (l->keyed && crypto_equal(&l->ptk, ptk, sizeof *ptk))
		return;
	l->ptk = *ptk;
	l->keyed = true;
	o->fitted++;
	renew(o, &l->now.down, &l->before.down, l->suite.pairwise, ptk->tk, (struct key_use){.authenticator = false});
	renew(o, &l->now.up, &l->before.up, l->suite.pairwise, ptk->tk, (struct key_use){.authenticator = true});
}

/* Does the passphrase make this message's MIC, with these nonces?  Then the pair has its keys. */
static bool fits(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	struct ptk ptk;
	bool right = !rsn_check_suite(&l->suite, k) &&
		     !rsn_ptk(o->crypto, &l->suite, o->pmk, &l->ends, l->anonce, l->snonce, &ptk) &&
		     rsn_mic_right(o->crypto, &l->suite, ptk.kck, k, frame);

	if (right)
		keep_ptk(o, l, &ptk);
	crypto_wipe(&ptk, sizeof ptk);
	return right;
}

/* The suite is what the station asked for: one cipher, one AKM. */
static bool suite_of(struct rsn_suite *s, const struct eapol_key *k)
{
	struct key_data data;
	struct rsn_element e;

	if (key_data_parse(&data, k->data) || !data.rsne.bytes || rsn_parse(&e, data.rsne) || !e.pairwise)
		return false;
	*s = (struct rsn_suite){.wpa = e.wpa,
				.akm = (k->info & KEY_VERSION) == 3 ? AKM_PSK_SHA256 : AKM_PSK,
				.pairwise = (enum cipher)__builtin_ctz(e.pairwise),
				.group = e.group,
				.management = CIPHERS};
	return s->pairwise >= CIPHER_TKIP && s->pairwise < CIPHER_BIP_CMAC_128;
}

static void keep_group(struct observer *o, const struct link *l, const struct eapol_key *k)
{
	uint8_t plain[2048];
	const uint8_t *gtk = plain;
	struct key_data data = {0};
	unsigned id = (k->info & KEY_INDEX) >> 4;
	struct cell *c;
	int n = -1;

	if (k->data.len <= sizeof plain)
		n = rsn_decrypt(o->crypto, &l->suite, l->ptk.kek, k, plain);
	if (n >= 0 && !l->suite.wpa) {
		if (key_data_parse(&data, (struct span){plain, (size_t)n}) || data.gtk.len < 2)
			n = -1;
		else {
			id = data.gtk.bytes[0] & 3;
			gtk = data.gtk.bytes + 2;
			n = (int)data.gtk.len - 2;
		}
	}
	c = n > 0 && (size_t)n >= cipher_key_len(l->suite.group) && l->suite.group < CIPHERS ? make_cell(o, l->ends.aa)
											     : NULL;
	if (c)
		renew(o, &c->now[id], &c->before[id], l->suite.group, gtk, (struct key_use){.id = (uint8_t)id});
	crypto_wipe(plain, sizeof plain);
}

static void from_authenticator(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	bool right;

	if ((k->info & KEY_PAIRWISE) && !rsn_all_zero(k->nonce, RSN_NONCE)) {
		memcpy(l->anonce, k->nonce, RSN_NONCE);
		l->asked = true;
	}
	if (!(k->info & KEY_MIC) || !l->answered)
		return;
	right = k->info & KEY_PAIRWISE ? fits(o, l, k, frame)
				       : l->keyed && rsn_mic_right(o->crypto, &l->suite, l->ptk.kck, k, frame);
	if (right && (!l->suite.wpa || !(k->info & KEY_PAIRWISE)))
		keep_group(o, l, k);
}

static void from_supplicant(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	struct rsn_suite suite;

	/* Message 2 is the one with an element. */
	if (!(k->info & KEY_PAIRWISE) || !(k->info & KEY_MIC) || !suite_of(&suite, k))
		return;
	l->suite = suite;
	memcpy(l->snonce, k->nonce, RSN_NONCE);
	l->answered = true;
	if (l->asked && !fits(o, l, k, frame))
		o->unfitted++;
}

static bool is_eapol(const uint8_t *body)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 3, 0, 0, 0};

	return memcmp(body, snap, sizeof snap) == 0 && be16(body + sizeof snap) == ETHERTYPE_EAPOL;
}

bool observer_may_learn(const uint8_t *bytes, size_t len)
{
	uint16_t fc = len >= DOT11_HDR_MIN ? le16(bytes) : 0;
	size_t hdr = dot11_hdr_len(fc);

	if (!dot11_is_data(fc) || len < hdr + SNAP_HLEN + EAPOL_KEY_LEN)
		return false;
	return fc & FC_PROTECTED ? len <= OBSERVER_KEY_FRAME_MAX : is_eapol(bytes + hdr);
}

static void learn(struct observer *o, const struct mpdu *m, const struct frame *f)
{
	const uint8_t *body = f->data + m->hdr, *to = f->data + DOT11_ADDR1, *from = f->data + DOT11_ADDR2;
	struct eapol_key k;
	struct link *l;
	bool ack;

	if (!dot11_is_data(m->fc) || f->len < m->hdr + 8u || !is_eapol(body) ||
	    eapol_key_parse(&k, body + 8, f->len - m->hdr - 8))
		return;
	ack = k.info & KEY_ACK;
	l = ack ? make_link(o, from, to) : make_link(o, to, from);
	if (l && ack)
		from_authenticator(o, l, &k, body + 8);
	else if (l)
		from_supplicant(o, l, &k, body + 8);
}

/* ---- opening ---- */

enum { BATCH = OBSERVER_BATCH, ROOM = 8 }; /* ROOM: bytes before and behind a frame that is restored */

/* Keys that may fit. */
struct pair_of_keys {
	struct learned *now, *before;
};

static struct pair_of_keys group_keys(const struct observer *o, const struct mpdu *m, const struct observed *s)
{
	struct cell *c = find_cell(o, s->bytes + DOT11_ADDR2);
	unsigned id = s->len >= m->hdr + 4u ? s->bytes[m->hdr + 3] >> 6 : 0;

	return c ? (struct pair_of_keys){&c->now[id], &c->before[id]} : (struct pair_of_keys){0};
}

static struct pair_of_keys keys_of(const struct observer *o, const struct mpdu *m, const struct observed *s)
{
	const uint8_t *to = s->bytes + DOT11_ADDR1, *from = s->bytes + DOT11_ADDR2;
	struct link *up, *down;

	if (mac_is_group(to))
		return group_keys(o, m, s);
	/* Who is whose access point the bits say, except between access points and in management frames. */
	up = dot11_is_data(m->fc) && !(m->fc & FC_TO_DS) ? NULL : find_link(o, to, from);
	if (up)
		return (struct pair_of_keys){&up->now.up, &up->before.up};
	down = find_link(o, from, to);
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
	s->key = l->number;
	d = key_open(k, s->frame, &pn);
	return d ? d : finish(k, m, s, pn);
}

/* One frame alone, with the keys that are known now. */
static enum drop open_alone(const struct observer *o, const struct mpdu *m, struct observed *s)
{
	struct pair_of_keys k = keys_of(o, m, s);
	enum drop d = try(k.now, m, s);

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
			learn(o, &m[i], s[i].frame);
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
